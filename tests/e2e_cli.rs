//! The program as somebody meets it on a command line: what it says when it starts, and when it cannot.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use meterbox_testkit::{Meterbox, Process, TempDir, free_port, meterbox_binary, skip, wait_until};

fn run(dir: &TempDir, arguments: &[&str]) -> Output {
    Command::new(meterbox_binary!())
        .current_dir(dir.path())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// The single line that a refused start prints on stderr; it must exit with 1.
fn refusal(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "stderr: {text}");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(lines.len(), 1, "one line was promised:\n{text}");
    lines[0].to_owned()
}

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let dir = TempDir::new("cli");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("its address");
    let line = refusal(&run(&dir, &["--listen", &address.to_string(), "--data-dir", "data"]));
    assert!(line.contains(&address.port().to_string()) && line.contains("in use"), "{line}");
}

#[test]
fn an_unwritable_folder_is_said_in_one_line() {
    let dir = TempDir::new("cli");
    // A file where the folder should be: nobody can write there, not even root.
    dir.write("data", "not a folder");
    let line = refusal(&run(&dir, &["--listen", &free_port().to_string(), "--data-dir", "data"]));
    assert!(line.contains("data"), "{line}");
}

#[test]
fn a_folder_in_use_by_another_meterbox_is_said_in_one_line() {
    let first = Meterbox::builder(meterbox_binary!()).config("scrape_configs: []\n").start();
    let dir = TempDir::new("cli");
    let data = first.dir().join("data").display().to_string();
    let line = refusal(&run(&dir, &["--listen", &free_port().to_string(), "--data-dir", &data]));
    assert!(line.contains(&data) || line.contains("lock") || line.contains("in use"), "{line}");
}

#[test]
fn a_bad_config_is_said_in_one_line_with_its_place() {
    let dir = TempDir::new("cli");
    let listen = free_port().to_string();
    let cases = [
        ("scrape_configs:\n  - job_name: a\n    scrape_intervall: 5s\n", "bad.yml:3", "scrape_interval"),
        ("global:\n  scrape_interval: soon\n", "bad.yml:2", "soon"),
        ("rule_files: [a.yml]\n", "bad.yml:1", "rule_files"),
        ("scrape_configs: [\n", "bad.yml", ""),
    ];
    for (text, place, word) in cases {
        dir.write("bad.yml", text);
        let line = refusal(&run(&dir, &["--config", "bad.yml", "--listen", &listen, "--data-dir", "data"]));
        assert!(line.contains(place) && line.contains(word), "{text:?} gave: {line}");
    }
    let line = refusal(&run(&dir, &["--config", "none.yml", "--listen", &listen, "--data-dir", "data"]));
    assert!(line.contains("none.yml"), "{line}");
}

