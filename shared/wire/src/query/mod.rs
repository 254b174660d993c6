//! awsQuery requests: forms like `MetricData.member.1.MetricName=x`.
//!
//! Source: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>. Flattened lists are not
//! supported: no service of ours has them (the generator checks).

mod de;
pub(crate) mod form;

pub(crate) use de::from_form;

#[cfg(test)]
mod tests;
