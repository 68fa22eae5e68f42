//! `meterbox check config`: is a configuration right, and what is to be mended?

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::config::{Config, Credential, HttpAuth, HttpClientOptions, Pem, ScrapeJob};
use crate::discovery;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// For standard output.
    pub text: String,
    /// For standard error.
    pub errors: String,
    /// Whether everything was right; otherwise the process should exit with 1.
    pub ok: bool,
}

/// Checks configuration files and the files they name.
#[must_use]
pub fn config(files: &[PathBuf]) -> Report {
    let mut report = Report { text: String::new(), errors: String::new(), ok: true };
    for file in files {
        let _ = writeln!(report.text, "Checking {}", file.display());
        match check(file) {
            Ok((jobs, warnings)) => {
                for warning in warnings {
                    let _ = writeln!(report.text, "  WARNING: {warning}");
                }
                let plural = if jobs == 1 { "" } else { "s" };
                let name = file.display();
                let _ = writeln!(report.text, "  SUCCESS: {name} is a valid configuration, {jobs} job{plural}");
            }
            Err(errors) => {
                report.ok = false;
                for error in errors {
                    let _ = writeln!(report.errors, "  FAILED: {error}");
                }
            }
        }
    }
    report
}

/// The number of jobs and what may be wrong, or what is wrong.
fn check(file: &Path) -> Result<(usize, Vec<String>), Vec<String>> {
    let config =
        Config::load(file).map_err(|error| error.to_string().lines().map(str::to_owned).collect::<Vec<_>>())?;
    let mut errors = Vec::new();
    let mut warnings = config.notes.clone();
    for job in &config.scrape {
        for path in files_of(job) {
            if !path.is_file() {
                errors.push(format!(
                    "{}: job {:?} names {}, which is no file",
                    file.display(),
                    job.name,
                    path.display()
                ));
            }
        }
        for path in job.file_sd.iter().flat_map(|source| &source.files) {
            if path.to_string_lossy().contains('*') {
                continue;
            }
            if !path.exists() {
                warnings.push(format!("job {:?}: target file {} does not exist yet", job.name, path.display()));
            } else if let Err(error) = discovery::read_file(path) {
                errors.push(error.to_string());
            }
        }
    }
    if errors.is_empty() { Ok((config.scrape.len(), warnings)) } else { Err(errors) }
}

/// Files with certificates and credentials.
fn files_of(job: &ScrapeJob) -> Vec<&Path> {
    let mut files = Vec::new();
    client_files(&job.client, &mut files);
    for source in &job.http_sd {
        client_files(&source.client, &mut files);
    }
    files
}

fn client_files<'a>(client: &'a HttpClientOptions, files: &mut Vec<&'a Path>) {
    let credentials = match &client.auth {
        None => Vec::new(),
        Some(HttpAuth::Basic { username, password }) => vec![username, password],
        Some(HttpAuth::Authorization { credentials, .. }) => vec![credentials],
    };
    files.extend(credentials.into_iter().filter_map(|credential| match credential {
        Credential::Inline(_) => None,
        Credential::File(path) => Some(path.as_path()),
    }));
    let pems = [&client.tls.ca, &client.tls.cert, &client.tls.key].into_iter().flatten();
    files.extend(pems.filter_map(|pem| match pem {
        Pem::Inline(_) => None,
        Pem::File(path) => Some(path.as_path()),
    }));
    files.extend(client.headers.iter().flat_map(|header| header.files.iter().map(PathBuf::as_path)));
}