#[test]
fn an_unknown_flag_is_refused_with_the_nearest_one() {
    let dir = TempDir::new("cli");
    let output = run(&dir, &["--data-dri", "data"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(text.contains("--data-dri") && text.contains("--data-dir"), "{text}");
}

#[test]
fn help_and_version_name_the_program_and_every_flag() {
    let dir = TempDir::new("cli");
    let help = String::from_utf8_lossy(&run(&dir, &["--help"]).stdout).into_owned();
    for flag in [
        "--config",
        "--data-dir",
        "--listen",
        "--retention-time",
        "--retention-size",
        "--enable-remote-write-receiver",
        "--enable-admin-api",
        "--enable-lifecycle",
        "--lookback-delta",
        "--query-timeout",
        "--query-max-samples",
        "--query-max-concurrency",
        "--enable-feature",
        "--log-level",
        "--log-format",
        "METERBOX_",
    ] {
        assert!(help.contains(flag), "--help does not name {flag}:\n{help}");
    }
    let version = run(&dir, &["--version"]);
    assert!(String::from_utf8_lossy(&version.stdout).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_command_of_an_existing_compose_file_runs() {
    let dir = TempDir::new("cli");
    let config = dir.write("prometheus.yml", "global:\n  scrape_interval: 1s\nscrape_configs: []\n");
    let address = free_port();
    let mut command = Command::new(meterbox_binary!());
    command
        .current_dir(dir.path())
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", dir.join("prometheus").display()))
        .args(["--storage.tsdb.retention.time=15d", "--web.enable-remote-write-receiver", "--web.enable-lifecycle"])
        .arg(format!("--web.listen-address={address}"));
    let mut process = Process::start("meterbox", &mut command, address, &dir.join("log"));
    process.wait_ready("/-/ready", Duration::from_secs(60));
    assert!(dir.join("prometheus").is_dir(), "the folder of --storage.tsdb.path is used");
    let reload = meterbox_testkit::http::post_form(address, "/-/reload", &[]).expect("an answer");
    assert_eq!(reload.status, 200, "{}", reload.text());
    let status = process.terminate(Duration::from_secs(30));
    assert!(status.success(), "ended with {status}:\n{}", process.log_text());
}

#[test]
fn the_environment_sets_what_flags_set() {
    let dir = TempDir::new("cli");
    let address = free_port();
    let mut command = Command::new(meterbox_binary!());
    command
        .current_dir(dir.path())
        .env("METERBOX_LISTEN", address.to_string())
        .env("METERBOX_DATA_DIR", dir.join("elsewhere"))
        .env("METERBOX_LOG_FORMAT", "json");
    let mut process = Process::start("meterbox", &mut command, address, &dir.join("log"));
    process.wait_ready("/-/ready", Duration::from_secs(60));
    assert!(dir.join("elsewhere").is_dir());
}

#[test]
fn it_prints_the_addresses_to_open_and_scrapes_this_host_without_any_config() {
    let meterbox = Meterbox::builder(meterbox_binary!()).start();
    let address = meterbox.address().to_string();
    // It is ready a moment before it says so.
    wait_until("the addresses to open", Duration::from_secs(10), || {
        let text = meterbox.process().log_text();
        ["/prometheus", "/grafana"].iter().all(|path| text.contains(&format!("{address}{path}"))).then_some(())
    });
    for query in ["count(up == 1)", "count({__name__=~\"node_.*\"})"] {
        wait_until(&format!("an answer to {query}"), Duration::from_secs(40), || {
            let data = meterbox.api("query", &[("query", query)]);
            data["result"].as_array().is_some_and(|result| !result.is_empty()).then_some(())
        });
    }
}

#[test]
fn a_bad_reload_leaves_the_running_configuration() {
    let meterbox =
        Meterbox::builder(meterbox_binary!()).flag("--enable-lifecycle").config("scrape_configs: []\n").start();
    let before = meterbox.api("status/config", &[]);
    std::fs::write(meterbox.dir().join("meterbox.yml"), "scrape_configs: 7\n").expect("the file can be written");
    let answer = meterbox_testkit::http::post_form(meterbox.address(), "/-/reload", &[]).expect("an answer");
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert!(answer.text().contains("scrape_configs"), "{}", answer.text());
    assert_eq!(meterbox.api("status/config", &[]), before);
    let job = "scrape_configs:\n  - job_name: fresh\n    static_configs: [{targets: ['127.0.0.1:1']}]\n";
    std::fs::write(meterbox.dir().join("meterbox.yml"), job).expect("the file can be written");
    meterbox.process().hang_up();
    wait_until("the new target", Duration::from_secs(10), || {
        let targets = meterbox.api("targets", &[]);
        targets["activeTargets"].to_string().contains("fresh").then_some(())
    });
}

#[test]
fn it_lives_on_when_nobody_reads_its_log_any_more() {
    let dir = TempDir::new("cli");
    let address = free_port();
    let mut child = Command::new(meterbox_binary!())
        .current_dir(dir.path())
        .args(["--config", &dir.write("meterbox.yml", "scrape_configs: []\n").display().to_string()])
        .args(["--listen", &address.to_string(), "--data-dir", "data", "--enable-lifecycle"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut first = [0; 1];
    let mut log = child.stderr.take().expect("a pipe");
    std::io::Read::read_exact(&mut log, &mut first).expect("a first line");
    drop(log);
    // Each reload writes a line, which nobody takes.
    for _ in 0..3 {
        let answer = wait_until("an answer", Duration::from_secs(30), || {
            meterbox_testkit::http::post_form(address, "/-/reload", &[]).ok()
        });
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert!(child.try_wait().expect("its state").is_none(), "it ended");
    child.kill().expect("it can be ended");
    child.wait().expect("its end");
}

#[test]
fn strangers_can_change_nothing() {
    let meterbox = Meterbox::builder(meterbox_binary!()).config("scrape_configs: []\n").start();
    for (path, what) in [
        ("/-/reload", "reload"),
        ("/-/quit", "quit"),
        ("/api/v1/admin/tsdb/delete_series?match[]=up", "delete"),
        ("/api/v1/write", "write"),
    ] {
        let answer = meterbox_testkit::http::post_form(meterbox.address(), path, &[]).expect("an answer");
        // 500 with "disabled" is Prometheus's way to say so for the administration.
        let refused =
            matches!(answer.status, 403..=405) || (answer.status == 500 && answer.text().contains("disabled"));
        assert!(refused, "{what}: {} {}", answer.status, answer.text());
    }
}

#[test]
fn an_unwritable_folder_is_refused_for_an_ordinary_user_too() {
    let test = "an_unwritable_folder_is_refused_for_an_ordinary_user_too";
    let dir = TempDir::new("cli");
    let can_switch = Command::new("setpriv").args(["--reuid=65534", "--clear-groups", "true"]).output();
    if !can_switch.is_ok_and(|output| output.status.success()) {
        skip(test, "needs root and setpriv");
        return;
    }
    let binary = dir.join("meterbox");
    std::fs::copy(meterbox_binary!(), &binary).expect("the binary can be copied");
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--clear-groups"])
        .arg(&binary)
        .args(["--listen", &free_port().to_string(), "--data-dir"])
        .arg(dir.join("data"))
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .expect("setpriv starts");
    let line = refusal(&output);
    assert!(line.contains("data"), "{line}");
}
