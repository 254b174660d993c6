//! The `AlarmRule` of a composite alarm: read, written in one canonical form, and evaluated.
//!
//! AWS: `PutCompositeAlarm` in the API reference, and "Composite alarms" in the user guide (operators, `AT_LEAST`, how
//! alarms are referenced). [`Rule::parse`] has the grammar. Not here: whether the alarms exist, cycles between composite
//! alarms, and the suppression of actions.
//!
//! From AWS's pages: a composite alarm is `INSUFFICIENT_DATA` only between its creation and its first evaluation, so a
//! rule evaluates to `ALARM` or `OK` and nothing else. `ALARM(x)` is true if the alarm *is in* that state; a child in
//! another state, `INSUFFICIENT_DATA` included, makes it false.
//!
//! Ours, because AWS does not say: an alarm that does not exist is in no state, so every function of it is false (and
//! `NOT ALARM(gone)` true); AWS hardly ever gets there, since it refuses both a rule over missing alarms and the deletion
//! of a child. A percentage of alarms is reached exactly (2 of 3 are less than 67 %). Precedence is NOT, AND, OR.

use std::fmt;

use super::state::AlarmState;

mod parser;

/// The longest rule, in characters.
pub const LONGEST: usize = 10_240;
/// The most alarms that one rule may name, each counted once.
pub const MOST_CHILDREN: usize = 100;
/// The most elements of one rule: references to alarms, `TRUE` and `FALSE`, pairs of grouping parentheses. The
/// parentheses of a function are not counted (AWS does not say).
pub const MOST_ELEMENTS: usize = 500;

/// How a rule names another alarm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AlarmRef {
    /// By its name, in the composite alarm's own account and region.
    Name(String),
    /// By its ARN.
    Arn {
        /// `aws`, `aws-cn` …
        partition: String,
        /// The region.
        region: String,
        /// The account, twelve digits.
        account: String,
        /// The alarm's name.
        name: String,
    },
}

impl AlarmRef {
    /// Reads a name or an ARN. What begins like an ARN and is none of an alarm is taken for a name.
    pub fn parse(text: &str) -> Self {
        Self::parse_arn(text).unwrap_or_else(|| Self::Name(text.to_owned()))
    }

    fn parse_arn(text: &str) -> Option<Self> {
        let mut parts = text.splitn(7, ':');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let ("arn", partition, "cloudwatch", region, account, "alarm", name) =
            (next()?, next()?, next()?, next()?, next()?, next()?, next()?)
        else {
            return None;
        };
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self::Arn {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The alarm's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Arn { name, .. } => name,
        }
    }
}

impl fmt::Display for AlarmRef {
    /// The name or the ARN, without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Arn { partition, region, account, name } => {
                write!(f, "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}")
            }
        }
    }
}

/// How many alarms an `AT_LEAST` wants.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Threshold {
    /// From 1 to the number of alarms.
    Count(usize),
    /// From 1 to 100.
    Percent(usize),
}

impl Threshold {
    fn reached(self, holding: usize, alarms: usize) -> bool {
        match self {
            Self::Count(count) => holding >= count,
            Self::Percent(percent) => holding * 100 >= percent * alarms,
        }
    }
}

/// Whether an alarm has to be in a state or out of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Condition {
    In(AlarmState),
    NotIn(AlarmState),
}

impl Condition {
    fn holds(self, state: Option<AlarmState>) -> bool {
        match self {
            Self::In(wanted) => state == Some(wanted),
            Self::NotIn(unwanted) => state != Some(unwanted),
        }
    }
}

/// A step of a rule in postfix order; children are indexes into [`Rule::children`]. Without nesting, neither evaluation
/// nor dropping can overflow a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Constant(bool),
    State(AlarmState, usize),
    AtLeast(Threshold, Condition, Vec<usize>),
    Not,
    And,
    Or,
}

/// A rule that AWS would accept, as far as its text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    steps: Vec<Step>,
    children: Vec<AlarmRef>,
}

