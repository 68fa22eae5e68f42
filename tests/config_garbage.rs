//! Whatever a file holds, reading it ends with a configuration or with places and reasons, never with a panic: a
//! running meterbox reads files that people are in the middle of writing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use meterbox::config::{Config, ConfigError};

const SEED: &str = r#"# a comment
global: &g
  scrape_interval: 15s
  external_labels: {site: "${HOST}", 'n': 5}
scrape_configs:
  - job_name: "a"
    <<: {honor_labels: true}
    params: {x: [a, "b"]}
    static_configs:
      - targets: ['localhost:9090', "[::1]:80"]
        labels: {k: v, z: >-
          folded
          text}
    relabel_configs:
      - source_labels: [__address__, __meta_x]
        regex: '([^:]+):(\d+)|\Qa\E{2,3}'
        target_label: t
        replacement: "$1\u00e9${2}"
    tls_config: {ca_file: a.pem}
  - {job_name: b, http_sd_configs: [{url: "http://x/"}], file_sd_configs: [{files: ["*.yml"]}]}
"#;

/// Bytes that mean something to YAML.
const SPICE: &[u8] = b":-[]{}&*#?|>!%@`'\",\n\t \\0a~$<=\xc3\xff";

#[test]
fn mutilated_files_never_panic() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |bound: usize| {
        // Marsaglia's xorshift: the same files on every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    let mut good = 0;
    for _ in 0..2_000 {
        let mut bytes = SEED.as_bytes().to_vec();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = SPICE[random(SPICE.len())],
                1 => bytes.insert(at, SPICE[random(SPICE.len())]),
                2 => drop(bytes.drain(at..(at + random(20)).min(bytes.len()))),
                _ => {
                    let end = (at + random(60)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    let to = random(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'a');
            }
        }
        match Config::parse(&String::from_utf8_lossy(&bytes), None, &|_| None) {
            Ok(config) => {
                good += 1;
                let printed = config.to_yaml();
                let again =
                    Config::parse(&printed, None, &|_| None).unwrap_or_else(|error| panic!("{error}\n{printed}"));
                assert_eq!(again.scrape, config.scrape, "{printed}");
            }
            Err(error @ ConfigError::Invalid { .. }) => {
                assert!(error.problems().iter().all(|problem| problem.place.line >= 1), "{error}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(good > 100, "only {good} of the files were still good: the test would test little");
}
