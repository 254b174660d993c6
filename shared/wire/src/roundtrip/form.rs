//! Writes a value as an awsQuery form: the client's side. It goes through JSON, and so writes what JSON writes.

use serde::Serialize;
use serde_json::Value;

pub(super) fn encoded(value: &impl Serialize) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (key, value) in pairs(&serde_json::to_value(value).unwrap()) {
        form.append_pair(&key, &value);
    }
    form.finish()
}

/// Only structures' members start with a capital (or are cloudtrail-data's); random map keys start with `~`.
fn pairs(value: &Value) -> Vec<(String, String)> {
    let below = |path: String, value: &Value| {
        pairs(value).into_iter().map(move |(rest, text)| {
            (if rest.is_empty() { path.clone() } else { format!("{path}.{rest}") }, text)
        })
    };
    match value {
        Value::Object(members) if members.keys().any(|key| key.starts_with('~')) => {
            let entries = members.iter().enumerate();
            entries
                .flat_map(|(index, (key, value))| {
                    let entry = format!("entry.{}", index + 1);
                    let mut both = vec![(format!("{entry}.key"), key.clone())];
                    both.extend(below(format!("{entry}.value"), value));
                    both
                })
                .collect()
        }
        Value::Object(members) if !members.is_empty() => {
            members.iter().flat_map(|(name, value)| below(name.clone(), value)).collect()
        }
        Value::Array(items) if !items.is_empty() => {
            let items = items.iter().enumerate();
            items.flat_map(|(index, item)| below(format!("member.{}", index + 1), item)).collect()
        }
        Value::Object(_) | Value::Array(_) => vec![(String::new(), String::new())],
        Value::String(text) => vec![(String::new(), text.clone())],
        other => vec![(String::new(), other.to_string())],
    }
}