impl Rule {
    /// Reads a rule:
    ///
    /// ```text
    /// rule      := rule OR rule | rule AND rule | NOT rule | ( rule ) | function
    /// function  := TRUE | FALSE | ALARM(alarm) | OK(alarm) | INSUFFICIENT_DATA(alarm)
    ///            | AT_LEAST(threshold, condition, (alarm, …))
    /// threshold := 1 … number of alarms | 1% … 100%
    /// condition := [NOT] (ALARM | OK | INSUFFICIENT_DATA)
    /// alarm     := name or ARN, bare or in double quotes
    /// ```
    ///
    /// Bare references have no whitespace, round brackets or commas; in quotes, `\"` is a quote and `\\` a backslash
    /// (other backslashes are themselves: ours). AWS writes both `FALSE`, `False` and `false`; we take every keyword in
    /// any case. Two negations cancel out.
    ///
    /// # Errors
    /// When the text does not follow the grammar or exceeds a limit.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        parser::parse(text)
    }

    /// The alarms that the rule names, each once, in the order of their first appearance. A name and an ARN of the same
    /// alarm are two.
    pub fn children(&self) -> impl ExactSizeIterator<Item = &AlarmRef> {
        self.children.iter()
    }

    /// The composite alarm's state: `ALARM` where the rule is true, else `OK`. `state_of` answers `None` for an alarm
    /// that does not exist; it is asked once for each of the children.
    pub fn evaluate(&self, mut state_of: impl FnMut(&AlarmRef) -> Option<AlarmState>) -> AlarmState {
        let states: Vec<Option<AlarmState>> = self.children.iter().map(&mut state_of).collect();
        let state = |child: &usize| states.get(*child).copied().flatten();
        let mut values: Vec<bool> = Vec::new();
        for step in &self.steps {
            let value = match step {
                Step::Constant(value) => *value,
                Step::State(wanted, child) => Condition::In(*wanted).holds(state(child)),
                Step::AtLeast(threshold, condition, children) => {
                    let holding = children.iter().filter(|child| condition.holds(state(child))).count();
                    threshold.reached(holding, children.len())
                }
                Step::Not => !values.pop().unwrap_or_default(),
                Step::And => values.pop().unwrap_or_default() & values.pop().unwrap_or_default(),
                Step::Or => values.pop().unwrap_or_default() | values.pop().unwrap_or_default(),
            };
            values.push(value);
        }
        if values.pop().unwrap_or_default() { AlarmState::Alarm } else { AlarmState::Ok }
    }

    fn write_reference(&self, out: &mut String, child: usize) {
        let text = self.children.get(child).map(ToString::to_string).unwrap_or_default();
        let bare = !text.starts_with('"') && text.chars().all(parser::is_bare);
        if bare {
            out.push_str(&text);
            return;
        }
        out.push('"');
        for character in text.chars() {
            if matches!(character, '"' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
        out.push('"');
    }

    fn write_at_least(&self, threshold: Threshold, condition: Condition, children: &[usize]) -> String {
        let mut out = match threshold {
            Threshold::Count(count) => format!("AT_LEAST({count}, "),
            Threshold::Percent(percent) => format!("AT_LEAST({percent}%, "),
        };
        match condition {
            Condition::In(state) => out.push_str(state.as_str()),
            Condition::NotIn(state) => {
                out.push_str("NOT ");
                out.push_str(state.as_str());
            }
        }
        for (index, child) in children.iter().enumerate() {
            out.push_str(if index == 0 { ", (" } else { ", " });
            self.write_reference(&mut out, *child);
        }
        out.push_str("))");
        out
    }
}

/// How tightly the last operator of a text binds.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
    Function,
}

fn parenthesized(text: String, needed: bool) -> String {
    if needed { format!("({text})") } else { text }
}

