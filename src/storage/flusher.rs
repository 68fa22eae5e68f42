//! The flusher thread.
use super::shared::Shared;
use std::sync::{Arc, mpsc};
pub(super) enum FlushJob { New { ids: Vec<u32>, upto: u64, new_series: Vec<u32> }, Again }
pub(super) fn run(_shared: &Arc<Shared>, jobs: &mpsc::Receiver<FlushJob>) { while jobs.recv().is_ok() {} }
