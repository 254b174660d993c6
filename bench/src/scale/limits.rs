//! What the model takes for given: AWS's limits with their sources, the deployment's own settings, and what was measured apart.

use crate::report::{Table, count};

/// A limit, and where it is written.
pub(super) struct Limit {
    what: &'static str,
    pub(super) value: f64,
    raise: &'static str,
    source: &'static str,
}

const fn limit(what: &'static str, value: f64, raise: &'static str, source: &'static str) -> Limit {
    Limit { what, value, raise, source }
}

const DYNAMODB: &str = "[DynamoDB: warm throughput](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html)";
const DYNAMODB_QUOTAS: &str =
    "[DynamoDB: quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html)";
const LAMBDA: &str = "[Lambda: scaling](https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html)";
const LAMBDA_QUOTAS: &str =
    "[Lambda: quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)";
const S3: &str =
    "[S3: performance](https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html)";
const SSM: &str = "[Systems Manager: quotas](https://docs.aws.amazon.com/general/latest/gr/ssm.html)";
const SDK: &str =
    "[SDKs: standard retries](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)";
const SELF: &str = "template.yaml";

pub(super) const KEY_WRITES: Limit =
    limit("write units a second of a DynamoDB partition, and so of a key", 1_000.0, "no", DYNAMODB);
pub(super) const KEY_READS: Limit =
    limit("read units a second of a DynamoDB partition, and so of an item", 3_000.0, "no", DYNAMODB);
pub(super) const NEW_WRITES: Limit =
    limit("write units a second of a new on-demand table", 4_000.0, "warm throughput", DYNAMODB);
pub(super) const NEW_READS: Limit =
    limit("read units a second of a new on-demand table", 12_000.0, "warm throughput", DYNAMODB);
pub(super) const TABLE_QUOTA: Limit =
    limit("write, and read, units a second of a table", 40_000.0, "quota", DYNAMODB_QUOTAS);
pub(super) const DOUBLING: Limit =
    limit("seconds in which a table's throughput doubles", 1_800.0, "warm throughput", DYNAMODB);
pub(super) const CONCURRENCY: Limit =
    limit("invocations at once of an account and region", 1_000.0, "quota", LAMBDA_QUOTAS);
pub(super) const ENVIRONMENTS_A_SECOND: Limit =
    limit("new environments a second of a function (1,000 in 10 s)", 100.0, "no", LAMBDA);
pub(super) const REQUESTS_AN_ENVIRONMENT: Limit =
    limit("requests a second for each of the concurrency", 10.0, "no", LAMBDA_QUOTAS);
pub(super) const PARAMETERS: Limit =
    limit("GetParameter a second (one for each new environment)", 40.0, "higher throughput", SSM);
pub(super) const S3_PUTS: Limit =
    limit("S3 PUT a second of a partitioned prefix", 3_500.0, "by itself, in 30 to 60 minutes", S3);
pub(super) const TRIES: Limit = limit("tries of a call by the SDK", 3.0, "", SDK);
pub(super) const DELIVERY_MEMORY: Limit = limit("MB of the delivery function", 1_769.0, "to 10,240", SELF);
pub(super) const DELIVERY_TIME: Limit = limit("seconds of a delivery", 600.0, "to 900", SELF);
pub(super) const ALARMS_MEMORY: Limit = limit("MB of the alarms function", 1_024.0, "to 10,240", SELF);
pub(super) const ALARMS_TIME: Limit = limit("seconds of an evaluation", 90.0, "to 900", SELF);

const ALL: [&Limit; 16] = [
    &KEY_WRITES,
    &KEY_READS,
    &NEW_WRITES,
    &NEW_READS,
    &TABLE_QUOTA,
    &DOUBLING,
    &CONCURRENCY,
    &ENVIRONMENTS_A_SECOND,
    &REQUESTS_AN_ENVIRONMENT,
    &PARAMETERS,
    &S3_PUTS,
    &TRIES,
    &DELIVERY_MEMORY,
    &DELIVERY_TIME,
    &ALARMS_MEMORY,
    &ALARMS_TIME,
];

/// Memory at which a function of one whole CPU has it: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>.
pub(super) const MEMORY_OF_A_CPU: f64 = 1_769.0;

/// The most memory of a function, in MB: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub(super) const LARGEST_FUNCTION: f64 = 10_240.0;

/// What a function's process has in use before it is given work, in bytes: the local host's after its start.
pub(super) const BASE_MEMORY: f64 = 60e6;

/// A cost that has a part for each row and one for each series of a generation.
#[derive(Clone, Copy)]
pub(super) struct Given {
    row: f64,
    series: f64,
}

