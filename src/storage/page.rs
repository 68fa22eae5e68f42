//! Pages: the columns of many series over one stretch, with the times that they share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::bits::{Cursor, put_varint};
use super::column::{
    Scaled, decode_numbers, decode_times, decode_values, encode_times, encode_values, neighbour_distance,
};
use super::query::Columns;

/// What the directory of a day knows about a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageInfo {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) samples: u64,
}

/// A column on its way into a page.
pub(super) struct Column {
    pub(super) id: u32,
    pub(super) times: Arc<[i64]>,
    pub(super) values: Vec<f64>,
}

/// Cuts a stream of columns into pages.
pub(super) struct PageWriter {
    pending: Vec<Column>,
    draft: Draft,
    /// What lz4 left of the last page's body, in 1/256.
    ratio: usize,
    pages: Vec<(PageInfo, Vec<u8>)>,
}

impl PageWriter {
    pub(super) fn new() -> Self {
        Self { pending: Vec::new(), draft: Draft::default(), ratio: 224, pages: Vec::new() }
    }

    /// Adds a column, not empty. Columns come sorted by series; of one series in the order of time.
    pub(super) fn push(&mut self, column: Column) {
        if self.draft.last_id == Some(column.id) {
            self.close(true);
        }
        self.draft.add(&column);
        self.pending.push(column);
        if self.draft.size() * self.ratio / 256 >= FULL {
            self.close(false);
        }
    }

    /// The pages that are complete so far.
    pub(super) fn take(&mut self) -> Vec<(PageInfo, Vec<u8>)> {
        std::mem::take(&mut self.pages)
    }

    /// The rest.
    pub(super) fn finish(mut self) -> Vec<(PageInfo, Vec<u8>)> {
        while !self.pending.is_empty() {
            self.close(true);
        }
        self.pages
    }

    /// Writes the page, or, unless it has to be, goes on when it turns out smaller than it looked.
    fn close(&mut self, has_to_be: bool) {
        if self.pending.is_empty() {
            return;
        }
        let page = self.draft.build();
        let count = self.pending.len();
        if page.len() <= PAGE_MAX || count == 1 {
            let body = self.draft.size().max(1);
            self.ratio = (page.len() * 256 / body).clamp(32, 288);
            if !has_to_be && page.len() < FULL * 15 / 16 {
                return;
            }
            if let Some(info) = info_of(&self.pending) {
                self.pages.push((info, page));
            }
            self.pending.clear();
            self.draft = Draft::default();
            return;
        }
        // Too much for a run of redb's pages: what fits is written, the rest begins the next page.
        let mut fits = (count * PAGE_MAX * 15 / 16 / page.len()).clamp(1, count - 1);
        loop {
            let mut draft = Draft::default();
            for column in self.pending.iter().take(fits) {
                draft.add(column);
            }
            let page = draft.build();
            if page.len() <= PAGE_MAX || fits == 1 {
                let rest = self.pending.split_off(fits);
                if let Some(info) = info_of(&self.pending) {
                    self.pages.push((info, page));
                }
                self.pending = rest;
                break;
            }
            fits = fits * 7 / 8;
        }
        self.draft = Draft::default();
        for column in &self.pending {
            self.draft.add(column);
        }
    }
}

/// A page that is being put together.
#[derive(Default)]
struct Draft {
    times: Vec<TimeDraft>,
    columns: Vec<ColumnDraft>,
    bytes: Vec<u8>,
    last_id: Option<u32>,
    /// The last two columns, for the next to be coded against.
    neighbours: [Option<Neighbour>; 2],
}

struct TimeDraft {
    times: Arc<[i64]>,
    codec: u8,
    bytes: Vec<u8>,
}

struct ColumnDraft {
    id: u32,
    time: usize,
    codec: u8,
    length: usize,
}

struct Neighbour {
    scaled: Scaled,
    time: usize,
    /// How many columns have to be decoded before this one.
    depth: usize,
}

