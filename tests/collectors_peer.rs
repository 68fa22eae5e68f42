//! This host as we see it and as node_exporter sees it at the same time. Needs `prometheus-node-exporter` in the folder
//! that METERBOX_PEERS names.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use meterbox::collectors::host::{Host, host_labels, host_name};
use meterbox::exposition::{Entry, Format, Parser, decode_series};
use meterbox::model::{Labels, MetricType};

#[test]
fn the_page_is_well_formed_and_has_what_dashboards_need() {
    let host = Host::default();
    let mut page = String::new();
    host.render(&mut page);
    let series = read(&page);
    let need = |part: &str| assert!(series.keys().any(|series| series.contains(part)), "{part} is missing:\n{page}");
    for name in [
        "node_cpu_seconds_total\", cpu=\"0\", mode=\"idle\"",
        "node_load1\"",
        "node_memory_MemTotal_bytes",
        "node_memory_MemAvailable_bytes",
        "node_filesystem_size_bytes",
        "node_network_receive_bytes_total",
        "node_boot_time_seconds",
        "node_time_seconds",
        "node_uname_info",
        "node_filefd_allocated",
        "node_context_switches_total",
        "node_forks_total",
        "node_procs_running",
    ] {
        need(name);
    }
    assert!(!host_name().is_empty());
    assert_eq!(host_labels("box").to_string(), r#"{instance="box", job="node"}"#);
}

#[test]
fn values_agree_with_node_exporter() {
    let Some(folder) = std::env::var_os("METERBOX_PEERS") else {
        println!("skipped: METERBOX_PEERS names no folder with prometheus-node-exporter");
        return;
    };
    let program = PathBuf::from(folder).join("prometheus-node-exporter");
    if !program.exists() {
        println!("skipped: there is no {}", program.display());
        return;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let _running = Running(
        Command::new(program)
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "node_exporter does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let host = Host::default();
    let ours = || {
        let mut page = String::new();
        host.render(&mut page);
        page
    };
    let before = read(&ours());
    let theirs_page = fetch(port);
    let theirs = read(&theirs_page);
    let page = ours();
    let after = read(&page);

    let mut missing = Vec::new();
    let mut different = Vec::new();
    let mut compared = 0;
    for (series, theirs) in &theirs {
        let name = series.split('"').nth(1).unwrap();
        if !name.starts_with("node_") || NOT_OURS.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let (Some(before), Some(after)) = (before.get(series), after.get(series)) else {
            missing.push(series);
            continue;
        };
        compared += 1;
        // What moves lies between our two readings; gauges may also wobble.
        let (low, high) = (before.min(*after), before.max(*after));
        let slack = if name.ends_with("_total") { 0.02 + high.abs() * 1e-9 } else { 64.0 + high.abs() * 0.05 };
        if *theirs < low - slack || *theirs > high + slack {
            different.push(format!("{series}: {theirs}, but {before} before and {after} after"));
        }
    }
    assert!(missing.is_empty(), "{} series are missing: {missing:#?}", missing.len());
    assert!(different.is_empty(), "{} of {compared} differ: {different:#?}", different.len());
    assert!(compared > 150, "only {compared} series compared");
    let types = |page: &str| -> BTreeMap<String, String> {
        let words = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        words.map(|(family, kind)| (family.to_owned(), kind.to_owned())).collect()
    };
    let theirs = types(&theirs_page);
    for (family, kind) in types(&page) {
        assert_eq!(theirs.get(&family).unwrap_or(&kind), &kind, "type of {family}");
    }
    println!("{compared} series agree");
}

/// Families that are about node_exporter itself, that need system calls we do not make, or that no dashboard shows.
const NOT_OURS: [&str; 14] = [
    "node_exporter_",
    "node_scrape_collector_",
    "node_textfile_",
    "node_timex_",
    "node_time_clocksource",
    "node_time_zone",
    "node_selinux",
    "node_udp_queues",
    "node_nf_conntrack_stat",
    "node_filesystem_purgeable",
    "node_dmi",
    "node_network_receive_nohandler",
    "node_disk_info",
    "node_xfs_",
];

fn read(page: &str) -> BTreeMap<String, f64> {
    let mut series = BTreeMap::new();
    for entry in Parser::new(page.as_bytes(), Format::Prometheus) {
        if let Entry::Sample(sample) = entry.unwrap() {
            let decoded = decode_series(sample.series, Format::Prometheus, MetricType::Unknown).unwrap();
            let before = series.insert(Labels::from_pairs(decoded.labels).to_string(), sample.value);
            assert!(before.is_none(), "{} stands twice", String::from_utf8_lossy(sample.series));
        }
    }
    series
}

fn fetch(port: u16) -> String {
    use std::io::{Read as _, Write as _};
    let mut connection = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Ends the program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
