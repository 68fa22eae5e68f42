//! Why a scrape failed, in the words that users of Prometheus know.

use std::fmt;

use crate::exposition::ContentTypeError;
use crate::ingest::PageError;

/// A scrape that brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScrapeError {
    /// No answer, or not all of it, within the scrape timeout.
    Timeout {
        /// What was asked for; `None` once the answer had begun.
        url: Option<String>,
    },
    /// The target could not be asked.
    Request {
        /// What was asked for.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The answer broke off.
    Body {
        /// What the network said.
        reason: String,
    },
    /// The target answered with an error.
    Status {
        /// The status code and its usual text.
        status: String,
    },
    /// More bytes than `body_size_limit`, or than one page may ever have.
    BodySize,
    /// The format of the page is unknown.
    ContentType(ContentTypeError),
    /// The page was refused.
    Page(PageError),
    /// The job has too many targets, so none of them counts.
    TargetLimit {
        /// How many there are.
        targets: usize,
        /// How many there may be.
        limit: u64,
    },
    /// A collector of this process has been busy since the last time.
    Busy,
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout { url: Some(url) } => write!(formatter, "Get {url:?}: context deadline exceeded"),
            Self::Timeout { url: None } => formatter.write_str("context deadline exceeded"),
            Self::Request { url, reason } => write!(formatter, "Get {url:?}: {reason}"),
            Self::Body { reason } => formatter.write_str(reason),
            Self::Status { status } => write!(formatter, "server returned HTTP status {status}"),
            Self::BodySize => formatter.write_str("body size limit exceeded"),
            Self::ContentType(error) => error.fmt(formatter),
            Self::Page(error) => error.fmt(formatter),
            Self::TargetLimit { targets, limit } => {
                write!(formatter, "target_limit exceeded (number of targets: {targets}, limit: {limit})")
            }
            Self::Busy => formatter.write_str("the collector has been busy since the last scrape"),
        }
    }
}

impl std::error::Error for ScrapeError {}
