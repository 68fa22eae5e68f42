//! The words everybody speaks: labels, matchers, durations, times, numbers.
//!
//! Nothing here does I/O or keeps state. Text becomes one of these types once, at the edge; inside, nothing
//! half-valid travels: a [`Labels`] is sorted and free of duplicates and empty values, a [`Matcher`] has a
//! compiled regular expression, a time is milliseconds since the epoch.

mod duration;
mod labels;
mod matcher;
mod metadata;
mod number;
mod pattern;
mod quote;
mod re2;
mod sample;
mod time;

pub use duration::{DurationError, format_duration, parse_duration};
pub use labels::{Labels, LabelsBuilder, METRIC_NAME, is_legacy_label_name, is_legacy_metric_name};
pub use matcher::{MatchOp, Matcher, MatcherError, anchored_regex};
pub use metadata::{Metadata, MetricType};
pub use number::{ParseFloatError, format_float, parse_float};
pub use pattern::{AnchoredRegex, Template};
pub use quote::{is_printable, push_quoted, quote, quote_char};
pub use sample::{STALE_NAN, is_stale, stale_marker};
pub use time::{TimeError, format_rfc3339, now_ms, parse_time};
