//! Halves of a UTF-16 pair, escaped in JSON, without their other half.
//!
//! Programs whose texts are UTF-16 cut them anywhere, and their JSON then has a `\ud83d` alone. It is no character; parsers of UTF-16
//! languages take it, and Rust's refuses the whole body. What AWS stores of it is unknown: here it is U+FFFD, the replacement character.

/// The body with replacements for lone halves; `None` when it has none.
pub(super) fn mended(body: &str) -> Option<String> {
    let (mut out, mut rest, mut found) = (String::new(), body, false);
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        out.push_str(plain);
        let (taken, replaced) = match unit(escape) {
            Some(0xD800..0xDC00) => match escape.get(6..).and_then(unit) {
                Some(0xDC00..0xE000) => (12, false),
                _ => (6, true),
            },
            Some(0xDC00..0xE000) => (6, true),
            Some(_) => (6, false),
            // The backslash and one character, whatever that is.
            None => (1 + escape[1..].chars().next().map_or(0, char::len_utf8), false),
        };
        out.push_str(if replaced { "\\ufffd" } else { &escape[..taken] });
        found |= replaced;
        rest = &escape[taken..];
    }
    out.push_str(rest);
    found.then_some(out)
}

/// The code unit of an escape like `\ud83d` at the beginning of a text.
fn unit(text: &str) -> Option<u16> {
    let hex = text.strip_prefix("\\u")?.get(..4)?;
    if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) { u16::from_str_radix(hex, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_halves_are_replaced() {
        fn check(body: &str, expected: Option<&str>) {
            assert_eq!(mended(body).as_deref(), expected, "{body}");
        }
        check(r#"{"a": "x"}"#, None);
        check(r#"{"a": "\ud83d\ude00 \n \\ud83d \u00e9"}"#, None);
        check(r#"{"a": "cut \ud83d"}"#, Some(r#"{"a": "cut \ufffd"}"#));
        check(r#"{"a": "\ude00\ud83d\ud83d\ude00"}"#, Some(r#"{"a": "\ufffd\ufffd\ud83d\ude00"}"#));
        check(r#""\ud83d\n""#, Some(r#""\ufffd\n""#));
        check("\\", None);
        check("\\ü\\u12", None);
    }
}