impl Draft {
    fn add(&mut self, column: &Column) {
        let known = self
            .times
            .iter()
            .rposition(|known| Arc::ptr_eq(&known.times, &column.times) || known.times == column.times);
        let time = known.unwrap_or_else(|| {
            let mut bytes = Vec::new();
            let codec = encode_times(&column.times, &mut bytes);
            self.times.push(TimeDraft { times: Arc::clone(&column.times), codec, bytes });
            self.times.len() - 1
        });
        let start = self.bytes.len();
        let candidates = self.neighbours.iter().zip(1u8..).filter_map(|(neighbour, distance)| {
            let neighbour = neighbour.as_ref()?;
            (neighbour.time == time && neighbour.depth < DEPTH_MAX).then_some((distance, &neighbour.scaled))
        });
        let candidates: Vec<(u8, &Scaled)> = candidates.collect();
        let (codec, scaled, is_difference) = encode_values(&column.values, &candidates, &mut self.bytes);
        let length = self.bytes.len() - start;
        let depth = if is_difference {
            let distance = neighbour_distance(codec, self.bytes.get(start..).unwrap_or(&[]));
            let neighbour = self.neighbours.get(distance.saturating_sub(1)).and_then(Option::as_ref);
            neighbour.map_or(0, |neighbour| neighbour.depth + 1)
        } else {
            0
        };
        self.columns.push(ColumnDraft { id: column.id, time, codec, length });
        self.last_id = Some(column.id);
        self.neighbours.rotate_right(1);
        if let Some(slot) = self.neighbours.first_mut() {
            *slot = scaled.map(|scaled| Neighbour { scaled, time, depth });
        }
    }

    /// About the bytes of the body.
    fn size(&self) -> usize {
        self.bytes.len() + self.columns.len() * 5 + self.times.iter().map(|time| time.bytes.len() + 4).sum::<usize>()
    }

    fn build(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.size() + 64);
        put_varint(&mut body, self.times.len() as u64);
        put_varint(&mut body, self.columns.len() as u64);
        for time in &self.times {
            put_varint(&mut body, time.times.len() as u64);
            body.push(time.codec);
            put_varint(&mut body, time.bytes.len() as u64);
        }
        let mut expected = 0;
        for column in &self.columns {
            put_varint(&mut body, u64::from(column.id - expected));
            expected = column.id + 1;
        }
        for column in &self.columns {
            put_varint(&mut body, column.time as u64);
        }
        body.extend(self.columns.iter().map(|column| column.codec));
        for column in &self.columns {
            put_varint(&mut body, column.length as u64);
        }
        for time in &self.times {
            body.extend_from_slice(&time.bytes);
        }
        body.extend_from_slice(&self.bytes);
        let packed = lz4_flex::block::compress(&body);
        let (mode, content) = if packed.len() < body.len() { (LZ4, &packed) } else { (STORED, &body) };
        let mut page = Vec::with_capacity(HEADER + content.len());
        page.extend_from_slice(&[VERSION, mode, 0, 0]);
        page.extend_from_slice(&(body.len() as u32).to_le_bytes());
        let crc = checksum(&page, content);
        page.extend_from_slice(&crc.to_le_bytes());
        page.extend_from_slice(content);
        page
    }
}

/// A page, opened for reading.
pub(super) struct Page {
    body: Vec<u8>,
    times: Vec<TimeColumn>,
    columns: Vec<ValueColumn>,
    /// Bytes of times and numbers that are kept decoded.
    decoded: AtomicUsize,
}

struct TimeColumn {
    start: usize,
    length: usize,
    count: usize,
    codec: u8,
    decoded: OnceLock<Option<Arc<[i64]>>>,
}

struct ValueColumn {
    id: u32,
    time: u32,
    start: u32,
    length: u32,
    codec: u8,
    /// The integers, kept when a neighbour is coded against them.
    numbers: OnceLock<Option<Arc<[i64]>>>,
}

