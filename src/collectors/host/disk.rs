//! Block devices.

use std::collections::HashMap;
use std::path::Path;

use crate::model::MetricType;

use super::error::CollectError;
use super::files::{HostPaths, line, read};
use super::page::Page;

/// `/proc/diskstats`, without partitions and devices in memory.
pub(super) fn disks(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("diskstats")?;
    let mut disks = Vec::new();
    for line in text.lines() {
        let mut fields = line.split_ascii_whitespace();
        let (Some(major), Some(minor), Some(device)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if is_passed_over(device) {
            continue;
        }
        let values: Vec<f64> = fields.map_while(|field| field.parse().ok()).collect();
        disks.push((device, major, minor, values));
    }
    for (field, name, kind, factor, help) in FIELDS {
        let mut family = page.family(name, kind, help);
        for (device, _, _, values) in &disks {
            if let Some(value) = values.get(field) {
                family.sample(&[("device", device)], scale(*value, factor));
            }
        }
    }
    let mut family = page.family("node_disk_info", MetricType::Gauge, "What is known about a block device.");
    for (device, major, minor, _) in &disks {
        let udev = udev(&paths.root.join(format!("run/udev/data/b{major}:{minor}")));
        let known = |key: &str| udev.get(key).cloned().unwrap_or_default();
        let queue = paths.sys.join("block").join(device).join("queue/rotational");
        let rotational = line(&queue).unwrap_or_default();
        family.sample(
            &[
                ("device", device),
                ("major", major),
                ("minor", minor),
                ("model", &known("ID_MODEL")),
                ("path", &known("ID_PATH")),
                ("revision", &known("ID_REVISION")),
                ("rotational", &rotational),
                ("serial", &known("ID_SERIAL_SHORT")),
                ("wwn", &known("ID_WWN")),
            ],
            1.0,
        );
    }
    Ok(())
}

/// What udev wrote down about a device.
fn udev(path: &Path) -> HashMap<String, String> {
    let text = read(path).unwrap_or_default();
    let properties = text.lines().filter_map(|line| line.strip_prefix("E:")?.split_once('='));
    properties.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Memory disks, loops, floppies, and partitions of disks: `ram0`, `loop1`, `fd0`, `sda1`, `nvme0n1p2`.
fn is_passed_over(device: &str) -> bool {
    let stem = device.trim_end_matches(|byte: char| byte.is_ascii_digit());
    if stem.len() == device.len() {
        return false;
    }
    if matches!(stem, "ram" | "zram" | "loop" | "fd") {
        return true;
    }
    let is_partition_of = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|letter| letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    if ["hd", "sd", "vd", "xvd"].into_iter().any(is_partition_of) {
        return true;
    }
    let nvme = stem.strip_prefix("nvme").and_then(|rest| rest.strip_suffix('p')).and_then(|rest| rest.split_once('n'));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    nvme.is_some_and(|(controller, namespace)| all_digits(controller) && all_digits(namespace))
}

/// Dividing keeps more digits than multiplying by a fraction.
fn scale(value: f64, factor: Factor) -> f64 {
    match factor {
        Factor::One => value,
        Factor::Sectors => value * 512.0,
        Factor::Milliseconds => value / 1000.0,
    }
}

#[derive(Clone, Copy)]
enum Factor {
    One,
    Sectors,
    Milliseconds,
}

/// Field of the line (from 0, behind the name), name, type, unit, help.
const FIELDS: [(usize, &str, MetricType, Factor, &str); 17] = [
    (0, "node_disk_reads_completed_total", MetricType::Counter, Factor::One, "Reads completed."),
    (1, "node_disk_reads_merged_total", MetricType::Counter, Factor::One, "Reads merged."),
    (2, "node_disk_read_bytes_total", MetricType::Counter, Factor::Sectors, "Bytes read."),
    (3, "node_disk_read_time_seconds_total", MetricType::Counter, Factor::Milliseconds, "Seconds that reads took."),
    (4, "node_disk_writes_completed_total", MetricType::Counter, Factor::One, "Writes completed."),
    (5, "node_disk_writes_merged_total", MetricType::Counter, Factor::One, "Writes merged."),
    (6, "node_disk_written_bytes_total", MetricType::Counter, Factor::Sectors, "Bytes written."),
    (7, "node_disk_write_time_seconds_total", MetricType::Counter, Factor::Milliseconds, "Seconds that writes took."),
    (8, "node_disk_io_now", MetricType::Gauge, Factor::One, "Requests under way."),
    (
        9,
        "node_disk_io_time_seconds_total",
        MetricType::Counter,
        Factor::Milliseconds,
        "Seconds with a request under way.",
    ),
    (
        10,
        "node_disk_io_time_weighted_seconds_total",
        MetricType::Counter,
        Factor::Milliseconds,
        "Seconds with requests under way, times their number.",
    ),
    (11, "node_disk_discards_completed_total", MetricType::Counter, Factor::One, "Discards completed."),
    (12, "node_disk_discards_merged_total", MetricType::Counter, Factor::One, "Discards merged."),
    (13, "node_disk_discarded_sectors_total", MetricType::Counter, Factor::One, "Sectors discarded."),
    (
        14,
        "node_disk_discard_time_seconds_total",
        MetricType::Counter,
        Factor::Milliseconds,
        "Seconds that discards took.",
    ),
    (15, "node_disk_flush_requests_total", MetricType::Counter, Factor::One, "Flushes completed."),
    (
        16,
        "node_disk_flush_requests_time_seconds_total",
        MetricType::Counter,
        Factor::Milliseconds,
        "Seconds that flushes took.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_and_memory_disks_are_passed_over() {
        for device in ["ram0", "zram1", "loop7", "fd0", "sda1", "vdb12", "xvda1", "nvme0n1p1"] {
            assert!(is_passed_over(device), "{device}");
        }
        for device in ["sda", "vda", "nvme0n1", "md0", "dm-0", "mmcblk0", "sr0"] {
            assert!(!is_passed_over(device), "{device}");
        }
    }
}
