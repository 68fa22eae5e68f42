use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// CPU seconds (user and system) that a process has used.
pub fn cpu_seconds(pid: u32) -> f64 {
    let stat = read(pid, "stat");
    // The name stands in parentheses and may hold anything; the fields are counted behind it.
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

/// Bytes that a process caused to be written to the storage layer.
pub fn written_bytes(pid: u32) -> f64 {
    field(&read(pid, "io"), "write_bytes:")
}

/// Resident set and its anonymous part, MiB.
pub fn memory(pid: u32) -> (f64, f64) {
    let status = read(pid, "status");
    (field(&status, "VmRSS:") / 1024.0, field(&status, "RssAnon:") / 1024.0)
}

/// Bytes of the blocks that a folder's files occupy.
pub fn disk_bytes(folder: &Path) -> f64 {
    let mut sum = 0.0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(data) if data.is_dir() => sum += disk_bytes(&entry.path()),
            Ok(data) => sum += data.blocks() as f64 * 512.0,
            // Files come and go while a server compacts; what is gone occupies nothing.
            Err(_) => {}
        }
    }
    sum
}

/// One line about this machine.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let gib = field(&meminfo, "MemTotal:") / 1024.0 / 1024.0;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores ({}), {gib:.0} GiB, Linux {}, load before the run {}",
        model.trim_start_matches([' ', '\t', ':']),
        kernel.trim(),
        fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default()
    )
}

/// Looks at a process's memory ten times a second until it is stopped.
pub struct MemoryWatch {
    stop: Arc<AtomicBool>,
    watcher: JoinHandle<Vec<(f64, f64)>>,
}

/// What a [`MemoryWatch`] saw, MiB.
pub struct Memory {
    /// The median resident set.
    pub rss_median: f64,
    /// The largest resident set.
    pub rss_max: f64,
    /// The largest anonymous part of it: what is not a mapped file.
    pub anon_max: f64,
}

impl MemoryWatch {
    /// Starts to look.
    pub fn start(pid: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let watcher = std::thread::spawn(move || {
            let mut seen = Vec::new();
            while !stopping.load(Ordering::Relaxed) {
                seen.push(memory(pid));
                std::thread::sleep(Duration::from_millis(100));
            }
            seen.push(memory(pid));
            seen
        });
        Self { stop, watcher }
    }

    /// Ends and sums up.
    pub fn finish(self) -> Memory {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.watcher.join().unwrap_or_default();
        let mut rss: Vec<f64> = seen.iter().map(|&(rss, _)| rss).filter(|&rss| rss > 0.0).collect();
        rss.sort_by(f64::total_cmp);
        Memory {
            rss_median: rss.get(rss.len() / 2).copied().unwrap_or(f64::NAN),
            rss_max: rss.last().copied().unwrap_or(f64::NAN),
            anon_max: seen.iter().map(|&(_, anon)| anon).fold(f64::NAN, f64::max),
        }
    }
}

/// The middle of some numbers.
pub fn median(numbers: &[f64]) -> f64 {
    percentile(numbers, 0.5)
}

/// The value below which a share of the numbers lies.
pub fn percentile(numbers: &[f64], share: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn read(pid: u32, file: &str) -> String {
    fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default()
}

fn field(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// What /proc counts CPU time in; fixed on Linux for all that user space sees.
const TICKS_PER_SECOND: f64 = 100.0;
