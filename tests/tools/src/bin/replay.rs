//! Replays recorded expositions as live targets: `replay --listen 127.0.0.1:0 A.0.prom A.1.prom [B.0.prom B.1.prom ...]`.
//!
//! Each pair gets a listener of its own: the first at the given address, the others at the next ports (or at free ports, if
//! the port is 0). Prints one line `name http://address/metrics` each; `--port-file` gets the addresses, one a line.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use meterbox_testkit::{Replay, ReplayOptions, Response, Server};

const USAGE: &str = "usage: replay [--listen ADDR:PORT] [--port-file FILE] [--seed N] [--speed X] [--steady] FIRST SECOND [FIRST SECOND ...]";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(servers) => {
            loop {
                std::thread::park();
                // Parked threads may wake without reason; the servers live as long as this loop.
                std::hint::black_box(&servers);
            }
        }
        Err(message) => {
            eprintln!("replay: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<Vec<Server>, String> {
    let mut listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut port_file = None;
    let mut options = ReplayOptions::default();
    let mut files = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--listen" => listen = parse(&argument, &value()?)?,
            "--port-file" => port_file = Some(value()?),
            "--seed" => options.seed = parse(&argument, &value()?)?,
            "--speed" => options.speed = parse(&argument, &value()?)?,
            "--steady" => options.swell = false,
            flag if flag.starts_with("--") => return Err(format!("unknown flag {flag}\n{USAGE}")),
            _ => files.push(argument),
        }
    }
    if files.is_empty() || files.len() % 2 != 0 {
        return Err(format!("recordings come in pairs\n{USAGE}"));
    }
    let start = Instant::now();
    let mut servers: Vec<Server> = Vec::new();
    for (index, pair) in files.chunks_exact(2).enumerate() {
        let [first, second] = pair else { continue };
        let options = ReplayOptions { seed: options.seed.wrapping_add(index as u64), ..options.clone() };
        let replay =
            Replay::from_files(first, second, options).map_err(|error| format!("{first}, {second}: {error}"))?;
        let mut address = listen;
        if listen.port() != 0 {
            address.set_port(listen.port() + u16::try_from(index).map_err(|error| error.to_string())?);
        }
        let server = Server::start(address, move |request| match request.path.as_str() {
            "/" | "/metrics" | "/metrics/" => {
                Response::ok(replay.content_type(), replay.page(start.elapsed().as_secs_f64()))
            }
            _ => Response::status(404, "only /metrics is replayed"),
        })
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        println!("{} http://{}/metrics", name_of(first), server.address());
        servers.push(server);
    }
    if let Some(path) = port_file {
        let text: String = servers.iter().map(|server| format!("{}\n", server.address())).collect();
        // Written beside and renamed, so that a reader that waits for the file never sees half of it.
        let beside = format!("{path}.new");
        std::fs::write(&beside, text)
            .and_then(|()| std::fs::rename(&beside, &path))
            .map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    Ok(servers)
}

fn parse<T: std::str::FromStr>(flag: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{flag}: {value:?} cannot be read\n{USAGE}"))
}

/// `vllm_v1` of `samples/vllm_v1.0.prom`.
fn name_of(path: &str) -> String {
    let file = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    file.split(".0.").next().unwrap_or(&file).to_owned()
}
