#!/usr/bin/env python3
"""Generates shared/wire/src/shapes from the service models inside the PyPI package botocore.

    pip install -r tools/shapes/requirements.txt
    tools/shapes/generate.py            write the files
    tools/shapes/generate.py --check    write nothing; exit 1 if the committed files differ

Run by developers only: the output is committed, building the project needs no Python. Which operations get
shapes is listed in operations.toml. Names and constraints are taken from the models, documentation is not.
What this script cannot translate (a kind of nesting, a lookahead in a pattern) it refuses, by name.
Needs Python 3.11 and rustfmt.
"""

import gzip
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUT = ROOT / "shared/wire/src/shapes"
KEYWORDS = {"as", "break", "const", "crate", "else", "enum", "fn", "for", "if", "in", "loop", "match", "mod",
            "move", "ref", "return", "self", "static", "struct", "type", "use", "where", "while", "async", "dyn"}

# How models name the parts of a map's entry; shared/wire/src/query/de.rs reads both.
ENTRY_NAMES = {(None, None), ("key", "value"), ("Name", "Value")}


def snake(name):
    """ResourceARN -> resource_arn"""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    return f"r#{name}" if name in KEYWORDS else name


def constant(name):
    return snake(name).removeprefix("r#").upper()


def pascal(name):
    return name[0].upper() + name[1:]


def quoted(text):
    """A Rust string literal."""
    if "\\" in text or '"' in text:
        hashes = "#"
        while f'"{hashes}' in text:
            hashes += "#"
        return f'r{hashes}"{text}"{hashes}' if '"' in text else f'r"{text}"'
    return f'"{text}"'


def number(value):
    """A Rust literal, with separators where clippy wants them."""
    return f"{value:_}" if value > 99_999 else str(value)


# Java's classes are ASCII, and its dot stops at line ends.
JAVA_CLASSES = {"w": "A-Za-z0-9_", "d": "0-9", "s": r" \t\n\x0B\f\r"}
JAVA_DOT = r"[^\n\r\x{85}\x{2028}\x{2029}]"


def rust_pattern(java, shape):
    """Translates a Java pattern, which must match the whole value, for the regex crate."""
    dot_matches_all = java.startswith("(?s)")
    source = java.removeprefix("(?s)")
    out, position, inside = [], 0, False
    while position < len(source):
        char, after = source[position], source[position + 1:position + 2]
        if char == "(" and source.startswith(("(?=", "(?!", "(?<"), position):
            sys.exit(f"{shape}: lookarounds are not supported: {java}")
        if char == "\\":
            position += 2
            if after == "u":
                code = source[position:position + 4]
                if 0xD800 <= int(code, 16) <= 0xDFFF:
                    sys.exit(f"{shape}: surrogates are not supported: {java}")
                out.append(f"\\x{{{code}}}")
                position += 4
            elif after in JAVA_CLASSES:
                out.append(JAVA_CLASSES[after] if inside else f"[{JAVA_CLASSES[after]}]")
            elif after.lower() in JAVA_CLASSES and not inside:
                out.append(f"[^{JAVA_CLASSES[after.lower()]}]")
            elif after.isalnum() and after not in "pPxtnrf":
                sys.exit(f"{shape}: unknown escape \\{after}: {java}")
            else:
                # Escapes that Java allows and the regex crate does not need.
                out.append("\\" + after if after.isalnum() or after in r"\.+*?()|[]{}^$#&-~/" else after)
            continue
        if inside and char == "[":
            char = r"\["
        elif char == "[":
            inside = True
            if after == "^":
                char, position = "[^", position + 1
            if source[position + 1:position + 2] == "-":
                char, position = char + r"\-", position + 1
        elif char == "]":
            inside = False
        elif char == "-" and inside and after == "]":
            char = r"\-"
        elif char == "." and not inside and not dot_matches_all:
            char = JAVA_DOT
        out.append(char)
        position += 1
    flags = "(?s)" if dot_matches_all else ""
    return f"{flags}^(?:{''.join(out)})$"