fn joined(operator: &str, binding: Binding, texts: &mut Vec<(String, Binding)>) -> (String, Binding) {
    let (right, right_binding) = texts.pop().unwrap_or((String::new(), Binding::Function));
    let (left, left_binding) = texts.pop().unwrap_or((String::new(), Binding::Function));
    let mut text = parenthesized(left, left_binding < binding);
    text.push_str(operator);
    text.push_str(&parenthesized(right, right_binding <= binding));
    (text, binding)
}

impl fmt::Display for Rule {
    /// One form for each rule: keywords in capitals, one space between words, only the parentheses that are needed,
    /// references bare where they can be. Reads back as the same rule (unless the spaces make it too long).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts: Vec<(String, Binding)> = Vec::new();
        for step in &self.steps {
            let text = match step {
                Step::Constant(true) => ("TRUE".to_owned(), Binding::Function),
                Step::Constant(false) => ("FALSE".to_owned(), Binding::Function),
                Step::State(state, child) => {
                    let mut text = format!("{state}(");
                    self.write_reference(&mut text, *child);
                    text.push(')');
                    (text, Binding::Function)
                }
                Step::AtLeast(threshold, condition, children) => {
                    (self.write_at_least(*threshold, *condition, children), Binding::Function)
                }
                Step::Not => {
                    let (text, binding) = texts.pop().unwrap_or((String::new(), Binding::Function));
                    (format!("NOT {}", parenthesized(text, binding < Binding::Not)), Binding::Not)
                }
                Step::And => joined(" AND ", Binding::And, &mut texts),
                Step::Or => joined(" OR ", Binding::Or, &mut texts),
            };
            texts.push(text);
        }
        texts.pop().map_or(Ok(()), |(text, _)| f.write_str(&text))
    }
}

/// What may stand where something else was found.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The begin of an expression.
    Expression,
    /// `AND` or `OR`, or the end of the rule.
    Operator,
    /// `AND` or `OR`, or a closing parenthesis.
    OperatorOrClose,
    /// An opening parenthesis.
    Open,
    /// A closing parenthesis.
    Close,
    /// A comma.
    Comma,
    /// A comma or a closing parenthesis.
    CommaOrClose,
    /// A reference to an alarm.
    Alarm,
    /// A number or a percentage.
    Threshold,
    /// A state or `NOT` and a state.
    Condition,
    /// A state.
    State,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expression => "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA",
            Self::Operator => "'AND', 'OR'",
            Self::OperatorOrClose => "'AND', 'OR', ')'",
            Self::Open => "'('",
            Self::Close => "')'",
            Self::Comma => "','",
            Self::CommaOrClose => "',', ')'",
            Self::Alarm => "alarm name or ARN",
            Self::Threshold => "number or percentage",
            Self::Condition => "'NOT', ALARM, OK, or INSUFFICIENT_DATA",
            Self::State => "ALARM, OK, or INSUFFICIENT_DATA",
        })
    }
}

