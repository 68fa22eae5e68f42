//! Evaluation, column by column.
//!
//! What comes in is a [`Plan`](super::plan::Plan) and a source of series; what goes out are rows: labels and one value a
//! step. A selector decodes each of its series once for all steps; what works on each series alone (range functions,
//! arithmetic with scalars, comparisons) runs as a [pipeline](pipeline) over them, on several threads; aggregations take
//! the rows one by one, in the order of their labels, and keep accumulators only. No function here sees a step as
//! such: steps are indices into columns.

mod aggregate;
mod buckets;
mod calendar;
pub(crate) mod column;
mod evaluation;
pub(crate) mod gofloat;
mod kahan;
mod labels;
mod matching;
pub(crate) mod math;
pub(crate) mod over_time;
mod pipeline;
pub(crate) mod quantile;
mod ranges;
mod rows;
mod select_k;

pub(crate) use evaluation::Evaluation;
