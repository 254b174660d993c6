//! Form-encoded pairs, in the query string or the body.

use bytes::Bytes;
use http::request::Parts;

/// The form of a request: what its query string and its body say.
pub(crate) fn of(parts: &Parts, body: &Bytes) -> Bytes {
    match parts.uri.query() {
        None | Some("") => body.clone(),
        Some(query) if body.is_empty() => Bytes::copy_from_slice(query.as_bytes()),
        Some(query) => Bytes::from([query.as_bytes(), b"&", body].concat()),
    }
}

/// The value of the first parameter of that name.
pub(crate) fn first(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The value of a parameter in the query string, or else in the body if that looks like a form.
pub(crate) fn parameter(parts: &Parts, body: &[u8], name: &str) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    first(query, name).or_else(|| if is_form(parts) { first(body, name) } else { None })
}

fn is_form(parts: &Parts) -> bool {
    let content_type = parts.headers.get(http::header::CONTENT_TYPE);
    content_type.is_none_or(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}
