//! Why a request was refused, altogether or in part.

use std::fmt;

use crate::storage::{AppendError, Reason};

/// A request that is not answered with success.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// Not remote write 1.0.
    ContentType(String),
    /// Not a snappy block.
    Encoding(String),
    /// Larger than a request may be, on the wire or unpacked.
    TooLarge {
        /// Bytes.
        size: u64,
        /// How many there may be.
        limit: u64,
    },
    /// The body is not a snappy block.
    Snappy(String),
    /// What was in the block is not a write request. Nothing was stored.
    Protobuf,
    /// A part was refused; everything else has been stored.
    Partial {
        /// How many samples were refused.
        refused: usize,
        /// How many there were.
        samples: usize,
        /// Why the first of them was.
        first: Refused,
    },
    /// The store takes nothing now.
    Store(AppendError),
}

impl WriteError {
    /// The HTTP status. Senders try again after a 5xx and never after a 4xx.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::ContentType(_) | Self::Encoding(_) => 415,
            Self::TooLarge { .. } => 413,
            Self::Snappy(_) | Self::Protobuf | Self::Partial { .. } => 400,
            Self::Store(AppendError::Closed) => 503,
            Self::Store(_) => 500,
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentType(content_type) => write!(
                formatter,
                "{content_type:?} is not accepted by this server, which speaks remote write 1.0: send \
                 application/x-protobuf with proto=prometheus.WriteRequest"
            ),
            Self::Encoding(encoding) => write!(
                formatter,
                "{encoding:?} encoding (compression) is not accepted by this server; only snappy is acceptable"
            ),
            Self::TooLarge { size, limit } => {
                write!(formatter, "the request has {size} bytes, more than the {limit} that are allowed")
            }
            Self::Snappy(reason) => write!(formatter, "the body is not a snappy block: {reason}"),
            Self::Protobuf => formatter.write_str("the body is not a prometheus.WriteRequest"),
            Self::Partial { refused, samples, first } => {
                write!(formatter, "{first} ({refused} of {samples} samples refused, the rest stored)")
            }
            Self::Store(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for WriteError {}

/// Why a sample was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The store says no.
    Sample {
        /// Why.
        reason: Reason,
        /// The series.
        series: String,
        /// When, in ms since the epoch.
        time: i64,
    },
    /// Names that are none, twice the same name, or no metric name.
    InvalidLabels {
        /// The labels, up to the wrong one.
        labels: String,
    },
    /// Too many labels, or too long ones.
    LabelsTooLarge {
        /// The label that is one too many or too long, shortened.
        name: String,
        /// Bytes in its value.
        length: usize,
        /// Which one of the series it is, from 1.
        count: usize,
    },
    /// A native histogram.
    NativeHistogram,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample { reason, series, time } => write!(formatter, "{reason}: series {series} at {time}"),
            Self::InvalidLabels { labels } => write!(formatter, "invalid metric name or labels, got {labels}"),
            Self::LabelsTooLarge { name, length, count } => write!(
                formatter,
                "label set too large: label {name:?} is number {count} and has a value of {length} bytes"
            ),
            Self::NativeHistogram => formatter.write_str(
                "native histograms are not supported: send classic histograms (send_native_histograms: false)",
            ),
        }
    }
}
