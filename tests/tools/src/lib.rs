//! What the tests and the benchmarks share.
//!
//! In comes the real world: recorded expositions of inference engines, the programs meterbox is held against, the
//! meterbox binary itself. Out come live targets ([`Replay`]), running processes that die with their guard
//! ([`Process`], [`Meterbox`], [`Prometheus`]), answers over HTTP ([`http`]) and comparisons ([`compare`]).
//!
//! The kit is for tests: what goes wrong panics with a message that names the thing. What is merely absent (a peer, the
//! shared recordings, root) is never a failure here: [`skip`] says so in one line and `tests/run` counts it, so that a run
//! which left something out cannot look like a run which tested it.

pub mod compare;
mod exposition;
pub mod http;
mod meterbox;
mod peers;
mod process;
pub mod remote_write;
mod replay;
mod server;
mod skip;
mod temp;
mod windowed;

pub use exposition::{Kind, Line, Page};
pub use meterbox::{Meterbox, MeterboxBuilder};
pub use peers::{Prometheus, peer, sample_pair, shared};
pub use process::{Process, free_port, free_ports, wait_until};
pub use replay::{Replay, ReplayOptions};
pub use server::{Request, Response, Server};
pub use skip::skip;
pub use temp::TempDir;
pub use windowed::{WindowPage, Windowed, now_ms};

/// The path of the meterbox binary under test: `METERBOX_BIN`, or the one cargo built for this test.
#[macro_export]
macro_rules! meterbox_binary {
    () => {
        std::env::var_os("METERBOX_BIN")
            .map(std::path::PathBuf::from)
            .unwrap_or_else(|| std::path::PathBuf::from(env!("CARGO_BIN_EXE_meterbox")))
    };
}
