//! Fuyu: patches of the picture go straight into the decoder through one projection.

use slipstick_core::model::{Model, Role, blocks::Tower};

use super::{
    Config, ConfigError, Family,
    text::{Ties, text_model},
};

pub(super) const FAMILY: Family = Family { model_types: &["fuyu"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = text_model(c, "persimmon", Ties::Top(false))?;
    let side = c.count_or("patch_size", 30)?;
    let values = c.count_or("num_channels", 3)?.saturating_mul(side.saturating_mul(side));
    let tower = Tower::new(Role::Vision).linear("", model.hidden, values, true);
    model.components.push(tower.component("vision_embed_tokens"));
    Ok(model)
}
