//! Day files.
use super::idset::IdSet;
use super::query::{Columns, ReadError};
pub(super) struct Days;
pub(super) struct Overview { pub(super) days: usize, pub(super) bytes: u64, pub(super) samples: u64, pub(super) min: i64, pub(super) max: i64, pub(super) damaged_days: u64, pub(super) damaged_pages: u64 }
impl Days {
    pub(super) fn last_sample(&self, _id: u32) -> Option<(i64, f64)> { None }
    pub(super) fn read(&self, _id: u32, _start: i64, _end: i64, _out: &mut Columns) -> Result<(), ReadError> { Ok(()) }
    pub(super) fn ids_between(&self, _start: i64, _end: i64) -> IdSet { IdSet::default() }
    pub(super) fn overview(&self) -> Overview { Overview { days: 0, bytes: 0, samples: 0, min: i64::MAX, max: i64::MIN, damaged_days: 0, damaged_pages: 0 } }
    pub(super) fn position(&self, _t: i64) -> u64 { 0 }
    pub(super) fn last_position(&self) -> u64 { 0 }
}
impl Days {
    pub(super) fn open(_options: &super::options::Options) -> Result<(Self, Option<[u8; 16]>), super::error::OpenError> { Ok((Self, None)) }
    pub(super) fn adopt_store(&self, _store: [u8; 16]) {}
    pub(super) fn all_series(&self) -> Vec<(u32, crate::model::Labels)> { Vec::new() }
    pub(super) fn next_id(&self) -> u32 { 0 }
    pub(super) fn close(&self) {}
}