@dataclass
class Service:
    """One service model, and what operations.toml says of it."""
    name: str
    config: dict
    model: dict
    shapes: dict = field(default_factory=dict)
    rules: dict = field(default_factory=dict)
    patterns: dict = field(default_factory=dict)
    enums: dict = field(default_factory=dict)

    def shape(self, name):
        return self.model["shapes"][name]

    def kind(self, name):
        return self.shape(name)["type"]

    def collect(self):
        """Fills `shapes` with all structures that the listed operations reach, in order of name."""
        reached = set()

        def visit(name):
            if name in reached:
                return
            reached.add(name)
            shape = self.shape(name)
            members = shape.get("members", {})
            for member in members.values():
                visit(member["shape"])
            # The events of a stream are messages of their own, each with its structure; no document holds them.
            for member in [m for m, to in members.items() if self.shape(to["shape"]).get("eventstream")]:
                del members[member]
            for part in ("member", "key", "value"):
                if part in shape:
                    visit(shape[part]["shape"])

        for operation in self.config["operations"]:
            model = self.model["operations"].get(operation) or sys.exit(f"{self.name} has no {operation}")
            for part in ("input", "output"):
                if part in model:
                    visit(model[part]["shape"])
        for name in sorted(reached):
            shape = self.shape(name)
            if shape.get("flattened") or shape.get("document"):
                sys.exit(f"{self.name}: {name} is flattened or a document: not supported")
            if shape.get("eventstream"):
                continue
            if tuple(shape.get(part, {}).get("locationName") for part in ("key", "value")) not in ENTRY_NAMES:
                sys.exit(f"{self.name}: the entries of {name} have other names on the wire: not supported")
            if shape["type"] == "structure":
                self.shapes[name] = shape
            if shape.get("enum"):
                self.enums[name] = shape["enum"]

    # Types

    def rust_type(self, name):
        kind, shape = self.kind(name), self.shape(name)
        if kind == "structure":
            return pascal(name)
        if kind == "list":
            return f"Vec<{self.rust_type(shape['member']['shape'])}>"
        if kind == "map":
            return f"BTreeMap<String, {self.rust_type(shape['value']['shape'])}>"
        scalars = {"string": "String", "boolean": "bool", "integer": "i32", "long": "i64", "double": "f64",
                   "float": "f64", "timestamp": "Timestamp", "blob": "Blob"}
        return scalars.get(kind) or sys.exit(f"{self.name}: {name} is of unknown type {kind}")

    def double_form(self, name, where):
        """Which of the forms in double.rs a member needs, if it holds floating-point numbers."""
        rust = self.rust_type(name)
        forms = {"f64": "option", "Vec<f64>": "list", "BTreeMap<String, f64>": "map"}
        if "f64" in rust and rust not in forms:
            sys.exit(f"{self.name}: {where} nests numbers as {rust}: not supported")
        return forms.get(rust)

    def attributes(self, owner, member, reference):
        location = reference.get("location")
        if location not in (None, "querystring"):
            sys.exit(f"{self.name}: {owner}.{member} is bound to {location}: not supported")
        if location is None and reference.get("locationName", member) != member:
            sys.exit(f"{self.name}: {owner}.{member} has another name on the wire: not supported")
        form = self.double_form(reference["shape"], f"{owner}.{member}")
        attributes = [f'rename = "{member}"', 'skip_serializing_if = "Option::is_none"']
        if form:
            attributes += ["default", f'with = "crate::double::{form}"']
        return ", ".join(attributes)

    def structure(self, name, shape):
        title, rust = self.config["title"], pascal(name)
        lines = [f"/// `{name}` of {title}.",
                 "#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]", f"pub struct {rust} {{"]
        for member, reference in shape.get("members", {}).items():
            kind = self.rust_type(reference["shape"])
            kind = f"Box<{kind}>" if kind == rust else kind
            lines += [f"/// {self.summary(shape, member, reference['shape'])}",
                      f"#[serde({self.attributes(name, member, reference)})]",
                      f"pub {snake(member)}: Option<{kind}>,"]
        return lines + ["}", ""]

    def summary(self, shape, member, target):
        """One line on a member: its name and what the model demands."""
        limits, kind = self.shape(target), self.kind(target)
        facts = ["required"] if member in shape.get("required", []) else []
        unit = {"string": " characters", "list": " items", "map": " entries"}.get(kind, "")
        low, high = limits.get("min"), limits.get("max")
        if limits.get("enum"):
            facts.append(f"one of [`{constant(target)}_VALUES`]")
        elif low is not None and high is not None:
            facts.append(f"{low} to {high}{unit}")
        elif low is not None:
            facts.append(f"at least {low}{unit}")
        elif high is not None:
            facts.append(f"at most {high}{unit}")
        return f"`{member}`" + (f": {'; '.join(facts)}." if facts else ".")

    # Constraints

    def bounds(self, name):
        shape = self.shape(name)
        if "min" not in shape and "max" not in shape:
            return None
        some = lambda key: f"Some({number(int(shape[key]))})" if key in shape else "None"
        return f"Bounds {{ min: {some('min')}, max: {some('max')} }}"

    def text_rules(self, name):
        """The name of a static with the rules of a string shape, if it has any."""
        shape = self.shape(name)
        if shape["type"] != "string":
            return None
        parts = []
        if shape.get("enum"):
            parts.append(f"values: {constant(name)}_VALUES")
        else:
            if self.bounds(name):
                parts.append(f"length: {self.bounds(name)}")
            if shape.get("pattern") and shape["pattern"] not in (".*", "(?s).*"):
                self.patterns[name] = shape["pattern"]
                parts.append(f"pattern: Some(&{constant(name)}_REGEX)")
        if parts and shape.get("sensitive"):
            parts.append("sensitive: true")
        if not parts:
            return None
        self.rules[name] = f"TextRules {{ {', '.join(parts)}, ..TextRules::ANY }}"
        return constant(name)

    def checks(self, member, target):
        """The calls of Check that a member needs."""
        camel, rust = member[0].lower() + member[1:], snake(member)
        value, kind, shape = f"self.{rust}.as_ref()", self.kind(target), self.shape(target)
        value = f"self.{rust}.as_deref()" if kind == "structure" and target in self.boxed else value
        bounds, rules = self.bounds(target), self.text_rules(target)
        call = lambda method, *more: f'check.{method}({", ".join([quoted(camel), value, *more])});'
        calls = []
        if rules:
            calls.append(call("text", f"&{rules}"))
        elif kind in ("integer", "long") and bounds:
            calls.append(call("number", bounds))
        elif kind == "structure" and self.constrained(target):
            calls.append(call("structure"))
        elif kind == "list":
            item = shape["member"]["shape"]
            calls += [call("list_size", bounds)] if bounds else []
            calls += [call("texts", f"&{self.text_rules(item)}")] if self.text_rules(item) else []
            calls += [call("structures")] if self.constrained(item) else []
        elif kind == "map":
            key, item = shape["key"]["shape"], shape["value"]["shape"]
            calls += [call("map_size", bounds)] if bounds else []
            calls += [call("map_keys", f"&{self.text_rules(key)}")] if self.text_rules(key) else []
            calls += [call("map_values", f"&{self.text_rules(item)}")] if self.text_rules(item) else []
            calls += [call("map_structures")] if self.constrained(item) else []
        return calls

    @property
    def boxed(self):
        return {name for name, shape in self.shapes.items()
                if name in [m["shape"] for m in shape.get("members", {}).values()]}

    def constrained(self, name, seen=()):
        """Whether a structure, or anything in it, has a constraint."""
        if name in seen or self.kind(name) != "structure":
            return False
        shape, seen = self.shape(name), (*seen, name)
        if shape.get("required"):
            return True
        return any(self.demanding(member["shape"], seen) for member in shape.get("members", {}).values())

    def demanding(self, name, seen):
        shape = self.shape(name)
        own = any(key in shape for key in ("min", "max", "pattern", "enum")) and shape["type"] not in ("double",)
        parts = [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
        return own or self.constrained(name, seen) or any(self.demanding(part, seen) for part in parts)

    def validation(self, name, shape):
        calls = []
        for member, reference in shape.get("members", {}).items():
            if member in shape.get("required", []):
                camel = member[0].lower() + member[1:]
                calls.append(f'check.required("{camel}", self.{snake(member)}.as_ref());')
            calls += self.checks(member, reference["shape"])
        if not calls:
            return [f"impl Shape for {pascal(name)} {{",
                    "fn validate(&self, _: &mut Path, _: &mut Violations) {}", "}", ""]
        return [f"impl Shape for {pascal(name)} {{",
                "fn validate(&self, path: &mut Path, out: &mut Violations) {",
                "let mut check = Check { path, out };", *calls, "}", "}", ""]

    # The service as a whole

    def static_model(self):
        meta, config = self.model["metadata"], self.config
        protocols = set(meta.get("protocols", [meta["protocol"]]))
        json_version = "AwsJson10" if meta.get("jsonVersion") == "1.0" else "AwsJson11"
        names = {"json": json_version, "query": "AwsQuery", "smithy-rpc-v2-cbor": "RpcV2Cbor", "rest-json": "RestJson"}
        spoken = [f"Protocol::{names[name]}" for name in names if name in protocols]
        prefixes = [meta[key] for key in ("targetPrefix",) if key in meta] + config.get("target_prefixes", [])
        rpc_name = meta.get("targetPrefix", "") if "smithy-rpc-v2-cbor" in protocols else ""
        routes = self.routes() if "rest-json" in protocols else []
        return ["/// The service.", "pub static MODEL: ServiceModel = ServiceModel {",
                f'name: "{self.name}",',
                f'signing_name: "{meta.get("signingName", meta["endpointPrefix"])}",',
                f'api_version: "{meta["apiVersion"]}",',
                f'xml_namespace: "{meta.get("xmlNamespace", "")}",',
                f"target_prefixes: &[{', '.join(map(quoted, prefixes))}],",
                f'rpc_name: "{rpc_name}",',
                f"protocols: &[{', '.join(spoken)}],",
                f"query_compatible: {str('awsQueryCompatible' in meta).lower()},",
                f'error_namespace: "{config.get("error_namespace", "")}",',
                f'violation: "{config.get("violation", "")}",',
                "operations: OPERATIONS,", "errors: ERRORS,",
                f"routes: &[{', '.join(routes)}],",
                f"limits: Limits {{ body: {config['body']:_}, decoded: {config['decoded']:_} }},", "};", "",
                "const OPERATIONS: &[&str] = &[",
                *[f'"{name}",' for name in sorted(self.model["operations"])], "];", "",
                "const ERRORS: &[ErrorModel] = &[", *self.errors(), "];", ""]

    def routes(self):
        for name, operation in sorted(self.model["operations"].items()):
            http, members = operation["http"], self.shape(operation["input"]["shape"])["members"]
            if "{" in http["requestUri"]:
                sys.exit(f"{self.name}: {name} has labels in its path: not supported")
            query = [f'("{reference["locationName"]}", "{member}")' for member, reference in members.items()
                     if reference.get("location") == "querystring"]
            yield (f'RestRoute {{ operation: "{name}", method: "{http["method"]}", path: "{http["requestUri"]}", '
                   f"query: &[{', '.join(query)}] }}")

    def errors(self):
        for name, shape in sorted(self.model["shapes"].items()):
            if shape.get("exception"):
                error = shape.get("error", {})
                status = error.get("httpStatusCode", 500 if shape.get("fault") else 400)
                sender = error.get("senderFault", status < 500)
                message = next((m for m in shape["members"] if m.lower() == "message"), "message")
                yield (f'ErrorModel {{ shape: "{name}", code: "{error.get("code", name)}", status: {status}, '
                       f'sender: {str(sender).lower()}, message_member: "{message}" }},')

    def render(self):
        self.collect()
        body = []
        for name, shape in self.shapes.items():
            body += self.structure(name, shape) + self.validation(name, shape)
        enums = []
        for name, values in self.enums.items():
            enums += [f"/// The values of `{name}`.",
                      f"pub const {constant(name)}_VALUES: &[&str] = &[{', '.join(map(quoted, values))}];", ""]
        rules = []
        for name, java in sorted(self.patterns.items()):
            rust = rust_pattern(java, f"{self.name}: {name}")
            rules.append(f"static {constant(name)}_REGEX: Pattern = Pattern::new({quoted(java)}, {quoted(rust)});")
        rules += [f"static {constant(name)}: TextRules = {text};" for name, text in sorted(self.rules.items())]
        patterns = ", ".join(f"&{constant(name)}_REGEX" for name in sorted(self.patterns))
        rules += ["", "#[cfg(test)]", f"pub(super) static PATTERNS: &[&Pattern] = &[{patterns}];", ""]
        if not self.patterns:
            rules = rules[:-4]
        text = "\n".join([*self.static_model(), *body, *enums, *rules])
        return "\n".join([*self.header(text), text])

    def header(self, text):
        crate = [name for name in ("Blob", "Bounds", "Check", "Path", "Pattern", "Shape", "TextRules", "Timestamp",
                                   "Violations", "ErrorModel", "Limits", "RestRoute", "ServiceModel", "Protocol")
                 if re.search(rf"\b{name}\b", text)]
        lines = [f"//! {self.config['title']}, {self.config['version']}. Generated by tools/shapes/generate.py: "
                 "do not edit.", ""]
        lines += ["use std::collections::BTreeMap;", ""] if "BTreeMap" in text else []
        lines += ["use serde::{Deserialize, Serialize};", ""] if "Serialize" in text else []
        return [*lines, f"use crate::{{{', '.join(sorted(crate))}}};", ""]


def load(name, version):
    try:
        import botocore
    except ImportError:
        sys.exit("botocore is missing: pip install -r tools/shapes/requirements.txt")
    pinned = (HERE / "requirements.txt").read_text().strip().removeprefix("botocore==")
    if botocore.__version__ != pinned:
        sys.exit(f"botocore {pinned} is wanted, {botocore.__version__} is installed")
    path = Path(botocore.__file__).parent / "data" / name / version / "service-2.json"
    if path.exists():
        return json.loads(path.read_text())
    return json.loads(gzip.decompress(path.with_suffix(".json.gz").read_bytes()))


def formatted(rust):
    command = ["rustfmt", "--edition", "2024", "--config-path", str(ROOT / "rustfmt.toml")]
    return subprocess.run(command, input=rust, capture_output=True, text=True, check=True).stdout


def files():
    """All generated files: name -> text."""
    config = tomllib.loads((HERE / "operations.toml").read_text())
    services = [Service(name, about, load(name, about["version"])) for name, about in config.items()]
    texts = {service.name.replace("-", "_"): service.render() for service in services}
    lines = ["//! The shapes of AWS's services. Generated by tools/shapes/generate.py: do not edit.", "",
             "use crate::ServiceModel;", ""]
    lines += [f"pub mod {module};" for module in sorted(texts)]
    embedded = {service.name.replace("-", "_") for service in services if service.config.get("embedded")}
    models = lambda modules: ", ".join(f"&{module}::MODEL" for module in modules)
    lines += ["", "/// The suite's own services.",
              f"pub static SERVICES: &[&ServiceModel] = &[{models(m for m in texts if m not in embedded)}];",
              "", "/// Services of others that the local host embeds; they are no part of what the suite covers.",
              f"pub static EMBEDDED: &[&ServiceModel] = &[{models(m for m in texts if m in embedded)}];", ""]
    with_patterns = [f"{service.name.replace('-', '_')}::PATTERNS" for service in services if service.patterns]
    lines += ["#[cfg(test)]", "pub(crate) static PATTERNS: &[&[&crate::Pattern]] = "
              f"&[{', '.join(sorted(with_patterns))}];"]
    texts["mod"] = "\n".join(lines)
    return {OUT / f"{module}.rs": formatted(text) for module, text in texts.items()}


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    differing = []
    for path, text in files().items():
        if not path.exists() or path.read_text() != text:
            differing.append(str(path.relative_to(ROOT)))
            if not check:
                path.write_text(text)
    for path in differing:
        print(f"{'differs' if check else 'written'}: {path}")
    sys.exit(1 if check and differing else 0)


if __name__ == "__main__":
    main()
