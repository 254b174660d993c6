//! Real `CloudWatch` series: the folder `realAWSCloudwatch` of the Numenta Anomaly Benchmark, as a `.tar.gz`.
//!
//! Of each series its whole days are taken: those with a value at each of the 288 five minutes. Day k of every series
//! makes day k of an account, since in life they would overlap, while their recordings are months apart.

use std::collections::BTreeMap;
use std::path::Path;

use watchtrail_core::time::{DAY, MINUTE, Timestamp};

use crate::{Result, archive};

const DAY_POINTS: usize = 288;

/// A recorded series, named as `CloudWatch` would.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) metric: &'static str,
    pub(crate) dimension: &'static str,
    pub(crate) value: String,
    pub(crate) unit: &'static str,
}

/// Milliseconds since midnight, and a value.
pub(crate) type Sample = (i64, f64);

/// The days of an account: in each, the series that have it with their samples.
pub(crate) type Days = Vec<Vec<(Recorded, Vec<Sample>)>>;

/// Reads the archive.
pub(crate) fn days(file: &Path) -> Result<Days> {
    let tar = archive::unpack(file)?;
    let mut days: Days = Vec::new();
    for (name, text) in archive::files(&tar)? {
        let Some(series) = name.strip_suffix(".csv").and_then(|name| name.rsplit('/').next()) else {
            continue;
        };
        for (number, samples) in whole_days(text)?.into_iter().enumerate() {
            if number == days.len() {
                days.push(Vec::new());
            }
            days[number].push((recorded(series), samples));
        }
    }
    Ok(days)
}

fn whole_days(csv: &str) -> Result<Vec<Vec<Sample>>> {
    let mut days: BTreeMap<i64, Vec<Sample>> = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let (time, value) = line.split_once(',').ok_or("a line without a comma")?;
        let time = Timestamp::parse_rfc3339(&format!("{}Z", time.replace(' ', "T")))
            .ok_or("a line without a time")?;
        let millis = time.millis();
        days.entry(millis.div_euclid(DAY)).or_default().push((millis.rem_euclid(DAY), value.parse()?));
    }
    let is_whole = |samples: &Vec<Sample>| {
        samples.len() == DAY_POINTS && samples.windows(2).all(|pair| pair[1].0 - pair[0].0 == 5 * MINUTE)
    };
    Ok(days.into_values().filter(is_whole).collect())
}

/// The files are named like `ec2_cpu_utilization_24ae8d`.
fn recorded(file: &str) -> Recorded {
    let id = file.rsplit('_').find(|part| *part != "NetworkIn" && *part != "anomaly").unwrap_or(file);
    let (metric, dimension, unit) = match file {
        name if name.starts_with("ec2_cpu") => ("CPUUtilization", "InstanceId", "Percent"),
        name if name.starts_with("rds_cpu") => ("CPUUtilization", "DBInstanceIdentifier", "Percent"),
        name if name.starts_with("grok_asg") => ("CPUUtilization", "AutoScalingGroupName", "Percent"),
        name if name.starts_with("ec2_disk_write") => ("DiskWriteBytes", "InstanceId", "Bytes"),
        name if name.starts_with("elb") => ("RequestCount", "LoadBalancerName", "Count"),
        _ => ("NetworkIn", "InstanceId", "Bytes"),
    };
    Recorded { metric, dimension, value: id.to_owned(), unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(minutes: impl Iterator<Item = i64>) -> String {
        let line = |minute: i64| format!("2014-04-02 {:02}:{:02}:00,1.5\n", minute / 60, minute % 60);
        std::iter::once("timestamp,value\n".to_owned()).chain(minutes.map(line)).collect()
    }

    #[test]
    fn only_whole_days_count() {
        fn check(minutes: impl Iterator<Item = i64>, expected: usize) {
            assert_eq!(whole_days(&csv(minutes)).unwrap().len(), expected);
        }
        check((0..288).map(|step| step * 5), 1);
        check((0..288).map(|step| step * 5 + 4), 1);
        check((0..287).map(|step| step * 5), 0);
        check((0..288).map(|step| step * 5).chain([1435]), 0);
    }

    #[test]
    fn names() {
        fn check(file: &str, metric: &str, dimension: &str, value: &str) {
            let name = recorded(file);
            assert_eq!((name.metric, name.dimension, name.value.as_str()), (metric, dimension, value));
        }
        check("ec2_cpu_utilization_24ae8d", "CPUUtilization", "InstanceId", "24ae8d");
        check("iio_us-east-1_i-a2eb1cd9_NetworkIn", "NetworkIn", "InstanceId", "i-a2eb1cd9");
        check("grok_asg_anomaly", "CPUUtilization", "AutoScalingGroupName", "asg");
    }
}
