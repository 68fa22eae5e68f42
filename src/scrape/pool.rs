//! The targets of one job.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::warn;

use crate::config::ScrapeJob;
use crate::discovery::{Discovery, Dropped, Groups, SourceKind, SourceStatus, Target, build};
use crate::ingest::{Ingest, TargetIngest, TargetRules};
use crate::net::HttpClient;

use super::error::ScrapeError;
use super::fetch::{HttpSource, Source};
use super::schedule::Schedule;
use super::status::{DroppedTarget, LastScrape, TargetStatus};
use super::worker::{Forced, Signal, Worker};

/// One job with its workers.
pub(super) struct Pool {
    door: Ingest,
    job: Arc<ScrapeJob>,
    rules: TargetRules,
    source: Arc<HttpSource>,
    seed: u64,
    forced: Forced,
    discovery: Discovery,
    running: HashMap<u64, Running>,
    departing: Vec<Running>,
    dropped: Vec<Dropped>,
    dropped_count: usize,
}

impl Pool {
    pub fn new(door: Ingest, job: Arc<ScrapeJob>, client: HttpClient, seed: u64) -> Self {
        let mut pool = Self {
            rules: TargetRules::from(&*job),
            source: Arc::new(HttpSource::new(client, &job)),
            discovery: Discovery::start(&job),
            door,
            job,
            seed,
            forced: Arc::new(RwLock::new(None)),
            running: HashMap::new(),
            departing: Vec::new(),
            dropped: Vec::new(),
            dropped_count: 0,
        };
        pool.sync(true);
        pool
    }

    pub fn job(&self) -> &Arc<ScrapeJob> {
        &self.job
    }

    /// Takes another version of the job: every target goes on under the new rules.
    pub fn reconfigure(&mut self, job: Arc<ScrapeJob>, client: HttpClient) {
        self.rules = TargetRules::from(&*job);
        self.source = Arc::new(HttpSource::new(client, &job));
        let sources = |job: &ScrapeJob| (job.static_groups.clone(), job.file_sd.clone(), job.http_sd.clone());
        if sources(&self.job) != sources(&job) {
            self.discovery = Discovery::start(&job);
        }
        self.job = job;
        self.sync(true);
    }

    /// What discovery finds, now and whenever it changes; ends when the job gets another discovery.
    pub fn groups(&self) -> watch::Receiver<Groups> {
        self.discovery.groups()
    }

    /// How the sources of the job fare.
    pub fn sources(&self) -> Vec<SourceStatus> {
        self.discovery.status()
    }

    /// Takes what discovery found meanwhile.
    pub fn refresh(&mut self) {
        self.sync(false);
    }

    /// Whether every service that lists targets has been asked, so that what is not listed is really gone.
    pub fn is_complete(&self) -> bool {
        self.discovery.status().iter().all(|source| source.kind != SourceKind::Http || source.refreshes > 0)
    }

    /// Ends all targets, as if discovery found none any more.
    pub fn depart(&mut self) {
        let gone: Vec<Running> = self.running.drain().map(|(_, running)| running).collect();
        self.send_off(gone);
    }

    /// Tells all workers to end now; gives what is to be awaited.
    pub fn stop(&mut self) -> Vec<JoinHandle<TargetIngest>> {
        let all = self.running.drain().map(|(_, running)| running).chain(self.departing.drain(..));
        all.map(|running| {
            running.signal.send_replace(Signal::Stop);
            running.task
        })
        .collect()
    }

    pub fn is_idle(&self) -> bool {
        self.running.is_empty() && self.departing.iter().all(|running| running.task.is_finished())
    }

    pub fn statuses<'a>(&'a self, host: &'a str) -> impl Iterator<Item = TargetStatus> + 'a {
        self.running.values().map(move |running| running.status(&self.job.name, host))
    }

