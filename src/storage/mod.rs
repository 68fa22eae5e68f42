//! The time-series store: what comes in is appended, what is asked for comes out sorted.

mod query;

pub use query::{Columns, Hints, ReadError, Select, Series, SeriesColumns, Source};
