//! `meterbox check config`: files that are right, that are wrong, and that name files which are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::fs;

use meterbox::cli::check;

#[test]
fn a_good_file_is_reported_with_its_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yml");
    fs::write(
        &file,
        "scrape_configs:\n  - job_name: a\n    file_sd_configs: [{files: [t.yml, 'x/*.json', gone.yml]}]\n",
    )
    .unwrap();
    fs::write(folder.path().join("t.yml"), "- targets: [a:1]\n").unwrap();
    let report = check::config(std::slice::from_ref(&file));
    let name = file.display();
    let gone = folder.path().join("gone.yml");
    assert_eq!(
        report.text,
        format!(
            "Checking {name}\n  WARNING: job \"a\": target file {} does not exist yet\n  SUCCESS: {name} is a valid configuration, 1 job\n",
            gone.display()
        )
    );
    assert!(report.ok && report.errors.is_empty());
}

#[test]
fn every_mistake_of_every_file_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let files = [
        write("bad.yml", "global: {scrape_interval: 5, scrape_timeout: x}\n"),
        write(
            "names.yml",
            "scrape_configs:\n  - job_name: a\n    tls_config: {ca_file: no.pem}\n    file_sd_configs: [{files: [t.yml, t.json]}]\n",
        ),
        folder.path().join("missing.yml"),
    ];
    write("t.yml", "- target: [a:1]\n");
    write("t.json", "[{\"targets\": [1]}]");
    let report = check::config(&files);
    assert!(!report.ok);
    let lines: Vec<&str> = report.errors.lines().collect();
    assert_eq!(lines.len(), 6, "{}", report.errors);
    for (line, expected) in lines.iter().zip([
        "bad.yml:1:27: global.scrape_interval: ",
        "bad.yml:1:46: global.scrape_timeout: ",
        "no.pem, which is no file",
        "t.yml:1:3: [0].target: static_configs has no key 'target'; did you mean 'targets'?",
        "t.json: not a list of target groups: invalid type: integer `1`, expected a string at line 1 column 15",
        "missing.yml: there is no such file",
    ]) {
        assert!(line.starts_with("  FAILED: ") && line.contains(expected), "{line}\n{expected}");
    }
}
