//! Refusals that nobody has recorded, in the words that AWS has for their like: all of these are guesses.

use super::{Pattern, Purpose, check_error};

#[test]
fn terms() {
    let check = |text, expected| check_error(text, Purpose::Search, expected);
    check("ERROR -", "Invalid filter pattern");
    check("? -ERROR", "Invalid filter pattern");
    check("--ERROR", "Invalid filter pattern");
    check("\"ERROR\" || \"WARN\"", "Invalid character(s) in term '|'");
    check("level=ERROR", "Invalid character(s) in term '='");
    check("Ошибка", "Invalid character(s) in term 'О'");
    check("%unclosed", "Invalid character(s) in term '%unclosed'");
    check("%%", "Invalid character(s) in term '%%'");
    check("%a% %b% %c%", "Your input has exceeded the maximum of 2 regular expressions per filter pattern.");
    check("ERROR }", "Invalid character(s) in term '}'");
    check(&"a".repeat(1025), "Invalid filter pattern");
    assert!(Pattern::parse(&"é".repeat(1025)).is_err());
    assert!(Pattern::parse(&format!("\"{}\"", "é".repeat(1022))).is_ok());
}

#[test]
fn regular_expressions() {
    let check = |text, expected| check_error(text, Purpose::Search, expected);
    let all = [
        "%*a%",
        "%a**%",
        "%a+*%",
        "%a{3}{3}%",
        "%{3}%",
        "%a{4,3}%",
        "%a{513}%",
        "%a{99999999999}%",
        "%|*%",
        "%^*%",
        "%[%",
        "%[]%",
        "%[^]%",
        "%[z-a]%",
        r"%[a-\d]%",
        "%[a--]%",
        "%[[:alpha:]]%",
        r"%\1%",
        r"%\b%",
        r"%\pL%",
        r"%\x4%",
        r"%\xFF%",
        r"%\xg0%",
        r"%a\%",
        "%.{300}a.{300}%",
    ];
    for text in all {
        check(text, "Failed to compile regular expression.");
    }
}

#[test]
fn json() {
    let check = |text, expected| check_error(text, Purpose::Search, expected);
    for text in [
        "{}",
        "{ }",
        "{ $.a }",
        "{ = 1 }",
        "{ $.a = 1 && }",
        "{ && $.a = 1 }",
        "{ $.a = 1 $.b = 2 }",
        "{ ($.a = 1 }",
        "{ $.a = 1) }",
        "{ () }",
        "{ $.a = 1 } }",
        "{ $.a = 1 } ERROR }",
        "{ { $.a = 1 } }",
        "{ a = 1 }",
        "{ \"a\" = 1 }",
        "{ $.a = $.b }",
        "{ $.a IS }",
        "{ $.a NOT }",
        "{ $.a NOT NULL }",
        "{ $.a = NULL }",
        "{ $.a is null }",
        "{ $.a < }",
        "{ $.a > b }",
        "{ $.a >= %b% }",
        "{ $.a =! 1 = }",
    ] {
        let expected =
            if text.contains("=!") { "Invalid character(s) in term '! '" } else { "Invalid filter pattern" };
        check(text, expected);
    }
    check("{ $.a = b, $.c = d }", "Invalid character(s) in term ','");
    check("{ $.a = b & $.c = d }", "Invalid character(s) in term '& '");
    check("{ $.a = b | $.c = d }", "Invalid character(s) in term '| '");
    check("{ $a = b }", "Invalid character(s) in term '$a'");
    check("{ $. = b }", "Invalid character(s) in term '$. '");
    check("{ $.a. = b }", "Invalid character(s) in term '. '");
    check("{ $.a[] = b }", "Invalid character(s) in term '[]'");
    check("{ $.a[b] = b }", "Invalid character(s) in term '[b'");
    check("{ $.a[99999999999999999999] = b }", "Invalid character(s) in term '[99999999999999999999]'");
    check("{ $.@timestamp = b }", "Invalid character(s) in term '$.@'");
    check("{ $.a = b@c }", "Invalid character(s) in term '@'");
    check("{ $.a = \"b }", "Invalid character(s) in term '\"b }'");
    check("{ $.a = %b }", "Invalid character(s) in term '%b }'");
    check("{ $.a['b = 1 }", "Invalid character(s) in term '['b = 1 }'");
    check_error("{ $.a > b }", Purpose::MetricFilter, "Invalid character(s) in term 'b'");
    check_error("{ $.a > b }", Purpose::SubscriptionFilter, "Invalid character(s) in term 'b'");
}

#[test]
fn fields() {
    let check = |text, expected| check_error(text, Purpose::Search, expected);
    for text in [
        "[a b]",
        "[a = ]",
        "[a = 1 ||]",
        "[a = 1 && b = 1, b]",
        "[a || a = 1]",
        "[a] b]",
        "[a [b]]",
        "[= 1]",
        "[\"a\"]",
        "[... a]",
        "[(a = 1]",
        "[a IS NULL]",
        "[w1!=ERROR AND w1!=WARNING, w2]",
        "[w1=ERROR && || w1=WARNING, w2]",
        "[w1==ERROR || w1!=WARNING, w2]",
        "[a > b]",
        "[a = 1 || ..., b]",
    ] {
        check(text, "Invalid filter pattern");
    }
    check("[a* = 1]", "Invalid character(s) in term 'a*'");
    check("[a.b]", "Invalid character(s) in term 'a.b'");
    check("[$a = 1]", "Invalid character(s) in term '$'");
    check("[w1=!ERROR, w2]", "Invalid character(s) in term '!E'");
    check(
        "[a = %x%, b = %y%, c = %z%]",
        "Your input has exceeded the maximum of 2 regular expressions per filter pattern.",
    );
    check("[..., a, b, ...]", "Duplicate field '...'");
    check("[a, ..., a]", "Duplicate field 'a'");
}

#[test]
fn deep_parentheses() {
    let nested = |depth: usize| format!("{{ {}$.a = 1{} }}", "(".repeat(depth), ")".repeat(depth));
    assert!(Pattern::parse(&nested(64)).is_ok_and(|pattern| pattern.matches(r#"{"a": 1}"#)));
    check_error(&nested(65), Purpose::Search, "Invalid filter pattern");
    check_error(&nested(500), Purpose::Search, "Invalid filter pattern");
}
