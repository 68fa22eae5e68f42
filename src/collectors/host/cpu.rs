//! Processors: time, load, frequency.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::model::MetricType;

use super::error::CollectError;
use super::files::{HostPaths, names, number, numbers};
use super::page::Page;

/// The times last seen of each CPU. The kernel lets idle and iowait step back a little now and then, which a rate would
/// take for a restart.
#[derive(Debug, Default)]
pub(super) struct CpuMemory {
    last: Mutex<HashMap<String, Vec<f64>>>,
}

impl CpuMemory {
    /// The times to show, in seconds: never a little less than before.
    fn settle(&self, cpu: &str, mut seconds: Vec<f64>) -> Vec<f64> {
        let mut last = self.last.lock();
        if let Some(before) = last.get(cpu) {
            for (now, before) in seconds.iter_mut().zip(before) {
                if *now < *before && *before - *now < LARGEST_STEP_BACK {
                    *now = *before;
                }
            }
        }
        last.insert(cpu.to_owned(), seconds.clone());
        seconds
    }
}

/// `/proc/stat`
pub(super) fn cpu(paths: &HostPaths, memory: &CpuMemory, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("stat")?;
    let mut cpus: Vec<(String, Vec<f64>)> = Vec::new();
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(' ') else { continue };
        let Some(cpu) = name.strip_prefix("cpu").filter(|cpu| !cpu.is_empty()) else { continue };
        let seconds = numbers(rest).into_iter().map(|ticks| ticks / TICKS_PER_SECOND).collect();
        cpus.push((cpu.to_owned(), memory.settle(cpu, seconds)));
    }
    if cpus.is_empty() {
        return Err(paths.strange("stat"));
    }
    let mut family =
        page.family("node_cpu_guest_seconds_total", MetricType::Counter, "Seconds a CPU spent in guests, by mode.");
    for (cpu, seconds) in &cpus {
        for (mode, seconds) in ["user", "nice"].into_iter().zip(seconds.iter().skip(MODES.len())) {
            family.sample(&[("cpu", cpu), ("mode", mode)], *seconds);
        }
    }
    let mut family = page.family("node_cpu_seconds_total", MetricType::Counter, "Seconds a CPU spent in each mode.");
    for (cpu, seconds) in &cpus {
        for (mode, seconds) in MODES.into_iter().zip(seconds) {
            family.sample(&[("cpu", cpu), ("mode", mode)], *seconds);
        }
    }
    let total = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.split_ascii_whitespace().next()?.parse::<f64>().ok()
    };
    let counters = [
        ("intr", "node_intr_total", "Interrupts since boot."),
        ("ctxt", "node_context_switches_total", "Context switches since boot."),
        ("processes", "node_forks_total", "Processes started since boot."),
    ];
    for (field, name, help) in counters {
        if let Some(value) = total(field) {
            page.counter(name, help, value);
        }
    }
    let gauges = [
        ("btime", "node_boot_time_seconds", "When the host booted, in seconds since the epoch."),
        ("procs_running", "node_procs_running", "Processes that run or could run."),
        ("procs_blocked", "node_procs_blocked", "Processes that wait for a disk."),
    ];
    for (field, name, help) in gauges {
        if let Some(value) = total(field) {
            page.gauge(name, help, value);
        }
    }
    Ok(())
}

/// `/proc/loadavg`
pub(super) fn load(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("loadavg")?;
    let [one, five, fifteen, ..] = numbers(&text)[..] else { return Err(paths.strange("loadavg")) };
    page.gauge("node_load1", "Load average over 1 minute.", one);
    page.gauge("node_load5", "Load average over 5 minutes.", five);
    page.gauge("node_load15", "Load average over 15 minutes.", fifteen);
    Ok(())
}

/// `/proc/schedstat`
pub(super) fn schedstat(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("schedstat")?;
    let mut cpus = Vec::new();
    for line in text.lines() {
        let Some((cpu, rest)) = line.strip_prefix("cpu").and_then(|line| line.split_once(' ')) else { continue };
        if let [_, _, _, _, _, _, running, waiting, slices] = numbers(rest)[..] {
            cpus.push((cpu, [running / 1e9, waiting / 1e9, slices]));
        }
    }
    let families = [
        ("node_schedstat_running_seconds_total", "Seconds a CPU spent running processes."),
        ("node_schedstat_waiting_seconds_total", "Seconds processes spent waiting for a CPU."),
        ("node_schedstat_timeslices_total", "Time slices a CPU executed."),
    ];
    for (index, (name, help)) in families.into_iter().enumerate() {
        let mut family = page.family(name, MetricType::Counter, help);
        for (cpu, values) in &cpus {
            if let Some(value) = values.get(index) {
                family.sample(&[("cpu", cpu)], *value);
            }
        }
    }
    Ok(())
}

/// `/sys/devices/system/cpu/cpu*/cpufreq`
pub(super) fn frequencies(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.sys.join("devices/system/cpu");
    let mut cpus: Vec<(u32, String)> =
        names(&folder).into_iter().filter_map(|name| Some((name.strip_prefix("cpu")?.parse().ok()?, name))).collect();
    cpus.sort();
    let families = [
        ("cpuinfo_cur_freq", "node_cpu_frequency_hertz", "Current frequency of a CPU by its hardware."),
        ("cpuinfo_min_freq", "node_cpu_frequency_min_hertz", "Lowest frequency of a CPU."),
        ("cpuinfo_max_freq", "node_cpu_frequency_max_hertz", "Highest frequency of a CPU."),
        ("scaling_cur_freq", "node_cpu_scaling_frequency_hertz", "Current frequency of a CPU by the kernel."),
        ("scaling_min_freq", "node_cpu_scaling_frequency_min_hertz", "Lowest frequency the kernel may choose."),
        ("scaling_max_freq", "node_cpu_scaling_frequency_max_hertz", "Highest frequency the kernel may choose."),
    ];
    for (file, name, help) in families {
        let mut family = page.family(name, MetricType::Gauge, help);
        for (cpu, folder_name) in &cpus {
            if let Some(kilohertz) = number(&folder.join(folder_name).join("cpufreq").join(file)) {
                family.sample(&[("cpu", &cpu.to_string())], kilohertz * 1000.0);
            }
        }
    }
    Ok(())
}

/// The modes of a CPU line, in its order; guest and guest_nice follow.
const MODES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];

/// What the kernel calls USER_HZ: 100 on every architecture of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds: a larger step back is a CPU that was taken out and put back.
const LARGEST_STEP_BACK: f64 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_do_not_step_back_a_little() {
        let memory = CpuMemory::default();
        assert_eq!(memory.settle("0", vec![10.0, 5.0]), [10.0, 5.0]);
        assert_eq!(memory.settle("0", vec![9.5, 6.0]), [10.0, 6.0]);
        assert_eq!(memory.settle("0", vec![0.5, 0.1]), [0.5, 0.1]);
    }
}
