//! The cheapest mix of accelerators for several classes of requests.
//!
//! `y_j` deployments of type j cost `c_j` each and answer at most `T_ij` requests a second of class i; `x_ij` is the share of
//! class i that is sent to them. The least of `sum c_j y_j`, with all shares of a class adding up to 1 and
//! `sum_i x_ij lambda_i / T_ij <= u y_j`, after Mélange (arXiv 2404.14527). Shares are whatever a router can send, or whole
//! slices of a class.

mod search;
mod simplex;

pub use search::{Found, Mix, solve};

/// A type of deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// What one costs an hour.
    pub price: f64,
    /// The most requests a second of each class that one answers within the targets of the class; 0 where it cannot.
    pub rates: Vec<f64>,
    /// How many there are, if not as many as one likes.
    pub most: Option<u32>,
}

/// What is to be served, and with what.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// Requests a second of each class.
    pub demand: Vec<f64>,
    /// The types, each with a rate for each class.
    pub kinds: Vec<Kind>,
    /// The least number of deployments in all.
    pub least: u32,
    /// Share of what they answer that is planned for.
    pub planned: f64,
    /// Slices that a class is sent in; none where a router may split it as it likes.
    pub slices: Option<u32>,
    /// Programs that are solved before the search gives up and says how far it may be off.
    pub effort: u32,
}

impl Fleet {
    /// The share of one deployment of a type that all of a class takes; none where it cannot serve the class.
    pub fn load(&self, class: usize, kind: usize) -> Option<f64> {
        let rate = self.kinds[kind].rates[class];
        (rate > 0.0).then(|| self.demand[class] / (rate * self.planned))
    }

    /// The same fleet of one type alone.
    #[must_use]
    pub fn of_one(&self, kind: usize) -> Self {
        let mut alone = self.clone();
        for (place, other) in alone.kinds.iter_mut().enumerate() {
            if place != kind {
                other.most = Some(0);
            }
        }
        alone
    }
}
