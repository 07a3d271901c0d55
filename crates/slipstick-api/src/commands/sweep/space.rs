//! Every combination of the axes: a row's number says which value it takes of each.
//!
//! The number is mixed-radix. Axes of the deployment turn slowest and those of the price fastest, so that neighbours share
//! what is dear to work out: a deployment, then requests of one shape, then a load.

use serde_json::{Map, Value};

use super::axis::Axis;
use crate::{
    ApiError,
    request::{DeploymentRequest, LoadRequest, PoolsRequest, PriceRequest},
};

/// More combinations than this are nobody's question.
const MOST: u64 = 1_000_000_000_000;

/// Axes that turn together.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Group {
    pub(super) axes: Vec<Axis>,
}

impl Group {
    /// How many combinations its axes have.
    fn size(&self) -> Option<u64> {
        self.axes.iter().try_fold(1_u64, |size, axis| size.checked_mul(axis.values.len() as u64))
    }

    /// The place on each axis of one combination; the last axis turns fastest.
    pub(super) fn places(&self, mut at: u64) -> Vec<usize> {
        let mut places = vec![0; self.axes.len()];
        for (place, axis) in places.iter_mut().zip(&self.axes).rev() {
            let radix = axis.values.len() as u64;
            *place = usize::try_from(at % radix).unwrap_or_default();
            at /= radix;
        }
        places
    }

    /// The place on one axis of a combination.
    fn place(&self, at: u64, axis: usize) -> usize {
        let faster: u64 = self.axes[axis + 1..].iter().map(|axis| axis.values.len() as u64).product();
        usize::try_from(at / faster % self.axes[axis].values.len() as u64).unwrap_or_default()
    }

    /// The values of one combination, under the names of their flags.
    pub(super) fn values(&self, at: u64) -> Map<String, Value> {
        let places = self.places(at);
        self.axes
            .iter()
            .zip(places)
            .map(|(axis, place)| (axis.name.clone(), axis.values[place].clone()))
            .collect()
    }
}

/// All combinations.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Space {
    /// Of the deployment: the model first.
    pub(super) deployments: Group,
    /// Of the load, without the requests in flight.
    pub(super) shapes: Group,
    /// The requests in flight, or the rate at which they arrive.
    pub(super) flights: Group,
    /// Of the price.
    pub(super) prices: Group,
    sizes: [u64; 4],
    total: u64,
}

/// Where an axis stands: its group, and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    group: usize,
    axis: usize,
}

/// Where a row stands in each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub(super) deployment: u64,
    pub(super) shape: u64,
    pub(super) flight: u64,
    pub(super) price: u64,
}

impl Space {
    /// Sorts axes into their groups.
    pub(super) fn new(axes: Vec<Axis>) -> Result<Self, ApiError> {
        let order: Vec<String> = names();
        let rank = |axis: &Axis| order.iter().position(|name| *name == axis.name).unwrap_or(order.len());
        let mut axes = axes;
        axes.sort_by_key(rank);
        let (loads, costs) = (fields(&LoadRequest::default()), fields(&PriceRequest::default()));
        let mut groups: [Group; 4] = Default::default();
        for axis in axes {
            let group = match axis.name.as_str() {
                "concurrency" | "rate" => 2,
                name if loads.iter().any(|field| field == name) => 1,
                name if costs.iter().any(|field| field == name) => 3,
                _ => 0,
            };
            groups[group].axes.push(axis);
        }
        if groups[2].axes.len() > 1 {
            let message = "requests in flight and a rate are two loads";
            return Err(ApiError::input("sweep.axis", message)
                .at("rate")
                .help("leave out concurrency, or rate"));
        }
        one_pool(&groups[0])?;
        let too_many = || {
            let message = format!("the axes have more than {MOST} combinations");
            ApiError::input("sweep.too_many", message)
                .at("SPEC")
                .help("take fewer values on the longest axes")
        };
        let [deployments, shapes, flights, prices] = groups;
        let mut sizes = [0; 4];
        let mut total = 1_u64;
        for (size, group) in sizes.iter_mut().zip([&deployments, &shapes, &flights, &prices]) {
            *size = group.size().ok_or_else(too_many)?;
            total = total.checked_mul(*size).filter(|total| *total <= MOST).ok_or_else(too_many)?;
        }
        Ok(Self { deployments, shapes, flights, prices, sizes, total })
    }

    /// How many combinations there are.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// How many deployments, shapes, loads of a shape and prices there are.
    pub(super) const fn sizes(&self) -> [u64; 4] {
        self.sizes
    }

