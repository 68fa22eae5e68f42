//! Answering questions: the index says who, head and days say what.
//!
//! A series is read when it is asked for, the head before the days: samples only ever move from the head to the
//! days, so that nothing is missed, and what both have is taken from the head.

use std::sync::Arc;

use super::query::{Columns, ReadError, Select, Series, SeriesColumns, Source};
use super::shared::Shared;
use super::store::Store;
use crate::model::Matcher;

impl Source for Store {
    fn select(&self, select: &Select<'_>) -> Result<Vec<Series>, ReadError> {
        let shared = self.shared();
        let index = shared.index.read();
        let mut ids = index.select(select.matchers);
        shared.keep_alive(&mut ids, select.start, select.end);
        index.sort_by_labels(&mut ids);
        if select.hints.limit > 0 {
            ids.truncate(select.hints.limit);
        }
        Ok(ids
            .into_iter()
            .filter_map(|id| {
                let columns = Arc::new(StoredSeries { shared: Arc::clone(shared), id });
                Some(Series::new(index.labels(id)?, columns))
            })
            .collect())
    }

    fn label_names(&self, sets: &[Vec<Matcher>], start: i64, end: i64) -> Result<Vec<String>, ReadError> {
        let shared = self.shared();
        let index = shared.index.read();
        if sets.is_empty() {
            return Ok(index.label_names(shared.alive(start, end)));
        }
        Ok(index.names_of(&shared.select_any(&index, sets, start, end)))
    }

    fn label_values(&self, name: &str, sets: &[Vec<Matcher>], start: i64, end: i64) -> Result<Vec<String>, ReadError> {
        let shared = self.shared();
        let index = shared.index.read();
        if sets.is_empty() {
            return Ok(index.label_values(name, shared.alive(start, end)));
        }
        Ok(index.values_of(name, &shared.select_any(&index, sets, start, end)))
    }
}

impl Shared {
    /// Who has samples in the closed range. The head is asked before the days, as for samples: a flush between the
    /// two must not hide a series.
    fn alive(&self, start: i64, end: i64) -> impl Fn(u32) -> bool + '_ {
        let on_disk = std::cell::OnceCell::new();
        move |id| {
            self.head.overlaps(id, start, end) || on_disk.get_or_init(|| self.days.ids_between(start, end)).contains(id)
        }
    }

    fn keep_alive(&self, ids: &mut Vec<u32>, start: i64, end: i64) {
        // The head before the days, as for samples: a flush between the two must not hide a series.
        let mut in_head: Vec<u32> = Vec::new();
        for id in ids.iter() {
            if self.head.overlaps(*id, start, end) {
                in_head.push(*id);
            }
        }
        if in_head.len() == ids.len() {
            return;
        }
        let on_disk = self.days.ids_between(start, end);
        let mut in_head = in_head.into_iter().peekable();
        ids.retain(|id| in_head.next_if_eq(id).is_some() || on_disk.contains(*id));
    }

    fn select_any(&self, index: &super::index::Index, sets: &[Vec<Matcher>], start: i64, end: i64) -> Vec<u32> {
        let mut ids: Vec<u32> = sets.iter().flat_map(|matchers| index.select(matchers)).collect();
        if sets.len() > 1 {
            ids.sort_unstable();
            ids.dedup();
        }
        self.keep_alive(&mut ids, start, end);
        ids
    }
}

struct StoredSeries {
    shared: Arc<Shared>,
    id: u32,
}

impl SeriesColumns for StoredSeries {
    fn read(&self, start: i64, end: i64, out: &mut Columns) -> Result<(), ReadError> {
        let head = self.shared.head.snapshot(self.id);
        // Everything older than the head's first sample is in the days; what is not older may be in both.
        let until = head.first_t().map_or(end, |first| end.min(first.saturating_sub(1)));
        if start <= until {
            self.shared.days.read(self.id, start, until, out)?;
        }
        head.read(start, end, out);
        Ok(())
    }
}
