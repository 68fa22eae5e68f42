//! One run of the appliance, from flags to the last flushed sample.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::banner::Banner;
use super::error::StartError;
use super::figures;
use super::reload::Reload;
use crate::collectors::HostCollector;
use crate::config::Config;
use crate::dashboards::Library;
use crate::http::{Context, Parts, Reloader, Server, Switches, router};
use crate::ingest::Ingest;
use crate::model::{Labels, format_duration, now_ms};
use crate::net::install_provider;
use crate::promql::{Engine, EngineOptions, ParseOptions};
use crate::remote::Receiver;
use crate::scrape::{InternalTarget, Manager, ManagerOptions};
use crate::settings::Settings;
use crate::storage::{Options as StoreOptions, Store};
use crate::telemetry::Metrics;
