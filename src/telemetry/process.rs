//! The process's own figures, under the names that every Prometheus client library uses.

use std::fs;

use super::readings::Reading;

/// CPU time, memory, file descriptors, threads and start time of this process, read from `/proc/self`.
///
/// What cannot be read is left out.
#[must_use]
pub fn process_readings() -> Vec<Reading> {
    let mut readings = Vec::with_capacity(7);
    let ticks = rustix::param::clock_ticks_per_second();
    let page = rustix::param::page_size();
    if let Some(stat) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(Stat::parse) {
        let seconds = |ticks_count: f64| ticks_count / float(ticks);
        readings.push(Reading::counter(
            "process_cpu_seconds",
            "User and system CPU time spent in seconds",
            seconds(stat.user_ticks + stat.system_ticks),
        ));
        readings.push(Reading::gauge("process_threads", "Number of threads", stat.threads));
        readings.push(Reading::gauge(
            "process_virtual_memory_bytes",
            "Virtual memory size in bytes",
            stat.virtual_bytes,
        ));
        readings.push(Reading::gauge(
            "process_resident_memory_bytes",
            "Resident memory size in bytes",
            stat.resident_pages * page_bytes(page),
        ));
        if let Some(boot) = boot_time() {
            readings.push(Reading::gauge(
                "process_start_time_seconds",
                "Start time of the process since the Unix epoch in seconds",
                boot + seconds(stat.start_ticks),
            ));
        }
    }
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        let open = u32::try_from(entries.count()).unwrap_or(u32::MAX);
        readings.push(Reading::gauge("process_open_fds", "Number of open file descriptors", f64::from(open)));
    }
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    if let Some(limit) = limit {
        readings.push(Reading::gauge("process_max_fds", "Maximum number of open file descriptors", float(limit)));
    }
    readings
}

/// The fields of `/proc/self/stat` that are of use (proc(5)).
struct Stat {
    user_ticks: f64,
    system_ticks: f64,
    threads: f64,
    start_ticks: f64,
    virtual_bytes: f64,
    resident_pages: f64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The second field is the program's name in parentheses and may hold spaces.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let number = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<f64>().ok());
        Some(Self {
            user_ticks: number(14)?,
            system_ticks: number(15)?,
            threads: number(20)?,
            start_ticks: number(22)?,
            virtual_bytes: number(23)?,
            resident_pages: number(24)?,
        })
    }
}

/// When the machine was started, in seconds since the epoch.
fn boot_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float; these counts stay far below 2^53")]
fn float(value: u64) -> f64 {
    value as f64
}

fn page_bytes(page: usize) -> f64 {
    f64::from(u32::try_from(page).unwrap_or(4096))
}
