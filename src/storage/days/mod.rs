//! Day files: the samples that have left the head, one redb file for each UTC day.
//!
//! `day` is one file: pages, their directory, its own series rows, the position in the log. `set` is all of them:
//! who is asked, who is kept open, who is too old. `cache` keeps unpacked pages for a while, `seal` rewrites a day that
//! is over, `sums` guards it. redb is trusted only with bytes that were checked: it may abort on damaged ones.

mod cache;
mod calendar;
mod day;
mod seal;
mod set;
mod sums;

pub(super) use set::{DayFlush, Days};
