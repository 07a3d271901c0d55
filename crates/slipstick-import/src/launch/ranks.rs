//! Groups of ranks that share states, where a file counts them apart from those that share a sequence.

use super::{LaunchFile, Stated, text::Setting};

/// Keys of ranks that share weights, and of groups that hold equal copies.
const KEYS: [(&str, &str); 4] = [
    ("parallelism.data_parallel_shard_degree", "parallelism.data_parallel_replicate_degree"),
    ("data_parallel_shard_dim", "data_parallel_replicate_dim"),
    (
        "parallelism_config.parallelism_config_dp_shard_size",
        "parallelism_config.parallelism_config_dp_replicate_size",
    ),
    ("dp_shard_size", "dp_replicate_size"),
];

/// Ranks of a group hold parts of sequences too; one rank a group shares nothing, and equal copies decide data-parallel ranks.
pub(super) fn groups(settings: &[Setting], file: &mut LaunchFile) {
    let number = |key: &str| {
        let text = settings.iter().find(|setting| setting.key == key)?.value.text();
        text.parse::<i64>().ok().and_then(|count| u64::try_from(count).ok())
    };
    let Some((key, shard, copies)) =
        KEYS.iter().find_map(|(shard, copies)| Some((*shard, number(shard)?, number(copies).unwrap_or(1))))
    else {
        return;
    };
    let own = |field, value: u64| Stated { field, value: value.to_string(), key: key.to_owned() };
    let parts = file.get("cp").and_then(|cp| cp.parse::<u64>().ok()).unwrap_or(1);
    file.fields.retain(|stated| stated.field != "hsdp" || stated.key != key);
    let dp = shard.max(1).saturating_mul(copies.max(1));
    let stated = ["zero", "fsdp", "dp"].map(|field| file.get(field).is_some());
    if !stated[2] && dp > 1 {
        file.fields.push(own("dp", dp));
    }
    match (shard, copies) {
        (0 | 1, _) if parts == 1 && !stated[0] && !stated[1] => file.fields.push(own("zero", 0)),
        (_, 2..) => {
            file.fields.retain(|stated| stated.field != "zero" && stated.field != "fsdp");
            file.fields.push(own("hsdp", shard.max(1).saturating_mul(parts)));
        }
        _ => {}
    }
}
