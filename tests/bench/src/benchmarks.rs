//! Writes BENCHMARKS.md. Each benchmark replaces its own part of the page.

use std::fs;

use anyhow::Result;

use postern_test_harness::artifacts::project_file;

const PAGE: &str = "BENCHMARKS.md";

/// The parts after the gate's, in their order, each with its heading.
const HEADINGS: [(Part, &str); 2] = [(Part::JavaScript, "\n## JavaScript hosts\n"), (Part::Issuer, "\n## The issuer\n")];

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The plugin at the gateway, with the page's title.
    Gate,
    /// The gate in JavaScript hosts, without its heading. Its own headings begin at the third level.
    JavaScript,
    /// The issuer, without its heading. Its own headings begin at the third level.
    Issuer,
}

/// The longest line of prose on the page, in characters.
const WIDTH: usize = 104;

/// Replaces one part of the page with `text`, in which each paragraph and each list item is one line.
pub fn write(part: Part, text: &str) -> Result<()> {
    let path = project_file(PAGE);
    let page = fs::read_to_string(&path).unwrap_or_default();
    Ok(fs::write(path, replace(&page, part, &wrap(text)))?)
}

/// Wraps each line of prose; table rows and headings stay as they are.
fn wrap(text: &str) -> String {
    let mut page = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        if line.starts_with(['|', '#']) {
            page += line;
        } else {
            let indent = if line.starts_with("- ") { "  " } else { "" };
            let mut width = 0;
            for word in line.split_ascii_whitespace() {
                let len = word.chars().count();
                if width > 0 && width + 1 + len > WIDTH {
                    page += "\n";
                    page += indent;
                    width = indent.len();
                } else if width > 0 {
                    page.push(' ');
                    width += 1;
                }
                page += word;
                width += len;
            }
        }
        page.push('\n');
    }
    page
}

fn replace(page: &str, part: Part, text: &str) -> String {
    let mut rest = page;
    let mut parts = Vec::new();
    for (own, heading) in HEADINGS.into_iter().rev() {
        let found = rest.split_once(heading);
        rest = found.map_or(rest, |(before, _)| before);
        let content = if own == part { Some(text) } else { found.map(|(_, content)| content) };
        parts.push((heading, content));
    }
    let gate = if part == Part::Gate { text } else { rest };
    let gate = if gate.trim().is_empty() { "# Benchmarks" } else { gate.trim() };
    let mut page = format!("{gate}\n");
    for (heading, content) in parts.into_iter().rev() {
        if let Some(content) = content {
            page.extend([heading, "\n", content.trim(), "\n"]);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_and_tables_are_not() {
        let (word, row) = ("word ".repeat(30), format!("| {} |", "x".repeat(200)));
        let wrapped = wrap(&format!("## Title\n\n{word}\n\n- {word}\n\n{row}\n"));
        let (first, rest) = ("word ".repeat(20) + "word", "word ".repeat(8) + "word");
        let (item, more) = ("word ".repeat(19) + "word", "word ".repeat(9) + "word");
        assert_eq!(wrapped, format!("## Title\n\n{first}\n{rest}\n\n- {item}\n  {more}\n\n{row}\n"));
    }

    #[test]
    fn writing_one_part_keeps_the_other() {
        let gate = replace("", Part::Gate, "# Benchmarks\n\ngate\n");
        assert_eq!(gate, "# Benchmarks\n\ngate\n");
        let both = replace(&gate, Part::Issuer, "issuer\n\n### Goals\n");
        assert_eq!(both, "# Benchmarks\n\ngate\n\n## The issuer\n\nissuer\n\n### Goals\n");
        assert_eq!(replace(&both, Part::Issuer, "issuer\n\n### Goals\n"), both);
        assert_eq!(replace(&both, Part::Gate, "# Benchmarks\n\nnew\n"), both.replace("gate", "new"));
        assert_eq!(replace("", Part::Issuer, "issuer"), "# Benchmarks\n\n## The issuer\n\nissuer\n");
        let all = replace(&both, Part::JavaScript, "hosts\n");
        assert_eq!(all, both.replace("## The issuer", "## JavaScript hosts\n\nhosts\n\n## The issuer"));
        assert_eq!(replace(&all, Part::JavaScript, "hosts"), all);
        assert_eq!(replace(&all, Part::Issuer, "issuer\n\n### Goals\n"), all);
    }
}
