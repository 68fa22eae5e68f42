//! Speaking HTTP to others: one way to resolve names, one way to set up TLS, one way to build a client.
//!
//! A static binary must not ask the C library for names, and this box must not speak to anybody the configuration did
//! not name: so names resolve through our own resolver, from the system's files alone, and no client falls back to a
//! public name server or an environment's proxy. Call [`install_provider`] once at start.

mod client;
mod dns;
mod tls;

pub use client::{HttpClient, NetError, describe};
pub use dns::{Dns, DnsError, resolve};
pub use tls::install_provider;
