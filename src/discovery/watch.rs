//! The sources of one job, watched by tasks that tell of every change.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::config::{FileSd, HttpSd, ScrapeJob, redacted};
use crate::net::HttpClient;

use super::file::Files;
use super::group::TargetGroup;
use super::http;

/// The groups of a job: static ones first, then file, then HTTP, each in the order of the configuration.
pub type Groups = Arc<[TargetGroup]>;

/// Watches the sources of one job. Dropping it ends the watching.
#[derive(Debug)]
pub struct Discovery {
    groups: watch::Receiver<Groups>,
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

impl Discovery {
    /// Begins to watch; call it within a tokio runtime. Static targets are there at once, files have been read when this returns, services are
    /// asked in the background.
    #[must_use]
    pub fn start(job: &ScrapeJob) -> Self {
        let (sender, groups) = watch::channel(Groups::from(Vec::new()));
        let name = |kind, name: String| Source { groups: Vec::new(), status: SourceStatus::new(kind, name) };
        let mut sources = vec![name(SourceKind::Static, String::new())];
        sources.extend(job.file_sd.iter().map(|config| name(SourceKind::File, files_name(config))));
        sources.extend(job.http_sd.iter().map(|config| name(SourceKind::Http, redacted(&config.url))));
        let shared = Arc::new(Shared { job: job.name.clone(), sources: Mutex::new(sources), sender });
        let static_groups = job.static_groups.iter().enumerate();
        shared.found(0, static_groups.map(|(index, group)| TargetGroup::new(index.to_string(), group, None)).collect());
        let mut tasks = JoinSet::new();
        for (index, config) in job.file_sd.iter().enumerate() {
            let index = index + 1;
            let mut files = Files::new(config);
            look(&shared, index, &mut files);
            tasks.spawn(watch_files(Arc::clone(&shared), index, files));
        }
        for (index, config) in job.http_sd.iter().enumerate() {
            let index = index + 1 + job.file_sd.len();
            tasks.spawn(watch_service(Arc::clone(&shared), index, config.clone()));
        }
        Self { groups, shared, tasks }
    }

    /// The job's groups, now and whenever they change.
    #[must_use]
    pub fn groups(&self) -> watch::Receiver<Groups> {
        self.groups.clone()
    }

    /// How the sources fare, in the order of [`Groups`].
    #[must_use]
    pub fn status(&self) -> Vec<SourceStatus> {
        self.shared.sources.lock().iter().map(|source| source.status.clone()).collect()
    }

    /// How many sources are watched by a task; static groups need none.
    #[must_use]
    pub fn watched(&self) -> usize {
        self.tasks.len()
    }
}

/// The kind of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// `static_configs`
    Static,
    /// `file_sd_configs`
    File,
    /// `http_sd_configs`
    Http,
}

impl SourceKind {
    /// The name in self-metrics, as Prometheus's label `mechanism` has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::File => "file",
            Self::Http => "http",
        }
    }
}

/// How a source fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceStatus {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// Its URL or paths; empty for static groups.
    pub name: String,
    /// How often it was read or asked.
    pub refreshes: u64,
    /// How often that failed; for files, one for each broken file.
    pub failures: u64,
    /// What was wrong the last time; `None` when nothing was.
    pub last_error: Option<String>,
    /// When it last gave its targets.
    pub last_success: Option<SystemTime>,
    /// How many targets it lists now.
    pub targets: usize,
}

impl SourceStatus {
    fn new(kind: SourceKind, name: String) -> Self {
        Self { kind, name, refreshes: 0, failures: 0, last_error: None, last_success: None, targets: 0 }
    }
}

/// What the tasks of a job share.
#[derive(Debug)]
struct Shared {
    job: String,
    sources: Mutex<Vec<Source>>,
    sender: watch::Sender<Groups>,
}

#[derive(Debug)]
struct Source {
    groups: Vec<TargetGroup>,
    status: SourceStatus,
}

impl Shared {
    /// Takes a source's current groups, and tells of them where they differ from those before.
    fn found(&self, index: usize, groups: Vec<TargetGroup>) {
        let mut sources = self.sources.lock();
        let Some(source) = sources.get_mut(index) else { return };
        source.status.targets = groups.iter().map(|group| group.targets.len()).sum();
        if source.groups != groups {
            source.groups = groups;
            let all: Vec<TargetGroup> = sources.iter().flat_map(|source| source.groups.iter().cloned()).collect();
            // The receiver in `Discovery` lives as long as the tasks do.
            self.sender.send_replace(all.into());
        }
    }

    /// Counts a refresh and its errors; the last good groups stay.
    fn counted(&self, index: usize, errors: &[String]) {
        let mut sources = self.sources.lock();
        let Some(Source { status, .. }) = sources.get_mut(index) else { return };
        status.refreshes += 1;
        status.failures += errors.len() as u64;
        for error in errors {
            let (job, kind) = (&self.job, status.kind.as_str());
            tracing::warn!(job, kind, "cannot refresh targets, the last good ones stay: {error}");
        }
        if errors.is_empty() {
            status.last_success = Some(SystemTime::now());
        }
        status.last_error = errors.last().cloned();
    }
}

async fn watch_files(shared: Arc<Shared>, index: usize, mut files: Files) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        // A file may lie on a network disk that hangs; only this source waits for it then.
        let shared = Arc::clone(&shared);
        let looked = tokio::task::spawn_blocking(move || {
            look(&shared, index, &mut files);
            files
        });
        match looked.await {
            Ok(back) => files = back,
            Err(_) => return,
        }
    }
}

fn look(shared: &Shared, index: usize, files: &mut Files) {
    let look = files.look();
    if look.changed || !look.errors.is_empty() {
        let errors: Vec<String> = look.errors.iter().map(ToString::to_string).collect();
        shared.counted(index, &errors);
        shared.found(index, files.groups());
    }
}

async fn watch_service(shared: Arc<Shared>, index: usize, config: HttpSd) {
    let mut ticks = tokio::time::interval(config.refresh_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut client: Option<HttpClient> = None;
    loop {
        ticks.tick().await;
        // A certificate that is missing now may be there the next time.
        let built = match client.take() {
            Some(client) => Ok(client),
            None => HttpClient::new(&config.client, true),
        };
        match built {
            Err(error) => shared.counted(index, &[error.to_string()]),
            Ok(built) => {
                match http::ask(&built, &config).await {
                    Ok(groups) => {
                        shared.counted(index, &[]);
                        shared.found(index, groups);
                    }
                    Err(error) => shared.counted(index, &[format!("{}: {error}", redacted(&config.url))]),
                }
                client = Some(built);
            }
        }
    }
}

fn files_name(config: &FileSd) -> String {
    let names: Vec<String> = config.files.iter().map(|path| path.display().to_string()).collect();
    names.join(", ")
}

/// How often files are looked at for a change. A look costs a few system calls; people who edit a file wait no longer
/// than this.
const LOOK_EVERY: Duration = Duration::from_secs(2);
