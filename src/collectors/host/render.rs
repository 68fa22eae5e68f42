//! All collectors on one page.

use std::time::Instant;

use crate::model::{Labels, MetricType};

use super::cpu::CpuMemory;
use super::error::CollectError;
use super::files::{HostPaths, line};
use super::filesystem::StuckMounts;
use super::page::Page;
use super::{cpu, disk, filesystem, memory, netstat, network, sensors, system};

/// The `job` label of this host's samples, and the pool under which it is listed.
pub const HOST_JOB: &str = "node";

/// What is shown as this host's URL.
pub const HOST_URL: &str = "meterbox://host";

/// Reads this host.
#[derive(Debug, Default)]
pub struct Host {
    paths: HostPaths,
    cpus: CpuMemory,
    stuck: StuckMounts,
}

/// One group of files.
type Collector = fn(&Host, &mut Page<'_>) -> Result<(), CollectError>;

impl Host {
    /// A reader of the host whose files are there.
    #[must_use]
    pub fn new(paths: HostPaths) -> Self {
        Self { paths, ..Self::default() }
    }

    /// Appends the host's page. Blocks for some milliseconds, longer on hundreds of CPUs, and by up to a second for
    /// each network mount that hangs anew.
    pub fn render(&self, text: &mut String) {
        let collectors: [(&str, Collector); 25] = [
            ("arp", |host, page| network::arp(&host.paths, page)),
            ("conntrack", |host, page| netstat::conntrack(&host.paths, page)),
            ("cooling_device", |host, page| sensors::cooling(&host.paths, page)),
            ("cpu", |host, page| cpu::cpu(&host.paths, &host.cpus, page)),
            ("cpufreq", |host, page| cpu::frequencies(&host.paths, page)),
            ("diskstats", |host, page| disk::disks(&host.paths, page)),
            ("entropy", |host, page| system::entropy(&host.paths, page)),
            ("filefd", |host, page| system::file_handles(&host.paths, page)),
            ("filesystem", |host, page| filesystem::filesystems(&host.paths, &host.stuck, page)),
            ("hwmon", |host, page| sensors::hwmon(&host.paths, page)),
            ("loadavg", |host, page| cpu::load(&host.paths, page)),
            ("meminfo", |host, page| memory::meminfo(&host.paths, page)),
            ("netclass", |host, page| network::interfaces(&host.paths, page)),
            ("netdev", |host, page| network::traffic(&host.paths, page)),
            ("netstat", |host, page| netstat::netstat(&host.paths, page)),
            ("os", |host, page| system::os(&host.paths, page)),
            ("powersupplyclass", |host, page| sensors::power_supplies(&host.paths, page)),
            ("pressure", |host, page| memory::pressure(&host.paths, page)),
            ("schedstat", |host, page| cpu::schedstat(&host.paths, page)),
            ("sockstat", |host, page| netstat::sockstat(&host.paths, page)),
            ("softnet", |host, page| network::softnet(&host.paths, page)),
            ("thermal_zone", |host, page| sensors::thermal_zones(&host.paths, page)),
            ("time", |_, page| system::time(page)),
            ("uname", |_, page| system::uname(page)),
            ("vmstat", |host, page| memory::vmstat(&host.paths, page)),
        ];
        let mut page = Page::new(text);
        let outcomes = collectors.map(|(name, collect)| {
            let begun = Instant::now();
            let outcome = collect(self, &mut page);
            if let Err(error) = &outcome {
                tracing::debug!(collector = name, %error, "a collector of this host brings nothing");
            }
            (name, begun.elapsed().as_secs_f64(), outcome.is_ok())
        });
        let mut family = page.family(
            "node_scrape_collector_duration_seconds",
            MetricType::Gauge,
            "Seconds that a group of the host's samples took.",
        );
        for (name, seconds, _) in outcomes {
            family.sample(&[("collector", name)], seconds);
        }
        let mut family = page.family(
            "node_scrape_collector_success",
            MetricType::Gauge,
            "Whether a group of the host's samples could be read.",
        );
        for (name, _, success) in outcomes {
            family.sample(&[("collector", name)], f64::from(u8::from(success)));
        }
    }
}

/// The labels of this host's samples: `job="node"`, and `instance` with the host's name and no port.
#[must_use]
pub fn host_labels(host: &str) -> Labels {
    Labels::from_pairs([("job", HOST_JOB), ("instance", host)])
}

/// The host's own name, from the kernel.
#[must_use]
pub fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() || name == "(none)" {
        return line("/etc/hostname".as_ref())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "localhost".to_owned());
    }
    name
}
