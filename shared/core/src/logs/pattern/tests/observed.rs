//! What AWS answered, recorded by others: `testdata/aws/logs/filters.json` of radkawar/stackd, of September 2026
//! (`TestMetricFilter`, much of it confirmed there by `FilterLogEvents`), unless a test names something else.

use super::{Purpose, check_all, check_error, check_extracted};

#[test]
fn terms() {
    const MESSAGES: &[&str] = &[
        "ERROR ARGUMENTS REQUEST",
        "ERROR BAD REQUEST",
        "INFO ARGUMENTS",
        "INFO REQUEST",
        "error arguments request",
        "ERROR INTERNAL SERVER ERROR",
        "ERROR INTERNAL  SERVER ERROR",
        "INTERNAL SERVER error",
        "TERROR REQUEST",
        "[ERROR] REQUEST",
        "ERROR-REQUEST",
        "ERROR_ARGUMENTS",
        "ERROR\nARGUMENTS",
        "ARGUMENTS ERROR",
        "plain",
        "say \"hello world\" now",
        "hello-world",
        " ",
    ];
    let all: Vec<usize> = (0..MESSAGES.len()).collect();
    check_all("", MESSAGES, &all);
    check_all("\" \"", MESSAGES, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15, 17]);
    check_all("ERROR", MESSAGES, &[0, 1, 5, 6, 8, 9, 10, 11, 12, 13]);
    check_all("ERROR ARGUMENTS", MESSAGES, &[0, 11, 12, 13]);
    check_all("?ERROR ?ARGUMENTS", MESSAGES, &[0, 1, 2, 5, 6, 8, 9, 10, 11, 12, 13]);
    check_all("?ERROR ?ARGUMENTS REQUEST", MESSAGES, &[0, 1, 3, 8, 9, 10]);
    check_all("?ERROR ?ARGUMENTS -REQUEST", MESSAGES, &[2, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17]);
    check_all("ERROR -ARGUMENTS", MESSAGES, &[1, 5, 6, 8, 9, 10]);
    check_all("-ERROR", MESSAGES, &[2, 3, 4, 7, 14, 15, 16, 17]);
    check_all("\"INTERNAL SERVER ERROR\"", MESSAGES, &[5]);
    check_all("error", MESSAGES, &[4, 7]);
    check_all("\"hello-world\"", MESSAGES, &[16]);
    check_all("ERROR -\"BAD REQUEST\"", MESSAGES, &[0, 5, 6, 8, 9, 10, 11, 12, 13]);
}

#[test]
fn regular_expressions() {
    const MESSAGES: &[&str] = &[
        "ERROR 500",
        "ERROR 50",
        "ERROR 5000",
        "WARN 404",
        "xERROR 500",
        "error 500",
        "color",
        "colour",
        "colouur",
        "10.10.0.1",
        "10010,051",
        "hello!",
        "hello(",
        "café",
        "aaab",
        "abab",
        "ERROR\n500",
    ];
    check_all(r"%^ERROR\s[0-9]{3}$%", MESSAGES, &[0, 16]);
    check_all("%ERROR|WARN%", MESSAGES, &[0, 1, 2, 3, 4, 16]);
    check_all("%^colou?r$%", MESSAGES, &[6, 7]);
    check_all(r"%10\.10\.0\.1%", MESSAGES, &[9]);
    check_all("%10.10.0.1%", MESSAGES, &[9, 10]);
    check_all(r"%\x21%", MESSAGES, &[11]);
    check_all("%^[^a-z]+$%", MESSAGES, &[0, 1, 2, 3, 9, 10, 16]);
    check_all("%^a*b$%", MESSAGES, &[14]);
}

