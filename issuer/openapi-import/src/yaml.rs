//! Parses YAML 1.2 to a tree, with limits: only what JSON can express (the core schema), with aliases as copies.
//!
//! Everything else is refused, not ignored. For example, YAML 1.2 has no merge keys (`<<`): if one were read as an ordinary
//! member, the members that it was meant to merge would be lost, `security` among them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use postern_token::Node;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use thiserror::Error;

/// The maximum nesting depth of lists and objects, as in JSON.
const MAX_DEPTH: usize = 128;

/// The maximum size of a tree with all of its copies, in bytes, approximately.
const MAX_COST: usize = 64 * 1024 * 1024;

/// The size of a value without its text, in bytes, approximately.
const NODE_COST: usize = 64;

/// The reason why a text cannot be parsed, and its line. The error never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{problem} in line {line}")]
pub struct YamlError {
    problem: &'static str,
    line: usize,
}

/// A complete value, with the cost of a copy and the number of nested levels.
#[derive(Clone)]
struct Value {
    node: Node<'static>,
    cost: usize,
    levels: usize,
}

enum Open {
    List(Vec<Node<'static>>),
    Object { members: Vec<(Cow<'static, str>, Node<'static>)>, seen: HashSet<String>, name: Option<String> },
}

impl YamlError {
    /// The line, from 1.
    pub const fn line(&self) -> usize {
        self.line
    }
}

/// A document, with the line of each of its values.
#[derive(Debug)]
pub struct LocatedYaml {
    /// The value.
    pub node: Node<'static>,
    lines: HashMap<String, usize>,
}

impl LocatedYaml {
    /// The line of the value at `field`, a path such as `apis[0].context`. Of a field that is missing: the line of the value around it.
    pub fn line(&self, field: &str) -> usize {
        let mut field = if field == "." { "" } else { field };
        loop {
            if let Some(line) = self.lines.get(field) {
                return *line;
            }
            let Some(end) = field.rfind(['.', '[']) else { return self.lines.get("").copied().unwrap_or(1) };
            field = field.get(..end).unwrap_or_default();
        }
    }
}

struct Level {
    open: Open,
    /// The path of the value, if lines are kept.
    path: String,
    anchor: usize,
    cost: usize,
    levels: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Level>,
    anchors: HashMap<usize, Value>,
    document: Option<Node<'static>>,
    spent: usize,
    /// The line of the current event, and the lines of all values by their paths, if they are kept.
    line: usize,
    lines: Option<HashMap<String, usize>>,
}

/// Parses a text that holds exactly one document.
pub(super) fn read(text: &str) -> Result<Node<'static>, YamlError> {
    build(text, Builder::default()).map(|(node, _)| node)
}

/// Parses a text that holds exactly one document, and keeps the lines of its values.
///
/// # Errors
/// The text is not YAML, or not YAML of the kind that JSON can express.
pub fn read_located(text: &str) -> Result<LocatedYaml, YamlError> {
    let (node, lines) = build(text, Builder { lines: Some(HashMap::new()), ..Builder::default() })?;
    Ok(LocatedYaml { node, lines: lines.unwrap_or_default() })
}

