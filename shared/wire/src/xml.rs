//! XML answers of awsQuery, written by a small serde serializer.
//!
//! Source: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>. Lists are `<Metrics><member>…`, maps
//! `<entry><key>…<value>…`, what is empty is `<Metrics/>`. Attributes, namespaces inside, flattened lists and
//! reading XML are not needed. XML 1.0 cannot carry most control characters, not even escaped: they become
//! U+FFFD, so that the document stays readable.

use std::fmt::{self, Display, Write as _};

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer};

use crate::fault::Fault;
use crate::timestamp::{TIMESTAMP, Timestamp};

/// The answer of an operation; without the result element when `out` is `()`.
pub(crate) fn output<O: Serialize>(
    namespace: &str,
    operation: &str,
    out: &O,
    request_id: &str,
) -> Option<Vec<u8>> {
    let mut xml = format!("<{operation}Response xmlns=\"{}\">", Escaped(namespace));
    out.serialize(Element { xml: &mut xml, name: &format!("{operation}Result"), timestamp: false }).ok()?;
    let id = Escaped(request_id);
    write!(xml, "<ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>")
        .ok()?;
    Some(xml.into_bytes())
}

/// The document of an error.
pub(crate) fn error(namespace: &str, fault: &Fault, request_id: &str) -> Option<Vec<u8>> {
    let mut xml = format!("<ErrorResponse xmlns=\"{}\"><Error>", Escaped(namespace));
    write!(xml, "<Type>{}</Type><Code>{}</Code>", fault.side(), Escaped(fault.code())).ok()?;
    if let Some(message) = fault.message() {
        write!(xml, "<Message>{}</Message>", Escaped(message)).ok()?;
    }
    for (name, value) in fault.members() {
        value.serialize(Element { xml: &mut xml, name, timestamp: false }).ok()?;
    }
    write!(xml, "</Error><RequestId>{}</RequestId></ErrorResponse>", Escaped(request_id)).ok()?;
    Some(xml.into_bytes())
}

/// Text, escaped for elements and attributes.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain = 0;
        for (at, char) in self.0.char_indices() {
            let escape = match char {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&apos;",
                // Readers would turn these into plain line feeds.
                '\r' => "&#xD;",
                '\u{85}' => "&#x85;",
                '\u{2028}' => "&#x2028;",
                '\t' | '\n' => continue,
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
                _ => continue,
            };
            f.write_str(&self.0[plain..at])?;
            f.write_str(escape)?;
            plain = at + char.len_utf8();
        }
        f.write_str(&self.0[plain..])
    }
}

/// Why a value cannot be written: only values that no shape has.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Error(String);

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<fmt::Error> for Error {
    fn from(error: fmt::Error) -> Self {
        Self(error.to_string())
    }
}

fn unsupported<T>() -> Result<T, Error> {
    Err(ser::Error::custom("no shape has such a value"))
}

/// An element that is to be written; nothing is written for values that are absent.
struct Element<'a> {
    xml: &'a mut String,
    name: &'a str,
    /// The value is a timestamp, given in epoch seconds.
    timestamp: bool,
}

impl<'a> Element<'a> {
    fn text(self, text: impl Display) -> Result<(), Error> {
        Ok(write!(self.xml, "<{0}>{text}</{0}>", self.name)?)
    }

    fn open(self) -> Result<Compound<'a>, Error> {
        write!(self.xml, "<{}>", self.name)?;
        let start = self.xml.len();
        Ok(Compound { xml: self.xml, name: self.name, start })
    }
}

macro_rules! display {
    ($($method:ident $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            self.text(value)
        })*
    };
}

impl<'a> Serializer for Element<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    display!(serialize_bool bool, serialize_i8 i8, serialize_i16 i16, serialize_i32 i32);
    display!(serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64);

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        if self.timestamp {
            return self.text(Timestamp::from_millis(value.saturating_mul(1000)));
        }
        self.text(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        if self.timestamp {
            return self.text(Timestamp::from_millis((value * 1000.0).round() as i64));
        }
        // As Java prints whole numbers: 1.0. Infinities only occur where an operation lets them through.
        self.text(format_args!("{value:?}"))
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.text(Escaped(value))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        unsupported()
    }

    fn serialize_none(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(Element { timestamp: name == TIMESTAMP, ..self })
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>, Error> {
        self.open()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>, Error> {
        self.open()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Error> {
        self.open()
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

/// An element with elements inside.
struct Compound<'a> {
    xml: &'a mut String,
    name: &'a str,
    /// Where its content starts.
    start: usize,
}

impl Compound<'_> {
    fn child<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        value.serialize(Element { xml: self.xml, name, timestamp: false })
    }

    fn close(self) -> Result<(), Error> {
        if self.xml.len() == self.start {
            // Nothing inside: `<Name>` becomes `<Name/>`.
            self.xml.truncate(self.start - 1);
            self.xml.push_str("/>");
            return Ok(());
        }
        Ok(write!(self.xml, "</{}>", self.name)?)
    }
}

impl SerializeSeq for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.child("member", value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.xml.push_str("<entry>");
        self.child("key", key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.child("value", value)?;
        self.xml.push_str("</entry>");
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl SerializeStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.child(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

#[cfg(test)]
mod tests;