/// Tests of `LocalStack` that its authors ran against AWS.
#[test]
fn regular_expressions_of_localstack() {
    const MESSAGES: &[&str] =
        &["Successful message", r#"{"Message": Success}"#, "Error: {'Hello, World'} is no object"];
    check_all("%Success%", MESSAGES, &[0, 1]);
    check_all("%Message%", MESSAGES, &[1]);
    check_all("%[mM]essage%", MESSAGES, &[0, 1]);
    check_all("%}$%", MESSAGES, &[1]);
}

#[test]
fn scalars() {
    const MESSAGES: &[&str] = &[
        "{}",
        r#"{"v":null}"#,
        r#"{"v":"null"}"#,
        r#"{"v":true}"#,
        r#"{"v":false}"#,
        r#"{"v":"true"}"#,
        r#"{"v":"false"}"#,
        r#"{"v":0}"#,
        r#"{"v":1}"#,
        r#"{"v":1.0}"#,
        r#"{"v":1e0}"#,
        r#"{"v":"1"}"#,
        r#"{"v":"1.0"}"#,
        r#"{"v":-1}"#,
        r#"{"v":1.5}"#,
        r#"{"v":10}"#,
        r#"{"v":"10"}"#,
        r#"{"v":"Alpha"}"#,
        r#"{"v":"alpha"}"#,
        r#"{"v":"Alphabet"}"#,
        r#"{"v":"xAlpha"}"#,
        r#"{"v":""}"#,
        r#"{"v":[]}"#,
        r#"{"v":{}}"#,
        r#"{"v":[1,"Alpha",null]}"#,
        r#"{"v":"a*b"}"#,
        r#"{"v":"a?b"}"#,
        r#"{"v":1,"v":2}"#,
        r#"{"v":2,"v":1}"#,
        "not JSON",
        r#"[{"v":1}]"#,
        "{broken",
    ];
    check_all("{ $.v = 1 }", MESSAGES, &[8, 9, 10, 11, 28]);
    check_all("{ $.v != 1 }", MESSAGES, &[2, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 26, 27]);
    check_all("{ $.v > 1 }", MESSAGES, &[14, 15, 27]);
    check_all("{ $.v < 1 }", MESSAGES, &[7, 13]);
    check_all("{ $.v >= 1 }", MESSAGES, &[8, 9, 10, 14, 15, 27, 28]);
    check_all("{ $.v <= 1 }", MESSAGES, &[7, 8, 9, 10, 13, 28]);
    check_all("{ $.v = 1e+0 }", MESSAGES, &[8, 9, 10, 28]);
    check_all("{ $.v = -1 }", MESSAGES, &[13]);
    check_all(r#"{ $.v = "1" }"#, MESSAGES, &[8, 11, 28]);
    check_all(r#"{ $.v = "Alpha" }"#, MESSAGES, &[17]);
    check_all(
        r#"{ $.v != "Alpha" }"#,
        MESSAGES,
        &[2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 25, 26, 27, 28],
    );
    check_all(r#"{ $.v = "Alpha*" }"#, MESSAGES, &[17, 19]);
    check_all(r#"{ $.v = "*Alpha" }"#, MESSAGES, &[17, 20]);
    check_all(r#"{ $.v = "a?b" }"#, MESSAGES, &[26]);
    check_all(r#"{ $.v = "" }"#, MESSAGES, &[21]);
    check_all("{ $.v = %^Al.*% }", MESSAGES, &[17, 19]);
    check_all("{ $.v IS NULL }", MESSAGES, &[1, 24]);
    check_all("{ $.v NOT EXISTS }", MESSAGES, &[0]);
    check_all("{ $.v IS TRUE }", MESSAGES, &[3]);
    check_all("{ $.v IS FALSE }", MESSAGES, &[4]);
    check_all("{ $.v = true }", MESSAGES, &[5]);
    check_all(
        "{ $.v = * }",
        MESSAGES,
        &[2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 26, 27, 28],
    );
}

#[test]
fn paths() {
    const MESSAGES: &[&str] = &[
        r#"{"nested":{"value":"hit"},"cluster.name":"flat","cluster":{"name":"nested"},"items":[{"a":1,"b":0},{"a":0,"b":2}],"arr":["miss","hit"],"matrix":[[0,1],[2,3]],"a":1,"b":0,"c":0}"#,
        r#"{"nested":{"value":"miss"},"cluster.name":"nested","cluster":{"name":"flat"},"items":[{"a":1,"b":2}],"arr":["hit","miss"],"matrix":[[1,0]],"a":0,"b":2,"c":3}"#,
        r#"{"nested":null,"arr":[null],"items":[],"a":0,"b":2,"c":0}"#,
        r#"{"nested":{},"arr":[],"a":1,"b":2,"c":3}"#,
        r#"{"nested":{"value":null},"arr":"hit","a":0,"b":0,"c":3}"#,
        r#"{"nested":{"value":"null"},"other":"hit"}"#,
        r#"{"nested.value":"hit","arr":[["hit"]]}"#,
        r#"{"arr":["hit","hit"],"items":[{"a":1},{"b":2}]}"#,
        r#"{"arr":{"0":"hit"},"nested":[{"value":"hit"}]}"#,
        "{}",
    ];
    check_all(r#"{ $.nested.value = "hit" }"#, MESSAGES, &[0]);
    check_all(r#"{ $.['cluster.name'] = "flat" }"#, MESSAGES, &[0]);
    check_all(r#"{ $.cluster.name = "flat" }"#, MESSAGES, &[1]);
    check_all(r#"{ $.arr[0] = "hit" }"#, MESSAGES, &[1, 7]);
    check_all(r#"{ $.arr[*] = "hit" }"#, MESSAGES, &[0, 1, 7, 8]);
    check_all(r#"{ $.* = "hit" }"#, MESSAGES, &[4, 5, 6]);
    check_all("{ $.matrix[0][1] = 1 }", MESSAGES, &[0]);
    check_all("{ $.items[*].a = 1 && $.items[*].b = 2 }", MESSAGES, &[0, 1, 7]);
    check_all("{ $.a = 1 && $.c = 3 }", MESSAGES, &[3]);
    check_all("{ $.a = 1 || $.b = 2 && $.c = 3 }", MESSAGES, &[0, 1, 3]);
    check_all("{ ($.a = 1 || $.b = 2) && $.c = 3 }", MESSAGES, &[1, 3]);
    check_all("{ $.nested.value NOT EXISTS }", MESSAGES, &[2, 3, 6, 7, 8, 9]);
    check_all("{ $.nested.value IS NULL }", MESSAGES, &[4]);
}

const FIELDS: &[&str] = &[
    r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#,
    r#"127.0.0.2 - jane [10/Oct/2000:13:25:16 -0700] "GET /index.html HTTP/1.0" 410 0"#,
    r#"127.0.0.3 - frank [10/Oct/2000:13:25:17 -0700] "POST /api HTTP/1.0" 500 2048"#,
    r#"127.0.0.4 - frank [10/Oct/2000:13:25:18 -0700] "GET /index.html HTTP/1.0" 200 100"#,
    r#"127.0.0.5  -  frank [10/Oct/2000:13:25:19 -0700] "GET /index.html HTTP/1.0" 404 1534 extra"#,
    "127.0.0.6\t-\tfrank\t[10/Oct/2000:13:25:20 -0700]\t\"GET /index.html HTTP/1.0\"\t404\t1534",
    "ERROR request failed",
    "WARNING request",
    "INFO request accepted",
    "ERROR",
    "ERROR \"two words\"",
    "ERROR \"unterminated words",
];

#[test]
fn fields() {
    let all: Vec<usize> = (0..FIELDS.len()).collect();
    check_all("[ip, identity, user, timestamp, request, status, bytes]", FIELDS, &[0, 1, 2, 3, 4, 5]);
    let numeric = "[ip, identity, user, timestamp, request, status >= 400, bytes > 1000]";
    check_all(numeric, FIELDS, &[0, 2, 5]);
    check_all("[..., request = *.html*, status = 4*, bytes]", FIELDS, &[0, 1, 5]);
    check_all("[..., status = 404 || status = 410, bytes]", FIELDS, &[0, 1, 5]);
    let regex = r"[ip = %127\.0\.0\.[1-3]%, identity, user, timestamp, request, status, bytes]";
    check_all(regex, FIELDS, &[0, 1, 2]);
    check_all("[..., bytes]", FIELDS, &all);
    check_all("[ip, ..., status, bytes]", FIELDS, &[0, 1, 2, 3, 4, 5, 6, 8, 11]);
    check_all("[]", FIELDS, &all);
    check_all("[w1=ERROR, w2]", FIELDS, &[6, 10, 11]);
    check_all("[w1!=ERROR && w1!=WARNING, w2]", FIELDS, &[0, 1, 2, 3, 4, 5, 8]);
}

#[test]
fn extracted_fields() {
    const PAGE: &str = "GET /index.html HTTP/1.0";
    let all = "[ip, identity, user, timestamp, request, status, bytes]";
    check_extracted(
        all,
        FIELDS[4],
        &[
            ("$ip", "127.0.0.5"),
            ("$identity", "-"),
            ("$user", "frank"),
            ("$timestamp", "10/Oct/2000:13:25:19 -0700"),
            ("$request", PAGE),
            ("$status", "404"),
            ("$bytes", "1534 extra"),
        ],
    );
    check_extracted(
        "[..., bytes]",
        FIELDS[4],
        &[
            ("$1", "127.0.0.5"),
            ("$2", "-"),
            ("$3", "frank"),
            ("$4", "10/Oct/2000:13:25:19 -0700"),
            ("$5", PAGE),
            ("$6", "404"),
            ("$7", "1534"),
            ("$bytes", "extra"),
        ],
    );
    check_extracted("[..., bytes]", FIELDS[9], &[("$bytes", "ERROR")]);
    check_extracted("[..., bytes]", FIELDS[10], &[("$1", "ERROR"), ("$bytes", "two words")]);
    check_extracted(
        "[..., bytes]",
        FIELDS[11],
        &[("$1", "ERROR"), ("$2", "\"unterminated"), ("$bytes", "words")],
    );
    let middle = "[ip, ..., status, bytes]";
    check_extracted(middle, FIELDS[6], &[("$ip", "ERROR"), ("$status", "request"), ("$bytes", "failed")]);
    check_extracted(
        middle,
        FIELDS[11],
        &[("$ip", "ERROR"), ("$status", "\"unterminated"), ("$bytes", "words")],
    );
    check_extracted("[]", FIELDS[10], &[("$1", "ERROR"), ("$2", "two words")]);
    check_extracted("[w1=ERROR, w2]", FIELDS[6], &[("$w1", "ERROR"), ("$w2", "request failed")]);
    check_extracted("[w1=ERROR, w2]", FIELDS[10], &[("$w1", "ERROR"), ("$w2", "two words")]);
    check_extracted("[w1=ERROR, w2]", FIELDS[11], &[("$w1", "ERROR"), ("$w2", "\"unterminated words")]);
    let rest = "-  frank [10/Oct/2000:13:25:19 -0700] \"GET /index.html HTTP/1.0\" 404 1534 extra";
    check_extracted("[w1!=ERROR && w1!=WARNING, w2]", FIELDS[4], &[("$w1", "127.0.0.5"), ("$w2", rest)]);
    check_extracted("{ $.kind = * && $.value = * }", r#"{"kind":"number","value":7}"#, &[]);
    check_extracted(
        "[kind = \"SPACE\", value, bucket]",
        "SPACE \"17.5\" A",
        &[("$kind", "SPACE"), ("$value", "17.5"), ("$bucket", "A")],
    );
}

#[test]
fn errors() {
    let filter = |text, expected| check_error(text, Purpose::MetricFilter, expected);
    let search = |text, expected| check_error(text, Purpose::Search, expected);
    for check in [filter, search] {
        check("ERR*", "Invalid character(s) in term '*'");
        check("%^(ERROR|WARN)%", "Invalid character(s) in term '%^('");
        check("%hello!%", "Invalid character(s) in term '%hello!'");
        check("%café%", "Invalid character(s) in term '%café'");
        check("%ERROR(?= 500)%", "Invalid character(s) in term '%ERROR('");
        check("%[abc%", "Failed to compile regular expression.");
        check("{ \"v\": [1] }", "Invalid character(s) in term ':'");
        check("{ !($.v = 1) }", "Invalid character(s) in term '!('");
        check("{ $.v = %(Alpha|Beta)% }", "Invalid character(s) in term '%('");
        check("{ $..value = \"hit\" }", "Invalid character(s) in term '$..'");
        check("{ $.arr[-1] = \"hit\" }", "Invalid character(s) in term '[-'");
        check("{ $.arr[0:2] = \"hit\" }", "Invalid character(s) in term '[0:'");
        check("[..., status, ...]", "Duplicate field '...'");
        check("[word, word]", "Duplicate field 'word'");
        check("\"ERROR", "Invalid character(s) in term '\"ERROR'");
        check(
            "{ $.v = %Alpha% || $.v = %Beta% || $.v = %Gamma% }",
            "Your input has exceeded the maximum of 2 regular expressions per filter pattern.",
        );
        check(
            "{ $.items[*].* = 1 }",
            "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.",
        );
        check(
            "{ $.arr[*] = \"hit\" || $.items[*].a = 1 || $.* = \"hit\" || $.matrix[*][0] = 0 }",
            "Your input has exceeded the maximum of 3 JSON wildcard selectors allowed per filter pattern.",
        );
    }
    for text in
        ["{ $.v EXISTS }", "{ $.v == 1 }", "{ $.v = null }", "{ $.v > 0 AND $.v < 2 }", "{ $.broken = }"]
    {
        filter(text, "Invalid metric filter pattern");
        search(text, "Invalid filter pattern");
    }
    filter("{ $.v IS NOT NULL }", "Invalid character(s) in term 'NOT'");
    search("{ $.v IS NOT NULL }", "Invalid filter pattern");
    filter("{ $.v > \"Alpha\" }", "Invalid character(s) in term '\"Alpha\"'");
}

/// Error messages that people quote in public repositories and issues.
#[test]
fn quoted_errors() {
    let search = |text, expected| check_error(text, Purpose::Search, expected);
    search("PlayerSpawnedInWorld (reason: JoinMultiplayer", "Invalid character(s) in term '('");
    search(r#"level\":\"error"#, r"Invalid character(s) in term '\'");
    search("`ERROR", "Invalid character(s) in term '`'");
    search("?Status: timeout", "Invalid character(s) in term ':'");
    search("a, b", "Invalid character(s) in term ','");
    search("user@example", "Invalid character(s) in term '@'");
    search("{ $.\"sc-status\" = 5* }", "Invalid character(s) in term '$.\"'");
    search("[...fields, status=FAILED]", "Invalid character(s) in term '...fields'");
    search("{$.namespace_name=abc", "If a filter pattern starts with '{' it must end with '}'");
    search("[time, level=ERROR, msg", "If a filter pattern starts with '[' it must end with ']'");
    check_error("{ $.v EXISTS }", Purpose::SubscriptionFilter, "Invalid subscription filter pattern");
}

/// An example of AWS's older page that its service refuses (awsdocs/amazon-cloudwatch-logs-user-guide 21): a field cannot
/// have a condition on another.
#[test]
fn conditions_are_on_their_own_field() {
    let text = "[ip, user, username, timestamp, request, status_code = 4* && bytes > 1000]";
    check_error(text, Purpose::Search, "Invalid filter pattern");
}

/// Issues in which somebody finds nothing with an identifier that is not in quotes (cloudashdev/cloudash 84,
/// jorgebastida/awslogs 381): the hyphens exclude.
#[test]
fn hyphens_exclude() {
    check_all("ORDER-ITEM-1", &["thread ORDER-ITEM-1", "thread ORDER-2"], &[1]);
    check_all("\"ORDER-ITEM-1\"", &["thread ORDER-ITEM-1", "thread ORDER-2"], &[0]);
}
