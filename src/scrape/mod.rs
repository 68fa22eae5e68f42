//! Fetching pages from targets on time.
//!
//! The [`Manager`] takes a configuration and the targets that discovery finds, and keeps one task per target. A task
//! wakes on a grid that depends on the target alone, so that scrapes of many targets spread over the interval, and a
//! restart finds the same grid again. It fetches the page, hands it to its [`crate::ingest::TargetIngest`], adds
//! `up` and its companions, and notes how it went for the targets page. Tasks share nothing but the door and the
//! HTTP client of their job: a target that hangs, floods or lies costs its own series only.
//!
//! This process's own page and this host's are targets like any other, but for being rendered ([`PageSource`]) and
//! not fetched.

mod accept;
mod error;
mod fetch;
mod manager;
mod pool;
mod schedule;
mod status;
mod worker;

pub use accept::accept_header;
pub use error::ScrapeError;
pub use fetch::PageSource;
pub use manager::{ApplyError, InternalTarget, Manager, ManagerOptions};
pub use status::{DroppedTarget, Health, TargetStatus};
