//! The way in for one target.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::{RelabelRule, ScrapeJob};
use crate::exposition::{Entry, Format, Parser};
use crate::model::{Labels, LabelsBuilder, METRIC_NAME, Metadata, stale_marker};
use crate::storage::{AppendError, Batch, Durability, Point, SeriesRef};

use super::cache::{LineCache, What};
use super::door::Ingest;
use super::error::PageError;
use super::labels::LabelLimits;
use super::reading::Pass;

/// What a target's job says about its samples.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetRules {
    /// Whether labels of the page win over the target's.
    pub honor_labels: bool,
    /// Whether timestamps of the page count.
    pub honor_timestamps: bool,
    /// Whether series with timestamps of their own get stale markers too.
    pub track_timestamps_staleness: bool,
    /// Applied to each series when it is first met.
    pub metric_relabel: Arc<[RelabelRule]>,
    /// How many samples one page may have after relabelling.
    pub sample_limit: Option<u64>,
    /// How large a label set may be.
    pub label_limits: LabelLimits,
    /// Whether `scrape_timeout_seconds`, `scrape_sample_limit` and `scrape_body_size_bytes` are reported.
    pub extra_metrics: bool,
}

impl Default for TargetRules {
    fn default() -> Self {
        Self {
            honor_labels: false,
            honor_timestamps: true,
            track_timestamps_staleness: false,
            metric_relabel: Arc::from([]),
            sample_limit: None,
            label_limits: LabelLimits::default(),
            extra_metrics: false,
        }
    }
}

impl From<&ScrapeJob> for TargetRules {
    fn from(job: &ScrapeJob) -> Self {
        Self {
            honor_labels: job.honor_labels,
            honor_timestamps: job.honor_timestamps,
            track_timestamps_staleness: job.track_timestamps_staleness,
            metric_relabel: Arc::clone(&job.metric_relabel),
            sample_limit: job.limits.samples,
            label_limits: LabelLimits::from(&job.limits),
            extra_metrics: false,
        }
    }
}

/// How many samples a page had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub scraped: usize,
    /// Those that metric relabelling left.
    pub kept: usize,
    /// Series that the last page did not have.
    pub added: usize,
}

/// What is reported of one scrape under `up` and `scrape_*`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Whether it went well.
    pub up: bool,
    /// How long it took, in seconds.
    pub duration: f64,
    /// What it brought.
    pub counts: Counts,
    /// Bytes of the uncompressed page; -1 when there were more than allowed.
    pub body_size: f64,
    /// How long it might have taken, in seconds.
    pub timeout: f64,
}

/// Turns the pages of one target into batches. Nothing reaches the store before [`TargetIngest::commit`].
pub struct TargetIngest {
    pub(super) door: Ingest,
    pub(super) labels: Labels,
    pub(super) rules: TargetRules,
    pub(super) cache: LineCache,
    /// Number of the page at hand or of the last one; 0 before the first.
    pub(super) pass: u32,
    /// Number of the page whose series are alive now; 0 when none is.
    pub(super) live: u32,
    /// Number of the last page that was read to its end.
    pub(super) good: u32,
    /// How many lines of page `live` get a stale marker when they go.
    alive_count: usize,
    /// Series alive at the predecessor of this target, to be marked stale unless the next page has them.
    carried: Vec<SeriesRef>,
    /// What [`TargetIngest::commit`] will hand on.
    points: Vec<Point>,
    /// The series of the report, in the order of [`REPORT`].
    report_series: Vec<SeriesRef>,
    /// Whether a report is alive in the store.
    reported: bool,
    /// Whether the target has ended: should another have continued its series, the markers are refused, and rightly so.
    ended: bool,
}

impl TargetIngest {
    pub(super) fn new(door: Ingest, labels: Labels, rules: TargetRules) -> Self {
        Self {
            door,
            labels,
            rules,
            cache: LineCache::default(),
            pass: 0,
            live: 0,
            good: 0,
            alive_count: 0,
            carried: Vec::new(),
            points: Vec::new(),
            report_series: Vec::new(),
            reported: false,
            ended: false,
        }
    }

    /// Takes over from the target that was scraped in this one's place: its memory where the same rules hold, and
    /// otherwise the duty to mark as stale what the next page has not.
    #[must_use]
    pub fn succeed(mut self, predecessor: Self) -> Self {
        if predecessor.labels == self.labels && predecessor.rules == self.rules {
            return predecessor;
        }
        self.carried = predecessor.alive().collect();
        self
    }

