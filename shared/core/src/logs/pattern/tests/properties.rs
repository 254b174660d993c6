//! Properties of any pattern and any message.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::super::glob::Glob;
use super::Pattern;

/// Pieces of which patterns are made.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{1,3}",
        "[0-9]{1,2}",
        prop::sample::select(vec![
            " ",
            "{ ",
            " }",
            "[",
            "]",
            "(",
            ")",
            ",",
            "...",
            "=",
            "!=",
            "<",
            ">=",
            "&&",
            "||",
            "\"",
            "\\",
            "%",
            "-",
            "?",
            "*",
            "$.",
            "$.a",
            "$.b[0]",
            "$.*",
            ".a",
            "[*]",
            "['a']",
            "IS NULL",
            "IS TRUE",
            "NOT EXISTS",
            "a=",
            "é",
            "'",
            "%a+b%",
            "%[ab]%",
            r"%\d%",
            "{2}",
            "{1,}",
            "^",
            "$",
            "|",
            "+",
            ".",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Values to compare with.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab*]{1,4}",
        "\"[ab0-2*é.-]{0,4}\"",
        "-?[0-2]{1,2}(\\.[0-2])?(e[0-2])?",
        regex().prop_map(|regex| format!("%{regex}%")),
    ]
}

/// Regular expressions of AWS's kind.
fn regex() -> impl Strategy<Value = String> {
    let atom =
        prop_oneof!["[ab]", "[0-2]", Just(".".to_owned()), Just(r"\d".to_owned()), "\\[\\^?[ab0]{1,2}\\]"];
    let times = prop_oneof![
        5 => Just(String::new()),
        1 => "[*+?]",
        1 => "\\{[0-2](,[2-4]?)?\\}",
    ];
    let branch = vec((atom, times), 1..5)
        .prop_map(|parts| parts.into_iter().map(|(atom, times)| atom + &times).collect::<String>());
    vec(branch, 1..3).prop_map(|branches| branches.join("|"))
}

fn selector() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["$.a", "$.b", "$.a.b", "$.a[0]", "$.b[1].a", "$.*", "$.a[*]", "$.['a']"])
        .prop_map(str::to_owned)
}

fn operator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["=", "=", "=", "!=", "<", ">="])
}

/// Patterns that mostly are some.
fn likely() -> impl Strategy<Value = String> {
    let term = prop_oneof![
        ("[?-]{0,1}", "[ab]{1,3}").prop_map(|(sign, term)| sign + &term),
        "\"[ab -]{0,4}\"",
        regex().prop_map(|regex| format!("%{regex}%")),
    ];
    let condition = prop_oneof![
        4 => (selector(), operator(), value()).prop_map(|(selector, operator, value)| format!("{selector} {operator} {value}")),
        1 => (selector(), prop::sample::select(vec!["IS NULL", "IS TRUE", "NOT EXISTS"]))
            .prop_map(|(selector, test)| format!("{selector} {test}")),
    ];
    let joined = |conditions: Vec<(String, bool)>| {
        let mut text = String::new();
        for (position, (condition, and)) in conditions.into_iter().enumerate() {
            let joint = if and { " && " } else { " || " };
            text += if position == 0 { "" } else { joint };
            text += &condition;
        }
        text
    };
    let field = prop_oneof![
        Just(String::new()),
        Just("...".to_owned()),
        (operator(), value()).prop_map(|(operator, value)| format!("NAME {operator} {value}")),
        (operator(), value(), operator(), value())
            .prop_map(|(one, left, other, right)| format!("NAME {one} {left} || NAME {other} {right}")),
    ];
    prop_oneof![
        vec(term, 0..4).prop_map(|terms| terms.join(" ")),
        vec((condition, any::<bool>()), 1..4)
            .prop_map(move |conditions| format!("{{ {} }}", joined(conditions))),
        vec(field, 0..4).prop_map(|fields| {
            let named = fields
                .iter()
                .enumerate()
                .map(|(position, field)| field.replace("NAME", &format!("f{position}")));
            format!("[{}]", named.collect::<Vec<_>>().join(", "))
        }),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..30i64).prop_map(Value::from),
        (0..8i32).prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "[ab0-2é\"\\\\]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn message() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab0-2 é.\\[\\]\"\\\\-]{0,12}",
        prop::collection::btree_map("[ab]", json(), 0..3)
            .prop_map(|members| Value::Object(members.into_iter().collect()).to_string()),
    ]
}

