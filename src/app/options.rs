//! What `meterbox serve` was asked to do.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::telemetry::{LogFormat, LogLevel};

/// The flags of `serve`, typed. The default is what holds without any flag.
#[derive(Clone, Debug, PartialEq)]
pub struct ServeOptions {
    /// The configuration file, where one was named; see [`ServeOptions::config_file`].
    pub config: Option<PathBuf>,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where to listen; at least one address.
    pub listen: Vec<SocketAddr>,
    /// How long samples are kept; `None` is for ever.
    pub retention_time: Option<Duration>,
    /// How many bytes the store may take; `None` is any number.
    pub retention_size: Option<u64>,
    /// Folders with further dashboards.
    pub dashboards: Vec<PathBuf>,
    /// Whether others may write samples.
    pub enable_remote_write_receiver: bool,
    /// Whether samples may be deleted and snapshots taken over HTTP.
    pub enable_admin_api: bool,
    /// Whether /-/reload and /-/quit work.
    pub enable_lifecycle: bool,
    /// How old a sample an instant vector still takes.
    pub lookback_delta: Duration,
    /// How long a query may take; `None` is any time.
    pub query_timeout: Option<Duration>,
    /// How many samples a query may hold; `None` is any number.
    pub query_max_samples: Option<u64>,
    /// How many queries run at once; `None` is any number.
    pub query_max_concurrency: Option<u64>,
    /// Names given to `--enable-feature`, each one known.
    pub features: Vec<String>,
    /// The URL under which people reach this box, where that is not what it listens on.
    pub external_url: Option<String>,
    /// The path in front of Prometheus's API and pages, as asked for: `/` or `/prometheus`, both of which are always served.
    pub route_prefix: Option<String>,
    /// What is logged.
    pub log_level: LogLevel,
    /// How it is logged.
    pub log_format: LogFormat,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            config: None,
            data_dir: PathBuf::from("./meterbox-data"),
            listen: vec![SocketAddr::from(([0, 0, 0, 0], 10_161))],
            retention_time: Some(Duration::from_secs(30 * 86_400)),
            retention_size: None,
            dashboards: Vec::new(),
            enable_remote_write_receiver: false,
            enable_admin_api: false,
            enable_lifecycle: false,
            lookback_delta: Duration::from_secs(300),
            query_timeout: Some(Duration::from_secs(120)),
            query_max_samples: Some(50_000_000),
            query_max_concurrency: Some(20),
            features: Vec::new(),
            external_url: None,
            route_prefix: None,
            log_level: LogLevel::Info,
            log_format: LogFormat::Text,
        }
    }
}

impl ServeOptions {
    /// The configuration file to read: the one that was named, else ./meterbox.yml if it is there, else none.
    #[must_use]
    pub fn config_file(&self) -> Option<PathBuf> {
        let default = || Path::new(DEFAULT_CONFIG).exists().then(|| PathBuf::from(DEFAULT_CONFIG));
        self.config.clone().or_else(default)
    }

    /// Whether `--enable-feature` names a feature.
    #[must_use]
    pub fn has_feature(&self, name: &str) -> bool {
        self.features.iter().any(|feature| feature == name)
    }
}

/// The file that is read where none is named.
const DEFAULT_CONFIG: &str = "./meterbox.yml";
