//! The serializer.

use std::convert::Infallible;
use std::fmt;

use minicbor::data::Tag;
use minicbor::encode::{Encoder, Error as Low};
use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::timestamp::TIMESTAMP;

/// Encodes an output; `()` as an empty map.
pub(crate) fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { encoder: Encoder::new(Vec::new()), timestamp: false };
    value.serialize(&mut writer)?;
    let body = writer.encoder.into_writer();
    Ok(if body == [NULL] { vec![EMPTY_MAP] } else { body })
}

const NULL: u8 = 0xf6;
const EMPTY_MAP: u8 = 0xa0;

/// Why a value cannot be encoded: only values that no shape has.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Error(String);

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<Low<Infallible>> for Error {
    fn from(error: Low<Infallible>) -> Self {
        Self(error.to_string())
    }
}

struct Writer {
    encoder: Encoder<Vec<u8>>,
    /// The number that comes next is a timestamp, always written as a float.
    timestamp: bool,
}

fn unsupported<T>() -> Result<T, Error> {
    Err(ser::Error::custom("no shape has such a value"))
}

macro_rules! numbers {
    ($($method:ident $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            self.serialize_i64(i64::from(value))
        })*
    };
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32);
    numbers!(serialize_u8 u8, serialize_u16 u16, serialize_u32 u32);

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        Ok(self.encoder.bool(value)?.ok()?)
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        if self.timestamp {
            return self.serialize_f64(value as f64);
        }
        Ok(self.encoder.i64(value)?.ok()?)
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        Ok(self.encoder.u64(value)?.ok()?)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        Ok(self.encoder.f32(value)?.ok()?)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        Ok(self.encoder.f64(value)?.ok()?)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        Ok(self.encoder.str(value)?.ok()?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        Ok(self.encoder.bytes(value)?.ok()?)
    }

    fn serialize_none(self) -> Result<(), Error> {
        Ok(self.encoder.null()?.ok()?)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_none()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        if name != TIMESTAMP {
            return value.serialize(self);
        }
        self.encoder.tag(Tag::new(1))?;
        self.timestamp = true;
        value.serialize(&mut *self)?;
        self.timestamp = false;
        Ok(())
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a>, Error> {
        match len {
            Some(len) => self.encoder.array(len as u64)?,
            None => self.encoder.begin_array()?,
        };
        Ok(Compound { writer: self, open: len.is_none() })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a>, Error> {
        match len {
            Some(len) => self.encoder.map(len as u64)?,
            None => self.encoder.begin_map()?,
        };
        Ok(Compound { writer: self, open: len.is_none() })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Compound<'a>, Error> {
        self.serialize_map(Some(len))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        unsupported()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        unsupported()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        unsupported()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        unsupported()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        unsupported()
    }
}

/// A list, map or structure that is being written.
struct Compound<'a> {
    writer: &'a mut Writer,
    /// Its length was not known in advance.
    open: bool,
}

impl Compound<'_> {
    fn close(self) -> Result<(), Error> {
        if self.open {
            self.writer.encoder.end()?;
        }
        Ok(())
    }
}

impl SerializeSeq for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        key.serialize(&mut *self.writer)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl SerializeStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.writer.encoder.str(key)?;
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}
