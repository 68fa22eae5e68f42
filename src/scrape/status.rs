//! What is known about a target, for people.

use std::time::Duration;

use crate::model::Labels;

/// Whether the last scrape went well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// There was none yet.
    #[default]
    Unknown,
    /// It did.
    Up,
    /// It did not.
    Down,
}

impl Health {
    /// The name in the HTTP API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// One target that is being scraped.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    /// Labels before relabelling.
    pub discovered_labels: Labels,
    /// Labels that its samples get.
    pub labels: Labels,
    /// The job that it belongs to.
    pub scrape_pool: String,
    /// What is fetched.
    pub scrape_url: String,
    /// The same as seen from other hosts.
    pub global_url: String,
    /// Why the last scrape failed; empty when it did not.
    pub last_error: String,
    /// When the last scrape began, in ms since the epoch; `None` before the first.
    pub last_scrape: Option<i64>,
    /// How long it took.
    pub last_scrape_duration: Duration,
    /// How many samples it brought.
    pub last_samples: usize,
    /// How it went.
    pub health: Health,
    /// How often it is scraped.
    pub scrape_interval: Duration,
    /// How long a scrape may take.
    pub scrape_timeout: Duration,
}

/// One target that relabelling dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedTarget {
    /// Labels before relabelling.
    pub discovered_labels: Labels,
    /// The job that it would have belonged to.
    pub scrape_pool: String,
}

/// The part of a status that changes with each scrape.
#[derive(Clone, Debug, Default)]
pub(super) struct LastScrape {
    pub time: Option<i64>,
    pub duration: Duration,
    pub error: String,
    pub samples: usize,
    pub health: Health,
}
