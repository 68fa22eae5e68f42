//! The text formats in which targets expose their metrics.
//!
//! In comes one body as bytes and the [`Format`] that its content type named; out come [`Entry`] values in the order
//! of the page: samples as a raw slice of the body plus a number, and what the page says about its metric families.
//! Nothing is allocated on the way. Labels are decoded from the raw slice by [`decode_series`] only by those who
//! have not met the slice before.
//!
//! What Prometheus refuses is refused here, down to the blank that OpenMetrics does not allow, since a page that
//! reads differently in two places is worse than one that is refused in both. An error names line, column and text.

mod error;
mod format;
mod line;
mod number;
mod parser;
mod series;

pub use error::{ParseError, ParseErrorKind};
pub use format::{ContentTypeError, Format};
pub use line::{Suffix, read_suffix};
pub use number::{NumberError, format_bucket_bound, read_number, read_short_number};
pub use parser::{Entry, Parser, Sample};
pub use series::{DecodedSeries, SeriesError, decode_series};
