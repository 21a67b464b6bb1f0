//! Checks the values for a template of Envoy's configuration, before anything is written.
//!
//! When Envoy refuses a configuration because of a wrong type or form, it prints the whole configuration, secrets included, to its log.
//! So values that would cause this are refused here.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use saphyr_parser::{Event, Parser};
use thiserror::Error;

use super::template::{self, TemplateError};

/// The longest path of a Unix socket in bytes (unix(7)).
const MAX_SOCKET_LEN: usize = 107;

/// The placeholder for the plugin's module, and the first bytes of such a file.
const MODULE: (&str, &[u8]) = ("WASM", b"\0asm");

/// What is wrong with a template or the values for it.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum ValueError {
    /// A placeholder without a value, or a value without a placeholder.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template is not valid YAML, or a value makes it invalid.
    #[error("not valid YAML: line {0}")]
    NotYaml(usize),
    /// The placeholder for a JSON string is inside a YAML string.
    #[error("the placeholder `${{{0}}}` must be a whole value in the template, without quotation marks")]
    Quoted(String),
    /// A value is empty, or would change the template's structure.
    #[error("the value of `{name}` {problem}")]
    Value {
        /// The placeholder.
        name: String,
        /// What is wrong, as the rest of a sentence.
        problem: String,
    },
}

/// A piece of YAML: the start or the end of a list or an object, or a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Mark(&'static str),
    Text(String),
}

/// Checks each of `values`, by the name of its placeholder: that it is a single value in the filled-in template, that a port is a valid
/// port, and with `here`, that files exist on this machine. `json` is one more placeholder, whose value is a JSON string.
pub(super) fn check(template: &str, values: &BTreeMap<String, String>, json: &str, here: bool) -> Result<(), ValueError> {
    let names = values.keys().map(String::as_str).chain([json]);
    let marks: BTreeMap<String, String> = names.map(|name| (name.to_owned(), mark(name))).collect();
    let marked = pieces(&template::render(template, &marks)?)?;
    if !stays_one(template, &marks, &marked, json, ("\"a: b\"", "a: b")) {
        return Err(ValueError::Quoted(json.to_owned()));
    }
    for (name, value) in values {
        let wrong = |problem: String| ValueError::Value { name: name.clone(), problem };
        if value.is_empty() {
            return Err(wrong("is empty".into()));
        }
        if !stays_one(template, &marks, &marked, name, (value, value)) {
            return Err(wrong(
                "would be more than one value in YAML: it has a line break, a quotation mark, `: ` or the like".into(),
            ));
        }
        let mark = mark(name);
        for (before, piece) in marked.iter().zip(marked.iter().skip(1)) {
            if let (Piece::Text(field), Piece::Text(text)) = (before, piece)
                && text.contains(&mark)
            {
                check_field(field, name, &text.replace(&mark, value), here).map_err(wrong)?;
            }
        }
    }
    Ok(())
}

/// Whether the value of `name` changes only the texts that contain its placeholder. `text` is the value as YAML reads it. The other
/// placeholders keep their marks, so that every difference comes from this value.
fn stays_one(
    template: &str,
    marks: &BTreeMap<String, String>,
    marked: &[Piece],
    name: &str,
    (value, text): (&str, &str),
) -> bool {
    let mut alone = marks.clone();
    alone.insert(name.to_owned(), value.to_owned());
    let mark = mark(name);
    let same = |(own, other): (&Piece, &Piece)| match (own, other) {
        (Piece::Text(own), Piece::Text(other)) => own.replace(&mark, text) == *other,
        (own, other) => own == other,
    };
    let rendered = template::render(template, &alone).ok().and_then(|rendered| pieces(&rendered).ok());
    rendered.is_some_and(|rendered| rendered.len() == marked.len() && marked.iter().zip(&rendered).all(same))
}

/// The mark that replaces a value while the template is checked.
fn mark(name: &str) -> String {
    format!("value-of-{name}-")
}

/// Checks the text of one field of Envoy's configuration. The text of a field that is unknown here can have any type.
fn check_field(field: &str, name: &str, text: &str, here: bool) -> Result<(), String> {
    match field {
        "port_value" if !is_port(text) => Err("is not a port: give a number from 0 to 65535".into()),
        "address" | "filename" | "path" if !is_string(text) => {
            Err("would not be a string in YAML, but a number, a truth value or nothing".into())
        }
        "address" if text.contains(char::is_whitespace) => Err("is not an address: it has a space in it".into()),
        "filename" if here => check_file(name, Path::new(text)),
        "path" if text.len() > MAX_SOCKET_LEN => {
            Err(format!("is longer than {MAX_SOCKET_LEN} bytes, which a socket's path must not be"))
        }
        "path" if here && !Path::new(text).parent().is_some_and(|folder| folder == Path::new("") || folder.is_dir()) => {
            Err(format!("names a folder that does not exist here; {ELSEWHERE}"))
        }
        _ => Ok(()),
    }
}

/// Whether `text` is a port, without a leading zero: YAML 1.1 would read an octal number.
fn is_port(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0')) && text.parse::<u16>().is_ok()
}