/// Wildcards by definition.
fn glob_matches(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', others)) => (0..=text.len()).any(|skipped| glob_matches(others, &text[skipped..])),
        Some((first, others)) => {
            text.split_first().is_some_and(|(head, tail)| head == first && glob_matches(others, tail))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_texts_are_read_or_refused(text in ".{0,40}", message in ".{0,40}") {
        if let Ok(pattern) = Pattern::parse(&text) {
            let _ = pattern.find(&message).map(|found| found.extracted());
        }
    }

    #[test]
    fn pieces_are_read_or_refused(pieces in vec(piece(), 0..12), message in message()) {
        for text in [pieces.concat(), format!("{{{}}}", pieces.concat()), format!("[{}]", pieces.concat())] {
            match Pattern::parse(&text) {
                Ok(pattern) => prop_assert!(pattern.compiled.find(&message).is_none() || pattern.prefilter().allows(message.as_bytes())),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn prefilters_rule_out_no_match(text in likely(), messages in vec(message(), 8)) {
        let Ok(pattern) = Pattern::parse(&text) else { return Ok(()) };
        let prefilter = pattern.prefilter();
        for message in messages {
            let matches = pattern.compiled.find(&message).is_some();
            prop_assert!(!matches || prefilter.allows(message.as_bytes()), "{message}: {prefilter:?}");
            prop_assert_eq!(pattern.matches(&message), matches);
        }
    }

    /// Terms by definition.
    #[test]
    fn terms_are_contained(terms in vec(("[?-]{0,1}", "[ab]{1,3}"), 0..5), message in "[ab ]{0,8}") {
        let text: Vec<String> = terms.iter().map(|(sign, term)| format!("{sign}{term}")).collect();
        let signed = |wanted: &str| terms.iter().filter(|(sign, _)| sign == wanted).map(|(_, term)| message.contains(term)).collect::<Vec<_>>();
        let (included, excluded, optional) = (signed(""), signed("-"), signed("?"));
        let expected = if included.is_empty() && excluded.is_empty() {
            optional.is_empty() || optional.contains(&true)
        } else {
            !included.contains(&false) && !excluded.contains(&true)
        };
        let pattern = Pattern::parse(&text.join(" ")).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(pattern.matches(&message), expected);
    }

    #[test]
    fn wildcards_stand_for_anything(pattern in "[ab*]{0,6}", text in "[ab*]{0,8}") {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(Glob::new(&pattern).matches(&text), glob_matches(&characters(&pattern), &characters(&text)));
    }

    /// Values by `serde_json`'s tree.
    #[test]
    fn values_are_found(root in prop::collection::btree_map("[ab]", json(), 0..3), path in vec("[ab]|0|1", 1..4)) {
        let root = Value::Object(root.into_iter().collect());
        let mut selector = "$".to_owned();
        let mut expected = Some(&root);
        for (position, step) in path.iter().enumerate() {
            let index = step.parse::<usize>().ok().filter(|_| position > 0);
            selector += &index.map_or_else(|| format!(".{step}"), |index| format!("[{index}]"));
            expected = expected.and_then(|value| match index {
                Some(index) => value.get(index),
                None => value.get(step),
            });
        }
        let expected = match expected {
            Some(Value::String(text)) => Some(text.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
            _ => None,
        };
        let message = root.to_string();
        let pattern = Pattern::parse("{ $.x NOT EXISTS }").map_err(|error| TestCaseError::fail(error.to_string()))?;
        let found = pattern.find(&message).and_then(|found| found.value(&selector).map(std::borrow::Cow::into_owned));
        prop_assert_eq!(found, expected);
    }

    /// Every field stands in the message, in order, and only white space, quotes and brackets are left out.
    #[test]
    fn fields_are_parts(message in "[a \t\\[\\]\"\\\\]{0,20}") {
        let pattern = Pattern::parse("[]").map_err(|error| TestCaseError::fail(error.to_string()))?;
        let found = pattern.find(&message).map(|found| found.extracted()).unwrap_or_default();
        let mut rest = message.as_str();
        for position in 1..=found.len() {
            let field = &found[&format!("${position}")];
            let at = rest.find(field.as_str()).ok_or_else(|| TestCaseError::fail("not in order"))?;
            prop_assert!(rest[..at].chars().all(|character| " \t[]\"".contains(character)));
            rest = &rest[at + field.len()..];
        }
        prop_assert!(rest.chars().all(|character| " \t[]\"".contains(character)));
    }
}
