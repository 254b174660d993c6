//! functions/metrics
