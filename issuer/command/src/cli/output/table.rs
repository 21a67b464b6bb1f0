//! Tables that fit the terminal.

use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr as _;

use super::{cells, lists};

/// The spaces between two columns.
const GAP: &str = "  ";

/// The least width to which a column is shortened.
const SHORTEST: usize = 12;

/// Fields of which every character counts, because they are copied to other commands. They are never shortened.
const WHOLE: [&str; 13] =
    ["id", "jti", "kid", "application", "consumer_key", "api", "tier", "version", "path", "state", "key_type", "at", "last_at"];

/// Fields that a record shows before the others, in this order.
const FIRST: [&str; 10] = ["name", "id", "application", "api", "tier", "scope", "key_type", "state", "plan", "removed"];

/// Fields that a record shows after the others: secrets, in the order in which they are used.
const LAST: [&str; 6] = ["consumer_key", "consumer_secret", "edge_key", "personal_token", "registration_token", "access_token"];

/// A result as text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) text: String,
    /// What to say about an empty list.
    pub(super) empty: Option<&'static str>,
    /// The columns for which the terminal has no room.
    pub(super) left_out: Vec<String>,
}

/// The table of a result: a row for each item of a list, or a line for each field of a record.
pub(super) fn of(result: &Value, width: Option<usize>) -> Table {
    let mut table = Table::default();
    match result {
        Value::Object(fields) => match single_list(fields) {
            Some((name, [])) => table.empty = lists::find(name).map(|list| list.empty).or(Some("nothing to list")),
            Some((name, items)) => rows(name, items, "", width, &mut table),
            None => record(fields, width, &mut table),
        },
        Value::Null => {}
        other => table.text = format!("{}\n", cells::text("", other)),
    }
    table
}

/// The name and the items of the only field, if it is a list.
fn single_list(fields: &Map<String, Value>) -> Option<(&str, &[Value])> {
    let mut fields = fields.iter();
    match (fields.next(), fields.next()) {
        (Some((name, Value::Array(items))), None) => Some((name, items)),
        _ => None,
    }
}

fn record(fields: &Map<String, Value>, width: Option<usize>, table: &mut Table) {
    let mut names: Vec<&String> = fields.keys().filter(|name| *name != "warnings").collect();
    let place = |list: &[&str], name: &String| list.iter().position(|other| other == name);
    let nested =
        |name: &String| fields.get(name).and_then(Value::as_array).is_some_and(|items| items.iter().any(Value::is_object));
    names.sort_by_key(|name| (place(&LAST, name), nested(name), place(&FIRST, name).unwrap_or(usize::MAX)));
    let widest = names.iter().map(|name| label(name).width()).max().unwrap_or_default();
    for name in names {
        let Some(value) = fields.get(name) else { continue };
        match value {
            Value::Array(items) if nested(name) => {
                table.text.push_str(&label(name));
                table.text.push('\n');
                rows(name, items, GAP, width, table);
            }
            _ => {
                let line = format!("{}{GAP}{}", pad(&label(name), widest), cells::text(name, value));
                table.text.push_str(line.trim_end());
                table.text.push('\n');
            }
        }
    }
}

fn label(name: &str) -> String {
    let name = name.strip_suffix("_at").unwrap_or(name);
    postern_model::visible(if name == "key_type" { "environment" } else { name }).replace('_', " ")
}

/// Adds a row for each item, with the columns of that list.
fn rows(list: &str, items: &[Value], indent: &str, width: Option<usize>, table: &mut Table) {
    let columns = columns(list, items);
    let text = |item: &Value, name: &str| match item.get(name) {
        Some(value) => cells::text(name, value),
        None if name == "expires_at" => "never".to_owned(),
        None => String::new(),
    };
    let cells: Vec<Vec<String>> = items.iter().map(|item| columns.iter().map(|name| text(item, name)).collect()).collect();
    // A column in which every cell is empty says nothing.
    let used = |at: usize| cells.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()));
    let columns: Vec<Column> = columns
        .iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || used(*at))
        .map(|(at, name)| {
            let cells: Vec<String> = cells.iter().filter_map(|row| row.get(at).cloned()).collect();
            Column::new(name, cells)
        })
        .collect();
    let (columns, left_out) = fit(columns, width.map(|width| width.saturating_sub(indent.width())));
    table.left_out.extend(left_out);
    for row in 0..=items.len() {
        let line = columns.iter().map(|column| column.line(row)).collect::<Vec<_>>().join(GAP);
        table.text.push_str(format!("{indent}{line}").trim_end());
        table.text.push('\n');
    }
}