impl Page {
    /// Checks and unpacks a page; `None` when it is damaged.
    pub(super) fn open(bytes: &[u8]) -> Option<Self> {
        let (header, content) = bytes.split_at_checked(HEADER)?;
        let mut cursor = Cursor::new(header);
        let [version, mode, _, _] = cursor.array()?;
        let length = cursor.u32()? as usize;
        let crc = cursor.u32()?;
        if version != VERSION || checksum(header.get(..8)?, content) != crc {
            return None;
        }
        let body = match mode {
            STORED => content.to_vec(),
            LZ4 => lz4_flex::block::decompress(content, length).ok()?,
            _ => return None,
        };
        if body.len() != length {
            return None;
        }
        let mut cursor = Cursor::new(&body);
        let time_count = cursor.length()?;
        let column_count = cursor.length()?;
        if time_count > length || column_count > length {
            return None;
        }
        let mut times = Vec::with_capacity(time_count);
        for _ in 0..time_count {
            let count = cursor.length()?;
            let codec = cursor.byte()?;
            let length = cursor.length()?;
            times.push(TimeColumn { start: 0, length, count, codec, decoded: OnceLock::new() });
        }
        let mut columns = Vec::with_capacity(column_count);
        let mut expected = 0u32;
        for _ in 0..column_count {
            let id = expected.checked_add(u32::try_from(cursor.varint()?).ok()?)?;
            expected = id.wrapping_add(1);
            columns.push(ValueColumn { id, time: 0, start: 0, length: 0, codec: 0, numbers: OnceLock::new() });
        }
        for column in &mut columns {
            column.time = u32::try_from(cursor.varint()?).ok()?;
        }
        for column in &mut columns {
            column.codec = cursor.byte()?;
        }
        for column in &mut columns {
            column.length = u32::try_from(cursor.varint()?).ok()?;
        }
        let mut start = length - cursor.rest().len();
        for time in &mut times {
            time.start = start;
            start = start.checked_add(time.length)?;
        }
        for column in &mut columns {
            column.start = u32::try_from(start).ok()?;
            start = start.checked_add(column.length as usize)?;
        }
        (start == length).then_some(Self { body, times, columns, decoded: AtomicUsize::new(0) })
    }

    /// The bytes that the page takes in memory; they grow while it is read from.
    pub(super) fn weight(&self) -> usize {
        let fixed = self.columns.len() * size_of::<ValueColumn>() + self.times.len() * size_of::<TimeColumn>();
        self.body.len() + fixed + self.decoded.load(Ordering::Relaxed) + 256
    }

    /// Where a series is in the page.
    pub(super) fn find(&self, id: u32) -> Option<usize> {
        self.columns.binary_search_by_key(&id, |column| column.id).ok()
    }

    /// All series of the page, in order.
    #[cfg(test)]
    fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.columns.iter().map(|column| column.id)
    }

    /// The times of a column; `None` for damage.
    pub(super) fn times(&self, place: usize) -> Option<Arc<[i64]>> {
        let column = self.columns.get(place)?;
        let time = self.times.get(column.time as usize)?;
        let decode = || {
            let bytes = self.body.get(time.start..time.start.checked_add(time.length)?)?;
            self.decoded.fetch_add(time.count * 8, Ordering::Relaxed);
            decode_times(time.codec, bytes, time.count).map(Arc::from)
        };
        time.decoded.get_or_init(decode).clone()
    }

    /// The values of a column; `None` for damage.
    pub(super) fn values(&self, place: usize) -> Option<Vec<f64>> {
        let (column, bytes, count) = self.column(place)?;
        let neighbour = self.neighbour(place, column, bytes)?;
        decode_values(column.codec, bytes, count, neighbour.as_deref())
    }

    /// Appends the samples of a column within the closed range; `None` for damage.
    pub(super) fn read(&self, place: usize, start: i64, end: i64, out: &mut Columns) -> Option<()> {
        let times = self.times(place)?;
        let from = times.partition_point(|t| *t < start);
        let to = times.partition_point(|t| *t <= end);
        if from >= to {
            return Some(());
        }
        let values = self.values(place)?;
        out.timestamps.extend_from_slice(times.get(from..to)?);
        out.values.extend_from_slice(values.get(from..to)?);
        Some(())
    }

    fn column(&self, place: usize) -> Option<(&ValueColumn, &[u8], usize)> {
        let column = self.columns.get(place)?;
        let start = column.start as usize;
        let bytes = self.body.get(start..start + column.length as usize)?;
        Some((column, bytes, self.times.get(column.time as usize)?.count))
    }

    /// The integers that a column is coded against; `Some(None)` when it is coded for itself.
    #[allow(clippy::option_option)]
    fn neighbour(&self, place: usize, column: &ValueColumn, bytes: &[u8]) -> Option<Option<Arc<[i64]>>> {
        match neighbour_distance(column.codec, bytes) {
            0 => Some(None),
            distance => Some(Some(self.numbers(place.checked_sub(distance)?)?)),
        }
    }

    fn numbers(&self, place: usize) -> Option<Arc<[i64]>> {
        let (column, bytes, count) = self.column(place)?;
        let decode = || {
            // Distances are at least one, so that this ends; the writer keeps the chain short.
            let neighbour = self.neighbour(place, column, bytes)?;
            self.decoded.fetch_add(count * 8, Ordering::Relaxed);
            decode_numbers(column.codec, bytes, count, neighbour.as_deref()).map(Arc::from)
        };
        column.numbers.get_or_init(decode).clone()
    }
}

