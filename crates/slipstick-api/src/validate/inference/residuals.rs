//! Measured against predicted, as what spreads are read from.

use std::{io, sync::Arc};

use slipstick_catalog::Catalog;
use slipstick_core::{
    deployment::Deployment,
    estimate::{Prepared, serving::Service},
    hardware::Calibration,
    workload::{Arrival, Workload},
};

use super::{Asked, Deployed, Deployments, Measured, row, served};
use crate::{
    ApiError, World,
    resolve::{Resolved, ResolvedPools, Resolver},
    validate::{
        Models,
        table::{Cells, each_row},
    },
};

/// One measured quantity beside its prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Residual {
    /// The row's id.
    pub id: String,
    /// The chip's family.
    pub family: String,
    /// The engine.
    pub engine: String,
    /// The model's architecture.
    pub model_type: String,
    /// The question: `steady`, `benchmark`, `burst`, `static` or `pools`.
    pub question: &'static str,
    /// The quantity: `ttft`, `tpot` or `rate`.
    pub quantity: &'static str,
    /// Measured over predicted.
    pub ratio: f64,
    /// Measured over what would be predicted if nothing had been fitted on the pair of chip and engine.
    pub unfitted: f64,
}

/// The residuals of a table's usable rows; rows that are refused have none.
///
/// # Errors
/// If the text is no table.
pub fn residuals(csv: &str, catalog: &Catalog, world: &dyn World) -> Result<Vec<Residual>, ApiError> {
    let mut found = Vec::new();
    each_usable(csv, catalog, world, |cells, Asked { deployed, workload }| {
        found.extend(of_row(cells.get("id"), &deployed, &workload, row::measured(cells), catalog));
    })?;
    Ok(found)
}

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
    /// What was measured.
    pub measured: Measured,
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
fn run(cells: &Cells<'_>, Asked { deployed, workload }: Asked) -> MeasuredRun {
    let text = |column| cells.get(column).to_owned();
    let stated = text("engine_version");
    let version = (!stated.is_empty()).then_some(stated);
    let (id, regime, measured) = (text("id"), text("regime"), row::measured(cells));
    let (resolved, pools) = match deployed {
        Deployed::Alike(resolved) => (resolved, None),
        Deployed::Pools(pools) => (Arc::clone(&pools.decode.0), Some(pools)),
    };
    MeasuredRun { id, regime, version, resolved, pools, workload, measured }
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

/// Reads a quantity of a service.
type Read = fn(&Service) -> f64;

fn of_row(
    id: &str,
    deployed: &Deployed,
    workload: &Workload,
    measured: Measured,
    catalog: &Catalog,
) -> Vec<Residual> {
    let resolved = deployed.resolved();
    let accelerator = &resolved.cluster().accelerator;
    let calibration = catalog.unfitted_calibration(accelerator, resolved.engine_name());
    let plain = deployed.serve_under(&calibration, workload);
    let (Some(fitted), Some(plain)) = (deployed.serve(workload), plain) else { return Vec::new() };
    let ratio = |measured: f64, read: Read| {
        let ratios = [measured / read(&fitted), measured / read(&plain)];
        ratios.iter().all(|ratio| ratio.is_finite() && *ratio > 0.0).then_some(ratios)
    };
    let quantities: [(&str, Option<f64>, Read); 3] = [
        ("ttft", measured.ttft_s.map(|time| time.0.get()), |service| service.ttft.get()),
        ("tpot", measured.tpot_s.map(|time| time.0.get()), |service| service.tpot.get()),
        ("rate", measured.output_tokens_per_s.map(|rate| rate.0.get()), |service| service.output_rate),
    ];
    let one = |(quantity, measured, read): (&'static str, Option<f64>, Read)| {
        let [fitted, unfitted] = ratio(measured?, read)?;
        Some(Residual {
            id: id.to_owned(),
            family: accelerator.family.clone(),
            engine: resolved.engine_name().to_owned(),
            model_type: resolved.model.model.model_type.clone(),
            question: deployed.question(workload.arrival()),
            quantity,
            ratio: fitted,
            unfitted,
        })
    };
    quantities.into_iter().filter_map(one).collect()
}

impl Deployed {
    /// How it would serve a load if its accelerators reached something else.
    fn serve_under(&self, calibration: &Calibration, workload: &Workload) -> Option<Service> {
        let worker = |resolved: &Resolved| {
            let deployment = resolved.deployment().clone();
            Prepared::new(Deployment { calibration: calibration.clone().into(), ..deployment }).ok()
        };
        match self {
            Self::Alike(resolved) => worker(resolved)?.serve(workload),
            Self::Pools(pools) => {
                let (prefill, decode) = (worker(&pools.prefill.0)?, worker(&pools.decode.0)?);
                let mut asked = pools.pools();
                asked.prefill.worker = &prefill;
                asked.decode.worker = &decode;
                asked.serve(workload).map(|served| served.service)
            }
        }
    }

    /// The question's name in the table of spreads.
    const fn question(&self, arrival: Arrival) -> &'static str {
        if let Self::Pools(_) = self {
            return "pools";
        }
        question(arrival)
    }
}

/// The name of a question of one deployment.
pub(crate) const fn question(arrival: Arrival) -> &'static str {
    match arrival {
        Arrival::Steady => "steady",
        Arrival::Benchmark { .. } => "benchmark",
        Arrival::Burst => "burst",
        Arrival::Static => "static",
        Arrival::Open { .. } => "open",
    }
}
