//! What whoever runs the server decides.

use core::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use jiff::civil::Date;
use slipstick_api::{Bounds, OverlayFile};

/// Where to listen, to whom, and with which facts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// Names of this machine under which it may be asked, beside its addresses and `localhost`.
    pub names: Vec<String>,
    /// The catalogue files of whoever runs the server, in order.
    pub overlays: Vec<OverlayFile>,
    /// Whether models may be looked up at the hub by their ids.
    pub hub: bool,
    /// The date, if it is not the clock's.
    pub today: Option<Date>,
    /// How much is done for whom.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            names: Vec::new(),
            overlays: Vec::new(),
            hub: false,
            today: None,
            limits: Limits::default(),
        }
    }
}

/// How much is done at once, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Time until the head of a request is in.
    pub head_time: Duration,
    /// Time until the body of a request is in.
    pub body_time: Duration,
    /// Time until the answer to a question, after which it is not worked out further.
    pub time: Duration,
    /// Time after which somebody who waits for events hears that the connection lives.
    pub quiet: Duration,
    /// How much is worked out for one question.
    pub bounds: Bounds,
    /// Connections at once.
    pub connections: usize,
    /// Quick questions that are answered at once.
    pub quick: usize,
    /// Long questions that are answered at once.
    pub long: usize,
    /// Long questions that may wait for one of these.
    pub waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
        Self {
            body: 1 << 20,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            time: Duration::from_mins(1),
            quiet: Duration::from_secs(10),
            bounds: Bounds::new(2_000_000, cores),
            connections: 4096,
            quick: cores.max(2),
            long: cores.max(2),
            waiting: 16,
        }
    }
}