fn info_of(columns: &[Column]) -> Option<PageInfo> {
    let ends = |column: &Column| Some((*column.times.first()?, *column.times.last()?));
    Some(PageInfo {
        first: columns.first()?.id,
        last: columns.last()?.id,
        min: columns.iter().filter_map(|column| Some(ends(column)?.0)).min()?,
        max: columns.iter().filter_map(|column| Some(ends(column)?.1)).max()?,
        samples: columns.iter().map(|column| column.times.len() as u64).sum(),
    })
}

fn checksum(header: &[u8], content: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(content);
    hasher.finalize()
}

const VERSION: u8 = 1;
const STORED: u8 = 0;
const LZ4: u8 = 1;

/// Bytes before the body.
const HEADER: usize = 12;

/// A run of eight of redb's pages, less what redb needs of it.
const PAGE_MAX: usize = 32_712;

/// Where a page is closed: with the ratio of the page before as a guess, most end below the limit.
const FULL: usize = PAGE_MAX * 31 / 32;

/// A histogram has rarely more buckets; reading one bucket decodes those before it.
const DEPTH_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_to_their_size_and_give_everything_back() {
        let mut writer = PageWriter::new();
        let shared: Arc<[i64]> = (0..240).map(|x| 1_795_219_200_000 + x * 15_000).collect();
        let column_of = |id: u32| -> Vec<f64> {
            (0..240u32)
                .map(|x| match id % 7 {
                    0 => f64::from(id),
                    1 => f64::from(x) * 3.25 + f64::from(id),
                    2 => f64::from(x * x % 91),
                    3 => f64::from_bits(
                        0x3ff0_0000_0000_0000 | (u64::from(x * id).wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 12,
                    ),
                    4 => f64::from(x * x % 91 + x / 9),
                    5 => f64::from(x * x % 91 + x / 9 + x / 50),
                    _ => f64::NAN,
                })
                .collect()
        };
        let times_of = |id: u32| -> Arc<[i64]> {
            if id.is_multiple_of(11) { shared.iter().map(|t| t + i64::from(id)).collect() } else { Arc::clone(&shared) }
        };
        for id in (0..2000).map(|x| x * 3) {
            writer.push(Column { id, times: times_of(id), values: column_of(id) });
        }
        let pages = writer.finish();
        assert!(pages.len() > 4);
        let mut seen = 0;
        for (info, bytes) in &pages {
            assert!(bytes.len() <= PAGE_MAX);
            let page = Page::open(bytes).expect("opens");
            assert_eq!(page.ids().next(), Some(info.first));
            for id in page.ids() {
                let place = page.find(id).unwrap();
                let mut out = Columns::default();
                page.read(place, i64::MIN, i64::MAX, &mut out).expect("reads");
                assert_eq!(out.timestamps, times_of(id).to_vec());
                let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&out.values), bits(&column_of(id)), "series {id}");
                seen += 1;
            }
            let mut damaged = bytes.clone();
            damaged[bytes.len() / 2] ^= 4;
            assert!(Page::open(&damaged).is_none());
        }
        assert_eq!(seen, 2000);
        let full: Vec<usize> = pages.iter().rev().skip(1).map(|(_, bytes)| bytes.len()).collect();
        assert!(full.iter().sum::<usize>() > full.len() * PAGE_MAX * 8 / 10, "{full:?}");
    }
}
