//! The request's body: size limits and gunzip.
//!
//! SDKs compress `PutMetricData` from 10 KB on, and spell `gzip` in any case. A body that inflates without end
//! is cut off at the limit; no more than that is ever allocated.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, HeaderMap};

use crate::fault::Fault;
use crate::service::Limits;

/// The body without its content encoding.
pub(crate) fn decoded(headers: &HeaderMap, body: Bytes, limits: Limits) -> Result<Bytes, Fault> {
    if body.len() > limits.body {
        return Err(Fault::request_entity_too_large(body.len(), limits.body));
    }
    let encoding = headers.get(CONTENT_ENCODING).map_or(&b""[..], |value| value.as_bytes().trim_ascii());
    match encoding.to_ascii_lowercase().as_slice() {
        b"" | b"identity" => Ok(body),
        b"gzip" | b"x-gzip" => gunzip(&body, limits.decoded),
        // What AWS answers here is unknown.
        _ => Err(Fault::serialization("Unsupported content encoding: only gzip is supported")),
    }
}

fn gunzip(body: &[u8], limit: usize) -> Result<Bytes, Fault> {
    let mut decoded = Vec::with_capacity(limit.min(body.len().saturating_mul(8)));
    // One byte more than allowed, to tell "just fits" from "too large".
    let read = MultiGzDecoder::new(body).take(limit as u64 + 1).read_to_end(&mut decoded);
    if decoded.len() > limit {
        return Err(Fault::decoded_too_large(limit));
    }
    // AWS's own wording for a damaged stream is unknown.
    read.map_err(|_| Fault::serialization("Unable to decompress the request body: not valid gzip"))?;
    Ok(Bytes::from(decoded))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn zipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn encodings_and_limits() {
        let check = |encoding: Option<&'static str>, body: Vec<u8>, expected: Result<&[u8], &str>| {
            let mut headers = HeaderMap::new();
            headers.extend(encoding.map(|name| (CONTENT_ENCODING, name.parse().unwrap())));
            let read = decoded(&headers, Bytes::from(body), Limits { body: 100, decoded: 200 });
            let read = read.as_deref().map_err(|fault| fault.message().unwrap());
            assert_eq!(read, expected, "{encoding:?}");
        };
        let full = [b'x'; 200];
        check(None, b"plain".to_vec(), Ok(b"plain"));
        check(Some("identity"), b"plain".to_vec(), Ok(b"plain"));
        check(Some("gzip"), zipped(b"small"), Ok(b"small"));
        check(Some("GZIP"), zipped(b"small"), Ok(b"small"));
        check(Some("gzip"), zipped(&full), Ok(&full));
        check(Some("gzip"), zipped(&[b'x'; 201]), Err("Decompressed request size exceeded 200 bytes"));
        check(Some("gzip"), zipped(&vec![0; 60_000]), Err("Decompressed request size exceeded 200 bytes"));
        check(None, vec![0; 100], Ok(&[0; 100]));
        check(None, vec![0; 101], Err("Request size 101 exceeded 100 bytes"));
        let damaged = "Unable to decompress the request body: not valid gzip";
        check(Some("gzip"), zipped(b"some text that is cut")[..20].to_vec(), Err(damaged));
        check(Some("gzip"), b"plain".to_vec(), Err(damaged));
        check(Some("gzip"), Vec::new(), Err(damaged));
        check(Some("br"), Vec::new(), Err("Unsupported content encoding: only gzip is supported"));
    }
}
