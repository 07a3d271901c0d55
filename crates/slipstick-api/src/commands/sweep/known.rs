//! Names that nobody knows: a typing error would be refused in every row.

use serde_json::Value;

use super::{
    axis::{Axis, wrong},
    rows::{NO_POOL, OWN_FORMAT},
    space::Space,
};
use crate::{
    ApiError,
    commands::estimate,
    request::{PoolLayout, PriceRequest},
    resolve::Resolver,
};

/// Refuses them.
pub(super) fn known(space: &Space, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    for axis in space.axes() {
        let mut names = axis.values.iter().filter_map(Value::as_str);
        names.try_for_each(|name| of_axis(axis, name, space, resolver))?;
    }
    Ok(())
}

fn of_axis(axis: &Axis, name: &str, space: &Space, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    let catalog = resolver.catalog();
    match axis.name.as_str() {
        // The catalogue's own models are known, and a refusal of one of them is a row's reason.
        "model" if catalog.find_model(name).is_some() => Ok(()),
        "model" => resolver.model(name, false).map(drop),
        "on" => {
            let cluster = resolver.cluster(name)?;
            if space.place("count").is_some() && cluster.accelerators() > 1 {
                let message = format!("{name} says how many, and so does count");
                return Err(wrong("on", message, "name the accelerator alone beside count"));
            }
            Ok(())
        }
        "prefill" | "decode" if name != NO_POOL => name.parse::<PoolLayout>().map(drop).map_err(|error| {
            wrong(&axis.name, error, "write COUNTxLAYOUT, such as 2xtp4, or none for workers that do both")
        }),
        "quant" if name != OWN_FORMAT => {
            let unknown = |error: &dyn core::fmt::Display| {
                ApiError::unknown("format.unknown", "format", name, catalog.quant_names())
                    .or_help(&error.to_string())
                    .at("quant")
            };
            catalog.quant(name).map(|_| ()).map_err(|error| unknown(&error))
        }
        "cloud" | "region" | "term" => {
            let of = |field: &str| (axis.name == field).then(|| name.to_owned());
            let prices = PriceRequest {
                cloud: of("cloud"),
                region: of("region"),
                term: of("term"),
                ..PriceRequest::default()
            };
            estimate::known(&prices, catalog)
        }
        _ => Ok(()),
    }
}
