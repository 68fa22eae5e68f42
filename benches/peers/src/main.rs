//! Side by side: meterbox, Prometheus and VictoriaMetrics, one after another, on this machine, with the same data.
//!
//! `cargo run --release -p meterbox-bench -- [FLAGS]` prints one markdown table. What is measured:
//!
//! - **idle**: an edge box, three targets at 5 s: memory, CPU, bytes written;
//! - **scrape**: many replayed targets at 1 s: CPU and bytes a sample, memory, disk after a clean stop, restart;
//! - **write**: a history by remote write, the same requests for everybody: CPU, rate, memory, disk, restart, restart after kill -9;
//! - **queries**: a dashboard's queries over that history, cold and warm, and whether they answer as Prometheus does.
//!
//! CPU is the process's own clock (user and system), memory is resident set, disk is allocated blocks, bytes written are what
//! the process caused to be written to the device. Each server runs alone; the load generator shares the machine with it, so
//! rates by the wall clock are a lower bound while CPU seconds are not affected.

mod data;
mod measure;
mod options;
mod queries;
mod scraping;
mod servers;
mod table;
mod writing;

use std::process::ExitCode;

use options::{Options, Part};
use table::Table;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let mut table = Table::new(options.servers.iter().map(|server| server.kind.name()).collect());
    table.note(measure::machine());
    let Some(recordings) = data::Recordings::load() else {
        eprintln!("the recordings (../shared/samples, METERBOX_SHARED) and node_exporter (METERBOX_PEERS) are needed");
        return ExitCode::FAILURE;
    };
    if options.wants(Part::Idle) {
        scraping::idle(&options, &recordings, &mut table);
    }
    if options.wants(Part::Scrape) {
        scraping::many(&options, &recordings, &mut table);
    }
    if options.wants(Part::Write) || options.wants(Part::Queries) {
        writing::run(&options, &recordings, &mut table);
    }
    println!("{}", table.markdown());
    ExitCode::SUCCESS
}
