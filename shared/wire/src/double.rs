//! Floating-point members, which JSON cannot write in full.
//!
//! AWS's JSON protocols carry `"NaN"`, `"Infinity"` and `"-Infinity"` as strings
//! (<https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>). They become real values here, so that an
//! operation can refuse them in its own words. Used through `#[serde(with = …)]` by generated members: `option`,
//! `list` and `map` are the forms a member can have.

#![expect(clippy::ref_option, reason = "serde passes the member as it is")]

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// By this name the query deserializer recognises a number; all its values are strings.
pub(crate) const DOUBLE: &str = "$watchtrail::Double";

/// A number that survives JSON.
struct Double(f64);

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() || !serializer.is_human_readable() {
            return serializer.serialize_f64(self.0);
        }
        serializer.serialize_str(match self.0 {
            value if value.is_nan() => "NaN",
            value if value > 0.0 => "Infinity",
            _ => "-Infinity",
        })
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(DOUBLE, DoubleVisitor)
    }
}

struct DoubleVisitor;

impl<'de> Visitor<'de> for DoubleVisitor {
    type Value = Double;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Double, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Double, E> {
        Ok(Double(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Double, E> {
        Ok(Double(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Double, E> {
        Ok(Double(value as f64))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Double, E> {
        match text {
            "NaN" => Ok(Double(f64::NAN)),
            "Infinity" => Ok(Double(f64::INFINITY)),
            "-Infinity" => Ok(Double(f64::NEG_INFINITY)),
            _ => Err(E::invalid_type(de::Unexpected::Str(text), &self)),
        }
    }
}

/// A member that is a number.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Double, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Double).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<Double>::deserialize(deserializer)?.map(|double| double.0))
    }
}

/// A member that is a list of numbers.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Double, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Vec<f64>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(list) => serializer.collect_seq(list.iter().copied().map(Double)),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<f64>>, D::Error> {
        // The vector is collected in place: Double and f64 have the same layout.
        let list = Option::<Vec<Double>>::deserialize(d)?;
        Ok(list.map(|list| list.into_iter().map(|double| double.0).collect()))
    }
}

/// A member that is a map to numbers.
pub(crate) mod map {
    use std::collections::BTreeMap;

    use super::{Deserialize, Deserializer, Double, Serializer};

    type Map<T> = BTreeMap<String, T>;

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Map<f64>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(map) => serializer.collect_map(map.iter().map(|(key, value)| (key, Double(*value)))),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Map<f64>>, D::Error> {
        let map = Option::<Map<Double>>::deserialize(d)?;
        Ok(map.map(|map| map.into_iter().map(|(key, double)| (key, double.0)).collect()))
    }
}
