use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use meterbox_testkit::remote_write::send;

use crate::data::{History, Recordings};
use crate::measure::{self, MemoryWatch, cpu_seconds, disk_bytes, percentile, written_bytes};
use crate::options::{Options, Part};
use crate::queries::{Asked, Dashboards};
use crate::servers::Running;
use crate::table::Table;

/// Sends a history to each server and, if wanted, asks a dashboard's questions about it.
pub fn run(options: &Options, recordings: &Recordings, table: &mut Table) {
    eprintln!("making {} hours of {} engines", options.hours, options.engines);
    let history = recordings.history(options.engines, options.hours, options.connections);
    let bytes: usize = history.requests.iter().flatten().map(Vec::len).sum();
    table.heading(&format!(
        "remote write: {:.1} M samples, {} series, {} h at 15 s, {} connections",
        history.samples as f64 / 1e6,
        history.series,
        options.hours,
        options.connections
    ));
    eprintln!("  {:.2} bytes a sample on the wire", bytes as f64 / history.samples as f64);
    let mut asked: Vec<(usize, Asked)> = Vec::new();
    for (column, server) in options.servers.iter().enumerate() {
        let (mut running, _) = server.start(None);
        write(&mut running, &history, column, table);
        if options.wants(Part::Queries) {
            let dashboards = Dashboards::new(history.end, options.hours);
            asked.push((column, dashboards.ask(&running)));
        }
        running.kill();
        table.set(column, "restart to ready after kill -9 ms", 0, running.start().as_secs_f64() * 1000.0);
    }
    if options.wants(Part::Queries) {
        let kinds: Vec<_> = options.servers.iter().map(|server| server.kind).collect();
        Dashboards::new(history.end, options.hours).report(&asked, &kinds, table);
    }
}

fn write(running: &mut Running<'_>, history: &History, column: usize, table: &mut Table) {
    let pid = running.pid();
    let watch = MemoryWatch::start(pid);
    let (cpu, written, began) = (cpu_seconds(pid), written_bytes(pid), Instant::now());
    let times = send_all(running, history);
    let wall = began.elapsed().as_secs_f64();
    running.settle(Duration::from_secs(20));
    let (millions, count) = (history.samples as f64 / 1e6, history.samples as f64);
    table.set(column, "samples/s by the wall clock", 0, count / wall);
    table.set(column, "CPU s / M samples", 2, (cpu_seconds(pid) - cpu) / millions);
    let memory = watch.finish();
    table.set(column, "RSS max MiB", 1, memory.rss_max);
    table.set(column, "anonymous RSS max MiB", 1, memory.anon_max);
    table.set(column, "request p50 ms", 2, percentile(&times, 0.5));
    table.set(column, "request p99 ms", 2, percentile(&times, 0.99));
    table.set(column, "bytes written / sample", 2, (written_bytes(pid) - written) / count);
    running.flush();
    let stored = running.stored_samples(history.end);
    table.set(column, "stored / sent", 4, stored / count);
    table.set(column, "stop s", 2, running.stop().as_secs_f64());
    table.set(column, "disk B/sample after a clean stop", 3, disk_bytes(&running.data()) / count);
    table.set(column, "restart to ready ms", 0, running.start().as_secs_f64() * 1000.0);
    table.set(column, "idle RSS after restart MiB", 1, measure::memory(running.pid()).0);
}

/// Sends every connection's requests, the connections in step, and returns how long each request took, milliseconds.
fn send_all(running: &Running<'_>, history: &History) -> Vec<f64> {
    let progress: Vec<AtomicUsize> = history.requests.iter().map(|_| AtomicUsize::new(0)).collect();
    let times = std::thread::scope(|scope| {
        let senders: Vec<_> = history
            .requests
            .iter()
            .enumerate()
            .map(|(own, requests)| {
                let (progress, mut connection) = (&progress, running.connect());
                scope.spawn(move || {
                    let mut times = Vec::with_capacity(requests.len());
                    for (at, request) in requests.iter().enumerate() {
                        // A sender that ran an hour of data ahead of another would make the other's samples too old for some.
                        while progress.iter().any(|other| other.load(Ordering::Relaxed) + AHEAD < at) {
                            std::thread::sleep(Duration::from_micros(200));
                        }
                        let began = Instant::now();
                        match send(&mut connection, "/api/v1/write", request) {
                            Ok(answer) if answer.status / 100 == 2 => {}
                            Ok(answer) => panic!("a write was refused: {} {}", answer.status, answer.text()),
                            Err(error) => panic!("a write failed: {error}"),
                        }
                        times.push(began.elapsed().as_secs_f64() * 1000.0);
                        progress[own].store(at + 1, Ordering::Relaxed);
                    }
                    progress[own].store(usize::MAX - AHEAD, Ordering::Relaxed);
                    times
                })
            })
            .collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap_or_default()).collect::<Vec<f64>>()
    });
    let all: usize = history.requests.iter().map(Vec::len).sum();
    assert!(times.len() == all, "{} of {all} requests were acknowledged", times.len());
    times
}

/// Requests that a connection may be ahead of another: minutes of data.
const AHEAD: usize = 60;
