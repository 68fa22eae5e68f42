//! All jobs and their targets.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use xxhash_rust::xxh3::xxh3_64;

use crate::config::{Config, ScrapeJob};
use crate::discovery::{SourceStatus, Target};
use crate::ingest::{Ingest, TargetRules};
use crate::model::{Labels, format_duration};
use crate::net::{HttpClient, NetError};

use super::fetch::{InternalSource, PageSource, Source};
use super::pool::{Pool, Running};
use super::schedule::Schedule;
use super::status::{DroppedTarget, TargetStatus};
use super::worker::Worker;

/// What the manager has to know about where it runs.
#[derive(Clone, Debug, Default)]
pub struct ManagerOptions {
    /// The name under which other hosts know this one. Stands in for loopback in global URLs and spreads the
    /// schedules of several instances that scrape the same targets.
    pub host: String,
}

/// Owns all scraping. Cheap to clone; every call must come from within the async runtime.
#[derive(Clone)]
pub struct Manager {
    shared: Arc<Shared>,
}

struct Shared {
    door: Ingest,
    options: ManagerOptions,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pools: BTreeMap<String, Pool>,
    /// Pools whose job is gone, until their targets have gone stale.
    departing: Vec<Pool>,
    internal: Vec<(String, Running)>,
    closed: bool,
}

/// A part of this process that is listed and stored like a target.
pub struct InternalTarget {
    /// The pool under which it is listed.
    pub pool: String,
    /// What is shown as its URL, such as `meterbox://host`.
    pub url: String,
    /// Labels of its samples; `job` and `instance` belong here.
    pub labels: Labels,
    /// How often it is asked; also how long it may take.
    pub interval: Duration,
    /// The part.
    pub source: Arc<dyn PageSource>,
}

impl Manager {
    /// A manager without targets.
    #[must_use]
    pub fn start(door: Ingest, options: ManagerOptions) -> Self {
        Self { shared: Arc::new(Shared { door, options, state: Mutex::new(State::default()) }) }
    }

    /// Goes over to another configuration. Jobs that did not change are left alone, targets that stay go on without
    /// a gap, targets that go get stale markers. When it fails, everything stays as it was.
    ///
    /// # Errors
    /// A job's HTTP client cannot be set up.
    pub fn apply(&self, config: &Config) -> Result<(), ApplyError> {
        let mut state = self.shared.state.lock();
        if state.closed {
            return Ok(());
        }
        let mut changed: Vec<(Arc<ScrapeJob>, HttpClient)> = Vec::new();
        for job in &config.scrape {
            if state.pools.get(&job.name).is_some_and(|pool| pool.job() == job) {
                continue;
            }
            let client = HttpClient::new(&job.client, job.enable_compression)
                .map_err(|error| ApplyError { job: job.name.clone(), error })?;
            changed.push((Arc::clone(job), client));
        }
        let gone: Vec<String> =
            state.pools.keys().filter(|name| config.scrape.iter().all(|job| job.name != **name)).cloned().collect();
        state.departing.retain(|pool| !pool.is_idle());
        for name in gone {
            if let Some(mut pool) = state.pools.remove(&name) {
                pool.depart();
                state.departing.push(pool);
            }
        }
        for (job, client) in changed {
            match state.pools.get_mut(&job.name) {
                Some(pool) => {
                    let before = pool.groups();
                    pool.reconfigure(Arc::clone(&job), client);
                    if !pool.groups().same_channel(&before) {
                        self.follow(&job.name, pool);
                    }
                }
                None => {
                    let pool = Pool::new(self.shared.door.clone(), Arc::clone(&job), client, self.seed());
                    self.follow(&job.name, &pool);
                    state.pools.insert(job.name.clone(), pool);
                }
            }
        }
        Ok(())
    }

    /// How the discoveries of each job fare, by job.
    #[must_use]
    pub fn discoveries(&self) -> BTreeMap<String, Vec<SourceStatus>> {
        let state = self.shared.state.lock();
        state.pools.iter().map(|(name, pool)| (name.clone(), pool.sources())).collect()
    }

