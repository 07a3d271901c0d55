//! `slipstick plan`: its request.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use slipstick_catalog::Catalog;
use slipstick_core::units::Frequency;

use crate::{
    ApiError, Output, World,
    commands::{fleet::FleetRequest, interruptions::Said},
    registry::Question,
    report::ReportKind,
    request::{
        Acceptance, ArrivalRequest, CachedRequest, Count, Duration, LoadRequest, Price, PriceRequest, Rate,
        Share, TimeTarget, Watts, needs, text,
    },
};

/// Which deployment meets a target best?
#[derive(Debug, Clone, PartialEq, Default, Args, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PlanRequest {
    /// A config.json, a folder with one, a catalogue name, or org/name
    #[arg(value_name = "MODEL", help_heading = None)]
    pub model: String,
    /// MODEL is the file of a fleet: several classes of requests over mixed accelerators, as slipstick fleet
    #[arg(long)]
    #[serde(default, deserialize_with = "text::switch")]
    pub fleet: bool,
    /// A use whose lengths and times are taken where none are given: chatbot, rag, code-completion, agents, summarisation or reasoning
    #[arg(long, value_name = "NAME", help_heading = "Load")]
    pub use_case: Option<String>,
    /// A file of requests with their times and tokens, whose mean lengths and rate are taken where none are given: CSV as Azure's and BurstGPT's, JSON lines as Mooncake's
    #[arg(long, value_name = "FILE", help_heading = "Load")]
    pub trace: Option<String>,
    /// Prompt tokens of a request, such as 4k
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub input: Option<Count>,
    /// Output tokens of a request
    #[arg(long, value_name = "TOKENS", help_heading = "Load")]
    pub output: Option<Count>,
    /// Requests that arrive, such as 500/min or 2/s
    #[arg(long, value_name = "RATE", help_heading = "Load")]
    pub rate: Option<Rate>,
    /// Requests in flight at once, over all replicas
    #[arg(long, value_name = "REQUESTS", help_heading = "Load")]
    pub concurrency: Option<Count>,
    /// Users, each of whom sends a request every so often (--every)
    #[arg(long, value_name = "COUNT", help_heading = "Load")]
    pub users: Option<Count>,
    /// Time from one request of a user to the next, such as 1min
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub every: Option<Duration>,
    /// Requests that are all there, to be answered in some time (--within)
    #[arg(long, value_name = "REQUESTS", help_heading = "Load")]
    pub requests: Option<Count>,
    /// The time in which they are answered, such as 4h
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub within: Option<Duration>,
    /// What of the prompts is in the engine's cache already.
    #[command(flatten)]
    #[serde(flatten)]
    pub cached: CachedRequest,
    /// The slowest acceptable time to the first token, in the mean or of a share of requests: 1s, p95:2s
    #[arg(long, value_name = "TIME", help_heading = "Targets")]
    pub ttft: Option<TimeTarget>,
    /// The slowest acceptable time per output token, in the mean or of a share of requests: 40ms, p99:60ms
    #[arg(long, value_name = "TIME", help_heading = "Targets")]
    pub tpot: Option<TimeTarget>,
    /// The slowest acceptable time to the last token, in the mean or of a share of requests
    #[arg(long, value_name = "TIME", help_heading = "Targets")]
    pub e2e: Option<TimeTarget>,
    /// 0.9 asks that the ends of the 80 % bands meet the targets, 0.5 that the estimates do; 0.5 if not given
    #[arg(long, value_name = "SHARE", help_heading = "Targets")]
    pub confidence: Option<Share>,
    /// What is best: usd-per-hour, usd-per-token, accelerators, tokens-per-accelerator, energy, latency; dollars an hour under a load, else dollars a token
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    pub objective: Option<String>,
    /// Only these accelerators, separated by commas; with a count, as in 8xh100, only so many a replica
    #[arg(long, value_name = "HARDWARE", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub on: Vec<String>,
    /// Without these accelerators
    #[arg(long, value_name = "HARDWARE", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub exclude: Vec<String>,
    /// Engines to try, separated by commas; the usual one of each hardware if not given
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub engines: Vec<String>,
    /// Weight formats to try, separated by commas; the checkpoint's own and fp8 if not given
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub quant: Vec<String>,
    /// Cache formats to try, separated by commas; the engine's own if not given
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub kv_dtype: Vec<String>,
    /// What drafts tokens, separated by commas, such as none,mtp=1; nothing if not given
    #[arg(long, value_name = "METHOD", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub speculative: Vec<String>,
    /// Chance that a drafted token is accepted, such as 0.8, or for each place 0.9,0.7,0.5; published rates if not given
    #[arg(long, value_name = "SHARES", help_heading = "Supply")]
    pub acceptance: Option<Acceptance>,
    /// Sequences an engine runs at once at most, each to be tried, separated by commas; its own if not given
    #[arg(long, value_name = "COUNT", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::counts")]
    pub max_sequences: Vec<Count>,
    /// Tokens an engine puts into one step at most, each to be tried, separated by commas; its own if not given
    #[arg(
        long,
        value_name = "TOKENS",
        value_delimiter = ',',
        alias = "max-num-batched-tokens",
        help_heading = "Supply"
    )]
    #[serde(default, deserialize_with = "text::counts")]
    pub max_batched_tokens: Vec<Count>,
    /// auto: also search separate pools of workers that read and workers that write; on: those alone; across: pools of two kinds of accelerators as well; off if not given
    #[arg(long, value_name = "NAME", help_heading = "Supply")]
    pub pools: Option<String>,
    /// Accelerators in all, at most
    #[arg(long, value_name = "COUNT", help_heading = "Supply")]
    pub max_gpus: Option<Count>,
    /// Mean power of all accelerators, at most, such as 10kW
    #[arg(long, value_name = "WATTS", help_heading = "Supply")]
    pub max_watts: Option<Watts>,
    /// Dollars an hour in all, at most, such as '$50/h'
    #[arg(long, value_name = "PRICE", help_heading = "Supply")]
    pub budget: Option<Price>,
    /// Only offers of these clouds, separated by commas
    #[arg(long, value_name = "CLOUD", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub cloud: Vec<String>,
    /// Only offers in this region
    #[arg(long, value_name = "REGION", help_heading = "Supply")]
    pub region: Option<String>,
    /// on-demand, spot, 1y or 3y, separated by commas; on-demand if not given
    #[arg(long, value_name = "TERM", value_delimiter = ',', help_heading = "Supply")]
    #[serde(default, deserialize_with = "text::list")]
    pub term: Vec<String>,
    /// How often spot machines are taken away, such as 0.05/h: they serve less of the time that is paid for
    #[arg(long, value_name = "RATE", help_heading = "Supply")]
    pub interruptions: Option<Rate>,
    /// Time after an interruption until it serves again; 15 minutes if not given
    #[arg(long, value_name = "TIME", help_heading = "Supply")]
    pub restart: Option<Duration>,
    /// Work that an interruption loses; none if not given
    #[arg(long, value_name = "TIME", help_heading = "Supply")]
    pub lost: Option<Duration>,
    /// Share of full load that replicas are planned for under a rate; 0.8 if not given
    #[arg(long, value_name = "SHARE", help_heading = "Supply")]
    pub planned: Option<Share>,
    /// Replicas beside those that the load takes, for failures
    #[arg(long, value_name = "COUNT", help_heading = "Supply")]
    pub spare: Option<Count>,
    /// How many to show; 5 if not given
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<Count>,
}

