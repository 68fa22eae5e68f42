use std::fs::OpenOptions;
use std::io::Write;

/// Says in one line that a test was left out and why, and counts it: where `METERBOX_SKIP_LOG` names a file, the line
/// is appended there, and `tests/run` takes it off the number of tests that passed.
pub fn skip(test: &str, reason: &str) {
    let line = format!("skipped: {test}: {reason}");
    eprintln!("{line}");
    if let Some(path) = std::env::var_os("METERBOX_SKIP_LOG")
        && let Ok(mut file) = OpenOptions::new().create(true).append(true).open(&path)
    {
        // A log that cannot be written only makes the closing count less exact; the line above is printed all the same.
        drop(writeln!(file, "{line}"));
    }
}