    /// Follows the discovery of a job until the job gets another one or goes.
    fn follow(&self, job: &str, pool: &Pool) {
        let mut groups = pool.groups();
        // What is there already has been taken when the pool was set up.
        groups.mark_unchanged();
        let (shared, job, mut complete) = (Arc::downgrade(&self.shared), job.to_owned(), pool.is_complete());
        tokio::spawn(async move {
            loop {
                let changed = if complete {
                    groups.changed().await
                } else {
                    tokio::time::timeout(FIRST_ANSWERS, groups.changed()).await.unwrap_or(Ok(()))
                };
                let Some(shared) = shared.upgrade().filter(|_| changed.is_ok()) else { return };
                let mut state = shared.state.lock();
                let Some(pool) = state.pools.get_mut(&job).filter(|pool| pool.groups().same_channel(&groups)) else {
                    return;
                };
                complete = pool.is_complete();
                pool.refresh();
            }
        });
    }

    /// Adds a part of this process as a target; it stays until the end.
    pub fn add_internal(&self, internal: InternalTarget) {
        let InternalTarget { pool, url, labels, interval, source } = internal;
        let mut discovered = labels.to_builder();
        discovered.set("__scrape_interval__", format_duration(interval));
        discovered.set("__scrape_timeout__", format_duration(interval));
        let identity = labels.fingerprint();
        let target = Target { discovered: discovered.build(), labels, url, interval, timeout: interval, identity };
        let schedule = Schedule::new(interval, identity ^ self.seed());
        let mut state = self.shared.state.lock();
        if state.closed {
            return;
        }
        let running = Running::start(target, Arc::default(), |target, last, signal| Worker {
            target,
            source: Source::Internal(InternalSource::new(source)),
            door: self.shared.door.clone(),
            rules: TargetRules::default(),
            schedule,
            last,
            forced: Arc::new(RwLock::new(None)),
            signal,
            predecessor: None,
        });
        state.internal.push((pool, running));
    }

    /// All targets that are being scraped, sorted by pool, then by URL and labels.
    #[must_use]
    pub fn targets(&self) -> Vec<TargetStatus> {
        let state = self.shared.state.lock();
        let host = &self.shared.options.host;
        let internal = state.internal.iter().map(|(pool, running)| running.status(pool, host));
        let mut targets: Vec<TargetStatus> =
            state.pools.values().flat_map(|pool| pool.statuses(host)).chain(internal).collect();
        targets.sort_by(|a, b| {
            let key = |target: &TargetStatus| (target.scrape_pool.clone(), target.scrape_url.clone());
            key(a).cmp(&key(b)).then_with(|| a.labels.cmp(&b.labels))
        });
        targets
    }

    /// Targets that relabelling dropped, as many per job as `keep_dropped_targets` allows.
    #[must_use]
    pub fn dropped(&self) -> Vec<DroppedTarget> {
        self.shared.state.lock().pools.values().flat_map(Pool::dropped).collect()
    }

    /// How many targets relabelling dropped, by pool.
    #[must_use]
    pub fn dropped_counts(&self) -> BTreeMap<String, usize> {
        let state = self.shared.state.lock();
        state.pools.iter().map(|(name, pool)| (name.clone(), pool.dropped_count())).collect()
    }

    /// The names of all pools, sorted.
    #[must_use]
    pub fn pools(&self) -> Vec<String> {
        let state = self.shared.state.lock();
        let mut names: Vec<String> =
            state.pools.keys().cloned().chain(state.internal.iter().map(|(pool, _)| pool.clone())).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Ends all scraping, in the middle of a scrape if need be. Nothing goes stale: the process may be back soon.
    pub async fn shutdown(&self) {
        let mut tasks = Vec::new();
        {
            let mut state = self.shared.state.lock();
            state.closed = true;
            let State { pools, departing, internal, .. } = &mut *state;
            for pool in pools.values_mut().chain(departing) {
                tasks.append(&mut pool.stop());
            }
            tasks.extend(internal.drain(..).map(|(_, running)| running.stop()));
        }
        for task in tasks {
            // A task that a defect ended has nothing more to say.
            let _ = task.await;
        }
    }

    fn seed(&self) -> u64 {
        xxh3_64(self.shared.options.host.as_bytes())
    }
}

/// A configuration that cannot be put to work.
#[derive(Debug)]
pub struct ApplyError {
    /// The job.
    pub job: String,
    /// What is wrong with its HTTP client.
    pub error: NetError,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "job {:?}: {}", self.job, self.error)
    }
}

impl std::error::Error for ApplyError {}

/// How often to look whether all services of a new job have answered, even with an empty list.
const FIRST_ANSWERS: Duration = Duration::from_secs(2);
