//! Sealing: a day that is over is rewritten with long columns, so that it is small and quick to read.

use std::path::Path;
use std::sync::Arc;

use hashbrown::HashMap;

use super::super::disk::Disk;
use super::super::page::{Column, Page, PageInfo, PageWriter};
use super::super::query::Columns;
use super::day::{
    Day, DayError, DayHead, Flush, create_database, failed, io_error, put_directory, put_info, put_page, put_series,
    write_day,
};
use super::sums::{remove_sums, write_sums};
use crate::model::Labels;

/// Rewrites a day in its place. The object of the old file stays usable for those who read from it.
pub(super) fn seal(disk: &Arc<dyn Disk>, day: &Day) -> Result<Day, DayError> {
    let head = day.head();
    let ids = day.ids();
    let directory = day.directory()?;
    let series: HashMap<u32, Labels> = day.series()?.into_iter().collect();
    let labels_of = |id: u32| series.get(&id).cloned();
    let draft = day.path.with_extension("redb.tmp");
    let parts = parts_of(&head, ids.len());
    let (start, end) = day.span();
    let stretch = (end - start + 1) / i64::from(parts);
    let mut database = create_database(disk, &draft)?;
    let mut samples = 0;
    write_day(&database, |write| {
        let mut walker = Walker { day, directory: &directory, pages: directory.iter().map(|_| None).collect() };
        let mut stretches: Vec<Stretch> = (0..parts).map(|_| Stretch::new()).collect();
        let mut columns = Columns::default();
        for id in ids.iter() {
            columns.clear();
            walker.read(id, &mut columns)?;
            let mut rest = (columns.timestamps.as_slice(), columns.values.as_slice());
            for (number, stretch_writer) in (0u32..).zip(&mut stretches) {
                let until = if number + 1 == parts { i64::MAX } else { start + stretch * i64::from(number + 1) };
                let split = rest.0.partition_point(|t| *t < until);
                let (times, later_times) = rest.0.split_at_checked(split).unwrap_or((&[], &[]));
                let (values, later_values) = rest.1.split_at_checked(split).unwrap_or((&[], &[]));
                rest = (later_times, later_values);
                for (times, values) in times.chunks(COLUMN_MAX).zip(values.chunks(COLUMN_MAX)) {
                    stretch_writer.push(id, times, values);
                    samples += times.len() as u64;
                }
                for page in stretch_writer.writer.take() {
                    put_page(write, number, stretch_writer.ordinal(), &page.1)?;
                    stretch_writer.pages.push(page.0);
                }
            }
        }
        for (number, mut stretch_writer) in (0u32..).zip(stretches) {
            let rest = std::mem::replace(&mut stretch_writer.writer, PageWriter::new()).finish();
            for page in rest {
                put_page(write, number, stretch_writer.ordinal(), &page.1)?;
                stretch_writer.pages.push(page.0);
            }
            put_directory(write, &Flush::new(number, stretch_writer.pages), day.number)?;
        }
        let all: Vec<u32> = ids.iter().collect();
        put_series(write, &all, &labels_of)?;
        put_info(write, &DayHead { samples, next_flush: parts, sealed: true, ..head }, &ids)
    })?;
    database.compact().map_err(|error| DayError::Io(error.to_string()))?;
    database.close().map_err(failed)?;
    put_in_place(disk, &draft, &day.path)?;
    Day::load(disk, &day.path)
}

fn put_in_place(disk: &Arc<dyn Disk>, draft: &Path, path: &Path) -> Result<(), DayError> {
    disk.open(draft, super::super::disk::Mode::Write).and_then(|file| file.sync()).map_err(io_error)?;
    // Sums of an earlier seal would call the new file damaged.
    remove_sums(disk, path).map_err(io_error)?;
    disk.rename(draft, path).map_err(io_error)?;
    if let Some(folder) = path.parent() {
        disk.sync_dir(folder).map_err(io_error)?;
    }
    write_sums(disk, path).map_err(io_error)
}

/// Reads series by series, keeping one unpacked page of each flush: series come in order, and so do pages.
struct Walker<'a> {
    day: &'a Day,
    directory: &'a [Flush],
    pages: Vec<Option<(u32, Option<Page>)>>,
}

impl Walker<'_> {
    fn read(&mut self, id: u32, out: &mut Columns) -> Result<(), DayError> {
        for (flush, slot) in self.directory.iter().zip(&mut self.pages) {
            for (ordinal, _) in flush.pages_of(id) {
                if slot.as_ref().is_none_or(|(loaded, _)| *loaded != ordinal) {
                    *slot = Some((ordinal, self.day.load_page(flush.number, ordinal)?));
                }
                let Some((_, Some(page))) = slot else { continue };
                let Some(place) = page.find(id) else { continue };
                let kept = out.len();
                if page.read(place, i64::MIN, i64::MAX, out).is_none() {
                    out.timestamps.truncate(kept);
                    out.values.truncate(kept);
                }
            }
        }
        Ok(())
    }
}

/// The pages of one stretch of the day.
struct Stretch {
    writer: PageWriter,
    pages: Vec<PageInfo>,
    /// Neighbours have the same times: one copy serves the page.
    times: Arc<[i64]>,
}

impl Stretch {
    fn new() -> Self {
        Self { writer: PageWriter::new(), pages: Vec::new(), times: Arc::from([]) }
    }

    fn push(&mut self, id: u32, times: &[i64], values: &[f64]) {
        if *self.times != *times {
            self.times = Arc::from(times);
        }
        self.writer.push(Column { id, times: Arc::clone(&self.times), values: values.to_vec() });
    }

    fn ordinal(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }
}

/// In how many stretches a day is cut: so that a typical column has about a thousand samples, beyond which columns
/// hardly get smaller while a short question has to unpack more.
fn parts_of(head: &DayHead, series: usize) -> u32 {
    let typical = head.samples / (series as u64).max(1);
    u32::try_from(typical.div_ceil(COLUMN_TYPICAL)).unwrap_or(1).clamp(1, 24)
}

const COLUMN_TYPICAL: u64 = 1024;

/// A series that is much denser than the others still has columns that unpack quickly.
pub(super) const COLUMN_MAX: usize = 4096;