impl Given {
    /// For a row, where each series has so many of them.
    pub(super) fn of(self, rows_a_series: f64) -> f64 {
        self.row + self.series / rows_a_series.max(1.0)
    }
}

// Measured apart, since a debug build tells nothing of time: the release build, `serve --as-on-aws`, one core of an AMD EPYC; CPU by
// /proc/PID/stat and memory as the peak over the resident set before (VmHWM after a reset by /proc/PID/clear_refs), of the whole host, its
// embedded stores included, which a function has not. So they are on the safe side.

/// CPU seconds of a data point's delivery: 9.0 µs where each series has one point in the generation, 2.4 to 2.9 µs where it has thirty or more.
pub(super) const DELIVERY_CPU: Given = Given { row: 2.5e-6, series: 6.5e-6 };
/// Bytes of memory of a data point while it is delivered: 750 and 155.
pub(super) const DELIVERY_BYTES: Given = Given { row: 135.0, series: 615.0 };
/// Bytes of memory of a data point while its day is settled: 1.4 million points of 1,000 series took 173 MB.
pub(super) const SETTLE_BYTES: f64 = 125.0;
/// CPU seconds of a raw byte of logs while it is delivered.
pub(super) const LOG_DELIVERY_CPU: Given = Given { row: 16.0e-9, series: 0.0 };
/// Bytes of memory of a raw byte of logs while it is delivered.
pub(super) const LOG_DELIVERY_BYTES: Given = Given { row: 2.2, series: 0.0 };
/// CPU seconds of an alarm's evaluation: 10,000 in 0.11 to 0.14 s (README, "How fast it is").
pub(super) const ALARM_CPU: f64 = 14e-6;
/// CPU seconds of a data point's request, of 1,000 a request and of 20 (README: 3.0 µs; 105,000 points a second on two cores).
pub(super) const PUT_CPU: [(f64, f64); 2] = [(1_000.0, 3.0e-6), (20.0, 19e-6)];

/// Assumed, not measured: the time that a call from a function to a store takes, in seconds.
pub(super) const DYNAMODB_CALL: f64 = 0.005;
pub(super) const TRANSACTION_CALL: f64 = 0.020;
pub(super) const S3_CALL: f64 = 0.040;

/// List prices of Lambda (arm64, us-east-1) and of a month at rest.
pub(super) const INVOCATION: f64 = 0.20e-6;
pub(super) const GB_SECOND: f64 = 0.000_013_333_4;
pub(super) const DYNAMODB_GB_MONTH: f64 = 0.25;
pub(super) const S3_GB_MONTH: f64 = 0.023;

pub(super) const MONTH: f64 = 730.0 * 3_600.0;

/// Custom metrics for a month at CloudWatch: so many at a price each, then the next.
const METRICS: [(f64, f64); 4] =
    [(10_000.0, 0.30), (240_000.0, 0.10), (750_000.0, 0.05), (f64::INFINITY, 0.02)];

/// What CloudWatch asks for custom metrics for a month.
pub(super) fn cloudwatch_metrics(metrics: f64) -> f64 {
    let (mut left, mut dollars) = (metrics, 0.0);
    for (size, each) in METRICS {
        dollars += left.min(size) * each;
        left = (left - size).max(0.0);
    }
    dollars
}

pub(super) fn table() -> Table {
    let mut table =
        Table::new("The limits that the model knows", &["limit", "value", "can be raised", "source"]);
    for one in ALL {
        table.row(vec![one.what.into(), count(one.value), one.raise.into(), one.source.into()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings of a function in the template, as they stand behind its description.
    fn of_template(description: &str, setting: &str) -> f64 {
        let template = include_str!("../../../template.yaml");
        let from = template.find(description).unwrap();
        let rest = &template[from..];
        let line = rest.lines().find(|line| line.trim_start().starts_with(setting)).unwrap();
        line.split_once(':').unwrap().1.trim().parse().unwrap()
    }

    #[test]
    fn the_settings_are_the_templates() {
        fn check(description: &str, setting: &str, limit: &Limit) {
            assert_eq!(of_template(description, setting), limit.value, "{description} {setting}");
        }
        check("Description: Journal to segments", "MemorySize", &DELIVERY_MEMORY);
        check("Description: Journal to segments", "Timeout", &DELIVERY_TIME);
        check("Description: Evaluates alarms", "MemorySize", &ALARMS_MEMORY);
        check("Description: Evaluates alarms", "Timeout", &ALARMS_TIME);
    }

    #[test]
    fn metrics_get_cheaper() {
        assert_eq!(cloudwatch_metrics(10_000.0), 3_000.0);
        assert_eq!(cloudwatch_metrics(20_000.0), 4_000.0);
    }
}
