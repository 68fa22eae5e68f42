//! Samples from other programs, over Prometheus's remote-write protocol.

pub mod receive;
