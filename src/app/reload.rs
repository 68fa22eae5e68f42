//! Reading the configuration again while everything runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;
use tracing::{error, info};

use crate::config::Config;
use crate::http::ReloadError;
use crate::model::now_ms;
use crate::scrape::Manager;
use crate::telemetry::Metrics;

/// What a new configuration reaches.
pub(super) struct Reload {
    pub(super) path: Option<PathBuf>,
    pub(super) scrape: Manager,
    pub(super) metrics: Metrics,
    /// The configuration in force as YAML, for the status page.
    pub(super) shown: Arc<RwLock<String>>,
}

impl Reload {
    /// Puts a configuration in force.
    ///
    /// # Errors
    /// A part could not take it; nothing has changed then.
    pub(super) fn apply(&self, config: &Config) -> Result<(), ReloadError> {
        self.scrape.apply(config).map_err(|error| ReloadError { reason: error.to_string() })?;
        *self.shown.write() = config.to_yaml();
        self.metrics.config_last_reload_successful.set(1);
        self.metrics.config_last_reload_success_timestamp.set(now_ms() / 1000);
        Ok(())
    }

    /// Reads the file again and puts it in force. Without a file there is nothing to read.
    ///
    /// # Errors
    /// The file was refused; what was in force stays.
    pub(super) fn reload(&self) -> Result<(), ReloadError> {
        let Some(path) = &self.path else { return Ok(()) };
        let outcome = read(path).and_then(|config| self.apply(&config));
        match &outcome {
            Ok(()) => info!(file = %path.display(), "configuration reloaded"),
            Err(reason) => {
                self.metrics.config_last_reload_successful.set(0);
                error!(file = %path.display(), %reason, "configuration refused; the one in force stays");
            }
        }
        outcome
    }
}

fn read(path: &Path) -> Result<Config, ReloadError> {
    Config::load(path).map_err(|error| ReloadError { reason: error.to_string() })
}
