//! The 27 units of a `CloudWatch` metric (API reference, `MetricDatum.Unit`).
//!
//! A unit is a label: `CloudWatch` never converts one into another, and neither do we.

use std::fmt;

macro_rules! units {
    ($($variant:ident $name:literal $code:literal),+ $(,)?) => {
        /// A `StandardUnit`. Ordered like its name's bytes, as the stored text column is.
        #[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Unit {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
            /// `None`: the metric has no unit, or none was given.
            #[default]
            None,
        }

        impl Unit {
            /// Every unit.
            pub const ALL: [Self; 27] = [$(Self::$variant,)+ Self::None];

            /// AWS's name, `Bytes/Second`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::None => "None",
                }
            }

            /// The unit of AWS's name, which is case-sensitive.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    "None" => Some(Self::None),
                    _ => None,
                }
            }

            /// A number for stored batches. A code is never given to another unit; 0 is `None`.
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$variant => $code,)+
                    Self::None => 0,
                }
            }

            /// The unit of a [`code`](Self::code).
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    0 => Some(Self::None),
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

units! {
    Seconds "Seconds" 1,
    Microseconds "Microseconds" 2,
    Milliseconds "Milliseconds" 3,
    Bytes "Bytes" 4,
    Kilobytes "Kilobytes" 5,
    Megabytes "Megabytes" 6,
    Gigabytes "Gigabytes" 7,
    Terabytes "Terabytes" 8,
    Bits "Bits" 9,
    Kilobits "Kilobits" 10,
    Megabits "Megabits" 11,
    Gigabits "Gigabits" 12,
    Terabits "Terabits" 13,
    Percent "Percent" 14,
    Count "Count" 15,
    BytesPerSecond "Bytes/Second" 16,
    KilobytesPerSecond "Kilobytes/Second" 17,
    MegabytesPerSecond "Megabytes/Second" 18,
    GigabytesPerSecond "Gigabytes/Second" 19,
    TerabytesPerSecond "Terabytes/Second" 20,
    BitsPerSecond "Bits/Second" 21,
    KilobitsPerSecond "Kilobits/Second" 22,
    MegabitsPerSecond "Megabits/Second" 23,
    GigabitsPerSecond "Gigabits/Second" 24,
    TerabitsPerSecond "Terabits/Second" 25,
    CountPerSecond "Count/Second" 26,
}

impl Ord for Unit {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Unit {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_are_distinct_and_read_back() {
        let mut codes = std::collections::HashSet::new();
        for unit in Unit::ALL {
            assert_eq!(Unit::parse(unit.as_str()), Some(unit));
            assert_eq!(Unit::from_code(unit.code()), Some(unit));
            assert!(codes.insert(unit.code()));
        }
        assert_eq!(codes.len(), 27);
        assert_eq!((27..=255).find_map(Unit::from_code), None);
    }

    #[test]
    fn unknown_names() {
        fn check(name: &str) {
            assert_eq!(Unit::parse(name), None);
        }
        check("seconds");
        check("Bytes/second");
        check("");
        check("Furlongs");
    }
}