/// Why a text is not a rule. Positions count characters from 0, as AWS's do.
///
/// | text | where it was seen |
/// |---|---|
/// | `AlarmRule must not contain leading or trailing whitespace or be null` | terraform-provider-aws, issue 19575 |
/// | `Error in AlarmRule [Unsupported token 'Oldest' at char 67, must be: ')']` | aws-cdk, issue 13953 |
/// | `Error in AlarmRule [Unsupported token ')' at char 1]` (the list of what it must be is cut off or absent) | aws-cdk, issue 34662 |
/// | `must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA` | quoted in a public linter's rule, not by AWS |
///
/// The other wordings are ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Nothing at all, or whitespace around the rule.
    #[error("AlarmRule must not contain leading or trailing whitespace or be null")]
    Whitespace,
    /// More than [`LONGEST`].
    #[error("AlarmRule must not be longer than {LONGEST} characters")]
    TooLong,
    /// A token that cannot stand there.
    #[error("Error in AlarmRule [Unsupported token '{token}' at char {position}, must be: {expected}]")]
    UnsupportedToken {
        /// The token; a long one is cut.
        token: String,
        /// Its first character, from 0.
        position: usize,
        /// What may stand there.
        expected: Expected,
    },
    /// The rule ends too early.
    #[error("Error in AlarmRule [Unexpected end at char {position}, must be: {expected}]")]
    UnexpectedEnd {
        /// The number of characters.
        position: usize,
        /// What may follow.
        expected: Expected,
    },
    /// A quotation mark without its other half.
    #[error("Error in AlarmRule [Missing closing quote for the quote at char {position}]")]
    UnclosedQuote {
        /// The opening quotation mark, from 0.
        position: usize,
    },
    /// An `AT_LEAST` that wants nothing, or more alarms than it names. AWS's own CDK refuses them.
    #[error(
        "Error in AlarmRule [Unsupported threshold '{token}' at char {position}, AT_LEAST has {alarms} alarms]"
    )]
    Threshold {
        /// The threshold as it is written; a long one is cut.
        token: String,
        /// Its first character, from 0.
        position: usize,
        /// How many alarms the `AT_LEAST` names.
        alarms: usize,
    },
    /// More than [`MOST_CHILDREN`].
    #[error("AlarmRule must not reference more than {MOST_CHILDREN} alarms")]
    TooManyChildren,
    /// More than [`MOST_ELEMENTS`].
    #[error("AlarmRule must not contain more than {MOST_ELEMENTS} elements")]
    TooManyElements,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn canonical_forms() {
        fn check(text: &str, expected: &str) {
            let rule = Rule::parse(text);
            let printed = rule.as_ref().map_or_else(ToString::to_string, ToString::to_string);
            assert_eq!(printed, expected);
            if let Ok(rule) = rule {
                assert_eq!(Rule::parse(&printed).as_ref(), Ok(&rule));
            }
        }
        let arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:disk: full";
        // The user guide's examples.
        check("ALARM(CPU) AND ALARM(Disk)", "ALARM(CPU) AND ALARM(Disk)");
        check("ALARM(CPU) AND NOT ALARM(Deploying)", "ALARM(CPU) AND NOT ALARM(Deploying)");
        check(
            "(ALARM(\"CPU\") OR \nALARM(\"Disk\")) AND \nOK(\"Network\")",
            "(ALARM(CPU) OR ALARM(Disk)) AND OK(Network)",
        );
        check("AT_LEAST(2, ALARM, (a, b, c))", "AT_LEAST(2, ALARM, (a, b, c))");
        check("AT_LEAST(50%,NOT OK,(a,\"b c\"))", "AT_LEAST(50%, NOT OK, (a, \"b c\"))");
        check("AT_LEAST(1, ALARM, (a)) AND NOT OK(b)", "AT_LEAST(1, ALARM, (a)) AND NOT OK(b)");
        check("ALARM (a)", "ALARM(a)");
        check("False", "FALSE");
        check("true or insufficient_data(x)", "TRUE OR INSUFFICIENT_DATA(x)");
        // Precedence and parentheses.
        check("TRUE OR TRUE AND NOT FALSE", "TRUE OR TRUE AND NOT FALSE");
        check("(TRUE OR (TRUE AND (NOT FALSE)))", "TRUE OR TRUE AND NOT FALSE");
        check("(TRUE)AND(FALSE)", "TRUE AND FALSE");
        check("TRUE AND (FALSE AND TRUE)", "TRUE AND (FALSE AND TRUE)");
        check("(TRUE AND FALSE) AND TRUE", "TRUE AND FALSE AND TRUE");
        check("NOT (TRUE OR FALSE)", "NOT (TRUE OR FALSE)");
        check("NOT NOT TRUE", "TRUE");
        check("NOT (NOT (NOT TRUE))", "NOT TRUE");
        check("NOT NOT (TRUE OR FALSE) AND TRUE", "(TRUE OR FALSE) AND TRUE");
        // References.
        check("ALARM(TRUE) OR OK(OK)", "ALARM(TRUE) OR OK(OK)");
        check("OK(a\"b)", "OK(a\"b)");
        check(r#"OK("a\"b\\c\d (e), f")"#, r#"OK("a\"b\\c\\d (e), f")"#);
        check(r#"OK("\"")"#, r#"OK("\"")"#);
        check(&format!("ALARM(\"{arn}\")"), &format!("ALARM(\"{arn}\")"));
        check("ALARM(ä) AND OK(ä)", "ALARM(ä) AND OK(ä)");
    }

    #[test]
    fn errors() {
        fn check(text: &str, expected: &str) {
            assert_eq!(Rule::parse(text).map(|rule| rule.to_string()).unwrap_err().to_string(), expected);
        }
        fn unsupported(text: &str, token: &str, position: usize, expected: &str) {
            let message = format!(
                "Error in AlarmRule [Unsupported token '{token}' at char {position}, must be: {expected}]"
            );
            check(text, &message);
        }
        let whitespace = "AlarmRule must not contain leading or trailing whitespace or be null";
        let start = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA";
        let arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:SampleQueue Oldest Age Alarm";
        check("", whitespace);
        check(" TRUE", whitespace);
        check("TRUE\n", whitespace);
        check(&"x".repeat(10_241), "AlarmRule must not be longer than 10240 characters");
        // The rule that aws-cdk issue 13953 must have sent: AWS's own position.
        unsupported(&format!("(ALARM({arn}) OR ALARM(b))"), "Oldest", 67, "')'");
        unsupported("()", ")", 1, start);
        unsupported("CPU", "CPU", 0, start);
        unsupported("ä OR TRUE", "ä", 0, start);
        unsupported("OK(ä) OK(b)", "OK", 6, "'AND', 'OR'");
        unsupported("TRUE)", ")", 4, "'AND', 'OR'");
        unsupported("(TRUE,", ",", 5, "'AND', 'OR', ')'");
        unsupported("ALARM a", "a", 6, "'('");
        unsupported("ALARM()", ")", 6, "alarm name or ARN");
        unsupported("ALARM(\"\")", "\"\"", 6, "alarm name or ARN");
        unsupported("AT_LEAST(x, OK, (a))", "x", 9, "number or percentage");
        unsupported("AT_LEAST(%, OK, (a))", "%", 9, "number or percentage");
        unsupported("AT_LEAST(1 OK, (a))", "OK", 11, "','");
        unsupported("AT_LEAST(1, YES, (a))", "YES", 12, "'NOT', ALARM, OK, or INSUFFICIENT_DATA");
        unsupported("AT_LEAST(1, NOT NOT, (a))", "NOT", 16, "ALARM, OK, or INSUFFICIENT_DATA");
        unsupported("AT_LEAST(1, OK, (a b))", "b", 19, "',', ')'");
        check("ALARM(a) AND", &format!("Error in AlarmRule [Unexpected end at char 12, must be: {start}]"));
        check("(TRUE", "Error in AlarmRule [Unexpected end at char 5, must be: 'AND', 'OR', ')']");
        check("OK(\"a", "Error in AlarmRule [Missing closing quote for the quote at char 3]");
        check(
            "AT_LEAST(3, OK, (a, b))",
            "Error in AlarmRule [Unsupported threshold '3' at char 9, AT_LEAST has 2 alarms]",
        );
        check(
            "AT_LEAST(0%, OK, (a))",
            "Error in AlarmRule [Unsupported threshold '0%' at char 9, AT_LEAST has 1 alarms]",
        );
        check(
            "AT_LEAST(99999999999999999999, OK, (a))",
            "Error in AlarmRule [Unsupported threshold '99999999999999999999' at char 9, AT_LEAST has 1 alarms]",
        );
        let many = (0..101).map(|alarm| format!("OK({alarm})")).collect::<Vec<_>>().join(" OR ");
        check(&many, "AlarmRule must not reference more than 100 alarms");
        check(&["TRUE"; 501].join(" OR "), "AlarmRule must not contain more than 500 elements");
        check(
            &format!("{}TRUE{}", "(".repeat(500), ")".repeat(500)),
            "AlarmRule must not contain more than 500 elements",
        );
    }

    #[test]
    fn the_deepest_rules_are_read_and_printed() {
        let nested = format!("{}TRUE{}", "NOT (FALSE OR ".repeat(249), ")".repeat(249));
        let rule = Rule::parse(&nested).unwrap();
        assert_eq!(Rule::parse(&rule.to_string()), Ok(rule.clone()));
        assert_eq!(rule.evaluate(|_| None), AlarmState::Ok);
        assert!(Rule::parse(&format!("{}TRUE", "NOT ".repeat(2_559))).is_ok());
    }

    #[test]
    fn references() {
        fn check(text: &str, name: &str, is_arn: bool) {
            let alarm = AlarmRef::parse(text);
            assert_eq!((alarm.name(), matches!(alarm, AlarmRef::Arn { .. })), (name, is_arn));
            assert_eq!(alarm.to_string(), text);
        }
        check("a", "a", false);
        check("arn:aws:cloudwatch:us-east-1:123456789012:alarm:a:b", "a:b", true);
        check("arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:ä", "ä", true);
        for name in [
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:",
            "arn:aws:cloudwatch:us-east-1:12345678901:alarm:a",
            "arn:aws:cloudwatch::123456789012:alarm:a",
            "arn:aws:sns:us-east-1:123456789012:alarm:a",
        ] {
            check(name, name, false);
        }
    }

    #[test]
    fn children() {
        let rule = Rule::parse("OK(b) OR AT_LEAST(1, ALARM, (a, b, a)) OR NOT ALARM(\"b\")").unwrap();
        assert_eq!(rule.children().map(AlarmRef::name).collect::<Vec<_>>(), ["b", "a"]);
    }

    /// `a` is in ALARM, `o` is OK, `i` has insufficient data, and `gone` does not exist.
    fn state_of(alarm: &AlarmRef) -> Option<AlarmState> {
        match alarm.name() {
            "a" => Some(AlarmState::Alarm),
            "o" => Some(AlarmState::Ok),
            "i" => Some(AlarmState::InsufficientData),
            _ => None,
        }
    }

    #[test]
    fn evaluation() {
        fn check(text: &str, expected: AlarmState) {
            assert_eq!(Rule::parse(text).unwrap().evaluate(state_of), expected, "{text}");
        }
        const TRUE: AlarmState = AlarmState::Alarm;
        const FALSE: AlarmState = AlarmState::Ok;
        check("TRUE", TRUE);
        check("FALSE", FALSE);
        check("ALARM(a)", TRUE);
        check("ALARM(i)", FALSE);
        check("OK(o)", TRUE);
        check("OK(i)", FALSE);
        check("INSUFFICIENT_DATA(i)", TRUE);
        check("NOT ALARM(i)", TRUE);
        check("ALARM(gone) OR OK(gone) OR INSUFFICIENT_DATA(gone)", FALSE);
        check("NOT ALARM(gone)", TRUE);
        // AND before OR, NOT before both.
        check("TRUE OR FALSE AND FALSE", TRUE);
        check("(TRUE OR FALSE) AND FALSE", FALSE);
        check("NOT FALSE OR TRUE", TRUE);
        check("NOT (FALSE OR TRUE)", FALSE);
        check("NOT TRUE AND FALSE", FALSE);
        // AT_LEAST.
        check("AT_LEAST(1, ALARM, (a, o, i))", TRUE);
        check("AT_LEAST(2, ALARM, (a, o, i))", FALSE);
        check("AT_LEAST(2, NOT ALARM, (a, o, i))", TRUE);
        check("AT_LEAST(3, NOT ALARM, (a, o, i))", FALSE);
        check("AT_LEAST(2, NOT OK, (a, o, gone))", TRUE);
        check("AT_LEAST(50%, OK, (a, o))", TRUE);
        check("AT_LEAST(66%, NOT OK, (a, o, i))", TRUE);
        check("AT_LEAST(67%, NOT OK, (a, o, i))", FALSE);
        check("AT_LEAST(100%, OK, (o))", TRUE);
        check("AT_LEAST(2, ALARM, (a, a))", TRUE);
    }

    /// A rule as a tree, with what it means: the model of the parser and of the evaluation.
    #[derive(Clone, Debug)]
    enum Tree {
        Constant(bool),
        State(AlarmState, String),
        AtLeast(usize, AlarmState, Vec<String>),
        Not(Box<Tree>),
        And(Box<Tree>, Box<Tree>),
        Or(Box<Tree>, Box<Tree>),
    }

    impl Tree {
        fn text(&self) -> String {
            let quoted = |name: &String| format!("\"{}\"", name.replace('\\', r"\\").replace('"', "\\\""));
            match self {
                Self::Constant(value) => value.to_string(),
                Self::State(state, name) => format!("{state}({})", quoted(name)),
                Self::AtLeast(count, state, names) => {
                    let names = names.iter().map(quoted).collect::<Vec<_>>().join(",");
                    format!("AT_LEAST({count},{state},({names}))")
                }
                Self::Not(inner) => format!("NOT({})", inner.text()),
                Self::And(left, right) => format!("({})AND({})", left.text(), right.text()),
                Self::Or(left, right) => format!("({}) OR\t({})", left.text(), right.text()),
            }
        }

        fn value(&self) -> bool {
            let state = |name: &String| state_of(&AlarmRef::Name(name.clone()));
            match self {
                Self::Constant(value) => *value,
                Self::State(wanted, name) => state(name) == Some(*wanted),
                Self::AtLeast(count, wanted, names) => {
                    names.iter().filter(|name| state(name) == Some(*wanted)).count() >= *count
                }
                Self::Not(inner) => !inner.value(),
                Self::And(left, right) => left.value() && right.value(),
                Self::Or(left, right) => left.value() || right.value(),
            }
        }
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let name = || prop_oneof!["[aoi]", r#"[a ,()"\\:é]{1,5}"#];
        let state = || prop::sample::select(AlarmState::ALL.to_vec());
        let leaf = prop_oneof![
            any::<bool>().prop_map(Tree::Constant),
            (state(), name()).prop_map(|(state, name)| Tree::State(state, name)),
            (state(), prop::collection::vec(name(), 1..4), any::<prop::sample::Index>())
                .prop_map(|(state, names, count)| Tree::AtLeast(count.index(names.len()) + 1, state, names)),
        ];
        leaf.prop_recursive(6, 40, 2, |inner| {
            let two = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
            prop_oneof![
                inner.prop_map(|tree| Tree::Not(Box::new(tree))),
                two.clone().prop_map(|(left, right)| Tree::And(left, right)),
                two.prop_map(|(left, right)| Tree::Or(left, right)),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_rule_reads_back_and_means_the_same(tree in trees()) {
            let rule = Rule::parse(&tree.text()).unwrap();
            let printed = rule.to_string();
            prop_assert_eq!(Rule::parse(&printed), Ok(rule.clone()), "{}", printed);
            prop_assert_eq!(rule.evaluate(state_of) == AlarmState::Alarm, tree.value());
        }

        #[test]
        fn no_text_panics(
            text: String,
            alike in r#"((ALARM|OK|AT_LEAST|NOT|AND|OR|TRUE|50%|2|[(),"\\ é])[ (),]?){0,24}"#,
        ) {
            for text in [text, alike] {
                if let Ok(rule) = Rule::parse(&text) {
                    let _ = rule.evaluate(state_of);
                    prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
                }
            }
        }
    }
}
