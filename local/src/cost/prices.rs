//! List prices in dollars: us-east-1, on demand, without any free tier, as of November 2026.
//!
//! <https://aws.amazon.com/dynamodb/pricing/on-demand/>, <https://aws.amazon.com/s3/pricing/>, <https://aws.amazon.com/lambda/pricing/> (arm64),
//! <https://aws.amazon.com/cloudwatch/pricing/>, <https://aws.amazon.com/cloudtrail/pricing/>.

const MILLION: f64 = 1e6;

/// A write unit of DynamoDB, on demand.
pub(super) const WRITE_UNIT: f64 = 0.625 / MILLION;
/// A read unit.
pub(super) const READ_UNIT: f64 = 0.125 / MILLION;
/// A GB in DynamoDB for a month.
pub(super) const DYNAMODB_GB: f64 = 0.25;
/// A PUT, COPY, POST or LIST of S3.
pub(super) const S3_PUT: f64 = 5.0 / MILLION;
/// A GET of S3.
pub(super) const S3_GET: f64 = 0.40 / MILLION;
/// A GB in S3 Standard for a month.
pub(super) const S3_GB: f64 = 0.023;
/// An invocation of a function.
pub(super) const INVOCATION: f64 = 0.20 / MILLION;
/// A GB of memory of a function for a second.
pub(super) const GB_SECOND: f64 = 0.000_013_333_4;

/// Custom metrics for a month: so many at a price each, then the next.
const METRICS: [(f64, f64); 4] =
    [(10_000.0, 0.30), (240_000.0, 0.10), (750_000.0, 0.05), (f64::INFINITY, 0.02)];

/// What CloudWatch asks for custom metrics for a month.
pub(super) fn custom_metrics(metrics: f64) -> f64 {
    let (mut left, mut price) = (metrics, 0.0);
    for (size, each) in METRICS {
        price += left.min(size) * each;
        left = (left - size).max(0.0);
    }
    price
}

/// A call of CloudWatch's API; `GetMetricData` asks it for each metric instead.
pub(super) const CLOUDWATCH_CALL: f64 = 10.0 / MILLION;
/// An alarm on a metric for a month.
pub(super) const ALARM: f64 = 0.10;
/// One of a period below a minute.
pub(super) const HIGH_RESOLUTION_ALARM: f64 = 0.30;
/// A composite alarm.
pub(super) const COMPOSITE_ALARM: f64 = 0.50;
/// A GB of log events, at ingestion.
pub(super) const LOGS_GB: f64 = 0.50;
/// A GB of log events for a month, compressed.
pub(super) const LOGS_STORED_GB: f64 = 0.03;
/// What CloudWatch's own calculator takes for the compressed size of logs.
pub(super) const LOGS_COMPRESSED: f64 = 0.15;

/// A management event that CloudTrail delivers to another trail than the first of its region: $2.00 for 100,000.
pub(super) const TRAIL_COPY: f64 = 20.0 / MILLION;
/// A data event that it delivers: $0.10 for 100,000.
pub(super) const TRAIL_DATA: f64 = 1.0 / MILLION;
/// A GB of events that applications put into CloudTrail Lake, with a year of keeping.
pub(super) const LAKE_GB: f64 = 0.75;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_get_cheaper() {
        fn check(metrics: f64, expected: f64) {
            assert!((custom_metrics(metrics) - expected).abs() < 1e-6, "{metrics}");
        }
        check(1_000.0, 300.0);
        check(10_000.0, 3_000.0);
        check(100_000.0, 12_000.0);
        check(1_000_000.0, 3_000.0 + 24_000.0 + 37_500.0);
        check(1_000_001.0, 3_000.0 + 24_000.0 + 37_500.0 + 0.02);
    }
}
