//! Our own choices, values, selectors, prefilters, and what must not take long.

use super::{Found, Kind, Pattern, Prefilter, check, check_all, check_extracted, pattern};

#[test]
fn kinds() {
    for (text, kind, regexes) in [
        ("", Kind::Terms, 0),
        (" \n", Kind::Terms, 0),
        ("ERROR", Kind::Terms, 0),
        ("%a% -%b%", Kind::Terms, 2),
        ("\"%a%\"", Kind::Terms, 0),
        ("{ $.a = %b% }", Kind::Json, 1),
        (" { $.a = \"%b%\" }\n", Kind::Json, 0),
        ("[a = %b% || a = %c%]", Kind::SpaceDelimited, 2),
        ("[]", Kind::SpaceDelimited, 0),
    ] {
        let pattern = pattern(text);
        assert_eq!((pattern.text(), pattern.kind(), pattern.regexes()), (text, kind, regexes));
    }
}

#[test]
fn terms() {
    check(r#""say \"hello\"""#, r#"say "hello""#, true);
    check(r#""C:\\temp""#, r"C:\temp", true);
    check(r#""C:\temp""#, r"C:\temp", true);
    check(r#""a\\""#, r"a\", true);
    check("?%a+% ?b", "caat", true);
    check("? a ? b", "b", true);
    check("-%a+%", "caat", false);
    check("\"Fehler: Überlauf\"", "Fehler: Überlauf", true);
    check("\"a*\"", "aa", false);
    check("ERROR\tWARN\n", "WARN ERROR", true);
    check("a\"b\"%c%", "abc", true);
    check("", "", true);
    check("a", "", false);
}

#[test]
fn regular_expressions() {
    check_all("%^.$%", &["a", "é", "\u{1F600}", "ab", "\n"], &[0, 1, 2]);
    check_all("%a.b%", &["a-b", "a\nb"], &[0]);
    check_all("%a$%", &["a", "a\n"], &[0]);
    check_all("%a{%", &["a{", "a"], &[0]);
    check_all("%a{x}%", &["a{x}", "ax"], &[0]);
    check_all("%a{,}%", &["a{,}", "a"], &[0]);
    check_all("%^a{2, 3}$%", &["a", "aa", "aaa", "aaaa"], &[1, 2]);
    check_all("%a]%", &["a]", "a"], &[0]);
    check_all("%[]a]%", &["]", "a", "b"], &[0, 1]);
    check_all("%[^]a]%", &["]", "a", "b"], &[2]);
    check_all("%[a-]%", &["-", "a", "b"], &[0, 1]);
    check_all("%[-a]%", &["-", "a", "b"], &[0, 1]);
    check_all("%[+--]%", &["+", ",", "-", "."], &[0, 1, 2]);
    check_all("%[--/]%", &["-", ".", "/", "0"], &[0, 1, 2]);
    check_all("%[[]%", &["[", "]"], &[0]);
    check_all(r"%[\]]%", &["]", "["], &[0]);
    check_all(r"%[\d\-]%", &["5", "-", "a"], &[0, 1]);
    check_all(r"%[\D]%", &["5", "a"], &[1]);
    check_all(r"%[^\D]%", &["5", "a"], &[0]);
    check_all(r"%[\x41-\x43]%", &["A", "C", "D"], &[0, 1]);
    check_all(r"%a\/b\-c\:d%", &["a/b-c:d", "abcd"], &[0]);
    check_all(r"%a\\b%", &[r"a\b", "ab"], &[0]);
    check_all(r"%a\|b%", &["a|b", "a"], &[0]);
    check_all(r"%\x25%", &["50%", "50"], &[0]);
    check_all("%^a*?$%", &["", "aaa", "b"], &[0, 1]);
    check_all("%a|%", &["a", "b"], &[0, 1]);
    check_all("%a^b%", &["ab", "a^b"], &[]);
    check_all("%^$%", &["", "a"], &[0]);
    check_all(r"%\d%", &["5", "٥"], &[0]);
    check_all(r"%^\s$%", &[" ", "\u{A0}", "\u{B}"], &[0, 2]);
}

#[test]
fn json() {
    check_all("{ $.a = b*d }", &[r#"{"a":"bcd"}"#, r#"{"a":"bd"}"#, r#"{"a":"bcde"}"#], &[0, 1]);
    check_all(r#"{ $.a = "*b*" }"#, &[r#"{"a":"abc"}"#, r#"{"a":"b"}"#, r#"{"a":"ac"}"#], &[0, 1]);
    check_all("{ $.a = *11.1 }", &[r#"{"a":"11.11.1"}"#, r#"{"a":11.1}"#], &[0, 1]);
    check_all("{ $.a = 4* }", &[r#"{"a":404}"#, r#"{"a":"404"}"#, r#"{"a":1404}"#], &[0, 1]);
    check_all("{ $.a = \"1.0\" }", &[r#"{"a":1.0}"#, r#"{"a":1}"#, r#"{"a":"1.0"}"#], &[0, 2]);
    check_all(
        "{ $.a != %b% }",
        &[r#"{"a":"abc"}"#, r#"{"a":"ac"}"#, r#"{"a":5}"#, r#"{"a":null}"#, "{}"],
        &[1, 2],
    );
    check_all("{ $.a = %^4..$% }", &[r#"{"a":404}"#, r#"{"a":4040}"#], &[0]);
    check_all("{ $.a[*] != b }", &[r#"{"a":["b","c"]}"#, r#"{"a":["b"]}"#, r#"{"a":[]}"#], &[0]);
    check_all("{ $.a[*].b NOT EXISTS }", &[r#"{"a":[{"b":1},{}]}"#, r#"{"a":[{}]}"#, "{}"], &[1, 2]);
    check_all("{ $.*.b = 1 }", &[r#"{"x":{"a":1},"y":{"b":1}}"#, r#"{"b":1}"#], &[0]);
    check_all("{ $.* = 1 }", &[r#"{"v":1,"v":2}"#, r#"{"v":2,"v":1}"#], &[1]);
    check_all("{ $.a[\"b.c\"][0] = 1 }", &[r#"{"a":{"b.c":[1]}}"#, r#"{"a":{"b":{"c":[1]}}}"#], &[0]);
    check_all("{ $.['*'] = 1 }", &[r#"{"*":1}"#, r#"{"a":1}"#], &[0]);
    check_all(r#"{ $.["a\"b"] = 1 }"#, &[r#"{"a\"b":1}"#, r#"{"ab":1}"#], &[0]);
    check_all("{ $.a-b_C9 = 1 }", &[r#"{"a-b_C9":1}"#], &[0]);
    check_all(r#"{ $.a = "ü" }"#, &[r#"{"a":"ü"}"#, r#"{"a":"\u00fc"}"#, r#"{"a":"u"}"#], &[0, 1]);
    check_all(r#"{ $.a = "b\"c" }"#, &[r#"{"a":"b\"c"}"#, r#"{"a":"b\u0022c"}"#], &[0, 1]);
    check_all(r#"{ $.a = "b\\c" }"#, &[r#"{"a":"b\\c"}"#], &[0]);
    check_all("{ $.ab = 1 }", &[r#"{"\u0061b":1}"#], &[0]);
    check_all("{ $.a != 1 }", &[r#"{"a":"\ud800"}"#], &[]);
    check_all(
        "{ $.a = 1 }",
        &[" {\"a\":1}\n", r#"{"a":1} {"a":1}"#, r#"x {"a":1}"#, r#"{"a":1,}"#, ""],
        &[0],
    );
    check_all("{ $.a = 1 }", &[r#"{"a":1,"b":[1,}"#, r#"{"a":1,"b":01}"#, r#"{"a":01}"#], &[]);
    check_all("{ $.a NOT EXISTS }", &["x", "[]", "{}", "null"], &[2]);
    check_all("{ $.a IS NULL }", &[r#"{"a":[[null]]}"#, r#"{"a":[1, null]}"#, r#"{"a":"null"}"#], &[1]);
    check_all("{ ($.a = 1) || (($.b = 2)) }", &[r#"{"a":1}"#, r#"{"b":2}"#, r#"{"a":2}"#], &[0, 1]);
    check_all("{ $.a = IS && $.b = NOT }", &[r#"{"a":"IS","b":"NOT"}"#], &[0]);
}

#[test]
fn numbers() {
    let equal = |number: &str, wanted: &str, expected| {
        check(&format!("{{ $.a = {wanted} }}"), &format!(r#"{{"a":{number}}}"#), expected);
        check(&format!("{{ $.a != {wanted} }}"), &format!(r#"{{"a":{number}}}"#), !expected);
    };
    equal("9007199254740993", "9007199254740992", false);
    equal("123456789012345678901234567890123456789", "123456789012345678901234567890123456789", true);
    equal("9007199254740993", "9007199254740992.0", true);
    equal("1E3", "1000", true);
    equal("1000", "+1e3", true);
    equal("-0.0", "0", true);
    equal("-0", "0", true);
    equal("0.1", "1e-1", true);
    equal("1e999", "2e999", true);
    equal("5", "5.", false);
    equal("5", "0x5", false);
    equal("5", "5e", false);
    equal("0.5", ".5", false);
    check("{ $.a > -1e999 }", r#"{"a":-1e308}"#, true);
    check("{ $.a > 1 }", r#"{"a":"2"}"#, false);
}

#[test]
fn fields() {
    check_all("[a = 404, b]", &["404 x", "404.0 x", "\"404\" x", "4040 x", "x 404"], &[0, 1, 2]);
    check_all("[a = \"404\", b]", &["404 x", "404.0 x", "\"404\" x"], &[0, 2]);
    check_all("[a != 404, b]", &["404 x", "404.0 x", "x 404"], &[2]);
    check_all("[a > 1]", &["2", "1", "x", "\"2\""], &[0, 3]);
    check_all("[(a = 1 || a = 2) && a != 2, b]", &["1 x", "2 x"], &[0]);
    check_all("[a = null]", &["null", "x"], &[0]);
    check_all(
        "[r=REPORT, ...]",
        &["REPORT RequestId: 1 Duration: 5 ms", "REPORT", "END RequestId: 1"],
        &[0, 1],
    );
    check_all("[l1 = \"RequestId:\", id, ...]", &["RequestId: 1 x", "RequestId: 1", "RequestId:"], &[0, 1]);
    check_all("[,]", &["a b", "a b c", "a"], &[0, 1]);
    check_all("[,b = x]", &["a x", "x a"], &[0]);
    check_all("[...]", &["a", "", " "], &[0, 1, 2]);
    check_all("[]", &["a", "", " "], &[0, 1, 2]);
    check_all("[a]", &["a b", "a", " a ", "", " \t\r\n"], &[0, 1, 2]);
    check_extracted("[a, b]", "x  [y]  z \n", &[("$a", "x"), ("$b", "[y]  z")]);
    check_extracted("[a, b, c]", r#""x \" y" [z] "w""#, &[("$a", r#"x \" y"#), ("$b", "z"), ("$c", "w")]);
    check_extracted("[a, b, c]", r#"x"y z" [w]v"#, &[("$a", "x\"y"), ("$b", "z\""), ("$c", "[w]v")]);
    check_extracted("[2, ...]", "x y z", &[("$2", "x"), ("$3", "z")]);
    check_extracted("[a, b]", "\"\" []", &[("$a", ""), ("$b", "")]);
    check_extracted("[a, b, c, d]", "[ [ [ x]y", &[("$a", "["), ("$b", "["), ("$c", "["), ("$d", "x]y")]);
    check_extracted("[a, b]", "[x y] [z w]", &[("$a", "x y"), ("$b", "z w")]);
}

#[test]
fn values() {
    const OBJECT: &str = r#"{"a":{"b":["x",1.50,"\u0079"]},"k.l":true,"n":null,"d":1,"d":2,"o":{},"e":-0,"big":12345678901234567890123}"#;
    let of = |text: &str, message: &'static str, selector: &str| {
        pattern(text)
            .find(message)
            .and_then(|found: Found<'_>| found.value(selector).map(std::borrow::Cow::into_owned))
    };
    let json = |selector| of("{ $.a NOT EXISTS || $.d = 2 }", OBJECT, selector);
    for (selector, expected) in [
        ("$.a.b[0]", Some("x")),
        ("$.a.b[1]", Some("1.50")),
        ("$.a.b[2]", Some("y")),
        ("$.a.b[3]", None),
        ("$.a['b'][0]", Some("x")),
        ("$.['k.l']", Some("true")),
        ("$.d", Some("2")),
        ("$.e", Some("-0")),
        ("$.big", Some("12345678901234567890123")),
        ("$.n", None),
        ("$.o", None),
        ("$.a.b", None),
        ("$.a.b[*]", None),
        ("$.missing", None),
        ("$.a.b[0] ", None),
        ("$d", None),
        ("", None),
    ] {
        assert_eq!(json(selector).as_deref(), expected, "{selector}");
    }
    let space = |selector| of("[a, ..., 2, c]", "x y z w v", selector);
    for (selector, expected) in [
        ("$a", Some("x")),
        ("$1", Some("x")),
        ("$2", Some("w")),
        ("$3", Some("z")),
        ("$5", Some("v")),
        ("$c", Some("v")),
        ("$6", None),
        ("$0", None),
        ("$b", None),
        ("a", None),
        ("$", None),
        ("$+1", None),
        ("$.a", None),
    ] {
        assert_eq!(space(selector).as_deref(), expected, "{selector}");
    }
    assert_eq!(of("x", "x", "$1"), None);
}

#[test]
fn selectors() {
    for (text, selector, expected) in [
        ("[a, ..., c]", "$a", true),
        ("[a, ..., c]", "$c", true),
        ("[a, ..., c]", "$7", true),
        ("[a, b]", "$2", true),
        ("[a, b]", "$3", false),
        ("[a, b]", "$0", false),
        ("[a, b]", "$c", false),
        ("[a, b]", "a", false),
        ("[]", "$3", true),
        ("[a, b]", "$.a", false),
        ("{ $.a = 1 }", "$.b.c[0]", true),
        ("{ $.a = 1 }", "$.b[*]", false),
        ("{ $.a = 1 }", "$b", false),
        ("ERROR", "$1", false),
    ] {
        assert_eq!(pattern(text).has_selector(selector), expected, "{selector} of {text}");
    }
}

#[test]
fn prefilters() {
    let literal = |text: &str| Prefilter::Literal(text.as_bytes().to_vec());
    let json = |text: &str| Prefilter::LiteralOrBackslash(text.as_bytes().to_vec());
    for (text, expected) in [
        ("", Prefilter::None),
        ("\"\"", Prefilter::None),
        ("-ERROR", Prefilter::None),
        ("ERROR", literal("ERROR")),
        ("ERROR \"out of memory\" -WARNINGS", literal("out of memory")),
        ("?ERROR ?WARN", Prefilter::None),
        ("?ERROR ?\"FATAL ERROR\"", literal("ERROR")),
        ("?ERROR WARN", literal("WARN")),
        ("%ERROR [0-9]+: timeout%", literal(": timeout")),
        ("%gra|ey%", Prefilter::None),
        ("%^timeout|time+outs?%", literal("time")),
        ("%abc|xabcy%", literal("abc")),
        ("%ab?cd%", literal("cd")),
        ("%ab+cd%", literal("bcd")),
        ("%ab{3}c%", literal("abbbc")),
        ("%ab{3,}c%", literal("bbbc")),
        ("%ab{0}c%", literal("ac")),
        (r"%a\.b%", literal("a.b")),
        (r"%a\sbc%", literal("bc")),
        ("{ $.severity = \"ERROR\" }", json("\"ERROR\"")),
        ("{ $.severity = \"E*\" }", json("\"severity\"")),
        ("{ $.l = \"ERROR\" }", json("\"ERROR\"")),
        ("{ $.l = \"*ERROR*\" }", json("ERROR")),
        ("{ $.l = \"40404\" }", json("40404")),
        ("{ $.l = 40404 }", json("\"l\"")),
        ("{ $.l > 40404 }", json("\"l\"")),
        ("{ $.l = %ERROR [0-9]% }", json("ERROR ")),
        ("{ $.l != \"ERROR\" }", json("\"l\"")),
        ("{ $.l IS NULL }", json("null")),
        ("{ $.l NOT EXISTS }", Prefilter::None),
        ("{ $.* = 5 }", Prefilter::None),
        ("{ $.level = \"ERROR\" || $.level = \"WARN\" }", json("\"level\"")),
        ("{ $.l = \"ERROR\" || $.m = \"WARN\" }", Prefilter::None),
        ("{ $.l = \"ERROR\" && ($.m = \"WARN\" || $.n NOT EXISTS) }", json("\"ERROR\"")),
        ("[a, b = ERROR, c]", literal("ERROR")),
        ("[a, b = 404, c]", Prefilter::None),
        ("[a, b = \"404\", c]", literal("404")),
        ("[a = REPORT || a = \"REPORTS\", ..., b = %time.*out%]", literal("REPORT")),
        ("[a != ERROR, b]", Prefilter::None),
    ] {
        assert_eq!(pattern(text).prefilter(), expected, "{text}");
    }
}

/// None of these may take long; were one of them not linear, this test would not come to an end.
#[test]
fn large_messages() {
    const SIZE: usize = 1 << 18;
    let brackets = "[ ".repeat(SIZE);
    let quotes = "\" ".repeat(SIZE);
    let closed_late = format!("{brackets}]x");
    for message in [&brackets, &quotes, &closed_late] {
        check("[..., a]", message, true);
        check("[a, ..., b = z]", message, false);
    }
    let stars = format!("{{ $.a = \"{}b\" }}", "a*".repeat(400));
    check(&stars, &format!(r#"{{"a":"{}"}}"#, "a".repeat(SIZE)), false);
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(SIZE), "]".repeat(SIZE));
    check("{ $.a = 1 }", &deep, false);
    check("{ $.a[0][0] NOT EXISTS }", &deep, false);
    check("{ $.a IS NULL }", &deep, false);
    let objects = format!(r#"{{"a":{}1{}}}"#, r#"{"a":"#.repeat(SIZE), "}".repeat(SIZE));
    check("{ $.a.a.* = 1 }", &objects, false);
    check("%^a{0,200}x.{300}y%", &"ab".repeat(SIZE), false);
    check(&format!("%{}b%", "a*".repeat(300)), &"a".repeat(SIZE / 64), false);
}

/// Patterns are shared between threads.
#[test]
fn is_send_and_sync() {
    fn is<T: Send + Sync + Clone>() {}
    is::<Pattern>();
    is::<Found<'_>>();
}
