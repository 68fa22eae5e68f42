//! Connections: accepting, bounding, ending them.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;
use tracing::{debug, warn};

/// A bound address that is not served yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Binds an address; port 0 lets the system pick one.
    ///
    /// # Errors
    /// The port is in use, needs rights, or the address is not this machine's.
    pub async fn bind(address: SocketAddr) -> Result<Self, ServerError> {
        let error = |source: io::Error| ServerError { address, kind: source.kind(), reason: source.to_string() };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        Ok(Self { listener, address })
    }

    /// The bound address, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` turns true, then lets running requests finish within [`DRAIN`].
    pub async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let graceful = GracefulShutdown::new();
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(HEADER_TIMEOUT));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: those who hold them need time to let go.
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            // Small answers should leave at once; a socket that refuses the option still works.
            let _ = stream.set_nodelay(true);
            let service = router.clone();
            let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
                service.clone().oneshot(request.map(axum::body::Body::new))
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    debug!(%peer, error, "connection ended");
                }
                drop(place);
            });
        }
        drop(self.listener);
        if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
            warn!("requests still ran after {} s and were cut off", DRAIN.as_secs());
        }
    }
}

/// An address that cannot be listened on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerError {
    /// The address.
    pub address: SocketAddr,
    kind: io::ErrorKind,
    reason: String,
}

impl fmt::Display for ServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address;
        match self.kind {
            io::ErrorKind::AddrInUse => {
                write!(
                    formatter,
                    "port {} is in use; stop the other program or choose another with --listen",
                    address.port()
                )
            }
            io::ErrorKind::PermissionDenied => {
                write!(formatter, "port {} needs more rights; choose one from 1024 on with --listen", address.port())
            }
            io::ErrorKind::AddrNotAvailable => {
                write!(formatter, "{} is not an address of this machine; see --listen", address.ip())
            }
            _ => write!(formatter, "cannot listen on {address}: {}", self.reason),
        }
    }
}

impl std::error::Error for ServerError {}

/// As many as Prometheus serves by default.
const MAX_CONNECTIONS: usize = 512;

/// A client that has not sent its request's head by then is cut off: idle sockets must not fill the places.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);

/// How long running requests may take to finish once the process ends.
const DRAIN: Duration = Duration::from_secs(5);

const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
