//! Refuses to finish a release build that would not be static: the flag lives in `.cargo/config.toml`, which
//! cargo finds from the current directory, so a build started elsewhere would silently come out dynamic.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=dashboards");
    println!("cargo::rerun-if-env-changed=METERBOX_ALLOW_DYNAMIC");
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let linux = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    let is_static = env::var("CARGO_CFG_TARGET_FEATURE")
        .is_ok_and(|features| features.split(',').any(|feature| feature == "crt-static"));
    let allowed = env::var_os("METERBOX_ALLOW_DYNAMIC").is_some();
    if release && linux && !is_static && !allowed {
        println!(
            "cargo::error=this release build would not be static: run cargo in the project's folder, so that \
             .cargo/config.toml is found, and unset RUSTFLAGS (METERBOX_ALLOW_DYNAMIC=1 builds it all the same)"
        );
    }
    println!("cargo::rustc-env=METERBOX_REVISION={}", revision());
    println!("cargo::rustc-env=METERBOX_RUSTC={}", rustc_version());
}

/// The commit the build was made from, or `unknown` outside a checkout.
fn revision() -> String {
    println!("cargo::rerun-if-changed=.git/HEAD");
    output("git", &["rev-parse", "HEAD"])
}

fn rustc_version() -> String {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    output(&rustc, &["--version"])
}

fn output(program: &str, arguments: &[&str]) -> String {
    std::process::Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
