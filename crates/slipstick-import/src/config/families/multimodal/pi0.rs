//! π0 (arXiv 2410.24164): a decoder that sees, and beside it a second stack of layers that turns noise into movements.

use slipstick_core::model::{Component, ComponentKind, Layer, Model, Role, Weight, blocks::Tower};

use super::{super::find, Config, ConfigError, Family, dtype};

pub(super) const FAMILY: Family = Family { model_types: &["pi0"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = headless(c, "vlm_config", "paligemma")?;
    let mover = headless(c, "dit_config", "gemma")?;
    model.components.extend(stack(&mover, model.vocab));
    let (state, action) = (c.count("max_state_dim")?, c.count("max_action_dim")?);
    let width = mover.hidden;
    let joints = Tower::new(Role::Projector)
        .linear("embed_action_time.action_in_proj", width, action, true)
        .linear("embed_action_time.state_proj", width, state, true)
        .linear("embed_action_time.action_time_mlp_in", width, 2 * width, true)
        .linear("embed_action_time.action_time_mlp_out", width, width, true)
        .linear("action_out_proj", action, width, true);
    model.components.push(joints.component("action"));
    model.dtype = dtype(c)?;
    c.model_type().clone_into(&mut model.model_type);
    Ok(model)
}

/// A part as a model of its own without a head.
fn headless(c: &Config<'_>, key: &str, model_type: &str) -> Result<Model, ConfigError> {
    let part = c.part(key, model_type)?;
    if part.model_type() != model_type {
        return Err(part.unsupported(format!("as {key}, where {model_type} alone is known")));
    }
    let mut model = (find(&part)?.read)(&part)?;
    c.adopt(part);
    let is_head = |weight: &Weight| weight.role == Role::LmHead;
    model.components.retain(|component| !component.weights.iter().any(is_head));
    Ok(model)
}

/// The second stack, whose table has the rows of the first one's.
fn stack(mover: &Model, vocab: u64) -> Vec<Component> {
    let layer = |(at, layer): (usize, &Layer)| {
        Component::stack(format!("model.dit.layers.{at}"), ComponentKind::Tower, Role::Other, layer, 1)
    };
    let around = mover.components.iter().map(|component| {
        let weights = component.weights.iter().map(|weight| {
            let rows = if weight.role == Role::Embedding { vocab } else { weight.rows };
            Weight { rows, ..weight.clone().with_role(Role::Other) }
        });
        Component {
            path: format!("model.dit.{}", component.path).into(),
            kind: ComponentKind::Tower,
            weights: weights.collect(),
        }
    });
    mover.layers.iter().enumerate().map(layer).chain(around).collect()
}
