//! Measured runs as the deployments and loads that they are.

use std::{io, sync::Arc};

use slipstick_catalog::Catalog;
use slipstick_core::{
    estimate::serving::Service,
    workload::{Arrival, Workload},
};

use super::{Asked, Deployed, Deployments, Measured, over_run, row, served};
use crate::{
    ApiError, World,
    resolve::{Resolved, ResolvedPools, Resolver},
    validate::{
        Models,
        table::{Cells, each_row},
    },
};

/// One measured run, and the deployment and the load that it is.
#[derive(Debug, Clone)]
pub struct MeasuredRun {
    /// The row's id.
    pub id: String,
    /// Its regime.
    pub regime: String,
    /// The engine's version, where the row says it; that of the deployment is another where its rules are not known.
    pub version: Option<String>,
    /// The deployment.
    pub resolved: Arc<Resolved>,
    /// The pools, of which `resolved` is a worker that writes.
    pub pools: Option<Arc<ResolvedPools>>,
    /// The load.
    pub workload: Workload,
    /// Requests of the run, where the row says how many.
    pub requests: Option<f64>,
    /// What was measured.
    pub measured: Measured,
}

impl MeasuredRun {
    /// The share of the rates of a service that it measures: of a run at a rate that is held, from its first arrival to its
    /// last token.
    pub fn share(&self, service: &Service) -> f64 {
        over_run(service, self.requests)
    }
}

/// The usable runs of a table; those whose row is refused are left out.
///
/// # Errors
/// If the text is no table.
pub fn runs(csv: &str, catalog: &Catalog, world: &dyn World) -> Result<Vec<MeasuredRun>, ApiError> {
    let mut found = Vec::new();
    each_usable(csv, catalog, world, |cells, asked| found.push(run(cells, asked)))?;
    Ok(found)
}

/// Visits every row of a table as the run that it is, or with the reason why it is not answered.
///
/// # Errors
/// If it is no table, or `visit` fails.
pub(crate) fn each_run(
    table: impl io::Read,
    models: &Models<'_>,
    mut visit: impl FnMut(&Cells<'_>, Result<MeasuredRun, String>) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let mut deployments = Deployments::new(models);
    each_row(table, |_, cells| {
        let asked = deployments.asked(&cells).and_then(|asked| served(&asked).map(|_| asked));
        let run = asked.map(|asked| run(&cells, asked));
        // What tells of one deployment says nothing of two.
        let alike = run.and_then(|run| match run.pools {
            None => Ok(run),
            Some(_) => Err("runs of separate pools are not calibrated".to_owned()),
        });
        visit(&cells, alike)
    })
}

/// A row as the run that it is.
fn run(cells: &Cells<'_>, Asked { deployed, workload, requests }: Asked) -> MeasuredRun {
    let text = |column| cells.get(column).to_owned();
    let stated = text("engine_version");
    let version = (!stated.is_empty()).then_some(stated);
    let (id, regime, measured) = (text("id"), text("regime"), row::measured(cells));
    let (resolved, pools) = match deployed {
        Deployed::Alike(resolved) => (resolved, None),
        Deployed::Pools(pools) => (Arc::clone(&pools.decode.0), Some(pools)),
    };
    MeasuredRun { id, regime, version, resolved, pools, workload, requests, measured }
}

/// Visits the usable rows of a table, each as what it asks; those that are refused are passed over.
fn each_usable(
    csv: &str,
    catalog: &Catalog,
    world: &dyn World,
    mut visit: impl FnMut(&Cells<'_>, Asked),
) -> Result<(), ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, &[]);
    let mut deployments = Deployments::new(&models);
    each_row(csv.as_bytes(), |_, cells| {
        if cells.get("usable") != "no"
            && let Ok(asked) = deployments.asked(&cells)
        {
            visit(&cells, asked);
        }
        Ok(())
    })
}

/// The name of a question of one deployment.
pub(crate) fn question(load: &Workload) -> &'static str {
    match load.arrival() {
        Arrival::Steady => "steady",
        Arrival::Benchmark { .. } => "benchmark",
        Arrival::Burst => "burst",
        Arrival::Static if load.is_alone() => "alone",
        Arrival::Static => "static",
        Arrival::Open { .. } => "open",
    }
}
