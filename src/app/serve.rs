//! One run of the appliance, from flags to the last flushed sample.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use super::banner::Banner;
use super::error::StartError;
use super::figures;
use super::options::ServeOptions;
use super::reload::Reload;
use crate::collectors::host::{HOST_JOB, HOST_URL, Host, HostPaths, host_labels, host_name};
use crate::config::Config;
use crate::dashboards::Library;
use crate::http::{Context, Parts, ReloadRequest, Reloader, Server, Switches, router};
use crate::ingest::Ingest;
use crate::model::{Labels, format_duration, now_ms};
use crate::net::install_provider;
use crate::promql::{Engine, EngineOptions, ParseOptions};
use crate::remote::receive::{ReceiveLimits, Receiver};
use crate::scrape::{InternalTarget, Manager, ManagerOptions};
use crate::storage::{Options as StoreOptions, Store};
use crate::telemetry::{Metrics, start_logs};

/// Runs until SIGINT or SIGTERM. `flags` is what the status page lists, `notes` what is worth a line in the log.
///
/// # Errors
/// What the user can mend before anything runs: configuration, address, data directory.
pub fn serve(options: &ServeOptions, flags: Vec<(String, String)>, notes: &[String]) -> Result<(), StartError> {
    start_logs(options.log_level, options.log_format)?;
    for note in notes {
        warn!("{note}");
    }
    install_provider();
    let started = now_ms();
    let path = options.config_file();
    let config = match &path {
        Some(path) => Config::load(path)?,
        None => Config::parse(BUILT_IN, None, &|_| None)?,
    };
    for note in &config.notes {
        warn!("{note}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::System { what: "start threads", reason: error.to_string() })?;
    let _entered = runtime.enter();
    let mut servers = Vec::new();
    for address in &options.listen {
        servers.push(runtime.block_on(Server::bind(*address))?);
    }
    let store = Store::open(store_options(options))?;
    let run = Run { options, config, path: path.clone(), flags, started, servers, store: store.clone() };
    runtime.block_on(run.until_stopped())?;
    if let Err(reason) = store.shutdown() {
        // Nothing is lost: the log has what the day files lack.
        error!(%reason, "the store could not be flushed; the next start reads it from the log");
    }
    info!("stopped");
    Ok(())
}

struct Run<'a> {
    options: &'a ServeOptions,
    config: Config,
    path: Option<std::path::PathBuf>,
    flags: Vec<(String, String)>,
    started: i64,
    servers: Vec<Server>,
    store: Store,
}

impl Run<'_> {
    async fn until_stopped(self) -> Result<(), StartError> {
        let Run { options, config, path, flags, started, servers, store } = self;
        let mut signals = Signals::new()?;
        let metrics = Metrics::new();
        let engine = Engine::new(engine_options(options));
        let ingest = Ingest::new(store.clone());
        let host = host_name();
        let scrape = Manager::start(ingest.clone(), ManagerOptions { host: host.clone() });
        figures::connect(&metrics, &store, &engine, &scrape, &ingest);
        let library = Library::open(options.dashboards.clone());
        report_problems(&library);
        let reload = Arc::new(Reload {
            path,
            scrape: scrape.clone(),
            metrics: metrics.clone(),
            shown: Arc::new(RwLock::new(String::new())),
        });
        reload
            .apply(&config)
            .map_err(|error| StartError::System { what: "use the configuration", reason: error.reason })?;
        if config.path.is_none() {
            collect_unasked(&scrape, &metrics, &host);
        }
        let (reloader, mut reload_requests) = Reloader::channel();
        let retention = retention_text(options);
        let addresses: Vec<_> = servers.iter().map(Server::address).collect();
        let banner = Banner {
            config: &config,
            data_dir: &options.data_dir,
            retention: &retention,
            stats: &store.stats(),
            dashboards: library.entries().len(),
            addresses: &addresses,
            external_url: options.external_url.as_deref(),
        }
        .text();
        let context = Context::new(Parts {
            store,
            engine,
            scrape: scrape.clone(),
            library: library.clone(),
            receiver: Receiver::new(ingest, ReceiveLimits::default()),
            metrics,
            reloader,
            switches: Switches {
                lifecycle: options.enable_lifecycle,
                remote_write: options.enable_remote_write_receiver,
                admin: options.enable_admin_api,
            },
            flags,
            retention,
            config: Arc::clone(&reload.shown),
            started,
        });
        let (stop, stopping) = watch::channel(false);
        let mut serving = JoinSet::new();
        for server in servers {
            serving.spawn(server.serve(router(context.clone()), stopping.clone()));
        }
        // Somebody who closed standard output does not want to read it.
        let _ = std::io::stdout().write_all(banner.as_bytes());
        info!(addresses = ?addresses, "ready");
        signals.work_until_stop(&reload, &mut reload_requests, &library).await;
        info!("stopping");
        // The receivers are gone only when every server has ended already.
        let _ = stop.send(true);
        while serving.join_next().await.is_some() {}
        scrape.shutdown().await;
        Ok(())
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self, StartError> {
        let listen = |kind| {
            signal(kind).map_err(|error| StartError::System { what: "listen for signals", reason: error.to_string() })
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// Reloads when asked to, looks for changed dashboards, and returns when the process shall end.
    async fn work_until_stop(
        &mut self,
        reload: &Arc<Reload>,
        requests: &mut mpsc::Receiver<ReloadRequest>,
        library: &Library,
    ) {
        let mut look = tokio::time::interval(LOOK_FOR_DASHBOARDS);
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hang_up.recv() => {
                    // The outcome is in the log and in the metrics.
                    let _ = reload.reload();
                }
                Some(answer) = requests.recv() => {
                    let outcome = reload.reload();
                    // Whoever asked may have gone.
                    let _ = answer.send(outcome);
                }
                _ = look.tick() => {
                    let library = library.clone();
                    tokio::task::spawn_blocking(move || {
                        if library.refresh() {
                            report_problems(&library);
                        }
                    });
                }
            }
        }
    }
}

/// Without a configuration meterbox watches itself and the machine it runs on.
fn collect_unasked(scrape: &Manager, metrics: &Metrics, host: &str) {
    let own = Host::new(HostPaths::default());
    scrape.add_internal(InternalTarget {
        pool: HOST_JOB.to_owned(),
        url: HOST_URL.to_owned(),
        labels: host_labels(host),
        interval: UNASKED_INTERVAL,
        source: Arc::new(move |page: &mut String| own.render(page)),
    });
    let metrics = metrics.clone();
    scrape.add_internal(InternalTarget {
        pool: "meterbox".to_owned(),
        url: "meterbox://self".to_owned(),
        labels: Labels::from_pairs([("job", "meterbox"), ("instance", host)]),
        interval: UNASKED_INTERVAL,
        source: Arc::new(move |page: &mut String| page.push_str(&metrics.text().unwrap_or_default())),
    });
}

fn report_problems(library: &Library) {
    for problem in library.problems() {
        warn!(file = %problem.path.display(), reason = problem.reason, "dashboard left out");
    }
}

fn store_options(options: &ServeOptions) -> StoreOptions {
    StoreOptions {
        retention_time: options.retention_time,
        retention_size: options.retention_size,
        ..StoreOptions::new(&options.data_dir)
    }
}

fn engine_options(options: &ServeOptions) -> EngineOptions {
    let mut language = ParseOptions::default();
    for feature in &options.features {
        // The command line has refused unknown names; those that are no matter of the language change nothing here.
        let _ = language.enable(feature);
    }
    EngineOptions {
        lookback: options.lookback_delta,
        timeout: options.query_timeout,
        max_samples: options.query_max_samples.unwrap_or(0),
        max_concurrency: options.query_max_concurrency.map_or(0, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        language,
        ..EngineOptions::default()
    }
}

fn retention_text(options: &ServeOptions) -> String {
    let time = options.retention_time.map(format_duration);
    let size = options.retention_size.map(crate::config::format_size);
    match (time, size) {
        (Some(time), Some(size)) => format!("{time} or {size}"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => "ever".to_owned(),
    }
}

/// What holds without a configuration file: nothing is scraped over the network.
const BUILT_IN: &str = "global:\n  scrape_interval: 5s\n  scrape_timeout: 5s\n";

/// Often enough for an open page to move, seldom enough to cost next to nothing.
const UNASKED_INTERVAL: Duration = Duration::from_secs(5);

/// A dashboard that was saved into a folder shows up within this time.
const LOOK_FOR_DASHBOARDS: Duration = Duration::from_secs(5);
