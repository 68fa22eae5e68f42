//! What is printed at start: what was found, and where to look.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use crate::config::{Config, format_size};
use crate::model::format_duration;
use crate::storage::Stats;

/// What the banner tells.
pub(super) struct Banner<'a> {
    pub(super) config: &'a Config,
    pub(super) data_dir: &'a std::path::Path,
    pub(super) retention: &'a str,
    pub(super) stats: &'a Stats,
    pub(super) dashboards: usize,
    pub(super) addresses: &'a [SocketAddr],
    pub(super) external_url: Option<&'a str>,
}

impl Banner<'_> {
    /// A few lines, without colour, that end with the addresses to open.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "meterbox {}", env!("CARGO_PKG_VERSION"));
        let _ = writeln!(out, "  config      {}", self.config_line());
        let _ = writeln!(out, "  data        {}", self.data_line());
        let _ = writeln!(out, "  dashboards  {}", self.dashboards);
        let base = self.base();
        let _ = writeln!(out, "open");
        let _ = writeln!(out, "  {base}/             what runs on this box");
        let _ = writeln!(out, "  {base}/prometheus/  queries, targets, status; the Prometheus API");
        let _ = writeln!(out, "  {base}/grafana/     dashboards");
        out
    }

    fn config_line(&self) -> String {
        let jobs = self.config.scrape.len();
        let targets: usize =
            self.config.scrape.iter().flat_map(|job| &job.static_groups).map(|group| group.targets.len()).sum();
        match &self.config.path {
            None => {
                "none: collecting from meterbox itself and this host every 5 s; name a file with --config".to_owned()
            }
            Some(path) => format!(
                "{}: {jobs} job{}, {targets} static target{}, every {}",
                path.display(),
                plural(jobs),
                plural(targets),
                format_duration(self.config.global.scrape_interval)
            ),
        }
    }

    fn data_line(&self) -> String {
        let found = match self.stats.series {
            0 => "empty".to_owned(),
            series => format!(
                "{series} series in {} day file{}, {}",
                self.stats.days,
                plural(self.stats.days),
                format_size(self.stats.day_bytes + self.stats.wal_bytes)
            ),
        };
        format!("{} ({found}; kept for {})", self.data_dir.display(), self.retention)
    }

    fn base(&self) -> String {
        if let Some(url) = self.external_url {
            return url.trim_end_matches('/').to_owned();
        }
        let address = self.addresses.first().copied().unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        match address.ip() {
            ip if ip.is_unspecified() => format!("http://localhost:{}", address.port()),
            IpAddr::V6(ip) => format!("http://[{ip}]:{}", address.port()),
            IpAddr::V4(ip) => format!("http://{ip}:{}", address.port()),
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