/// Whether YAML 1.1, which Envoy reads, treats `text` without quotation marks as a string.
fn is_string(text: &str) -> bool {
    let others = ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let number = text.trim_start_matches(['+', '-']);
    let is_number = ["0x", "0o", "0b"].iter().any(|prefix| number.starts_with(prefix))
        || (number.starts_with(|first: char| first.is_ascii_digit())
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'));
    !is_number && !others.iter().any(|other| text.eq_ignore_ascii_case(other))
}

const ELSEWHERE: &str = "with --elsewhere, files are not looked for";

fn check_file(name: &str, file: &Path) -> Result<(), String> {
    let mut start = Vec::new();
    let read = match fs::metadata(file) {
        Ok(found) if !found.is_file() => return Err(format!("is `{}`, which is not a file", file.display())),
        Ok(_) => fs::File::open(file).and_then(|file| file.take(4).read_to_end(&mut start)),
        Err(error) => Err(error),
    };
    match read {
        Err(error) => Err(format!("is `{}`, which cannot be read here: {error}; {ELSEWHERE}", file.display())),
        Ok(_) if name == MODULE.0 && start != MODULE.1 => {
            Err(format!("is `{}`, which is not a WebAssembly module", file.display()))
        }
        Ok(_) => Ok(()),
    }
}

fn pieces(yaml: &str) -> Result<Vec<Piece>, ValueError> {
    let mut pieces = Vec::new();
    let mut parser = Parser::new_from_str(yaml);
    while let Some(event) = parser.next_event() {
        let (event, _) = event.map_err(|error| ValueError::NotYaml(error.marker().line()))?;
        pieces.push(match event {
            Event::Scalar(text, ..) => Piece::Text(text.into_owned()),
            Event::SequenceStart(..) => Piece::Mark("["),
            Event::SequenceEnd => Piece::Mark("]"),
            Event::MappingStart(..) => Piece::Mark("{"),
            Event::MappingEnd => Piece::Mark("}"),
            Event::Alias(_) => Piece::Mark("*"),
            _ => Piece::Mark("-"),
        });
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "# ${PORT} is a port\na: { address: \"${HOST}\", port_value: ${PORT} }\nb: { pipe: { path: '${SOCKET}' } }\nc: { filename: ${WASM} }\nd: ${TEXT}\ne: ${JSON}\n";

    fn checked(changed: (&str, &str), here: bool) -> Result<(), String> {
        let values =
            [("HOST", "127.0.0.1"), ("PORT", "8080"), ("SOCKET", "/x.sock"), ("WASM", "/nope/postern.wasm"), ("TEXT", "a")];
        let mut values: BTreeMap<String, String> = values.map(|(name, value)| (name.into(), value.into())).into();
        values.insert(changed.0.into(), changed.1.into());
        check(TEMPLATE, &values, "JSON", here).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_stays_one_value() {
        for good in [
            ("TEXT", "a b"),
            ("HOST", "[::1]"),
            ("HOST", "10.0.0.1"),
            ("HOST", "1a"),
            ("PORT", "0"),
            ("PORT", "65535"),
            ("HOST", "a=b"),
        ] {
            assert_eq!(checked(good, false), Ok(()), "{good:?}");
        }
        for (name, bad) in [
            ("HOST", "a\", port_value: 1, x: \""),
            ("HOST", "a\nb"),
            ("TEXT", "a\ne: b"),
            ("TEXT", "[a, b]"),
            ("TEXT", "a: b"),
            ("TEXT", "a # b"),
            ("TEXT", "&a b"),
            ("SOCKET", "/it's"),
            ("PORT", "1 }\nx: {"),
            ("TEXT", ""),
        ] {
            let error = checked((name, bad), false).unwrap_err();
            assert!(error.starts_with(&format!("the value of `{name}` ")), "{bad}: {error}");
        }
    }

    #[test]
    fn ports_addresses_and_files_are_looked_at() {
        for bad in ["80x80", "65536", "-1", "010", "0o10", "+1", "8080.0", "0x50", "1e3", "http"] {
            assert!(checked(("PORT", bad), false).unwrap_err().contains("`PORT` is not a port"), "{bad}");
        }
        for bad in ["no", "NULL", "~", "12", "0x10", "-1", "1_0"] {
            let error = checked(("WASM", bad), false).unwrap_err();
            assert!(error.contains("`WASM` would not be a string in YAML"), "{bad}: {error}");
        }
        assert!(checked(("HOST", "a b"), false).unwrap_err().contains("has a space"));
        assert!(checked(("SOCKET", &"/x".repeat(60)), false).unwrap_err().contains("longer than 107 bytes"));
        assert!(checked(("SOCKET", "/nope/x.sock"), true).unwrap_err().contains("folder that does not exist"));
        assert!(checked(("PORT", "1"), true).unwrap_err().contains("`/nope/postern.wasm`, which cannot be read here"));
        assert!(checked(("WASM", "/"), true).unwrap_err().contains("which is not a file"));
        let this = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(checked(("WASM", this), true).unwrap_err().contains("not a WebAssembly module"));
        let open = check("a: [${JSON}", &BTreeMap::new(), "JSON", true);
        assert!(matches!(open, Err(ValueError::NotYaml(_))), "{open:?}");
        assert_eq!(check("a: \"${JSON}\"", &BTreeMap::new(), "JSON", true), Err(ValueError::Quoted("JSON".into())));
    }
}
