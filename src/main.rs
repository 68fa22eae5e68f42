//! The `meterbox` program: everything of substance lives in the library.

fn main() -> std::process::ExitCode {
    no_nss::install();
    std::process::ExitCode::SUCCESS
}
