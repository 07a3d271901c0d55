//! Configurations that stand beside the index of their own checkpoint: what the index says of its size is what we count.

use serde_json::Value;
use slipstick_import::config::import_value;

/// A published checkpoint a line: where its index stands, the day of that commit, the bytes that the index adds up with the
/// bytes of a parameter, or the parameters that it counts, and the configuration, reduced.
const CHECKPOINTS: &str = include_str!("goldens/checkpoints.jsonl");

#[test]
fn an_index_and_its_configuration_agree() {
    let mut wrong = Vec::new();
    for line in CHECKPOINTS.lines() {
        let row: Value = serde_json::from_str(line).expect("the table is valid JSON");
        let counted = match import_value(&row["config"]) {
            Ok(imported) => imported.model.parameters(),
            Err(error) => {
                wrong.push(format!("{}: {error}", row["source"]));
                continue;
            }
        };
        // Some checkpoints hold a tied head twice.
        let total = if row["is_untied"] == true { counted.total_untied } else { counted.total };
        let each = row["bytes_each"].as_u64().unwrap_or(1);
        let published = row["parameters"].as_u64().or_else(|| row["bytes"].as_u64());
        if published != Some(total * each) {
            wrong.push(format!("{}: {total} parameters against {published:?}", row["source"]));
        }
    }
    assert!(CHECKPOINTS.lines().count() >= 25);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
