//! Reading one page by the memory of the lines before.

use std::collections::HashSet;

use crate::exposition::{Entry, Format, Parser, decode_series, read_short_number, read_suffix};
use crate::model::{LabelsBuilder, MetricType};
use crate::relabel::{self, Verdict};
use crate::storage::Point;

use super::cache::What;
use super::error::PageError;
use super::labels::attach_target_labels;
use super::target::{Counts, TargetIngest};

impl TargetIngest {
    /// Reads `pass.page` to its end, or to the place where it is refused.
    pub(super) fn read(&mut self, pass: &mut Pass<'_>) -> Result<(), PageError> {
        if u32::try_from(pass.page.len()).is_err() {
            return Err(PageError::TooLarge);
        }
        // An empty page is no page to refuse, whatever its format.
        let mut ended = pass.page.is_empty();
        while let Some(rest) = pass.page.get(pass.at..).filter(|rest| !rest.is_empty()) {
            if let Some((number, length, what)) = self.cache.predicted(pass.position, rest, pass.kind)
                && let Some(line) = known_line(pass, length, what)
            {
                pass.position += 1;
                if let Some(sequence) = &mut pass.sequence {
                    sequence.push(number);
                }
                pass.at = line.next;
                self.take(pass, number, line.value);
                continue;
            }
            if rest.first() == Some(&b'\n') && pass.format == Format::Prometheus {
                pass.at += 1;
                continue;
            }
            if !self.read_unpredicted(pass)? {
                ended = true;
                break;
            }
        }
        if pass.format == Format::OpenMetrics && !ended {
            // Says what is wrong with a page that has no end.
            self.read_unpredicted(pass)?;
        }
        let limit = self.rules.sample_limit.and_then(|limit| usize::try_from(limit).ok());
        if limit.is_some_and(|limit| pass.counts.kept > limit) {
            return Err(PageError::SampleLimit);
        }
        Ok(())
    }

    /// Reads one entry that is not the one that came next last time. False when the page has ended.
    fn read_unpredicted(&mut self, pass: &mut Pass<'_>) -> Result<bool, PageError> {
        if let Some((number, line)) = self.find_line(pass) {
            pass.at = line.next;
            self.place(pass, number);
            self.take(pass, number, line.value);
            return Ok(true);
        }
        let start = pass.at;
        let mut parser = Parser::resume(pass.page, start, pass.format, pass.kind);
        let Some(entry) = parser.next().transpose().map_err(PageError::Parse)? else { return Ok(false) };
        pass.at = parser.position();
        pass.kind = parser.kind();
        let (number, value) = match entry {
            Entry::Sample(sample) => {
                let known = self.cache.find(sample.series, pass.kind);
                let number = if known.is_some() { known } else { self.meet(pass, start, sample.series)? };
                (number, Some((sample.value, sample.timestamp)))
            }
            comment => (self.meet_comment(pass, start, &comment), None),
        };
        match number {
            Some(number) => {
                self.place(pass, number);
                self.take(pass, number, value);
            }
            // One sample too many, or a last line without its end: counted, not remembered.
            None if value.is_some() => {
                pass.counts.scraped += 1;
                pass.counts.kept += 1;
            }
            None => {}
        }
        Ok(true)
    }

    /// Finds a sample's line that was met before in another place, without parsing it: the series ends with the last
    /// brace, or where there is none with the first blank.
    fn find_line(&mut self, pass: &Pass<'_>) -> Option<(u32, KnownLine)> {
        let rest = pass.page.get(pass.at..)?;
        let line = rest.get(..memchr::memchr(b'\n', rest)?)?;
        if matches!(line.first(), None | Some(b'#')) {
            return None;
        }
        let length = match memchr::memrchr(b'}', line) {
            Some(brace) => brace + 1,
            None => memchr::memchr2(b' ', b'\t', line)?,
        };
        let number = self.cache.find(line.get(..length)?, pass.kind)?;
        let what = self.cache.slots().get(number as usize)?.what;
        matches!(what, What::Sample { .. }).then_some(())?;
        Some((number, known_line(pass, length, what)?))
    }

    /// Notes that a line came here, and what is expected behind it.
    fn place(&mut self, pass: &mut Pass<'_>, number: u32) {
        let order = self.cache.order();
        let is_expected = order.get(pass.position) == Some(&number);
        if pass.sequence.is_none() && !is_expected {
            let mut sequence = Vec::with_capacity(order.len() + 1);
            sequence.extend_from_slice(order.get(..pass.position).unwrap_or(order));
            pass.sequence = Some(sequence);
        }
        if let Some(sequence) = &mut pass.sequence {
            sequence.push(number);
        }
        if is_expected {
            pass.position += 1;
        } else if self.cache.slots().get(number as usize).is_some_and(|slot| slot.seen != 0) {
            pass.position = self.cache.position_of(number) + 1;
        }
    }

