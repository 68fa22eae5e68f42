//! The command line: what is understood, what is refused and in which words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::time::Duration;

use meterbox::app::ServeOptions;
use meterbox::cli::flags::shown;
use meterbox::cli::{Command, Serve, parse};
use meterbox::telemetry::LogFormat;

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn serve_with(line: &str, pairs: &[(&str, &str)]) -> Serve {
    match parse(&words(line), &variables(pairs)) {
        Ok(Command::Serve(serve)) => *serve,
        other => panic!("{line}: {other:?}"),
    }
}

fn serve(line: &str) -> Serve {
    serve_with(line, &[])
}

fn refusal(line: &str) -> String {
    parse(&words(line), &[]).expect_err(line).to_string()
}

#[test]
fn without_words_it_serves_with_the_defaults() {
    let options = serve("").options;
    assert_eq!(options, ServeOptions::default());
    assert_eq!(options.listen[0].to_string(), "0.0.0.0:10161");
    assert_eq!(options.data_dir.to_str(), Some("./meterbox-data"));
    assert_eq!(options.retention_time, Some(Duration::from_secs(30 * 86_400)));
    assert_eq!(serve("serve"), serve(""));
}

#[test]
fn our_names_and_those_of_prometheus_mean_the_same() {
    let ours = serve(
        "serve --config a.yml --data-dir=/data --listen 127.0.0.1:9090 --retention-time 15d --retention-size 10GiB \
         --enable-remote-write-receiver --enable-admin-api --enable-lifecycle --lookback-delta 1m --query-timeout 30s \
         --query-max-samples 1000 --query-max-concurrency 4 --enable-feature promql-experimental-functions \
         --log-level debug --log-format json --external-url http://box/prometheus --route-prefix /",
    );
    let theirs = serve(
        "--config.file=a.yml --storage.tsdb.path=/data --web.listen-address=127.0.0.1:9090 \
         --storage.tsdb.retention.time=15d --storage.tsdb.retention.size=10GB --web.enable-remote-write-receiver \
         --web.enable-admin-api --web.enable-lifecycle --query.lookback-delta=1m --query.timeout=30s \
         --query.max-samples=1000 --query.max-concurrency=4 --enable-feature=promql-experimental-functions \
         --log.level=debug --log.format=json --web.external-url=http://box/prometheus --web.route-prefix=/",
    );
    assert_eq!(ours, theirs);
    assert_eq!(ours.options.retention_size, Some(10 << 30));
    assert_eq!(ours.options.log_format, LogFormat::Json);
    assert!(ours.notes.is_empty(), "{:?}", ours.notes);
}

#[test]
fn the_command_of_an_ordinary_compose_file_runs() {
    let serve = serve(
        "--config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/prometheus \
         --web.console.libraries=/usr/share/prometheus/console_libraries \
         --web.console.templates=/usr/share/prometheus/consoles --storage.tsdb.wal-compression \
         --storage.tsdb.no-lockfile --no-auto-gomaxprocs --enable-feature=exemplar-storage,native-histograms \
         --web.page-title=x --web.cors.origin=.*",
    );
    assert_eq!(serve.options.data_dir.to_str(), Some("/prometheus"));
    for word in ["console.libraries", "wal-compression", "no-lockfile", "exemplar-storage", "native-histograms"] {
        assert!(serve.notes.iter().any(|note| note.contains(word)), "{word}: {:?}", serve.notes);
    }
}

#[test]
fn zero_turns_a_limit_off() {
    let options = serve(
        "--retention-time 0 --retention-size 0 --query-timeout 0 --query-max-samples 0 --query-max-concurrency=0",
    )
    .options;
    assert_eq!(options.retention_time, None);
    assert_eq!(options.retention_size, None);
    assert_eq!(options.query_timeout, None);
    assert_eq!(options.query_max_samples, None);
    assert_eq!(options.query_max_concurrency, None);
}

#[test]
fn a_flag_wins_over_its_variable_and_that_over_gpustack() {
    let environment = [("METERBOX_DATA_DIR", "/env"), ("GPUSTACK_METRICS_PORT", "7000"), ("METERBOX_LOG_LEVEL", "")];
    let options = serve_with("", &environment).options;
    assert_eq!(options.data_dir.to_str(), Some("/env"));
    assert_eq!(options.listen[0].to_string(), "0.0.0.0:7000");
    assert_eq!(serve_with("--data-dir /flag", &environment).options.data_dir.to_str(), Some("/flag"));
    let both = [("METERBOX_LISTEN", "127.0.0.1:1, [::1]:2"), ("GPUSTACK_METRICS_PORT", "7000")];
    let listen: Vec<String> = serve_with("", &both).options.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["127.0.0.1:1", "[::1]:2"]);
    let switches = [("METERBOX_ENABLE_LIFECYCLE", "true"), ("METERBOX_ENABLE_ADMIN_API", "yes")];
    assert!(serve_with("", &switches).options.enable_lifecycle);
    assert!(!serve_with("--no-enable-admin-api", &switches).options.enable_admin_api);
    let notes = serve_with("", &[("METERBOX_DATADIR", "x"), ("METERBOX_SHARED", "y")]).notes;
    assert_eq!(notes, ["the variable METERBOX_DATADIR means nothing; did you mean METERBOX_DATA_DIR?"]);
}

