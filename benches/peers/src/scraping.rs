use std::time::{Duration, Instant};

use meterbox_testkit::now_ms;

use crate::data::{Recordings, Target};
use crate::measure::{self, MemoryWatch, cpu_seconds, disk_bytes, written_bytes};
use crate::options::Options;
use crate::table::Table;

/// An edge box: one engine, one machine, one pair of GPUs, every 5 s.
pub fn idle(options: &Options, recordings: &Recordings, table: &mut Table) {
    table.heading("idle edge box: 3 targets at 5 s");
    for (column, server) in options.servers.iter().enumerate() {
        let targets = recordings.listen(vec![Target::Vllm, Target::Node, Target::Gpu]);
        table.set(column, "binary MiB", 1, server.binary_mib());
        let (empty, ready) = server.start(None);
        table.set(column, "start to ready, empty folder, ms", 0, ready.as_secs_f64() * 1000.0);
        drop(empty);
        let (mut running, _) = server.start(Some(&targets.config("5s")));
        std::thread::sleep(Duration::from_secs(10));
        let watch = MemoryWatch::start(running.pid());
        let (cpu, written, began) = (cpu_seconds(running.pid()), written_bytes(running.pid()), Instant::now());
        std::thread::sleep(Duration::from_secs(options.idle_seconds));
        let seconds = began.elapsed().as_secs_f64();
        let memory = watch.finish();
        table.set(column, "RSS median MiB", 1, memory.rss_median);
        table.set(column, "RSS max MiB", 1, memory.rss_max);
        table.set(column, "anonymous RSS max MiB", 1, memory.anon_max);
        table.set(column, "CPU % of a core", 2, (cpu_seconds(running.pid()) - cpu) / seconds * 100.0);
        table.set(column, "bytes written / s", 0, (written_bytes(running.pid()) - written) / seconds);
        running.stop();
    }
}

/// Many targets, eight of ten of them engines, every second.
pub fn many(options: &Options, recordings: &Recordings, table: &mut Table) {
    table.heading(&format!("scrape: {} targets at 1 s for {} s", options.targets, options.seconds));
    for (column, server) in options.servers.iter().enumerate() {
        let kinds = (0..options.targets)
            .map(|index| match index % 10 {
                0 => Target::Node,
                1 => Target::Gpu,
                _ => Target::Vllm,
            })
            .collect();
        let targets = recordings.listen(kinds);
        let (mut running, _) = server.start(Some(&targets.config("1s")));
        // The first scrapes make the series; from then on it is the steady state that is measured.
        std::thread::sleep(Duration::from_secs(5));
        let pid = running.pid();
        let watch = MemoryWatch::start(pid);
        let (cpu, written, samples) = (cpu_seconds(pid), written_bytes(pid), targets.samples());
        let began = Instant::now();
        std::thread::sleep(Duration::from_secs(options.seconds));
        let handed = (targets.samples() - samples) as f64;
        let used = cpu_seconds(pid) - cpu;
        table.set(column, "samples/s", 0, handed / began.elapsed().as_secs_f64());
        table.set(column, "CPU s / M samples", 2, used / handed * 1e6);
        let memory = watch.finish();
        table.set(column, "RSS median MiB", 1, memory.rss_median);
        table.set(column, "RSS max MiB", 1, memory.rss_max);
        table.set(column, "bytes written / sample", 2, (written_bytes(pid) - written) / handed);
        let (served, at) = (targets.samples() as f64, now_ms());
        std::thread::sleep(Duration::from_secs(2));
        running.flush();
        let stored = running.stored_samples(at);
        table.set(column, "stored / served", 4, stored / served);
        table.set(column, "stop s", 2, running.stop().as_secs_f64());
        let all = targets.samples() as f64;
        table.set(column, "disk B/sample after a clean stop", 2, disk_bytes(&running.data()) / all);
        // Without targets, so that the start is measured and not the first scrapes.
        drop(targets);
        table.set(column, "restart to ready ms", 0, running.start().as_secs_f64() * 1000.0);
        running.kill();
        table.set(column, "restart to ready after kill -9 ms", 0, running.start().as_secs_f64() * 1000.0);
        let rss = measure::memory(running.pid()).0;
        table.set(column, "RSS after restart MiB", 1, rss);
    }
}
