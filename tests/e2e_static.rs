//! The binary needs nothing of the system it runs on: an empty root with only /proc and /tmp is enough.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::process::Command;
use std::time::Duration;

use meterbox_testkit::http::{self, encode_form};
use meterbox_testkit::{Process, TempDir, free_port, meterbox_binary, skip, wait_until};

#[test]
fn it_runs_in_an_empty_root() {
    let test = "it_runs_in_an_empty_root";
    let root = TempDir::new("chroot");
    for folder in ["proc", "tmp"] {
        fs::create_dir(root.join(folder)).expect("a folder in the new root");
    }
    let mount = format!("mount -t proc proc {}/proc", root.path().display());
    let probe = Command::new("unshare").args(["--mount", "--pid", "--fork", "sh", "-c", &mount]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        skip(test, "needs root, unshare and mount");
        return;
    }
    fs::copy(meterbox_binary!(), root.join("meterbox")).expect("the binary can be copied");
    let address = free_port();
    let script =
        format!("{mount} && exec chroot {} /meterbox --listen {address} --data-dir /tmp/data", root.path().display());
    let mut command = Command::new("unshare");
    // In a process namespace of its own the whole tree ends with its first process, and the mount goes with it.
    command.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", &script]).env_clear().env("PATH", PATH);
    let log = TempDir::new("chroot-log");
    let mut process = Process::start("meterbox in an empty root", &mut command, address, &log.join("log"));
    process.wait_ready("/-/ready", Duration::from_secs(60));
    let target = format!("/api/v1/query?{}", encode_form(&[("query", "count(up == 1)")]));
    wait_until("its first own samples", Duration::from_secs(40), || {
        let answer = http::get(address, &target).ok()?.json();
        (answer["data"]["result"][0]["value"][1].as_str()? != "0").then_some(())
    });
    for page in ["/", "/prometheus/query", "/grafana/"] {
        let answer = http::get(address, page).expect("an answer");
        assert!(answer.status < 400, "{page}: {}", answer.status);
    }
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