fn build(text: &str, mut builder: Builder) -> Result<(Node<'static>, Option<HashMap<String, usize>>), YamlError> {
    let mut parser = Parser::new_from_str(text);
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => return Err(YamlError { problem: "a mistake", line: error.marker().line() }),
        };
        let line = span.start.line();
        builder.line = line;
        if let Event::DocumentStart(_) = event {
            documents += 1;
        }
        let taken = if documents > 1 { Err("a second document") } else { builder.take(event) };
        taken.map_err(|problem| YamlError { problem, line })?;
    }
    let node = builder.document.ok_or(YamlError { problem: "no document", line: 1 })?;
    Ok((node, builder.lines))
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref()),
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq")?;
                self.begin(Open::List(Vec::new()), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map")?;
                self.begin(Open::Object { members: Vec::new(), seen: HashSet::new(), name: None }, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                // An anchor has no value until its node is complete, so a node cannot contain itself.
                let cost = self.anchors.get(&anchor).map(|value| value.cost);
                self.spend(cost.ok_or("an alias that contains itself")?)?;
                let value = self.anchors.get(&anchor).cloned();
                value.map_or(Ok(()), |value| self.put(value))
            }
            _ => Ok(()),
        }
    }

    fn spend(&mut self, cost: usize) -> Result<(), &'static str> {
        self.spent = self.spent.saturating_add(cost);
        if self.spent > MAX_COST { Err("too much content once its aliases are expanded") } else { Ok(()) }
    }

    fn begin(&mut self, open: Open, anchor: usize) -> Result<(), &'static str> {
        if self.open.len() >= MAX_DEPTH {
            return Err("too many nested levels");
        }
        if let Some(Level { open: Open::Object { name: None, .. }, .. }) = self.open.last() {
            return Err("a name that is not a string");
        }
        self.spend(NODE_COST)?;
        let path = self.locate();
        self.open.push(Level { open, path, anchor, cost: NODE_COST, levels: 1 });
        Ok(())
    }

    /// The path of the value that begins, if lines are kept. Keeps its line.
    fn locate(&mut self) -> String {
        let Some(lines) = &mut self.lines else { return String::new() };
        let path = match self.open.last() {
            None => String::new(),
            Some(Level { open: Open::List(items), path, .. }) => format!("{path}[{}]", items.len()),
            Some(Level { open: Open::Object { name, .. }, path, .. }) => {
                let name = name.as_deref().unwrap_or_default();
                if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
            }
        };
        lines.entry(path.clone()).or_insert(self.line);
        path
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let Some(Level { open, anchor, cost, levels, .. }) = self.open.pop() else { return Ok(()) };
        let node = match open {
            Open::List(items) => Node::List(items),
            Open::Object { members, .. } => Node::Object(members),
        };
        self.finish(Value { node, cost, levels }, anchor)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>) -> Result<(), &'static str> {
        check_tag(tag, "str")?;
        let cost = NODE_COST + text.len();
        self.spend(cost)?;
        if let Some(Level { open: Open::Object { seen, name: name @ None, .. }, cost: of_level, .. }) = self.open.last_mut() {
            if text == "<<" && style == ScalarStyle::Plain {
                return Err("a merge key (`<<`), which YAML 1.2 does not define: write its members out");
            }
            if anchor != 0 {
                return Err("an anchor on a name");
            }
            if !seen.insert(text.to_owned()) {
                return Err("a repeated name");
            }
            *of_level += cost;
            *name = Some(text.to_owned());
            return Ok(());
        }
        self.locate();
        let plain = style == ScalarStyle::Plain && tag.is_none();
        let node = if plain { resolve(text) } else { Node::Text(Cow::Owned(text.to_owned())) };
        self.finish(Value { node, cost, levels: 0 }, anchor)
    }

    fn finish(&mut self, value: Value, anchor: usize) -> Result<(), &'static str> {
        if anchor != 0 {
            self.spend(value.cost)?;
            self.anchors.insert(anchor, value.clone());
        }
        self.put(value)
    }

    fn put(&mut self, value: Value) -> Result<(), &'static str> {
        if self.open.len() + value.levels > MAX_DEPTH {
            return Err("too many nested levels");
        }
        let Some(level) = self.open.last_mut() else {
            self.document = Some(value.node);
            return Ok(());
        };
        level.cost = level.cost.saturating_add(value.cost);
        level.levels = level.levels.max(value.levels + 1);
        match &mut level.open {
            Open::List(items) => items.push(value.node),
            Open::Object { members, name, .. } => {
                let name = name.take().ok_or("a name that is not a string")?;
                members.push((Cow::Owned(name), value.node));
            }
        }
        Ok(())
    }
}

/// Accepts only the core schema's tag that the node has anyway.
fn check_tag(tag: Option<&Tag>, own: &str) -> Result<(), &'static str> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == own => Ok(()),
        Some(_) => Err("an unsupported tag"),
    }
}

/// Resolves a plain scalar by the core schema (YAML 1.2.2 section 10.3.2).
fn resolve(text: &str) -> Node<'static> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "true" | "True" | "TRUE" => return Node::Bool(true),
        "false" | "False" | "FALSE" => return Node::Bool(false),
        _ => {}
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_or(Node::OtherNumber, Node::Whole);
    }
    if is_number(text) { Node::OtherNumber } else { Node::Text(Cow::Owned(text.to_owned())) }
}

/// Whether the core schema resolves `text` to a number, for texts that are not only digits.
fn is_number(text: &str) -> bool {
    let all = |rest: &str, digit: fn(&u8) -> bool| !rest.is_empty() && rest.bytes().all(|byte| digit(&byte));
    if let Some(rest) = text.strip_prefix("0x") {
        return all(rest, u8::is_ascii_hexdigit);
    }
    if let Some(rest) = text.strip_prefix("0o") {
        return all(rest, |byte| matches!(byte, b'0'..=b'7'));
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(before, after)| (before, Some(after)));
    let exponent = exponent.is_none_or(|exponent| all(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), u8::is_ascii_digit));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    exponent && digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}