/// The columns of a list; of an unknown one, every field that an item has.
fn columns(list: &str, items: &[Value]) -> Vec<String> {
    if let Some(known) = lists::find(list) {
        return known.columns.iter().map(|&name| name.to_owned()).collect();
    }
    let mut names: Vec<String> = Vec::new();
    for name in items.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// A column: its head, and a cell for each row.
struct Column {
    cells: Vec<String>,
    whole: bool,
    width: usize,
}

impl Column {
    fn new(name: &str, mut cells: Vec<String>) -> Self {
        cells.insert(0, label(name).to_uppercase());
        let width = cells.iter().map(|cell| cell.width()).max().unwrap_or_default();
        let whole = WHOLE.contains(&name) || name.ends_with("_at");
        Self { cells, whole, width }
    }

    fn line(&self, row: usize) -> String {
        let cell = self.cells.get(row).map(String::as_str).unwrap_or_default();
        pad(&shorten(cell, self.width), self.width)
    }
}

/// Shortens columns, and leaves out the last ones, until the table fits. Returns the names of the columns that were left out.
fn fit(mut columns: Vec<Column>, width: Option<usize>) -> (Vec<Column>, Vec<String>) {
    let mut left_out = Vec::new();
    let Some(width) = width else { return (columns, left_out) };
    loop {
        let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let mut widths: Vec<usize> = columns.iter().map(|column| column.width).collect();
        while total(&widths) > width {
            let shortest = |column: &Column| SHORTEST.max(column.cells.first().map_or(0, |head| head.width()));
            let wide = columns.iter().zip(&mut widths).filter(|(column, width)| !column.whole && **width > shortest(column));
            let Some((_, widest)) = wide.max_by_key(|(_, width)| **width) else { break };
            *widest -= 1;
        }
        if total(&widths) <= width || columns.len() == 1 {
            for (column, width) in columns.iter_mut().zip(widths) {
                column.width = width;
            }
            left_out.reverse();
            return (columns, left_out);
        }
        left_out.extend(columns.pop().and_then(|column| column.cells.into_iter().next()).map(|head| head.to_lowercase()));
    }
}

/// At most `width` columns of `text`; what is missing is shown by `…`.
fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        let mut next = short.clone();
        next.push(character);
        if next.width() + 1 > width {
            break;
        }
        short = next;
    }
    short + "…"
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applications() -> Value {
        let application = |name: &str| {
            json!({
                "name": name, "id": "app_0123456789abcdefghij", "state": "active", "owner": "a.member.with.a.long.name@company",
                "key_sets": [{ "key_type": "production" }, { "key_type": "sandbox" }],
                "subscriptions": [{ "api": "pizza/1.0.0", "tier": "gold", "state": "active" }],
                "created_at": 1_795_316_157,
            })
        };
        json!({ "applications": [application("日本語のアプリ"), application("Pizza app"), application("x\u{1b}]0;y\u{7}")] })
    }

    #[test]
    fn a_table_fits_every_width_and_never_cuts_an_id() {
        for width in 24..200 {
            let table = of(&applications(), Some(width));
            assert_eq!(table.text.lines().count(), 4, "{}", table.text);
            for line in table.text.lines() {
                assert!(line.width() <= width, "{width}: {line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            let has_id = table.text.contains("app_0123456789abcdefghij");
            assert_eq!(has_id, !table.left_out.contains(&"id".to_owned()), "{width}");
        }
        let wide = of(&applications(), None);
        assert!(wide.left_out.is_empty() && wide.text.contains("2026-11-22 02:55"), "{}", wide.text);
        let heads: Vec<&str> = wide.text.lines().next().unwrap().split_whitespace().collect();
        assert_eq!(heads, ["NAME", "ID", "STATE", "KEY", "SETS", "SUBSCRIPTIONS", "OWNER", "CREATED"]);
    }

    #[test]
    fn columns_stand_below_each_other_in_every_script() {
        let table = of(&applications(), None).text;
        let starts: Vec<usize> = table.lines().skip(1).map(|line| line.split("app_").next().unwrap().width()).collect();
        assert_eq!(starts, [starts[0]; 3], "{table}");
    }

    #[test]
    fn a_record_shows_its_secrets_last_and_whole() {
        let token = "e".repeat(900);
        let minted = json!({ "access_token": token, "consumer_secret": "s", "application": "app_1", "expires_in": 3600, "warnings": ["w"] });
        let text = of(&minted, Some(40)).text;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "application      app_1");
        assert_eq!(lines[1], "expires in       1h");
        assert_eq!(lines[3], format!("access token     {token}"));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn an_empty_list_says_what_to_do() {
        let table = of(&json!({ "applications": [] }), Some(80));
        assert_eq!((table.text.as_str(), table.empty.is_some()), ("", true));
    }
}