#[test]
fn repeatable_flags_add_up_and_others_may_not_be_repeated() {
    let options =
        serve("--dashboards a --dashboards b --enable-feature native-histograms --enable-feature=search-api").options;
    assert_eq!(options.dashboards.len(), 2);
    assert_eq!(options.features, ["native-histograms", "search-api"]);
    assert_eq!(refusal("--data-dir a --data-dir=b"), "--data-dir is given twice; take one of them out");
    let said = refusal("--data-dir a --storage.tsdb.path b");
    assert_eq!(said, "--storage.tsdb.path means the same as --data-dir; take one of them out");
}

#[test]
fn addresses_may_leave_out_the_host() {
    for (text, expected) in
        [(":9090", "0.0.0.0:9090"), ("localhost:1", "127.0.0.1:1"), ("[::]:2", "[::]:2"), ("10.0.0.1:3", "10.0.0.1:3")]
    {
        assert_eq!(serve(&format!("--listen {text}")).options.listen[0].to_string(), expected);
    }
}

#[test]
fn what_is_wrong_is_said_in_one_line_with_the_mend() {
    for (line, expected) in [
        ("--confg x", "there is no flag --confg; did you mean --config?"),
        ("--web.enable-lifecicle", "there is no flag --web.enable-lifecicle; did you mean --web.enable-lifecycle?"),
        ("--frobnicate", "there is no flag --frobnicate; 'meterbox help' lists them all"),
        ("-config.file=x", "there is no flag -config.file=x; did you mean --config.file=x?"),
        ("--config", "--config needs a value: --config=FILE"),
        ("--retention-time 30", "--retention-time: \"30\" is not a duration; write it like 15s, 1h30m or 30d"),
        ("--retention-size 30", "--retention-size: \"30\" is not a size; write it like 512MB or 10GiB"),
        ("--query.max-samples=-1", "--query.max-samples: \"-1\" is not a whole number of 0 or more"),
        ("--lookback-delta 0", "--lookback-delta: \"0\" has to be more than 0"),
        ("--listen 9090", "--listen: \"9090\" is not an address to listen on; write it like 127.0.0.1:10161 or :10161"),
        ("--log-level loud", "--log-level: \"loud\" is not one of trace, debug, info, warn or error"),
        (
            "--web.external-url=http://x/sub",
            "--web.external-url: \"http://x/sub\" is not a path that meterbox serves: it serves / and /prometheus",
        ),
        (
            "--enable-feature exemplars-storage",
            "--enable-feature: \"exemplars-storage\" names the feature 'exemplars-storage', which does not exist; did you mean 'exemplar-storage'?",
        ),
        ("--agent", "--agent: meterbox has no agent mode; to keep little, set --retention-time"),
        (
            "--web.config.file=web.yml",
            "--web.config.file: TLS and passwords are not supported yet; put a proxy in front",
        ),
        ("serv", "there is no command 'serv'; did you mean 'serve'?"),
        ("serve now", "'now' is one word too many; the value of a flag follows it: --flag=value"),
        ("check config", "which file? write: meterbox check config FILE"),
        ("check rules x", "there is no command 'check rules'; did you mean 'check config'?"),
    ] {
        let said = refusal(line);
        assert_eq!(said, expected, "{line}");
        assert!(!said.contains('\n'));
    }
    let bad = parse(&[], &variables(&[("METERBOX_QUERY_TIMEOUT", "soon")])).unwrap_err().to_string();
    assert_eq!(bad, "METERBOX_QUERY_TIMEOUT: \"soon\" is not a duration; write it like 15s, 1h30m or 30d");
}

#[test]
fn the_other_commands_are_understood() {
    assert_eq!(parse(&words("help"), &[]), Ok(Command::Help));
    assert_eq!(parse(&words("serve --help"), &[]), Ok(Command::Help));
    assert_eq!(parse(&words("--version"), &[]), Ok(Command::Version));
    assert_eq!(
        parse(&words("check config a.yml b.yml"), &[]),
        Ok(Command::CheckConfig { files: vec!["a.yml".into(), "b.yml".into()] })
    );
}

#[test]
fn help_and_status_name_every_flag() {
    let help = meterbox::cli::help();
    let flags: std::collections::BTreeMap<String, String> =
        shown(&serve("--retention-size 1GB").options).into_iter().collect();
    for flag in &meterbox::cli::flags::FLAGS {
        assert!(help.contains(&format!("--{}", flag.name)), "{}", flag.name);
        assert!(flags.contains_key(flag.prometheus.unwrap_or(flag.name)), "{}", flag.name);
    }
    assert_eq!(flags["storage.tsdb.retention.size"], "1GiB");
    assert_eq!(flags["query.lookback-delta"], "5m");
    assert!(help.lines().all(|line| line.len() <= 110), "{help}");
}

#[test]
fn every_default_is_a_value_that_its_flag_takes() {
    let default = serve("").options;
    for flag in &meterbox::cli::flags::FLAGS {
        let shown = (flag.show)(&default);
        if !shown.is_empty() {
            let mut options = default.clone();
            (flag.set)(&mut options, &[shown]).unwrap();
            assert_eq!(options, default, "{}", flag.name);
        }
    }
}
