//! `slipstick serve`.

use std::net::IpAddr;

use clap::Args;
use slipstick_api::{ApiError, World as _, request::Duration};
use slipstick_server::http::{self, Limits, Settings};

use crate::{Session, crash, show};

const EXAMPLES: &str = "\
Examples:
  slipstick serve
  slipstick serve --port 0
  slipstick serve --host 0.0.0.0 --allow-host planner.example.org

Questions are asked by POST at /v1/COMMAND, with the command's flags as a JSON object:
  curl http://127.0.0.1:8177/v1/estimate -H 'Content-Type: application/json' \\
    -d '{\"model\": \"llama-3.1-8b\", \"on\": \"h100\"}'";

/// Arguments of `slipstick serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The address to listen on; other machines can ask if it is not loopback
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// The port; 0 for any that is free
    #[arg(long, value_name = "PORT", default_value_t = 8177)]
    pub port: u16,
    /// A name of this machine that it may be asked by, beside its address and localhost; may be repeated
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// Look models up at the hub by org/name, with this machine's token, for whoever asks
    #[arg(long)]
    pub allow_network: bool,
    /// The longest that one question is worked on
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub time_limit: Duration,
}

/// Serves until it is told to end.
pub(crate) fn run(args: &ServeArgs, session: &Session) -> Result<u8, ApiError> {
    crash::go_on();
    let limits = Limits { time: args.time_limit.into(), ..Limits::default() };
    let settings = Settings {
        host: args.host,
        port: args.port,
        names: args.allow_host.clone(),
        overlays: session.world.overlays()?,
        hub: args.allow_network && !session.global.offline,
        today: session.global.today,
        limits,
    };
    http::serve(settings, |address| show::write(format!("http://{address}/\n").as_bytes()))?;
    Ok(0)
}