    /// A series that this target has not shown before.
    fn meet(&mut self, pass: &mut Pass<'_>, start: usize, raw: &[u8]) -> Result<Option<u32>, PageError> {
        let limit = self.rules.sample_limit.and_then(|limit| usize::try_from(limit).ok());
        if limit.is_some_and(|limit| pass.counts.kept > limit) {
            return Ok(None);
        }
        let shown = || String::from_utf8_lossy(raw.get(..raw.len().min(LONGEST_SHOWN)).unwrap_or(raw)).into_owned();
        let decoded = decode_series(raw, pass.format, pass.kind).map_err(|error| {
            let before = pass.page.get(..start).unwrap_or(&[]);
            PageError::Series { line: memchr::memchr_iter(b'\n', before).count() + 1, series: shown(), error }
        })?;
        let mut builder = LabelsBuilder::default();
        for (name, value) in decoded.labels {
            builder.set(name, value);
        }
        attach_target_labels(&mut builder, &self.labels, self.rules.honor_labels);
        let verdict = relabel::apply(&self.rules.metric_relabel, &mut builder);
        let labels = builder.build();
        let series = if verdict == Verdict::Drop || labels.is_empty() {
            None
        } else {
            if labels.metric_name().is_empty() {
                return Err(PageError::NoName { series: shown() });
            }
            self.rules.label_limits.check(&labels)?;
            Some(self.door.store().resolve(&labels))
        };
        let under = decoded.depends_on_type.then_some(pass.kind);
        let what = What::Sample { braced: raw.last() == Some(&b'}'), under };
        self.cache.insert(raw, what, series).map_or(Err(PageError::TooLarge), |number| Ok(Some(number)))
    }

    /// A comment, new or in an unusual place. `None` when it is not worth remembering.
    fn meet_comment(&mut self, pass: &mut Pass<'_>, start: usize, entry: &Entry<'_>) -> Option<u32> {
        let raw = pass.page.get(start..pass.at).filter(|raw| raw.last() == Some(&b'\n'));
        if let Some(number) = raw.and_then(|raw| self.cache.find(raw, pass.kind)) {
            return Some(number);
        }
        let declares = match entry {
            Entry::Type { kind, .. } => Some(*kind),
            _ => None,
        };
        if let Entry::Type { family, .. } | Entry::Help { family, .. } | Entry::Unit { family, .. } = entry {
            pass.families.insert(family.clone().into_owned());
        }
        self.cache.insert(raw?, What::Comment { declares }, None)
    }

    /// Counts a line as met and takes its sample.
    #[inline]
    fn take(&mut self, pass: &mut Pass<'_>, number: u32, sample: Option<(f64, Option<i64>)>) {
        let current = self.pass;
        let Some(slot) = self.cache.slot_mut(number) else { return };
        let again = slot.seen == current;
        let timestamp = sample.and_then(|(_, timestamp)| timestamp).filter(|_| self.rules.honor_timestamps);
        if !again {
            slot.before = slot.seen;
            slot.seen = current;
            slot.was_tracked = slot.tracked;
            slot.tracked = timestamp.is_none() || self.rules.track_timestamps_staleness;
            pass.distinct += 1;
            if slot.series.is_some() {
                let was_alive = self.live != 0 && slot.before == self.live && slot.was_tracked;
                pass.continued += usize::from(was_alive && slot.tracked);
                pass.tracked += usize::from(slot.tracked);
                // A page that was refused in between does not make its series new.
                pass.counts.added += usize::from(slot.before == 0 || slot.before < self.good);
            }
        }
        let Some((value, _)) = sample else {
            if let What::Comment { declares: Some(kind) } = slot.what {
                pass.kind = kind;
            }
            return;
        };
        pass.counts.scraped += 1;
        let Some(series) = slot.series else { return };
        pass.counts.kept += 1;
        if again && timestamp.is_none() {
            pass.duplicates += 1;
            return;
        }
        let t = timestamp.unwrap_or(pass.time);
        if t > pass.time.saturating_add(FARTHEST_AHEAD_MS) {
            pass.out_of_bounds += 1;
            return;
        }
        pass.points.push(Point { series, t, v: value });
    }
}

/// The reading of one page.
#[derive(Default)]
pub(super) struct Pass<'a> {
    pub page: &'a [u8],
    pub format: Format,
    pub time: i64,
    /// Where reading stands.
    pub at: usize,
    /// The type declared last.
    pub kind: MetricType,
    /// Which line of the last page is expected next.
    pub position: usize,
    /// The lines met, once they deviate from the last page's.
    pub sequence: Option<Vec<u32>>,
    /// How many different lines have been met.
    pub distinct: usize,
    /// How many of them were alive before.
    pub continued: usize,
    /// How many of them get a stale marker when they go.
    pub tracked: usize,
    pub counts: Counts,
    pub duplicates: u64,
    pub out_of_bounds: u64,
    pub points: Vec<Point>,
    /// Families whose comments are new.
    pub families: HashSet<String>,
}

/// A line whose beginning is known.
struct KnownLine {
    next: usize,
    value: Option<(f64, Option<i64>)>,
}

/// Reads what follows the `length` known bytes. `None` when the line does not go on as it should.
#[inline]
fn known_line(pass: &Pass<'_>, length: usize, what: What) -> Option<KnownLine> {
    let end = pass.at + length;
    let What::Sample { braced, .. } = what else { return Some(KnownLine { next: end, value: None }) };
    let rest = pass.page.get(end..)?;
    if let Some((b' ', number)) = rest.split_first()
        && let Some((value, used)) = read_short_number(number)
    {
        return Some(KnownLine { next: end + used + 2, value: Some((value, None)) });
    }
    let suffix = read_suffix(pass.page, end, pass.format, braced)?;
    Some(KnownLine { next: suffix.next, value: Some((suffix.value, suffix.timestamp)) })
}

/// Timestamps of a page may lie so far ahead of the scrape and no further, as with Prometheus: a target with a wrong
/// clock must not lock its series until then.
const FARTHEST_AHEAD_MS: i64 = 10 * 60 * 1000;

/// How much of a series a message shows.
const LONGEST_SHOWN: usize = 200;
