//! Markdown of others as HTML: a safe subset of it. Raw HTML and images are left out, and links lead to web and mail addresses only.

use std::fmt;

use askama::filters::HtmlSafe;
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

/// The most bytes that become HTML. What imports and the management API keep is shorter.
const MAX_LEN: usize = 64 * 1024;

/// Markdown of others. It is shown as HTML.
pub(crate) struct Markdown(String);

impl Markdown {
    /// The HTML of a text. Its headings are below one of the page with the level `above`, and no level is left out, because it is read with the
    /// page.
    pub(crate) fn below(above: usize, text: &str) -> Self {
        let text = text.get(..text.floor_char_boundary(MAX_LEN)).unwrap_or_default();
        let mut written = String::new();
        html::push_html(&mut written, Safe { events: events(text), links: Vec::new(), above, level: above });
        Self(written)
    }
}

impl fmt::Display for Markdown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Only [`Safe`] makes this HTML.
impl HtmlSafe for Markdown {}

/// The first paragraph of a text without any markup, at most `max` characters.
pub(crate) fn first_words(text: &str, max: usize) -> String {
    let text = text.get(..text.floor_char_boundary(MAX_LEN)).unwrap_or_default();
    let mut words = String::new();
    let mut is_heading = false;
    for event in events(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => is_heading = true,
            Event::End(TagEnd::Heading(_)) => is_heading = false,
            _ if is_heading => {}
            Event::End(TagEnd::Paragraph) if !words.trim().is_empty() => break,
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image) => {}
            Event::SoftBreak | Event::HardBreak | Event::End(_) => words.push(' '),
            _ => {}
        }
        if words.len() > max * 4 {
            break;
        }
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= max {
        return words;
    }
    let kept: String = words.chars().take(max - 1).collect();
    format!("{}…", kept.trim_end())
}

fn events(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// Leaves out of the events whatever is not safe.
struct Safe<'a> {
    events: Parser<'a>,
    /// Whether each open link is shown as a link.
    links: Vec<bool>,
    /// The level of the heading of the page.
    above: usize,
    /// The level of the last heading.
    level: usize,
}

impl Safe<'_> {
    /// The level of the last heading as HTML has it.
    fn shown_level(&self) -> HeadingLevel {
        HeadingLevel::try_from(self.level).unwrap_or(HeadingLevel::H6)
    }
}

impl<'a> Iterator for Safe<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            let safe = match self.events.next()? {
                // Of HTML the text between tags stays, and of an image the text in its place.
                Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::HtmlBlock | Tag::Image { .. })
                | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => None,
                Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                    let target = target(link_type, &dest_url);
                    self.links.push(target.is_some());
                    target.map(|target| Event::InlineHtml(opening(&target)))
                }
                Event::End(TagEnd::Link) => {
                    self.links.pop().unwrap_or_default().then_some(Event::InlineHtml(CowStr::Borrowed("</a>")))
                }
                // Without an id, which might be one of the page.
                Event::Start(Tag::Heading { level, .. }) => {
                    self.level = (self.above + level as usize).min(self.level + 1);
                    let level = self.shown_level();
                    Some(Event::Start(Tag::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() }))
                }
                Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(self.shown_level()))),
                other => Some(other),
            };
            if safe.is_some() {
                return safe;
            }
        }
    }
}

/// The address of a link, if it is one of the web or of mail.
fn target(kind: LinkType, address: &str) -> Option<String> {
    let address = if kind == LinkType::Email { format!("mailto:{address}") } else { address.to_owned() };
    let url = url::Url::parse(&address).ok()?;
    matches!(url.scheme(), "https" | "http" | "mailto").then(|| url.to_string())
}

fn opening(target: &str) -> CowStr<'static> {
    let escaped = askama::filters::escape(target, askama::filters::Html).map_or_else(|_| String::new(), |safe| safe.to_string());
    CowStr::from(format!("<a href=\"{escaped}\" rel=\"noopener nofollow\">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Markdown::below(2, text).to_string().trim().to_owned()
    }

    #[test]
    fn what_people_write_is_shown() {
        for (text, html) in [
            ("Some *text* and `code`", "<p>Some <em>text</em> and <code>code</code></p>"),
            ("# One\n###### Six\n## Two", "<h3>One</h3>\n<h4>Six</h4>\n<h4>Two</h4>"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
            ("~~old~~ <b>bold</b>", "<p><del>old</del> bold</p>"),
            (
                "[docs](https://docs.example/?a=1&b=\"2)",
                "<p><a href=\"https://docs.example/?a=1&#38;b=%222\" rel=\"noopener nofollow\">docs</a></p>",
            ),
            ("<me@example.com>", "<p><a href=\"mailto:me@example.com\" rel=\"noopener nofollow\">me@example.com</a></p>"),
        ] {
            assert_eq!(shown(text), html, "{text}");
        }
    }

    #[test]
    fn nothing_that_runs_or_loads_gets_through() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<svg/onload=alert(1)>\n\n<style>*{}</style>",
            "![x](https://evil.example/pixel.png)",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt&#58;alert(1))",
            "[x](java\u{1}script:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](vbscript:x) [y](//evil.example) [z](/sign-out) [w](#top)",
            "<javascript:alert(1)>",
            "[x][r]\n\n[r]: javascript:alert(1)",
            "<a href=\"https://evil.example\" onclick=\"x\">y</a>",
            "# x {#csrf onclick=x}",
            "```\" onmouseover=\"alert(1)\ncode\n```",
            "<!-- x --><?php x ?><![CDATA[x]]>",
        ] {
            let html = shown(text);
            for wrong in [
                "<script",
                "<img",
                "<svg",
                "<style",
                "javascript:alert(1)\"",
                "<a ",
                " src=",
                " id=",
                "<!--",
                "<?",
                "=\"alert",
                "onclick=\"",
            ] {
                assert!(!html.contains(wrong), "{text:?} became {html}");
            }
        }
        assert_eq!(shown("![a pizza](https://x.example/p.png)"), "<p>a pizza</p>");
    }

    #[test]
    fn hostile_texts_cost_little() {
        for text in [
            "[".repeat(1 << 20),
            "*a ".repeat(1 << 19),
            "> ".repeat(1 << 19),
            "<".repeat(1 << 20),
            "|a|\n|-|\n".repeat(1 << 17),
            "`".repeat(1 << 20),
        ] {
            let began = std::time::Instant::now();
            assert!(Markdown::below(2, &text).0.len() < 4 << 20);
            assert!(began.elapsed().as_secs() < 10, "{:?}", text.get(..4));
        }
    }

    #[test]
    fn the_first_words_have_no_markup() {
        assert_eq!(
            first_words("# Pizza\n\nSends *pizza*, [fast](https://x.example) <b>now</b>.\n\nMore", 100),
            "Sends pizza, fast now."
        );
        assert_eq!(first_words(&"word ".repeat(1_000), 12), "word word w…");
        assert_eq!(first_words("<script>alert(1)</script>", 100), "");
    }
}