    /// Where a row stands.
    pub(super) const fn at(&self, row: u64) -> At {
        let [_, shapes, flights, prices] = self.sizes;
        At {
            price: row % prices,
            flight: row / prices % flights,
            shape: row / prices / flights % shapes,
            deployment: row / prices / flights / shapes,
        }
    }

    /// The groups, the slowest first.
    pub(super) const fn groups(&self) -> [&Group; 4] {
        [&self.deployments, &self.shapes, &self.flights, &self.prices]
    }

    /// Its axes, the slowest first.
    pub(super) fn axes(&self) -> impl Iterator<Item = &Axis> {
        self.groups().into_iter().flat_map(|group| &group.axes)
    }

    /// Where the axis of a name stands.
    pub(super) fn place(&self, name: &str) -> Option<Place> {
        self.groups().iter().enumerate().find_map(|(group, axes)| {
            let axis = axes.axes.iter().position(|axis| axis.name == name)?;
            Some(Place { group, axis })
        })
    }

    /// An axis.
    pub(super) fn axis(&self, place: Place) -> &Axis {
        &self.groups()[place.group].axes[place.axis]
    }

    /// Which of its values an axis has in a row.
    pub(super) fn value_at(&self, row: u64, place: Place) -> usize {
        let at = self.at(row);
        let turns = [at.deployment, at.shape, at.flight, at.price][place.group];
        self.groups()[place.group].place(turns, place.axis)
    }
}

/// Refuses one pool without the other.
fn one_pool(deployments: &Group) -> Result<(), ApiError> {
    let has = |name: &str| deployments.axes.iter().any(|axis| axis.name == name);
    let [given, missing] = match (has("prefill"), has("decode")) {
        (true, false) => ["prefill", "decode"],
        (false, true) => ["decode", "prefill"],
        _ => return Ok(()),
    };
    Err(ApiError::input("pools.one", format!("{given} alone is no deployment: the other pool is missing"))
        .at(given)
        .help(format!("add {missing} = [\"1xtp4\"], or leave {given} out")))
}

/// The names that an axis may have: flags of a deployment and of its pools, of a load and of a price.
pub(super) fn names() -> Vec<String> {
    let mut names = vec!["model".to_owned(), "on".to_owned(), "count".to_owned()];
    let deployment = fields(&DeploymentRequest::default());
    names.extend(deployment.into_iter().filter(|name| !["model", "on"].contains(&name.as_str())));
    names.extend(fields(&PoolsRequest::default()));
    let flights = ["concurrency", "rate"];
    names
        .extend(fields(&LoadRequest::default()).into_iter().filter(|name| !flights.contains(&name.as_str())));
    names.extend(flights.map(str::to_owned));
    names.extend(fields(&PriceRequest::default()));
    names
}

fn fields(request: &impl serde::Serialize) -> Vec<String> {
    match serde_json::to_value(request) {
        Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{At, Axis, Space};

    /// Every number is one combination, and no two are the same.
    #[test]
    fn numbers_and_combinations_are_one_to_one() {
        let axes = vec![
            Axis::counts("concurrency", [1, 2, 4]),
            Axis::texts("cloud", ["a".to_owned(), "b".to_owned()]),
            Axis::texts("model", ["m".to_owned(), "n".to_owned()]),
            Axis::counts("input", [1, 2]),
            Axis::counts("count", [1, 8]),
        ];
        let space = Space::new(axes).unwrap();
        let order: Vec<&str> = space.axes().map(|axis| axis.name.as_str()).collect();
        assert_eq!(order, ["model", "count", "input", "concurrency", "cloud"]);
        assert_eq!((space.total(), space.sizes()), (48, [4, 2, 3, 2]));
        let all: BTreeSet<String> = (0..48)
            .map(|row| {
                let At { deployment, shape, flight, price } = space.at(row);
                let mut values = space.deployments.values(deployment);
                values.extend(space.shapes.values(shape));
                values.extend(space.flights.values(flight));
                values.extend(space.prices.values(price));
                format!("{values:?}")
            })
            .collect();
        assert_eq!(all.len(), 48);
        assert_eq!(space.at(47), At { deployment: 3, shape: 1, flight: 2, price: 1 });
    }

    #[test]
    fn too_many_combinations_are_refused() {
        let long = |name: &str| Axis::counts(name, 0..1_000_000);
        let error = Space::new(vec![long("input"), long("output"), long("concurrency")]).unwrap_err();
        assert_eq!(error.code, "sweep.too_many");
    }
}
