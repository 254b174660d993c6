//! The examples of AWS's pages, with messages that match and that do not, from the pages where they have them.

use super::{check, check_all, check_extracted};

/// "Using filter patterns to match terms in unstructured log events".
#[test]
fn terms() {
    const MESSAGES: &[&str] = &[
        "[ERROR 400] BAD REQUEST",
        "[ERROR 401] UNAUTHORIZED REQUEST",
        "[ERROR 419] MISSING ARGUMENTS",
        "[ERROR 420] INVALID ARGUMENTS",
        "[INFO] REQUEST FAILED",
        "[WARN] UNAUTHORIZED REQUEST",
        "[ERROR] 400 BAD REQUEST",
        "[ERROR 500] INTERNAL SERVER ERROR",
        "[INFO] INVALID ARGUMENTS PROVIDED",
    ];
    check_all("ERROR", MESSAGES, &[0, 1, 2, 3, 6, 7]);
    check_all("ERROR ARGUMENTS", MESSAGES, &[2, 3]);
    check_all("?ERROR ?ARGUMENTS", MESSAGES, &[0, 1, 2, 3, 6, 7, 8]);
    check_all("?ERROR ?ARGUMENTS REQUEST", MESSAGES, &[0, 1, 4, 5, 6]);
    check_all("\"INTERNAL SERVER ERROR\"", MESSAGES, &[7]);
    check_all("ERROR -ARGUMENTS", MESSAGES, &[0, 1, 6, 7]);
    check_all("\" \"", MESSAGES, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

/// "Filter and Pattern Syntax", as it was until 2022.
#[test]
fn older_terms() {
    const MESSAGES: &[&str] = &[
        "[ERROR] A fatal exception has occurred",
        "Exiting with ERRORCODE: -1",
        "[ERROR] Caught IllegalArgumentException",
        "[ERROR] Unhandled Exception",
        "[WARN] Failed to process the request",
        "[ERROR] Unable to continue: Failed to process the request",
    ];
    check_all("\"\"", MESSAGES, &[0, 1, 2, 3, 4, 5]);
    check_all("", MESSAGES, &[0, 1, 2, 3, 4, 5]);
    check_all("\"ERROR\"", MESSAGES, &[0, 1, 2, 3, 5]);
    check_all("\"ERROR\" - \"Exiting\"", MESSAGES, &[0, 2, 3, 5]);
    check_all("ERROR Exception", MESSAGES, &[2, 3]);
    check_all("Failed to process the request", MESSAGES, &[4, 5]);
    let levels = ["ERROR WARN message", "ERROR message", "WARN message"];
    check_all("ERROR", &levels, &[0, 1]);
    check_all("?ERROR ?WARN", &levels, &[0, 1, 2]);
    check_all("ERROR WARN", &levels, &[0]);
    check_all("ERROR -WARN", &levels, &[1]);
    check_all("{$.foo = bar}", &[r#"{"foo": "bar"}"#, r#"{"foo": "baz"}"#], &[0]);
    check_all("{$.foo = baz }", &[r#"{"foo": "bar"}"#, r#"{"foo": "baz"}"#], &[1]);
    check_all("{$.foo = bar || $.foo = baz }", &[r#"{"foo": "bar"}"#, r#"{"foo": "baz"}"#], &[0, 1]);
}

/// "Supported regular expressions (regex) syntax".
#[test]
fn regular_expressions() {
    check("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true);
    check("%AUTHORIZED%", "[SUCCESS 200] AUTHORIZED REQUEST", true);
    check("%AUTHORIZED%", "[SUCCESS 200] authorized request", false);
    check(r"%\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}%", "from 10.0.255.1 on", true);
    check(r"%\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}%", "from 10.0.255 on", false);
    check_all("%[Ee]rror|[Ff]ail%", &["Error", "error", "Fail", "fail", "ERROR", "FAIL"], &[0, 1, 2, 3]);
    check_all("%^[hc]at%", &["hat", "cat", "a hat", "bat"], &[0, 1]);
    check_all("%[hc]at$%", &["hat", "the cat", "cats", "bat"], &[0, 1]);
    check_all("%colou?r%", &["color", "colour", "colouur"], &[0, 1]);
    check_all("%[abc]%", &["a", "b", "c", "d"], &[0, 1, 2]);
    check_all("%[a-z]%", &["a", "m", "z", "A", "1"], &[0, 1, 2]);
    check_all("%[abcx-z]%", &["a", "b", "c", "x", "y", "z", "d", "w", "-"], &[0, 1, 2, 3, 4, 5]);
    check_all("%^a{3,5}$%", &["aaa", "aaaa", "aaaaa", "aa", "aaaaaa"], &[0, 1, 2]);
    check_all("%^a{3,}$%", &["aaa", "aaaaaa", "aa"], &[0, 1]);
    check_all("%^a{,3}$%", &["", "aaa", "aaaa"], &[0, 1]);
    check_all("%gra|ey%", &["gray", "grey", "grow"], &[0, 1]);
    let starts = ["starting ...", "initializing ...", "shutting down", "skipping initializing ..."];
    check_all("%^starting|^initializing|^shutting down%", &starts, &[0, 1, 2]);
    check_all("%abcc|ab[^c]%", &["abcc ...", "aba ...", "aac ..."], &[0, 1]);
    check_all(r"%\[.\]%", &["[a]", "[b]", "[7]", "[@]", "[]]", "[ ]", "[]", "[ab]"], &[0, 1, 2, 3, 4, 5]);
    check_all(r"%10\.10\.0\.1%", &["10.10.0.1", "10010,051"], &[0]);
    check_all("%10.10.0.1%", &["10.10.0.1", "10010,051"], &[0, 1]);
    check_all("%ab*c%", &["ac", "abc", "abbbc", "adc"], &[0, 1, 2]);
    check_all("%ab[0-9]*%", &["ab", "ab0", "ab129", "b129"], &[0, 1, 2]);
    check_all("%ab+c%", &["abc", "abbc", "abbbc", "ac"], &[0, 1, 2]);
    check_all("%.at%", &["hat", "cat", "bat", "4at", "#at", " at", "at"], &[0, 1, 2, 3, 4, 5]);
    check_all(r"%\d%", &["port 80", "port"], &[0]);
    check_all(r"%\D%", &["port 80", "80"], &[0]);
    check_all(r"%^a\sb$%", &["a b", "a\tb", "a\nb", "a-b"], &[0, 1, 2]);
    check_all(r"%^\S+$%", &["a-b", "a b"], &[0]);
    check_all(r"%\w%", &["a", "Z", "_", "0", "-", "é"], &[0, 1, 2, 3]);
    check_all(r"%\W%", &["-", "é", "a", "_"], &[0, 1]);
    check_all(r"%\x3A%", &["key:value", "key=value"], &[0]);
    check_all(r"%\x28%", &["f(x)", "f[x]"], &[0]);
    check_all("%:%", &["key:value", "key=value"], &[0]);
}

const TRAIL: &str = r#"{
    "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": null, "cluster.name": "c", "ThisFlag": true
}"#;

/// "Using filter patterns to match terms in JSON log events".
#[test]
fn json() {
    check(r#"{ $.eventType = "UpdateTrail" }"#, TRAIL, true);
    check(
        r#"{ $.eventType = "UpdateTrail" }"#,
        r#"{"eventType": "UpdateTrail", "source": "cloudtrail"}"#,
        true,
    );
    check(r#"{ $.eventType = "UpdateTrail" }"#, r#"{"eventType": "UserLogin", "userId": "123"}"#, false);
    check(
        r#"{ $.eventType = "UpdateTrail" }"#,
        r#"{"eventType": "ConfigUpdate", "component": "database"}"#,
        false,
    );
    check("{ $.sourceIPAddress != 123.123.* }", TRAIL, true);
    check("{ $.sourceIPAddress != 111.111.* }", TRAIL, false);
    check(r#"{ $.arrayKey[0] = "value" }"#, TRAIL, true);
    check(r#"{ $.arrayKey[1] = "value" }"#, TRAIL, false);
    check("{ $.eventType = %Trail% }", TRAIL, true);
    check("{ $.eventType = %trail% }", TRAIL, false);
    check("{ $.arrayKey[*] = %val.{2}% }", TRAIL, true);
    check("{ $.arrayKey[*] = %val.{3}% }", r#"{"arrayKey": ["value"]}"#, false);
    check(r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", TRAIL, true);
    check(r"{ $.* = %111\.111\.111\.2[0-9]{1,2}% }", TRAIL, false);
    check("{ $.['cluster.name'] = \"c\" }", TRAIL, true);
    check("{ $.['cluster.name'] = \"d\" }", TRAIL, false);
    check("{ $.SomeObject IS NULL }", TRAIL, true);
    check("{ $.SomeOtherObject IS NULL }", TRAIL, false);
    check("{ $.SomeOtherObject NOT EXISTS }", TRAIL, true);
    check("{ $.SomeObject NOT EXISTS }", TRAIL, false);
    check("{ $.ThisFlag IS TRUE }", TRAIL, true);
    check("{ $.ThisFlag IS FALSE }", TRAIL, false);
    check("{ $.objectList[1].id = 2 }", TRAIL, true);
    check("{ $.objectList[0].id = 2 }", TRAIL, false);
    check("{ $.users = 1 }", r#"{"users": [1, 2, 3]}"#, false);
    check("{ $.users != 1 }", r#"{"users": [1, 2, 3]}"#, false);
    check("{ $.name = *Event }", r#"{"name": "PutEvent"}"#, true);
    check("{ $.name = *Event }", r#"{"name": "EventName"}"#, false);
    check("{ $.name = Event* }", r#"{"name": "EventId"}"#, true);
    check("{ $.name = Event* }", r#"{"name": "PutEvent"}"#, false);
    check("{ $.latency = * }", r#"{"latency": 5}"#, true);
    check("{ $.latency = * }", r#"{"bandwidth": 5}"#, false);
}

/// The same page, on numbers.
#[test]
fn json_numbers() {
    check_all("{ $.bandwidth > 75 }", &[r#"{"bandwidth": 76}"#, r#"{"bandwidth": 75}"#], &[0]);
    check_all("{ $.latency < 50 }", &[r#"{"latency": 49.9}"#, r#"{"latency": 50}"#], &[0]);
    check_all("{ $.refreshRate >= 60 }", &[r#"{"refreshRate": 60}"#, r#"{"refreshRate": 59}"#], &[0]);
    check_all("{ $.responseTime <= 5 }", &[r#"{"responseTime": 5}"#, r#"{"responseTime": 5.1}"#], &[0]);
    check_all("{ $.errorCode = 400}", &[r#"{"errorCode": 400}"#, r#"{"errorCode": 500}"#], &[0]);
    check_all("{ $.errorCode != 500 }", &[r#"{"errorCode": 400}"#, r#"{"errorCode": 500}"#], &[0]);
    check_all("{ $.number[0] = 1e+3 }", &[r#"{"number": [1000]}"#, r#"{"number": [1, 1000]}"#], &[0]);
    check_all("{ $.number[0] != 1e-3 }", &[r#"{"number": [1]}"#, r#"{"number": [0.001]}"#], &[0]);
    check_all("{ $.numbers[0] < 10e3 }", &[r#"{"numbers": [9999]}"#, r#"{"numbers": [10000]}"#], &[0]);
    check_all("{ $.numbers[0] < 10e-3 }", &[r#"{"numbers": [0.001]}"#, r#"{"numbers": [1]}"#], &[0]);
    check(
        "{ $.processes[4].averageRuntime <= 55.5 }",
        r#"{"processes": [0, 1, 2, 3, {"averageRuntime": 55.5}]}"#,
        true,
    );
    check("{ $.processes[4].averageRuntime <= 55.5 }", r#"{"processes": [{"averageRuntime": 55.5}]}"#, false);
    check_all("{ $.latency > +1000 }", &[r#"{"latency": 1001}"#, r#"{"latency": 1000}"#], &[0]);
}

/// The same page, on conditions that are combined.
#[test]
fn json_compound() {
    const OBJECT: &str = r#"{
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]
    }"#;
    check(r#"{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }"#, OBJECT, true);
    check(r#"{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }"#, OBJECT, false);
    let and = r#"$.coordinates[0][1] = "nonmatch""#;
    check(
        &format!(r#"{{ $.user.email = "John.Stiles@example.com" || {and} && $.actions[2] = "nonmatch" }}"#),
        OBJECT,
        true,
    );
    check(
        &format!(r#"{{ ($.user.email = "John.Stiles@example.com" || {and}) && $.actions[2] = "nonmatch" }}"#),
        OBJECT,
        false,
    );
    check("{ $.coordinates[0][1] = nonmatch || $.coordinates[2][1] = 8 }", OBJECT, true);
}

/// "Using filter patterns to match terms in space-delimited log events".
#[test]
fn fields() {
    const REQUEST: &str =
        r#"127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;
    let request = |rest: &str| format!("[ip, user, username, timestamp, {rest}]");
    check(
        r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
        REQUEST,
        true,
    );
    check(r"[ip=%127\.0\.0\.[2-9]%, user, username, timestamp, request, status_code, bytes]", REQUEST, false);
    check("[..., request =*.html*, status_code = 4*, bytes]", REQUEST, true);
    check("[..., request =*.html*, status_code = 5*, bytes]", REQUEST, false);
    check(&request("request =*.html*, status_code = 404 || status_code = 410, bytes"), REQUEST, true);
    check(&request("request =*.html*, status_code = 403 || status_code = 410, bytes"), REQUEST, false);
    check(&request("request, status_code, bytes"), REQUEST, true);
    check(&request("request, status_code, bytes > 1000"), REQUEST, true);
    check(&request("request, status_code, bytes > 1534"), REQUEST, false);
    check(&request("request, status_code = 404, bytes"), REQUEST, true);
    check(&request("request = *html*, status_code = 4*, bytes"), REQUEST, true);
    check(&request("request, status_code = 4* && status_code != 403, bytes"), REQUEST, true);
    check(&request("request, status_code = 4* && status_code != 404, bytes"), REQUEST, false);
    check("[..., status_code, bytes]", REQUEST, true);
    check("[ip, user, ..., status_code, bytes]", REQUEST, true);
    check("[ip, user, ...]", REQUEST, true);
    check("[a, b, c, d, e, f, g, h, ...]", REQUEST, false);
}

/// The same page, on the order of terms.
#[test]
fn terms_in_order() {
    const MESSAGES: &[&str] = &[
        "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
        "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
        "WARNING 09/25/2014 12:00:02 Invalid user request",
        "ERROR 09/25/2014 12:00:02 Failed to process request",
    ];
    check_all("[w1=ERROR, w2]", MESSAGES, &[3]);
    check_all("[w1=ERROR || w1=WARNING, w2]", MESSAGES, &[2, 3]);
    check_all("[w1!=ERROR && w1!=WARNING, w2]", MESSAGES, &[0, 1]);
    check_all("[w1!=ERROR&&w1!=WARNING, w2]", MESSAGES, &[0, 1]);
    check_all(
        "[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
        MESSAGES,
        &[0],
    );
    check_all(
        "[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]",
        MESSAGES,
        &[1],
    );
}

/// The examples of `TestMetricFilter` in the API reference, and "Example: Count HTTP 404 Codes".
#[test]
fn metric_filters() {
    const MESSAGES: &[&str] = &[
        r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534"#,
        r#"127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" 500 5324"#,
    ];
    const TIME: &str = "10/Oct/2000:13:25:15 -0700";
    const REQUEST: &str = "GET /apache_pb.gif HTTP/1.0";
    check_all("[ip, identity, user_id, timestamp, request, status_code, size]", MESSAGES, &[0, 1]);
    check_extracted(
        "[ip, identity, user_id, timestamp, request, status_code, size]",
        MESSAGES[0],
        &[
            ("$ip", "127.0.0.1"),
            ("$identity", "-"),
            ("$user_id", "frank"),
            ("$timestamp", TIME),
            ("$request", REQUEST),
            ("$status_code", "200"),
            ("$size", "1534"),
        ],
    );
    let first = [("$1", "127.0.0.1"), ("$2", "-"), ("$3", "frank"), ("$4", TIME), ("$5", REQUEST)];
    check_extracted("[..., size]", MESSAGES[0], &[&first[..], &[("$6", "200"), ("$size", "1534")]].concat());
    check_all("[..., status_code=200, size]", MESSAGES, &[0]);
    let named = [("$status_code", "200"), ("$size", "1534")];
    check_extracted("[..., status_code=200, size]", MESSAGES[0], &[&first[..], &named[..]].concat());
    check_extracted("[]", MESSAGES[0], &[&first[..], &[("$6", "200"), ("$7", "1534")]].concat());
    check_all("[ip, id, user, timestamp, request, status_code=404, size]", MESSAGES, &[]);
    check_all("[ip, id, user, timestamp, request, status_code=500, size]", MESSAGES, &[1]);
    let lines = [
        "02 May 2014 00:34:12,525 [INFO] Starting the application",
        "02 May 2014 00:35:14,245 [DEBUG] Database connection established",
        "02 May 2014 00:34:14,663 [INFO] Executing SQL Query",
        "02 May 2014 00:34:16,142 [ERROR] Unhanded exception: InvalidQueryException",
        "02 May 2014 00:34:16,224 [ERROR] Terminating the application",
    ];
    check_all("\"[ERROR]\"", &lines, &[3, 4]);
    check_all("\"[ERROR]\" Exception", &lines, &[3]);
    check_extracted("\"[ERROR]\"", lines[3], &[]);
}

/// "Filter and Pattern Syntax", as it was until 2022: a comma at the end is one more field.
#[test]
fn extracted_fields() {
    check_extracted(
        "[..., request=*.html*, status_code=4*,]",
        r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#,
        &[
            ("$1", "127.0.0.1"),
            ("$2", "-"),
            ("$3", "frank"),
            ("$4", "10/Oct/2000:13:25:15 -0700"),
            ("$request", "GET /index.html HTTP/1.0"),
            ("$status_code", "404"),
            ("$7", "1534"),
        ],
    );
}

/// "Creating CloudWatch alarms for CloudTrail events: examples", and the patterns of the CIS benchmark.
#[test]
fn trails() {
    let console = r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#;
    check(console, r#"{"eventName": "ConsoleLogin", "errorMessage": "Failed authentication"}"#, true);
    check(console, r#"{"eventName": "ConsoleLogin", "errorMessage": null}"#, false);
    let denied = r#"{($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")}"#;
    check(denied, r#"{"errorCode": "Client.UnauthorizedOperation"}"#, true);
    check(denied, r#"{"errorCode": "AccessDeniedException"}"#, true);
    check(denied, r#"{"errorCode": "ThrottlingException"}"#, false);
    let root = r#"{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}"#;
    check(root, r#"{"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"}"#, true);
    check(root, r#"{"userIdentity": {"type": "Root", "invokedBy": "x"}, "eventType": "AwsApiCall"}"#, false);
    check(root, r#"{"userIdentity": {"type": "Root"}, "eventType": "AwsServiceEvent"}"#, false);
}
