//! A deserializer that makes up values from random bytes; when they are used up, everything is absent or empty.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::double::DOUBLE;
use crate::timestamp::TIMESTAMP;

type Error = de::value::Error;

pub(super) fn value<T: DeserializeOwned>(bytes: &[u8]) -> T {
    let mut dice = Dice { bytes: bytes.iter(), key: false };
    T::deserialize(&mut dice).unwrap()
}

struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
    /// A map's key comes next.
    key: bool,
}

impl Dice<'_> {
    fn next(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or_default()
    }

    fn number(&mut self) -> i64 {
        i64::from_be_bytes(std::array::from_fn(|_| self.next()))
    }

    fn double(&mut self) -> f64 {
        match self.next() {
            0 => f64::INFINITY,
            1 => f64::NEG_INFINITY,
            2 => f64::from(self.next()),
            // Not NaN, which does not equal itself; it has tests of its own.
            _ => Some(f64::from_bits(self.number() as u64)).filter(|number| !number.is_nan()).unwrap_or(-0.0),
        }
    }

    fn text(&mut self) -> String {
        let start = if std::mem::take(&mut self.key) { "~" } else { "" };
        let length = self.next() % 6;
        let tail = (0..length).map(|_| match self.next() {
            byte @ 0..=199 => char::from(byte),
            byte => char::from_u32(u32::from(byte) * 137).unwrap_or('漢'),
        });
        start.chars().chain(tail).collect()
    }
}

impl<'de> Deserializer<'de> for &mut Dice<'_> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        unreachable!("shapes say what they are")
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.next().is_multiple_of(2))
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(self.number() as i32)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.number())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.text())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_byte_buf(self.text().into_bytes())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.next().is_multiple_of(3) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            DOUBLE => visitor.visit_f64(self.double()),
            // Milliseconds of a few thousand years around the epoch.
            TIMESTAMP => visitor.visit_f64((self.number() >> 18) as f64 / 1000.0),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.next() % 12;
        visitor.visit_seq(Few { dice: self, left, names: &[] })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.next() % 4;
        visitor.visit_map(Few { dice: self, left, names: &[] })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Few { dice: self, left: names.len() as u8, names })
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes unit unit_struct tuple tuple_struct enum
        identifier ignored_any
    }
}

/// The items of a list, the entries of a map, or (with `names`) the members of a structure.
struct Few<'a, 'b> {
    dice: &'a mut Dice<'b>,
    left: u8,
    names: &'static [&'static str],
}

impl<'de> SeqAccess<'de> for Few<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.dice).map(Some)
    }
}

impl<'de> MapAccess<'de> for Few<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        if let Some(name) = self.names.get(usize::from(left)) {
            let name: StrDeserializer<'_, Error> = name.into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        self.dice.key = true;
        seed.deserialize(&mut *self.dice).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(&mut *self.dice)
    }
}
