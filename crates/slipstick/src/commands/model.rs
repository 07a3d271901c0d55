//! `slipstick model`.

use clap::Args;
use slipstick_api::{
    ApiError,
    request::{ModelRequest, Request, parse_at},
};

use crate::{Session, asked::Asked};

const EXAMPLES: &str = "\
Examples:
  slipstick model ./config.json
  slipstick model path/to/folder --kv-dtype fp8 --context 128Ki
  slipstick model ./config.json --json | jq .parameters.total
  slipstick model ./config.json --explain";

/// Arguments of `slipstick model`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ModelArgs {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// The cache's format: bf16, fp8, int8, q8_0, q4_0 and so on
    #[arg(long, value_name = "FORMAT")]
    pub kv_dtype: Option<String>,
    /// The context at which cache and FLOPs are shown, such as 32k
    #[arg(long, value_name = "TOKENS")]
    pub context: Option<String>,
    /// Read an architecture that is not known as a plain decoder, every number marked as assumed
    #[arg(long)]
    pub allow_unknown: bool,
}

impl ModelArgs {
    fn request(&self) -> Result<ModelRequest, ApiError> {
        Ok(ModelRequest {
            model: self.model.clone(),
            kv_dtype: self.kv_dtype.clone(),
            context: self.context.as_deref().map(|text| parse_at("--context", text)).transpose()?,
            allow_unknown: self.allow_unknown,
        })
    }
}

pub(super) fn ask(args: &ModelArgs, session: &Session) -> Result<Asked, ApiError> {
    Asked::ask(Request::Model(args.request()?), session)
}