needs!(PlanRequest: model);

impl PlanRequest {
    /// Ways in which a replica may be paid for: each cloud under each term.
    pub(super) fn offers(&self) -> Vec<PriceRequest> {
        let any = |list: &[String]| {
            if list.is_empty() { vec![None] } else { list.iter().cloned().map(Some).collect() }
        };
        let terms: Vec<Option<String>> = any(&self.term);
        let of_cloud = |cloud: Option<String>| {
            let region = self.region.clone();
            let priced = PriceRequest { cloud, region, ..PriceRequest::default() };
            terms
                .iter()
                .map(move |term| PriceRequest { term: term.clone(), ..priced.clone() })
                .collect::<Vec<_>>()
        };
        any(&self.cloud).into_iter().flat_map(of_cloud).collect()
    }

    /// Requests that arrive a second: as stated, or what all users send.
    pub(super) fn arriving(&self) -> Option<Frequency> {
        let sent = |(users, every): (Count, Duration)| Frequency::per_s(users.0 as f64 / every.0.get());
        self.rate.map(|rate| rate.0).or_else(|| self.users.zip(self.every).map(sent))
    }

    /// Requests of the load, as one of them is described.
    pub(super) fn shape(&self) -> LoadRequest {
        self.load(1, 1.0)
    }

