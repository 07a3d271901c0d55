//! What can be asked. Requests are plain data: a face fills one in, a scenario file stores one.

mod any;
mod compare;
mod deployment;
mod format;
mod model;
mod quantity;
mod recommend;

mod list;
mod summarize;
mod validate;

pub use any::{Request, SCENARIO_LIMIT};
pub use compare::CompareRequest;
pub use deployment::{DeploymentRequest, EstimateRequest, MemoryRequest, PriceRequest};
pub(crate) use format::scalar_name;
pub use format::{cache_format, format_name};
pub use model::ModelRequest;
pub use quantity::{Count, Duration, Memory, Price, Rate, Share, parse_at};

pub use list::{
    EnginesRequest, GpusRequest, ImportRequest, InstancesRequest, ModelsRequest, Page, PricesRequest,
};
pub use recommend::RecommendRequest;
pub use summarize::SummarizeRequest;
pub use validate::ValidateRequest;
