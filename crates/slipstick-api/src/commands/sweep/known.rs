//! Names and numbers that nobody knows: a typing error would be refused in every row.

use serde_json::{Map, Value};

use super::{
    axis::{Axis, wrong},
    rows::{NO_POOL, OWN_FORMAT, read, read_one},
    space::Space,
};
use crate::{
    ApiError,
    commands::{estimate, supply},
    request::{Count, DeploymentRequest, LoadRequest, PoolLayout, PriceRequest},
    resolve::Resolver,
};

/// Axes of a load that are wrong only beside its lengths.
const BESIDE_LENGTHS: [&str; 2] = ["context", "shared_prefix"];

/// Refuses them.
pub(super) fn known(space: &Space, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    let [deployments, shapes, ..] = space.groups();
    for axis in &deployments.axes {
        axis.values.iter().try_for_each(|value| of_deployment(axis, value, space, resolver))?;
    }
    for axis in &shapes.axes {
        axis.values.iter().try_for_each(|value| of_load(axis, value, resolver))?;
    }
    for axis in space.axes() {
        let mut names = axis.values.iter().filter_map(Value::as_str);
        names.try_for_each(|name| of_price(axis, name, resolver))?;
    }
    Ok(())
}

fn of_deployment(axis: &Axis, value: &Value, space: &Space, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    match (axis.name.as_str(), value.as_str()) {
        ("model", Some(name)) => supply::known_model(name, resolver),
        ("on", Some(name)) => on(name, space, resolver),
        ("count", _) => match read_one::<Count>(&axis.name, value.clone())?.0 {
            0 => Err(wrong("count", "no accelerator runs nothing", "start at 1")),
            _ => Ok(()),
        },
        ("prefill" | "decode", Some(name)) => pool(&axis.name, name),
        ("quant", Some(name)) => format(name, resolver),
        // What is accepted depends on what drafts.
        ("acceptance", _) => deployment(axis, value).map(drop),
        _ => {
            let asked = deployment(axis, value)?;
            resolver.known(&asked).map_err(|error| error.at(axis.name.clone()))
        }
    }
}

/// A deployment that says one value.
fn deployment(axis: &Axis, value: &Value) -> Result<DeploymentRequest, ApiError> {
    let mut said = one(axis, value);
    for needed in ["model", "on"] {
        said.insert(needed.to_owned(), Value::from(""));
    }
    read(said).map_err(|error| error.at(axis.name.clone()))
}

/// Hardware, whose count is said once.
fn on(name: &str, space: &Space, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    let cluster = resolver.cluster(name)?;
    if space.place("count").is_some() && cluster.accelerators() > 1 {
        let message = format!("{name} says how many, and so does count");
        return Err(wrong("on", message, "name the accelerator alone beside count"));
    }
    Ok(())
}

fn pool(axis: &str, name: &str) -> Result<(), ApiError> {
    if name == NO_POOL {
        return Ok(());
    }
    name.parse::<PoolLayout>().map(drop).map_err(|error| {
        wrong(axis, error, "write COUNTxLAYOUT, such as 2xtp4, or none for workers that do both")
    })
}

fn format(name: &str, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    if name == OWN_FORMAT {
        return Ok(());
    }
    let catalog = resolver.catalog();
    catalog.quant(name).map(drop).map_err(|_| {
        ApiError::unknown("format.unknown", "format", name, catalog.quant_names())
            .or_help("checkpoint, bf16, fp8, awq, nvfp4, nf4, q8_0 and q4_k_m are usual")
            .at("quant")
    })
}

/// A length that no load has.
fn of_load(axis: &Axis, value: &Value, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    let load: LoadRequest = read(one(axis, value))?;
    if BESIDE_LENGTHS.contains(&axis.name.as_str()) {
        return Ok(());
    }
    estimate::of_any_model(&load, estimate::USUAL, resolver.catalog(), &mut Vec::new())
        .map(drop)
        .map_err(|error| error.at(axis.name.clone()))
}

fn of_price(axis: &Axis, name: &str, resolver: &Resolver<'_>) -> Result<(), ApiError> {
    let of = |field: &str| (axis.name == field).then(|| name.to_owned());
    let prices = PriceRequest {
        cloud: of("cloud"),
        region: of("region"),
        term: of("term"),
        ..PriceRequest::default()
    };
    estimate::known(&prices, resolver.catalog())
}

/// A value under the name of its flag.
fn one(axis: &Axis, value: &Value) -> Map<String, Value> {
    Map::from_iter([(axis.name.clone(), value.clone())])
}
