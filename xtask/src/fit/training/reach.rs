//! The constants of physics: read, tried at other values, and written with what was fitted.

use std::io;

use slipstick_core::{hardware::LinkShare, training::Efficiency};

/// A constant with its prior.
#[derive(Debug, Clone)]
pub(super) struct Constant {
    pub(super) name: String,
    /// Logarithm of the prior.
    pub(super) prior: f64,
    pub(super) log_sd: f64,
    /// Logarithm of the value that is shipped.
    pub(super) shipped: f64,
}

/// The constants of a table.
pub(super) fn read(text: &str) -> io::Result<Vec<Constant>> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<f64>().ok());
        match (cells.first(), number(1), number(2), number(3)) {
            (Some(name), Some(prior), Some(log_sd), Some(value)) => {
                Ok(Constant { name: (*name).to_owned(), prior: prior.ln(), log_sd, shipped: value.ln() })
            }
            _ => Err(io::Error::other(format!("training_reach.csv: {line:?} is no constant"))),
        }
    };
    text.lines().skip(1).map(row).collect()
}

/// The table with other values.
pub(super) fn table(text: &str, values: &[f64]) -> String {
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default().to_owned() + "\n";
    lines.zip(values).fold(head, |table, (line, value)| {
        let mut cells: Vec<String> = line.splitn(5, ',').map(str::to_owned).collect();
        cells[3] = format!("{:.4}", value.exp());
        table + &cells.join(",") + "\n"
    })
}

/// What is reached if constants are so many times what is shipped.
pub(super) fn applied(shipped: &Efficiency, constants: &[Constant], values: &[f64]) -> Efficiency {
    let mut changed = shipped.clone();
    for (constant, value) in constants.iter().zip(values) {
        apply(&mut changed, &constant.name, (value - constant.shipped).exp());
    }
    changed
}

fn apply(to: &mut Efficiency, name: &str, by: f64) {
    let link = |share: LinkShare| LinkShare { share: (share.share * by).min(1.0), ..share };
    match name {
        "attention_flash-1" | "attention_flash-2" | "attention_cudnn" => attention(to, name, by),
        "score_bytes" => to.attention.score_bytes *= by,
        "experts" => to.experts *= by,
        "half_expert_rows" => to.half_expert_rows *= by,
        "half_width" => to.half_width *= by,
        "half_rows" => to.half_rows *= by,
        "idle_outputs" => to.idle_outputs *= by,
        "scans" => to.scans *= by,
        "stragglers" => to.stragglers *= by,
        "memory_plain" if to.plain => to.memory *= by,
        "memory_fused" if !to.plain => to.memory *= by,
        "adapter_streams" => to.adapters.streams *= by,
        "adapter_copies" => to.adapters.copies *= by,
        "adapter_norms" => to.adapters.norms *= by,
        "per_adapter" => to.adapters.per_matrix = to.adapters.per_matrix * by,
        "fine_scales" => to.fine_scales = (to.fine_scales * by).min(1.0),
        "cast_bytes" => to.cast_bytes *= by,
        "per_kernel" => to.per_kernel = to.per_kernel * by,
        "scale_up" => to.links.scale_up = link(to.links.scale_up),
        "network" => to.links.network = link(to.links.network),
        "hidden_tensor" => to.hidden.tensor *= by,
        "hidden_expert" => to.hidden.expert *= by,
        "hidden_data" => to.hidden.data *= by,
        "hidden_context" => to.hidden.context *= by,
        "hidden_pipeline" => to.hidden.pipeline *= by,
        "per_expert_layer" => to.per_expert_layer = to.per_expert_layer * by,
        "per_step_plain" if to.plain => to.per_step = to.per_step * by,
        "per_step_fused" if !to.plain => to.per_step = to.per_step * by,
        "memory_plain" | "memory_fused" | "per_step_plain" | "per_step_fused" => {}
        "per_layer" => to.per_layer = to.per_layer * by,
        other => unreachable!("{other} is no constant of training_reach.csv"),
    }
}

/// Changes what a kernel of attention reaches, where it is the one in use.
fn attention(to: &mut Efficiency, name: &str, by: f64) {
    if name.strip_prefix("attention_") == Some(to.attention.kernel.as_str()) {
        to.attention.forward.share *= by;
        to.attention.backward.share *= by;
    }
}