    /// Reads one page that was fetched at `time` (ms). A page that is refused leaves only stale markers; its samples
    /// are counted up to the place where reading ended.
    ///
    /// # Errors
    /// The page is malformed, or exceeds a limit.
    pub fn page(&mut self, page: &[u8], format: Format, time: i64) -> (Counts, Result<(), PageError>) {
        self.pass += 1;
        let mut pass = Pass {
            page,
            format,
            time,
            points: Vec::with_capacity(self.cache.order().len() + REPORT.len()),
            ..Pass::default()
        };
        let result = self.read(&mut pass);
        let counts = pass.counts;
        let counters = self.door.counters();
        match result {
            Ok(()) => {
                counters.duplicate_timestamp.add(pass.duplicates);
                counters.out_of_bounds.add(pass.out_of_bounds);
                self.settle(pass);
                (counts, Ok(()))
            }
            Err(error) => {
                match &error {
                    PageError::SampleLimit => counters.exceeded_sample_limit.add(1),
                    PageError::LabelLimit { .. }
                    | PageError::LabelNameLength { .. }
                    | PageError::LabelValueLength { .. } => counters.exceeded_label_limits.add(1),
                    _ => counters.malformed_pages.add(1),
                }
                self.mark_all_stale(time);
                (counts, Err(error))
            }
        }
    }

    /// Notes that there was no page at `time` (ms): everything alive goes stale.
    pub fn no_page(&mut self, time: i64) {
        self.pass += 1;
        self.mark_all_stale(time);
    }

    /// Adds the series that tell how the scrape at `time` (ms) went.
    pub fn report(&mut self, time: i64, report: &Report) {
        self.resolve_report();
        #[expect(clippy::cast_precision_loss, reason = "counts of lines lie far below 2^53")]
        let values = [
            f64::from(u8::from(report.up)),
            report.duration,
            report.counts.scraped as f64,
            report.counts.kept as f64,
            report.counts.added as f64,
            report.timeout,
            self.rules.sample_limit.unwrap_or(0) as f64,
            report.body_size,
        ];
        let points = self.report_series.iter().zip(values).map(|(series, v)| Point { series: *series, t: time, v });
        self.points.extend(points);
        self.reported = true;
        let counters = self.door.counters();
        counters.scrapes.add(1);
        counters.failed_scrapes.add(u64::from(!report.up));
    }

    /// Ends everything at `time` (ms), the report too: the target is gone.
    pub fn end(&mut self, time: i64) {
        self.ended = true;
        self.pass += 1;
        self.mark_all_stale(time);
        if self.reported {
            let v = stale_marker();
            self.points.extend(self.report_series.iter().map(|series| Point { series: *series, t: time, v }));
            self.reported = false;
        }
    }

    /// Hands everything to the store; it is there for readers afterwards, and safe from a power cut with the store's
    /// next group sync.
    ///
    /// # Errors
    /// The store takes nothing any more.
    pub async fn commit(&mut self) -> Result<(), AppendError> {
        if self.points.is_empty() {
            return Ok(());
        }
        let points = std::mem::take(&mut self.points);
        let handed = points.len();
        let appended = self.door.store().append_async(Batch { points, durability: Durability::Group }).await?;
        let counters = self.door.counters();
        counters.scraped_samples.add(u64::try_from(handed).unwrap_or(u64::MAX));
        if !self.ended {
            counters.out_of_order.add(u64::try_from(appended.out_of_order).unwrap_or(u64::MAX));
            counters.duplicate_timestamp.add(u64::try_from(appended.duplicates).unwrap_or(u64::MAX));
            counters.out_of_bounds.add(u64::try_from(appended.out_of_bounds).unwrap_or(u64::MAX));
        }
        if !appended.unknown_series.is_empty() {
            // The store has let go of series that were not written for long; the next page finds them anew.
            self.cache.clear();
            self.report_series.clear();
            self.live = 0;
            self.good = 0;
            self.alive_count = 0;
        }
        Ok(())
    }

    /// What would be handed on by [`TargetIngest::commit`] now.
    #[must_use]
    pub fn pending(&self) -> &[Point] {
        &self.points
    }

    /// Throws away what would be handed on by [`TargetIngest::commit`] now.
    pub fn discard(&mut self) {
        self.points.clear();
    }

