//! What is told of a change of state: the message to an SNS topic, the event of a Lambda function and of EventBridge, and the
//! data of the alarm's history, each in AWS's own JSON with AWS's order of members.

mod event;
mod history;
mod message;

pub use event::suppressed_reason;
pub use history::{Acted, Configured};
use serde::Serialize;

use super::alarm::{Alarm, State, SuppressedBy, arn};

/// AWS shows so many characters of an SNS subject.
const LONGEST_SUBJECT: usize = 100;

/// A change of an alarm's state.
#[derive(Copy, Clone, Debug)]
pub struct Transition<'a> {
    /// The alarm, in its new state.
    pub alarm: &'a Alarm,
    /// The state before.
    pub old: &'a State,
    /// Whether its actions were held back before.
    pub old_suppressed: Option<SuppressedBy>,
    /// Whose.
    pub account: &'a str,
    /// Where.
    pub region: &'a str,
}

impl Transition<'_> {
    fn arn(&self) -> String {
        arn(self.account, self.region, &self.alarm.name)
    }

    /// The title of the SNS message: ASCII, at most 100 characters.
    pub fn subject(&self) -> String {
        let tail = format!("\" in {}", region_name(self.region));
        let state = self.alarm.state.value;
        let head = format!("{state}: \"");
        let room = LONGEST_SUBJECT.saturating_sub(head.len() + tail.len());
        let ascii =
            |character: char| if character.is_ascii_graphic() || character == ' ' { character } else { '?' };
        let mut name: String = self.alarm.name.chars().map(ascii).collect();
        if name.len() > room {
            name.truncate(room.saturating_sub(3));
            name.push_str("...");
        }
        format!("{head}{name}{tail}")
    }
}

fn json(value: &impl Serialize) -> String {
    // Texts, numbers and lists always have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

/// A region's name in notifications; one that is not known is shown by its code.
pub fn region_name(region: &str) -> &str {
    match region {
        "us-east-1" => "US East (N. Virginia)",
        "us-east-2" => "US East (Ohio)",
        "us-west-1" => "US West (N. California)",
        "us-west-2" => "US West (Oregon)",
        "ca-central-1" => "Canada (Central)",
        "ca-west-1" => "Canada West (Calgary)",
        "mx-central-1" => "Mexico (Central)",
        "sa-east-1" => "South America (Sao Paulo)",
        "eu-west-1" => "EU (Ireland)",
        "eu-west-2" => "EU (London)",
        "eu-west-3" => "EU (Paris)",
        "eu-central-1" => "EU (Frankfurt)",
        "eu-central-2" => "Europe (Zurich)",
        "eu-north-1" => "EU (Stockholm)",
        "eu-south-1" => "EU (Milan)",
        "eu-south-2" => "Europe (Spain)",
        "ap-south-1" => "Asia Pacific (Mumbai)",
        "ap-south-2" => "Asia Pacific (Hyderabad)",
        "ap-east-1" => "Asia Pacific (Hong Kong)",
        "ap-northeast-1" => "Asia Pacific (Tokyo)",
        "ap-northeast-2" => "Asia Pacific (Seoul)",
        "ap-northeast-3" => "Asia Pacific (Osaka)",
        "ap-southeast-1" => "Asia Pacific (Singapore)",
        "ap-southeast-2" => "Asia Pacific (Sydney)",
        "ap-southeast-3" => "Asia Pacific (Jakarta)",
        "ap-southeast-4" => "Asia Pacific (Melbourne)",
        "me-south-1" => "Middle East (Bahrain)",
        "me-central-1" => "Middle East (UAE)",
        "il-central-1" => "Israel (Tel Aviv)",
        "af-south-1" => "Africa (Cape Town)",
        "cn-north-1" => "China (Beijing)",
        "cn-northwest-1" => "China (Ningxia)",
        "us-gov-east-1" => "AWS GovCloud (US-East)",
        "us-gov-west-1" => "AWS GovCloud (US-West)",
        _ => region,
    }
}

#[cfg(test)]
#[path = "notice/tests.rs"]
mod tests;
