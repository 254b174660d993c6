//! The three states of an alarm, spelt as AWS does (`StateValue` in the API reference).

use std::fmt;

/// The state of an alarm.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// `OK`
    Ok,
    /// `ALARM`
    Alarm,
    /// `INSUFFICIENT_DATA`
    InsufficientData,
}

impl AlarmState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Alarm, Self::InsufficientData];

    /// As AWS spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    /// Reads AWS's spelling, in capitals. `None` when it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for AlarmState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        fn check(text: &str, expected: Option<AlarmState>) {
            assert_eq!(AlarmState::parse(text), expected);
            if let Some(state) = expected {
                assert_eq!(state.to_string(), text);
            }
        }
        check("OK", Some(AlarmState::Ok));
        check("ALARM", Some(AlarmState::Alarm));
        check("INSUFFICIENT_DATA", Some(AlarmState::InsufficientData));
        check("Alarm", None);
        check("", None);
    }
}