    pub fn dropped(&self) -> impl Iterator<Item = DroppedTarget> + '_ {
        self.dropped.iter().map(|dropped| DroppedTarget {
            discovered_labels: dropped.discovered.clone(),
            scrape_pool: self.job.name.clone(),
        })
    }

    /// How many targets relabelling dropped, remembered or not.
    pub fn dropped_count(&self) -> usize {
        self.dropped_count
    }

    /// Starts what is new, ends what is gone. With `restart` those that stay get a new worker too.
    fn sync(&mut self, restart: bool) {
        let groups = Arc::clone(&self.discovery.groups().borrow());
        let built = build(&self.job, &groups);
        for rejected in &built.rejected {
            let (labels, error) = (&rejected.discovered, &rejected.reason);
            warn!(job = %self.job.name, %labels, %error, "a target cannot be scraped");
        }
        self.dropped = built.dropped;
        self.dropped_count = built.dropped_count;
        let limit = self.job.limits.targets.filter(|_| built.over_limit);
        *self.forced.write() = limit.map(|limit| ScrapeError::TargetLimit { targets: built.active.len(), limit });
        let wanted: HashMap<u64, Target> = built.active.into_iter().map(|target| (target.identity, target)).collect();
        if self.is_complete() {
            let gone: Vec<u64> = self.running.keys().filter(|hash| !wanted.contains_key(hash)).copied().collect();
            let gone: Vec<Running> = gone.iter().filter_map(|hash| self.running.remove(hash)).collect();
            self.send_off(gone);
        }
        for (hash, target) in wanted {
            let predecessor = match self.running.remove(&hash) {
                Some(running) if !restart && *running.target == target => {
                    self.running.insert(hash, running);
                    continue;
                }
                predecessor => predecessor,
            };
            let running = self.start(hash, target, predecessor);
            self.running.insert(hash, running);
        }
    }

    fn start(&self, hash: u64, target: Target, predecessor: Option<Running>) -> Running {
        let last = predecessor.as_ref().map(|running| Arc::clone(&running.last)).unwrap_or_default();
        let predecessor = predecessor.map(|running| {
            running.signal.send_replace(Signal::Yield);
            running.task
        });
        let schedule = Schedule::new(target.interval, hash ^ self.seed);
        Running::start(target, last, |target, last, signal| Worker {
            target,
            source: Source::Http(Arc::clone(&self.source)),
            door: self.door.clone(),
            rules: self.rules.clone(),
            schedule,
            last,
            forced: Arc::clone(&self.forced),
            signal,
            predecessor,
        })
    }

    fn send_off(&mut self, gone: Vec<Running>) {
        self.departing.retain(|running| !running.task.is_finished());
        for running in gone {
            running.signal.send_replace(Signal::Depart);
            self.departing.push(running);
        }
    }
}

/// A worker at work.
pub(super) struct Running {
    target: Arc<Target>,
    last: Arc<Mutex<LastScrape>>,
    signal: watch::Sender<Signal>,
    task: JoinHandle<TargetIngest>,
}

impl Running {
    /// Starts the worker that `make` puts together.
    pub fn start(
        target: Target,
        last: Arc<Mutex<LastScrape>>,
        make: impl FnOnce(Arc<Target>, Arc<Mutex<LastScrape>>, watch::Receiver<Signal>) -> Worker,
    ) -> Self {
        let target = Arc::new(target);
        let (signal, receiver) = watch::channel(Signal::Run);
        let worker = make(Arc::clone(&target), Arc::clone(&last), receiver);
        Self { target, last, signal, task: tokio::spawn(worker.run()) }
    }

    /// Tells the worker to end now.
    pub fn stop(self) -> JoinHandle<TargetIngest> {
        self.signal.send_replace(Signal::Stop);
        self.task
    }

    pub fn status(&self, pool: &str, host: &str) -> TargetStatus {
        let last = self.last.lock().clone();
        TargetStatus {
            discovered_labels: self.target.discovered.clone(),
            labels: self.target.labels.clone(),
            scrape_pool: pool.to_owned(),
            scrape_url: self.target.url.clone(),
            global_url: global_url(&self.target.url, host),
            last_error: last.error,
            last_scrape: last.time,
            last_scrape_duration: last.duration,
            last_samples: last.samples,
            health: last.health,
            scrape_interval: self.target.interval,
            scrape_timeout: self.target.timeout,
        }
    }
}

/// The URL as other hosts have to write it: loopback names mean nothing to them.
fn global_url(url: &str, host: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(authority_end).unwrap_or((rest, ""));
    for loopback in ["127.0.0.1", "localhost", "[::1]"] {
        if let Some(port) = authority.strip_prefix(loopback)
            && (port.is_empty() || port.starts_with(':'))
        {
            return format!("{scheme}://{host}{port}{path}");
        }
    }
    url.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_gets_this_hosts_name() {
        assert_eq!(global_url("http://127.0.0.1:1/metrics?a=b", "vm"), "http://vm:1/metrics?a=b");
        assert_eq!(global_url("http://localhost/metrics", "vm"), "http://vm/metrics");
        assert_eq!(global_url("https://[::1]:1/", "vm"), "https://vm:1/");
        assert_eq!(global_url("http://127.0.0.10:1/", "vm"), "http://127.0.0.10:1/");
        assert_eq!(global_url("meterbox://host", "vm"), "meterbox://host");
    }
}
