//! The `meterbox` program: reads the command line and calls the one function that does what was asked.

use std::io::Write;
use std::process::ExitCode;

use meterbox::app;
use meterbox::cli::{self, Command};

fn main() -> ExitCode {
    no_nss::install();
    let command = match cli::from_process() {
        Ok(command) => command,
        Err(error) => return refuse(&error),
    };
    match command {
        Command::Help => print(&cli::help()),
        Command::Version => print(&cli::version()),
        Command::CheckConfig { files } => {
            let report = cli::check::config(&files);
            print(&report.text);
            write_error(&report.errors);
            if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Command::Serve(serve) => {
            let flags = cli::flags::shown(&serve.options);
            match app::serve(&serve.options, flags, &serve.notes) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => refuse(&error),
            }
        }
    }
}

fn print(text: &str) -> ExitCode {
    // A reader that has seen enough and closed the pipe is no error.
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    ExitCode::SUCCESS
}

fn refuse(error: &dyn std::error::Error) -> ExitCode {
    write_error(&format!("meterbox: {error}\n"));
    ExitCode::FAILURE
}

fn write_error(text: &str) {
    // There is nobody left to tell if this fails.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
