//! The deserializer. It borrows strings from the body and keeps no tree.

use std::fmt;

use minicbor::data::{Tag, Type};
use minicbor::decode::{Decoder, Error as Low};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use crate::timestamp::TIMESTAMP;

/// Beyond any shape's nesting; guards the stack.
const DEEPEST: usize = 64;

/// Tag 1 of RFC 8949: epoch seconds.
const EPOCH: Tag = Tag::new(1);

/// Decodes a body into a structure; an empty body is an empty structure.
pub(crate) fn from_bytes<T: de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    // A map without entries.
    let body = if body.is_empty() { &[0xa0] } else { body };
    let mut reader = Reader { decoder: Decoder::new(body), depth: 0 };
    let value = T::deserialize(&mut reader).map_err(|error| error.to_string())?;
    if reader.decoder.position() < body.len() {
        return Err("Unexpected data after the end of the structure".to_owned());
    }
    Ok(value)
}

/// Major types: the upper three bits of an item's first byte.
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// Whole first bytes.
const INDEFINITE_TEXT: u8 = 0x7f;
const NULL: u8 = 0xf6;
const UNDEFINED: u8 = 0xf7;
const BREAK: u8 = 0xff;

/// Why a body cannot be decoded.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("Invalid CBOR: {0}")]
    Low(#[from] Low),
    #[error("{0}")]
    Shape(String),
    #[error("Structures are nested too deeply")]
    TooDeep,
    #[error("Unexpected tag {0}")]
    Tag(u64),
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

struct Reader<'de> {
    decoder: Decoder<'de>,
    depth: usize,
}

impl<'de> Reader<'de> {
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth == DEEPEST {
            return Err(Error::TooDeep);
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// The first byte of the next item; much cheaper than its `datatype`.
    fn peek(&self) -> Result<u8, Error> {
        let next = self.decoder.input().get(self.decoder.position());
        next.copied().ok_or_else(|| Error::Low(Low::end_of_input()))
    }

    /// Passes the byte that was peeked at.
    fn pass(&mut self) {
        self.decoder.set_position(self.decoder.position() + 1);
    }

    fn wrong_type<T>(&self, expected: &dyn de::Expected) -> Result<T, Error> {
        let found = self.decoder.datatype()?;
        Err(de::Error::invalid_type(Unexpected::Other(kind(found)), expected))
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.decoder.array()?;
        self.nested(|reader| {
            let mut items = Items { reader, left };
            let value = visitor.visit_seq(&mut items)?;
            items.finish()?;
            Ok(value)
        })
    }

    fn map<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.decoder.map()?;
        self.nested(|reader| {
            let mut items = Items { reader, left };
            let value = visitor.visit_map(&mut items)?;
            items.finish()?;
            Ok(value)
        })
    }

    fn text<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        if self.peek()? != INDEFINITE_TEXT {
            return visitor.visit_borrowed_str(self.decoder.str()?);
        }
        let mut text = String::new();
        for chunk in self.decoder.str_iter()? {
            text.push_str(chunk?);
        }
        visitor.visit_string(text)
    }

    fn bytes<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let mut bytes = Vec::new();
        for chunk in self.decoder.bytes_iter()? {
            bytes.extend_from_slice(chunk?);
        }
        visitor.visit_byte_buf(bytes)
    }

    fn tagged<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let tag = self.decoder.tag()?;
        if tag != EPOCH || self.peek()? >> 5 == TAG {
            return Err(Error::Tag(tag.as_u64()));
        }
        self.deserialize_any(visitor)
    }
}

fn kind(found: Type) -> &'static str {
    match found {
        Type::Bool => "Boolean",
        Type::Null | Type::Undefined => "null",
        Type::F16 | Type::F32 | Type::F64 => "float",
        Type::Bytes | Type::BytesIndef => "byte string",
        Type::String | Type::StringIndef => "string",
        Type::Array | Type::ArrayIndef => "list",
        Type::Map | Type::MapIndef => "structure or map",
        Type::Tag => "tag",
        Type::Break | Type::Simple | Type::Unknown(_) => "unassigned value",
        _ => "integer",
    }
}

/// Deserializes by `$read` where the next item is of the major type `$major`, else refuses it.
macro_rules! only {
    ($($method:ident: $major:ident => $read:ident;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            if self.peek()? >> 5 == $major { self.$read(visitor) } else { self.wrong_type(&visitor) }
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.decoder.datatype()? {
            Type::Bool => visitor.visit_bool(self.decoder.bool()?),
            Type::Null => self.decoder.null().map_err(Error::from).and_then(|()| visitor.visit_unit()),
            Type::Undefined => {
                self.decoder.undefined().map_err(Error::from).and_then(|()| visitor.visit_unit())
            }
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => visitor.visit_u64(self.decoder.u64()?),
            Type::I8 | Type::I16 | Type::I32 | Type::I64 => visitor.visit_i64(self.decoder.i64()?),
            Type::F16 | Type::F32 | Type::F64 => visitor.visit_f64(self.decoder.f64()?),
            Type::Bytes | Type::BytesIndef => self.bytes(visitor),
            Type::String | Type::StringIndef => self.text(visitor),
            Type::Array | Type::ArrayIndef => self.list(visitor),
            Type::Map | Type::MapIndef => self.map(visitor),
            Type::Tag => self.tagged(visitor),
            Type::Int | Type::Simple | Type::Break | Type::Unknown(_) => self.wrong_type(&visitor),
        }
    }

    only! {
        deserialize_str: TEXT => text;
        deserialize_string: TEXT => text;
        deserialize_identifier: TEXT => text;
        deserialize_byte_buf: BYTES => bytes;
        deserialize_seq: ARRAY => list;
        deserialize_map: MAP => map;
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !matches!(self.peek()?, NULL | UNDEFINED) {
            return visitor.visit_some(self);
        }
        self.pass();
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == TIMESTAMP && self.peek()? >> 5 == TAG {
            return self.tagged(visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes unit unit_struct
        tuple tuple_struct enum ignored_any
    }
}

/// The items of a list, or the keys and values of a map.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    /// How many are left; `None` when a break ends them.
    left: Option<u64>,
}

impl Items<'_, '_> {
    fn next(&mut self) -> Result<bool, Error> {
        match &mut self.left {
            Some(0) => Ok(false),
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
            None => Ok(self.reader.peek()? != BREAK),
        }
    }

    /// Everything must have been visited; an indefinite length ends with a break, which is skipped.
    fn finish(&mut self) -> Result<(), Error> {
        if self.next()? {
            return Err(de::Error::custom("Unexpected items in a structure"));
        }
        if self.left.is_none() {
            self.reader.pass();
        }
        Ok(())
    }

    /// An honest hint: no more items than bytes.
    fn hint(&self) -> Option<usize> {
        let bytes = self.reader.decoder.input().len() - self.reader.decoder.position();
        self.left.map(|left| usize::try_from(left).unwrap_or(bytes).min(bytes))
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.next()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.next()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}