    /// Series that count as present, by the last page.
    fn alive(&self) -> impl Iterator<Item = SeriesRef> + '_ {
        let (pass, live) = (self.pass, self.live);
        let carried = self.carried.iter().copied();
        let own = self.cache.slots().iter().filter(move |slot| {
            // In the middle of a pass, the lines that it has met already tell of the one before.
            let (last, tracked) = if slot.seen == pass && live != pass {
                (slot.before, slot.was_tracked)
            } else {
                (slot.seen, slot.tracked)
            };
            live != 0 && last == live && tracked
        });
        own.filter_map(|slot| slot.series).chain(carried)
    }

    fn mark_all_stale(&mut self, time: i64) {
        let v = stale_marker();
        let gone: HashSet<SeriesRef> = self.alive().collect();
        self.points.extend(gone.into_iter().map(|series| Point { series, t: time, v }));
        self.live = 0;
        self.alive_count = 0;
        self.carried = Vec::new();
        // Pages that fail again and again with new series each time must not fill the memory.
        if self.cache.slots().len() > 2 * self.cache.order().len() + MOST_STRAY_LINES {
            self.cache.clear();
        }
    }

    /// The page was read to its end: whatever it did not have goes stale.
    fn settle(&mut self, mut pass: Pass<'_>) {
        if pass.continued != self.alive_count || !self.carried.is_empty() {
            let here: HashSet<SeriesRef> = self
                .cache
                .slots()
                .iter()
                .filter(|slot| slot.seen == self.pass && slot.tracked)
                .filter_map(|slot| slot.series)
                .collect();
            let gone: HashSet<SeriesRef> = self.alive().filter(|series| !here.contains(series)).collect();
            let v = stale_marker();
            pass.points.extend(gone.into_iter().map(|series| Point { series, t: pass.time, v }));
            self.carried = Vec::new();
        }
        let order = self.cache.order();
        if pass.sequence.is_none() && pass.position < order.len() {
            pass.sequence = Some(order.get(..pass.position).unwrap_or(order).to_vec());
        }
        if let Some(sequence) = pass.sequence {
            self.cache.settle(sequence, self.pass, pass.distinct);
        }
        self.live = self.pass;
        self.good = self.pass;
        self.alive_count = pass.tracked;
        self.points.append(&mut pass.points);
        if !pass.families.is_empty() {
            self.store_metadata(&pass.families, pass.format);
        }
    }

    /// Tells the store what the page says about the families whose comments are new.
    fn store_metadata(&self, changed: &HashSet<String>, format: Format) {
        let mut families: HashMap<String, Metadata> = HashMap::new();
        for number in self.cache.order() {
            let Some(slot) = self.cache.slots().get(*number as usize) else { continue };
            if !matches!(slot.what, What::Comment { .. }) {
                continue;
            }
            match Parser::new(self.cache.bytes_of(slot), format).next() {
                Some(Ok(Entry::Type { family, kind })) => families.entry(family.into_owned()).or_default().kind = kind,
                Some(Ok(Entry::Help { family, help })) => {
                    families.entry(family.into_owned()).or_default().help = help.into_owned();
                }
                Some(Ok(Entry::Unit { family, unit })) => {
                    families.entry(family.into_owned()).or_default().unit = unit.into_owned();
                }
                _ => {}
            }
        }
        for (family, metadata) in families.iter().filter(|(family, _)| changed.contains(*family)) {
            self.door.store().set_metadata(family, metadata);
        }
    }

    fn resolve_report(&mut self) {
        let wanted = if self.rules.extra_metrics { REPORT.len() } else { REPORT_ALWAYS };
        if self.report_series.len() == wanted {
            return;
        }
        self.report_series = REPORT
            .iter()
            .take(wanted)
            .map(|name| {
                let mut builder = LabelsBuilder::default();
                for (label, value) in self.labels.iter().filter(|(label, _)| !label.starts_with("__")) {
                    builder.set(label, value);
                }
                builder.set(METRIC_NAME, *name);
                self.door.store().resolve(&builder.build())
            })
            .collect();
    }
}

/// The series that every scrape adds, then those that it adds on demand.
const REPORT: [&str; 8] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
    "scrape_timeout_seconds",
    "scrape_sample_limit",
    "scrape_body_size_bytes",
];

/// How many of [`REPORT`] are always added.
const REPORT_ALWAYS: usize = 5;

/// So many lines beyond twice the last good page's are kept while pages fail.
const MOST_STRAY_LINES: usize = 1000;
