//! A real Prometheus beside the test, where METERBOX_PEERS names the folder of its program.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use meterbox::config::HttpClientOptions;
use meterbox::model::{Labels, parse_duration};
use meterbox::net::HttpClient;
use serde_json::Value;

/// A running Prometheus, stopped when dropped.
pub struct Prometheus {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Prometheus {
    /// Starts it with a configuration; `None`, with a line printed, where there is no program.
    pub fn start(config: &str) -> Option<Self> {
        let Some(program) = program() else {
            println!("skipped: METERBOX_PEERS names no folder with the program prometheus");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--web.enable-lifecycle")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { child, port, folder })
    }

    /// The file it is configured by.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("prometheus.yml")
    }

    /// Gives it another configuration; an error is what it says against it.
    pub async fn reload(&self, config: &str) -> Result<(), String> {
        std::fs::write(self.config(), config).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://127.0.0.1:{}/-/reload", self.port);
        for _ in 0..200 {
            if let Ok(response) = client.post(&url).send().await {
                let status = response.status();
                let text = response.text().await.unwrap();
                match status.as_u16() {
                    200 => return Ok(()),
                    503 => {}
                    _ => return Err(text),
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("Prometheus did not take or refuse this within 20 s:\n{config}");
    }

    /// What it says about its targets, once it knows of `count` altogether: for each job a line for each target.
    pub async fn targets(&self, count: usize) -> BTreeMap<String, Vec<String>> {
        let client = HttpClient::new(&HttpClientOptions::default(), false).unwrap();
        let url = format!("http://127.0.0.1:{}/api/v1/targets", self.port);
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let Ok(response) = client.get(&url).unwrap().send().await else { continue };
            let Ok(body) = response.bytes().await else { continue };
            let Ok(answer) = serde_json::from_slice::<Value>(&body) else { continue };
            let targets = targets(&answer["data"]);
            if targets.values().map(Vec::len).sum::<usize>() >= count {
                return targets;
            }
        }
        panic!("Prometheus did not list {count} targets within 20 s");
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Option<PathBuf> {
    let folder = std::env::var_os("METERBOX_PEERS")?;
    Some(PathBuf::from(folder).join("prometheus")).filter(|path| path.is_file())
}

fn targets(data: &Value) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for target in data["activeTargets"].as_array().into_iter().flatten() {
        let seconds = |key: &str| parse_duration(target[key].as_str().unwrap()).unwrap().as_secs();
        let line = format!(
            "{} {} {} {}",
            labels(&target["labels"]),
            target["scrapeUrl"].as_str().unwrap(),
            seconds("scrapeInterval"),
            seconds("scrapeTimeout")
        );
        found.entry(target["scrapePool"].as_str().unwrap().to_owned()).or_default().push(line);
    }
    for target in data["droppedTargets"].as_array().into_iter().flatten() {
        let line = format!("dropped {}", labels(&target["discoveredLabels"]));
        found.entry(target["scrapePool"].as_str().unwrap().to_owned()).or_default().push(line);
    }
    found
}

fn labels(object: &Value) -> Labels {
    let pairs = object.as_object().unwrap().iter();
    Labels::from_pairs(pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())))
}
