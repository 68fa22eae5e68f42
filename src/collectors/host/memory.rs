//! Memory: how much of which kind, paging, and stalls.

use crate::model::MetricType;

use super::error::CollectError;
use super::files::HostPaths;
use super::page::Page;

/// `/proc/meminfo`
pub(super) fn meminfo(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("meminfo")?;
    for line in text.lines() {
        let Some((field, rest)) = line.split_once(':') else { continue };
        let mut words = rest.split_ascii_whitespace();
        let Some(value) = words.next().and_then(|value| value.parse::<f64>().ok()) else { continue };
        let in_kilobytes = words.next() == Some("kB");
        let field = field.replace('(', "_").replace(')', "");
        let (suffix, value) = if in_kilobytes { ("_bytes", value * 1024.0) } else { ("", value) };
        page.gauge(&format!("node_memory_{field}{suffix}"), &format!("Field {field} of /proc/meminfo."), value);
    }
    Ok(())
}

/// `/proc/vmstat`: paging, swapping, faults and kills.
pub(super) fn vmstat(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("vmstat")?;
    for line in text.lines() {
        let Some((field, value)) = line.split_once(' ') else { continue };
        let wanted = ["oom_kill", "pgpg", "pswp"].iter().any(|start| field.starts_with(start))
            || (field.starts_with("pg") && field.contains("fault"));
        if let Some(value) = value.trim().parse().ok().filter(|_| wanted) {
            let (name, help) = (format!("node_vmstat_{field}"), format!("Field {field} of /proc/vmstat."));
            page.family(&name, MetricType::Unknown, &help).sample(&[], value);
        }
    }
    Ok(())
}

/// `/proc/pressure/*`: how long some or all processes waited.
pub(super) fn pressure(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let mut found = false;
    for (file, who, name) in PRESSURES {
        let Ok(text) = paths.read_proc(&format!("pressure/{file}")) else { continue };
        let line = text.lines().find(|line| line.starts_with(who));
        let total = line.and_then(|line| line.split_once("total=")?.1.trim().parse::<f64>().ok());
        if let Some(microseconds) = total {
            found = true;
            let share = if who == "some" { "some processes" } else { "all processes" };
            page.counter(name, &format!("Seconds that {share} waited for {file}."), microseconds / 1e6);
        }
    }
    if found { Ok(()) } else { Err(paths.strange("pressure")) }
}

const PRESSURES: [(&str, &str, &str); 6] = [
    ("cpu", "some", "node_pressure_cpu_waiting_seconds_total"),
    ("io", "full", "node_pressure_io_stalled_seconds_total"),
    ("io", "some", "node_pressure_io_waiting_seconds_total"),
    ("irq", "full", "node_pressure_irq_stalled_seconds_total"),
    ("memory", "full", "node_pressure_memory_stalled_seconds_total"),
    ("memory", "some", "node_pressure_memory_waiting_seconds_total"),
];
