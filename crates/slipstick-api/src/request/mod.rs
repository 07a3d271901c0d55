//! What can be asked. Requests are plain data: a face fills one in, a scenario file stores one.

mod compare;
mod deployment;
mod engine;
mod format;
mod list;
mod model;
mod quantity;
mod recommend;
mod scenario;
mod summarize;
mod validate;

pub use compare::{CompareRequest, Variations};
pub use deployment::{Ask, DeploymentRequest, PlanRequest, PriceRequest, WorkloadRequest};
pub use engine::{EngineRef, engine};
pub use format::{cache_format, cache_format_names, format_name};
pub use list::{EnginesRequest, GpusRequest, InstancesRequest, ModelsRequest, Page, PricesRequest};
pub use model::ModelRequest;
pub use quantity::{Count, Duration, Memory, Price, Rate, Share, parse_at};
pub use recommend::RecommendRequest;
pub use scenario::{read_scenario, write_scenario};
pub use summarize::SummarizeRequest;
pub use validate::ValidateRequest;
