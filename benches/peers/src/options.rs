use std::path::PathBuf;

use crate::servers::{Kind, Server};

/// What to run, on which servers, how large.
pub struct Options {
    /// The servers, in the order of the table's columns.
    pub servers: Vec<Server>,
    /// The parts that were asked for.
    pub parts: Vec<Part>,
    /// How many replayed targets the scrape part has.
    pub targets: usize,
    /// How long the scrape part runs, seconds.
    pub seconds: u64,
    /// How long the idle part runs, seconds.
    pub idle_seconds: u64,
    /// How many hours of history the write part sends.
    pub hours: u64,
    /// How many vLLM targets that history has; one node and one GPU target come with every four.
    pub engines: usize,
    /// How many connections send it.
    pub connections: usize,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An edge box that does almost nothing.
    Idle,
    /// Many targets each second.
    Scrape,
    /// A history by remote write.
    Write,
    /// Dashboard queries over that history.
    Queries,
}

const USAGE: &str = "\
usage: meterbox-bench [--only idle,scrape,write,queries] [--servers prometheus,victoriametrics,meterbox]
                      [--meterbox PATH] [--targets 100] [--seconds 120] [--idle-seconds 60]
                      [--hours 24] [--engines 16] [--connections 2] [--quick]
The peers' binaries are looked for in METERBOX_PEERS, meterbox in target/.../release.";

impl Options {
    /// Reads the command line; the error is what to print.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            servers: Vec::new(),
            parts: vec![Part::Idle, Part::Scrape, Part::Write, Part::Queries],
            targets: 100,
            seconds: 120,
            idle_seconds: 60,
            hours: 24,
            engines: 16,
            connections: 2,
        };
        let mut kinds = vec![Kind::Prometheus, Kind::VictoriaMetrics, Kind::Meterbox];
        let mut meterbox = PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../target/x86_64-unknown-linux-gnu/release/meterbox"
        ));
        while let Some(flag) = arguments.next() {
            if flag == "--help" {
                return Err(USAGE.to_owned());
            }
            if flag == "--quick" {
                (options.targets, options.seconds, options.idle_seconds) = (20, 20, 20);
                (options.hours, options.engines) = (3, 4);
                continue;
            }
            let value = arguments.next().ok_or(format!("{flag} needs a value\n{USAGE}"))?;
            let number = || value.parse::<usize>().map_err(|_| format!("{flag}: {value} is no number\n{USAGE}"));
            match flag.as_str() {
                "--only" => options.parts = value.split(',').map(part).collect::<Result<_, _>>()?,
                "--servers" => kinds = value.split(',').map(kind).collect::<Result<_, _>>()?,
                "--meterbox" => meterbox = PathBuf::from(&value),
                "--targets" => options.targets = number()?,
                "--seconds" => options.seconds = number()? as u64,
                "--idle-seconds" => options.idle_seconds = number()? as u64,
                "--hours" => options.hours = number()? as u64,
                "--engines" => options.engines = number()?,
                "--connections" => options.connections = number()?.max(1),
                _ => return Err(format!("unknown flag {flag}\n{USAGE}")),
            }
        }
        for kind in kinds {
            match Server::find(kind, &meterbox) {
                Some(server) => options.servers.push(server),
                None => eprintln!("without {}: its binary is not there", kind.name()),
            }
        }
        if options.servers.is_empty() {
            return Err(format!("no server to measure\n{USAGE}"));
        }
        Ok(options)
    }

    /// Whether a part was asked for.
    pub fn wants(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

fn part(text: &str) -> Result<Part, String> {
    match text {
        "idle" => Ok(Part::Idle),
        "scrape" => Ok(Part::Scrape),
        "write" => Ok(Part::Write),
        "queries" => Ok(Part::Queries),
        _ => Err(format!("no part {text}\n{USAGE}")),
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.name() == text).ok_or(format!("no server {text}\n{USAGE}"))
}
