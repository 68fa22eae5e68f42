//! Network interfaces.

use crate::model::MetricType;

use super::error::CollectError;
use super::files::{HostPaths, line, names, number, numbers};
use super::page::Page;

/// `/proc/net/dev`
pub(super) fn traffic(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("net/dev")?;
    let mut devices: Vec<(&str, Vec<f64>)> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(device, rest)| (device.trim(), numbers(rest)))
        .collect();
    devices.sort_by_key(|(device, _)| *device);
    for (field, what) in TRAFFIC.into_iter().enumerate() {
        let direction = if field < TRAFFIC.len() / 2 { "receive" } else { "transmit" };
        let name = format!("node_network_{direction}_{what}_total");
        let help = format!("Field {what} ({direction}) of /proc/net/dev.");
        let mut family = page.family(&name, MetricType::Counter, &help);
        for (device, values) in &devices {
            if let Some(value) = values.get(field) {
                family.sample(&[("device", device)], *value);
            }
        }
    }
    Ok(())
}

/// `/sys/class/net`
pub(super) fn interfaces(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let folder = paths.sys.join("class/net");
    // `bonding_masters` is a file among the folders.
    let devices: Vec<String> =
        names(&folder).into_iter().filter(|name| folder.join(name).join("ifindex").exists()).collect();
    for (file, name, kind, help) in INTERFACE_FILES {
        let factor = if file == "speed" { BYTES_PER_MEGABIT } else { 1.0 };
        let mut family = page.family(name, kind, help);
        for device in &devices {
            if let Some(value) = number(&folder.join(device).join(file)) {
                family.sample(&[("device", device)], value * factor);
            }
        }
    }
    let text = |device: &str, file: &str| line(&folder.join(device).join(file)).unwrap_or_default();
    let mut family = page.family("node_network_info", MetricType::Gauge, "What is known about an interface.");
    for device in &devices {
        let flags = number(&folder.join(device).join("flags")).unwrap_or(0.0);
        // The lowest flag is IFF_UP.
        let admin_state = if flags % 2.0 >= 1.0 { "up" } else { "down" };
        family.sample(
            &[
                ("address", &text(device, "address")),
                ("adminstate", admin_state),
                ("broadcast", &text(device, "broadcast")),
                ("device", device),
                ("duplex", &text(device, "duplex")),
                ("ifalias", &text(device, "ifalias")),
                ("operstate", &text(device, "operstate")),
            ],
            1.0,
        );
    }
    let mut family = page.family("node_network_up", MetricType::Gauge, "Whether an interface is up.");
    for device in &devices {
        family.sample(&[("device", device)], f64::from(u8::from(text(device, "operstate") == "up")));
    }
    if devices.is_empty() { Err(CollectError::Strange { path: folder }) } else { Ok(()) }
}

/// `/proc/net/softnet_stat`
pub(super) fn softnet(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("net/softnet_stat")?;
    let hexadecimal = |field: &str| u32::from_str_radix(field, 16).ok().map(f64::from);
    let rows: Vec<Vec<f64>> =
        text.lines().map(|line| line.split_ascii_whitespace().filter_map(hexadecimal).collect()).collect();
    for (field, name, kind, help) in SOFTNET {
        let mut family = page.family(name, kind, help);
        for (index, row) in rows.iter().enumerate() {
            // Newer kernels say which CPU a row is of.
            let cpu = row.get(SOFTNET_CPU).map_or_else(|| index.to_string(), f64::to_string);
            if let Some(value) = row.get(field) {
                family.sample(&[("cpu", &cpu)], *value);
            }
        }
    }
    Ok(())
}

/// `/proc/net/arp`
pub(super) fn arp(paths: &HostPaths, page: &mut Page<'_>) -> Result<(), CollectError> {
    let text = paths.read_proc("net/arp")?;
    let mut devices: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split_ascii_whitespace().last()).collect();
    devices.sort_unstable();
    let mut family = page.family("node_arp_entries", MetricType::Gauge, "Entries of the ARP table by device.");
    for same in devices.chunk_by(|a, b| a == b) {
        #[expect(clippy::cast_precision_loss, reason = "an ARP table is small")]
        if let Some(device) = same.first() {
            family.sample(&[("device", device)], same.len() as f64);
        }
    }
    Ok(())
}

/// The columns of `/proc/net/dev`: eight received, eight sent.
const TRAFFIC: [&str; 16] = [
    "bytes",
    "packets",
    "errs",
    "drop",
    "fifo",
    "frame",
    "compressed",
    "multicast",
    "bytes",
    "packets",
    "errs",
    "drop",
    "fifo",
    "colls",
    "carrier",
    "compressed",
];

const INTERFACE_FILES: [(&str, &str, MetricType, &str); 17] = [
    ("addr_assign_type", "node_network_address_assign_type", MetricType::Gauge, "How the address was assigned."),
    ("carrier", "node_network_carrier", MetricType::Gauge, "Whether there is a physical link."),
    ("carrier_changes", "node_network_carrier_changes_total", MetricType::Counter, "Changes of the physical link."),
    (
        "carrier_down_count",
        "node_network_carrier_down_changes_total",
        MetricType::Counter,
        "Losses of the physical link.",
    ),
    ("carrier_up_count", "node_network_carrier_up_changes_total", MetricType::Counter, "Gains of the physical link."),
    ("dev_id", "node_network_device_id", MetricType::Gauge, "Number that tells apart devices with one address."),
    ("dormant", "node_network_dormant", MetricType::Gauge, "Whether the interface waits for an event."),
    ("flags", "node_network_flags", MetricType::Gauge, "Flags of the interface."),
    ("ifindex", "node_network_iface_id", MetricType::Gauge, "Index of the interface."),
    ("iflink", "node_network_iface_link", MetricType::Gauge, "Index of the interface below."),
    ("link_mode", "node_network_iface_link_mode", MetricType::Gauge, "Mode of the link."),
    ("mtu", "node_network_mtu_bytes", MetricType::Gauge, "Largest packet in bytes."),
    ("name_assign_type", "node_network_name_assign_type", MetricType::Gauge, "How the name was assigned."),
    ("netdev_group", "node_network_net_dev_group", MetricType::Gauge, "Group of the interface."),
    ("type", "node_network_protocol_type", MetricType::Gauge, "Protocol of the link."),
    ("speed", "node_network_speed_bytes", MetricType::Gauge, "Speed of the link in bytes a second."),
    ("tx_queue_len", "node_network_transmit_queue_length", MetricType::Gauge, "Packets that the queue holds."),
];

const SOFTNET: [(usize, &str, MetricType, &str); 7] = [
    (11, "node_softnet_backlog_len", MetricType::Gauge, "Packets in the backlog."),
    (8, "node_softnet_cpu_collision_total", MetricType::Counter, "Collisions when a device was locked."),
    (1, "node_softnet_dropped_total", MetricType::Counter, "Packets dropped from a full backlog."),
    (10, "node_softnet_flow_limit_count_total", MetricType::Counter, "Packets that met the flow limit."),
    (0, "node_softnet_processed_total", MetricType::Counter, "Packets processed."),
    (9, "node_softnet_received_rps_total", MetricType::Counter, "Wake-ups for packets from other CPUs."),
    (2, "node_softnet_times_squeezed_total", MetricType::Counter, "Rounds that ended with work left."),
];

/// The column with the CPU's number.
const SOFTNET_CPU: usize = 12;

/// Speeds are given in megabits a second.
const BYTES_PER_MEGABIT: f64 = 125_000.0;