    /// What is said of machines that are taken away.
    pub(super) const fn interrupted(&self) -> Said {
        Said { rate: self.interruptions, restart: self.restart, lost: self.lost }
    }

    /// What each replica of a plan is asked: its share of the rate, or so many requests in flight.
    pub(super) fn load(&self, in_flight: u64, needed: f64) -> LoadRequest {
        let rate = self.arriving().map(|rate| Rate(rate / needed));
        LoadRequest {
            use_case: self.use_case.clone(),
            input: self.input,
            output: self.output,
            concurrency: rate.is_none().then_some(Count(in_flight)),
            cached: self.cached.clone(),
            arrival: ArrivalRequest { rate, ..ArrivalRequest::default() },
            ..LoadRequest::default()
        }
    }
}

impl PlanRequest {
    /// The file of a fleet, which says all that flags would.
    fn of_fleet(&self) -> Result<&str, ApiError> {
        let alone = Self { model: self.model.clone(), fleet: true, ..Self::default() };
        if *self == alone {
            return Ok(&self.model);
        }
        Err(ApiError::input("plan.conflict", "the file of a fleet says what is asked of it")
            .at("--fleet")
            .help(
                "leave out the other flags, and write what they say into the file: see examples/fleet.toml",
            ))
    }
}

impl Question for PlanRequest {
    const NAME: &'static str = "plan";
    const ABOUT: &'static str =
        "Find the best deployment for a load and its targets, over all hardware that is offered";
    const EXAMPLES: &'static [&'static str] = &[
        "slipstick plan llama-3.1-8b --input 2000 --output 500 --rate 500/min --ttft 1s --tpot 40ms",
        "slipstick plan llama-3.3-70b --concurrency 256 --tpot 30ms --quant fp8 --on h100,h200,b200 --spare 1",
        "slipstick plan gpt-oss-120b --objective tokens-per-accelerator --tpot 20ms",
        "slipstick plan llama-3.1-8b --use-case chatbot --users 2k --every 1min --term on-demand,1y",
        "slipstick plan deepseek-v3 --on 8xh200,8xb200 --speculative none,mtp=1 --concurrency 64 --objective energy",
        "slipstick plan qwen3-32b --use-case summarisation --requests 100k --within 4h",
        "slipstick plan llama-3.1-70b --input 4k --output 500 --rate 20/s --ttft 2s --tpot 30ms --pools auto",
        "slipstick plan llama-3.1-8b --rate 20/s --input 2k --output 300 --ttft p95:2s --tpot p99:60ms",
        "slipstick plan qwen3-32b --rate 20/s --tpot 50ms --term spot,on-demand --interruptions 0.05/h --restart 15min",
        "slipstick plan qwen3-32b --trace trace.csv --tpot 50ms --objective energy",
        "slipstick plan qwen3-32b --rate 20/s --tpot 50ms --confidence 0.9 --budget '$100/h' --json",
    ];
    const LONG: bool = true;
    const DRAWN: bool = true;
    const RARE: &'static [&'static str] = &[
        "speculative",
        "acceptance",
        "max_sequences",
        "max_batched_tokens",
        "region",
        "interruptions",
        "restart",
        "lost",
        "planned",
        "limit",
        "shared_prefix",
        "max_watts",
        "exclude",
    ];
    const REPORTS: &'static [ReportKind] = &[ReportKind::of::<super::PlanReport>()];

    fn answer(&self, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
        if self.fleet {
            return FleetRequest::new(self.of_fleet()?).answer(catalog, world);
        }
        super::plan(self, catalog, world).map(Output::from)
    }
}
