//! The task of one target.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::discovery::Target;
use crate::ingest::{Counts, Ingest, PageError, Report, TargetIngest, TargetRules};
use crate::model::now_ms;

use super::error::ScrapeError;
use super::fetch::{Page, Source};
use super::schedule::Schedule;
use super::status::{Health, LastScrape};

/// What a worker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Go on.
    Run,
    /// Another worker takes the target over: end at once and leave everything as it is.
    Yield,
    /// The target is gone: its series go stale once it is sure that no other target continues them.
    Depart,
    /// The process ends: end at once.
    Stop,
}

/// Why no target of a job may be scraped, if so. Shared by the workers of the job.
pub(super) type Forced = Arc<RwLock<Option<ScrapeError>>>;

/// Scrapes one target until it is told otherwise.
pub(super) struct Worker {
    pub target: Arc<Target>,
    pub source: Source,
    pub door: Ingest,
    pub rules: TargetRules,
    pub schedule: Schedule,
    pub last: Arc<Mutex<LastScrape>>,
    pub forced: Forced,
    pub signal: watch::Receiver<Signal>,
    /// The worker that had this target before; it has been told to yield.
    pub predecessor: Option<JoinHandle<TargetIngest>>,
}

impl Worker {
    /// Runs until told otherwise; gives back what the target's series need.
    pub async fn run(mut self) -> TargetIngest {
        let mut ingest = self.door.target(self.target.labels.clone(), self.rules.clone());
        if let Some(predecessor) = self.predecessor.take()
            && let Ok(predecessor) = predecessor.await
        {
            ingest = ingest.succeed(predecessor);
        }
        let mut due = self.schedule.next_after(now_ms());
        loop {
            if !self.sleep_until(due).await {
                break;
            }
            let started = Instant::now();
            let time = self.schedule.align(due, now_ms());
            let fetching = self.source.fetch(&self.target);
            let forced = self.forced.read().clone();
            let fetched = match forced {
                Some(error) => Err(error),
                None => {
                    let mut signal = self.signal.clone();
                    tokio::select! {
                        fetched = fetching => fetched,
                        _ = signal.wait_for(|signal| *signal != Signal::Run) => break,
                    }
                }
            };
            ingest = self.finish(ingest, fetched, started, time).await;
            due = self.schedule.next_after(now_ms().max(due));
        }
        if *self.signal.borrow() == Signal::Depart {
            self.depart(&mut ingest, due).await;
        }
        ingest
    }

    /// Reads the page, reports, stores, and notes how it went.
    async fn finish(
        &self,
        mut ingest: TargetIngest,
        fetched: Result<Page, ScrapeError>,
        started: Instant,
        time: i64,
    ) -> TargetIngest {
        let mut counts = Counts::default();
        let mut body_size = 0.0;
        let error = match fetched {
            Ok(page) => {
                #[expect(clippy::cast_precision_loss, reason = "a page has less than 2^53 bytes")]
                let size = page.bytes.len() as f64;
                body_size = size;
                let read;
                (ingest, counts, read) = self.read(ingest, page, time).await;
                read.err().map(ScrapeError::Page)
            }
            Err(error) => {
                if error == ScrapeError::BodySize {
                    body_size = -1.0;
                    self.door.counters().exceeded_body_size_limit.add(1);
                }
                ingest.no_page(time);
                Some(error)
            }
        };
        let duration = started.elapsed();
        let timeout = self.target.timeout.as_secs_f64();
        let up = error.is_none();
        ingest.report(time, &Report { up, duration: duration.as_secs_f64(), counts, body_size, timeout });
        if let Err(error) = ingest.commit().await {
            warn!(url = %self.target.url, %error, "a scrape was not stored");
        }
        if let Some(error) = &error {
            debug!(url = %self.target.url, %error, "scrape failed");
        }
        *self.last.lock() = LastScrape {
            time: Some(time),
            duration,
            error: error.map(|error| error.to_string()).unwrap_or_default(),
            samples: counts.scraped,
            health: if up { Health::Up } else { Health::Down },
        };
        ingest
    }

    /// Reads a page here when it is small, and where it can stall nobody when it is not.
    async fn read(
        &self,
        mut ingest: TargetIngest,
        page: Page,
        time: i64,
    ) -> (TargetIngest, Counts, Result<(), PageError>) {
        if page.bytes.len() <= LARGEST_INLINE {
            let (counts, read) = ingest.page(&page.bytes, page.format, time);
            return (ingest, counts, read);
        }
        let reading = tokio::task::spawn_blocking(move || {
            let (counts, read) = ingest.page(&page.bytes, page.format, time);
            (ingest, counts, read)
        });
        match reading.await {
            Ok(done) => done,
            Err(error) => {
                // The thread died with what it knew; the target starts anew.
                warn!(url = %self.target.url, %error, "reading a page broke off");
                let ingest = self.door.target(self.target.labels.clone(), self.rules.clone());
                (ingest, Counts::default(), Err(PageError::Aborted))
            }
        }
    }

    /// Marks everything stale as of the scrape that would have come next, but only after the one behind that: should
    /// another target have continued the series meanwhile, the store refuses the older markers.
    async fn depart(&mut self, ingest: &mut TargetIngest, due: i64) {
        let interval = self.schedule.interval();
        let patience = due.saturating_add(interval).saturating_add(interval / 10);
        let wait = u64::try_from(patience.saturating_sub(now_ms())).unwrap_or(0);
        let told = self.signal.wait_for(|signal| *signal == Signal::Stop);
        if tokio::time::timeout(Duration::from_millis(wait), told).await.is_ok() {
            return;
        }
        ingest.end(due);
        if let Err(error) = ingest.commit().await {
            warn!(url = %self.target.url, %error, "the end of a target was not stored");
        }
    }

    /// Sleeps until `due`; false when something else is to be done.
    async fn sleep_until(&mut self, due: i64) -> bool {
        let wait = u64::try_from(due.saturating_sub(now_ms())).unwrap_or(0);
        let told = self.signal.wait_for(|signal| *signal != Signal::Run);
        tokio::time::timeout(Duration::from_millis(wait), told).await.is_err()
    }
}

/// Pages up to this size are read in a millisecond, even when all of it is new.
const LARGEST_INLINE: usize = 256 << 10;
