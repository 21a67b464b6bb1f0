//! A list as a page of the portal: a table, a page of it at a time, with a form below it.

use askama::Template;
use axum::http::StatusCode;

use super::entry_form::Kind;
use super::outcome::Outcome;
use super::{EntryForm, Frame, SignedInMember};
use crate::messages::Message;
use crate::pages::{Page, Site, Timestamp};
use crate::paths;

/// How many rows a page has.
pub(super) const ROWS: u32 = 50;

/// A table. On a narrow screen each row becomes a block.
#[derive(Template)]
#[template(path = "portal/listing.html")]
pub(super) struct Listing {
    site: Site,
    frame: Frame,
    title: Message,
    /// What the page is for, in sentences.
    intro: Option<Message>,
    /// Where the page belongs to: a path and a text.
    above: Option<(String, Message)>,
    /// Fields that select rows.
    filter: Option<EntryForm>,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    /// Forms above the table, and the message over the table.
    forms: (Vec<EntryForm>, Option<&'static str>),
    /// What the rows say, as a picture: HTML.
    picture: Option<String>,
    /// What an empty table says.
    empty: &'static str,
    /// A page that makes another row: its path and the message of the link.
    link: Option<(String, &'static str)>,
    /// The path and the query of the rows as a file.
    export: Option<String>,
    /// The path and the query of the page with the rows that follow.
    next: Option<String>,
    form: Option<EntryForm>,
    notice: Option<Message>,
    problem: Option<Message>,
    /// What is shown once: labels and values.
    shown_once: Vec<(&'static str, String)>,
}

/// A row of a table.
#[derive(Default)]
pub(super) struct Row {
    /// As many as there are columns. The first one names the row.
    cells: Vec<Cell>,
    actions: Vec<RowAction>,
}

/// What can be done with a row.
struct RowAction {
    /// The path of a page that asks, or of what takes the form.
    to: String,
    /// The message of the link or of the button.
    text: &'static str,
    is_danger: bool,
    /// The fields of a form; `None` for a link.
    fields: Option<Vec<(&'static str, String)>>,
}

/// The content of one cell.
pub(super) enum Cell {
    Text(String),
    /// A name for programs.
    Code(String),
    /// A short one of ours, which is never broken.
    Word(String),
    Message(Message),
    /// A state that a person should notice.
    State(&'static str),
    Time(Timestamp),
    /// A path and a text.
    Link(String, String),
    List(Vec<String>),
    Empty,
}

impl Cell {
    /// A time, or the message for none.
    pub(super) fn time_or<T: Into<Timestamp>>(time: Option<T>, otherwise: &'static str) -> Self {
        time.map_or_else(|| Self::Message(Message::new(otherwise)), |time| Self::Time(time.into()))
    }

    /// A text, if there is one.
    pub(super) fn text(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    /// A list, or the message for an empty one.
    pub(super) fn list_or<T: ToString>(items: impl IntoIterator<Item = T>, otherwise: &'static str) -> Self {
        let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
        if items.is_empty() { Self::Message(Message::new(otherwise)) } else { Self::List(items) }
    }
}

impl Row {
    pub(super) const fn new(cells: Vec<Cell>) -> Self {
        Self { cells, actions: Vec::new() }
    }

    /// The same row with a link to a page that asks before something ends.
    #[must_use]
    pub(super) fn ending(self, to: String, text: &'static str) -> Self {
        self.link(to, text, true)
    }

    /// The same row with a link to a page that changes something.
    #[must_use]
    pub(super) fn changing(self, to: String, text: &'static str) -> Self {
        self.link(to, text, false)
    }

    fn link(mut self, to: String, text: &'static str, is_danger: bool) -> Self {
        self.actions.push(RowAction { to, text, is_danger, fields: None });
        self
    }

    /// The same row with a button that does something at once.
    #[must_use]
    pub(super) fn button(mut self, to: &str, text: &'static str, fields: Vec<(&'static str, String)>) -> Self {
        self.actions.push(RowAction { to: to.to_owned(), text, is_danger: false, fields: Some(fields) });
        self
    }

    /// What names the row.
    fn name(&self) -> String {
        match self.cells.first() {
            Some(Cell::Text(text) | Cell::Code(text) | Cell::Link(_, text)) => text.clone(),
            _ => String::new(),
        }
    }
}

impl Listing {
    pub(super) fn new(member: &SignedInMember, title: impl Into<Message>, columns: &[&'static str], empty: &'static str) -> Self {
        Self {
            site: member.site().clone(),
            frame: Frame::of(member),
            title: title.into(),
            intro: None,
            above: None,
            filter: None,
            columns: columns.to_vec(),
            rows: Vec::new(),
            forms: (Vec::new(), None),
            picture: None,
            empty,
            link: None,
            export: None,
            next: None,
            form: None,
            notice: None,
            problem: None,
            shown_once: Vec::new(),
        }
    }

    fn has_actions(&self) -> bool {
        self.rows.iter().any(|row| !row.actions.is_empty())
    }

    /// The cells of a row, each with the message of its column.
    fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'static str, &'a Cell)> {
        self.columns.iter().copied().zip(&row.cells)
    }

    #[must_use]
    pub(super) fn intro(self, intro: impl Into<Message>) -> Self {
        Self { intro: Some(intro.into()), ..self }
    }

    /// Names the page to which this one belongs.
    #[must_use]
    pub(super) fn below(self, path: String, name: impl Into<Message>) -> Self {
        Self { above: Some((path, name.into())), ..self }
    }

    #[must_use]
    pub(super) fn filter(self, filter: EntryForm) -> Self {
        Self { filter: Some(filter), ..self }
    }

    /// A page that makes another row.
    #[must_use]
    pub(super) fn link(self, to: String, text: &'static str) -> Self {
        Self { link: Some((to, text)), ..self }
    }

    /// The path and the query of the same rows as a file.
    #[must_use]
    pub(super) fn export(self, to: String) -> Self {
        Self { export: Some(to), ..self }
    }

    #[must_use]
    pub(super) fn rows(self, rows: Vec<Row>) -> Self {
        Self { rows, ..self }
    }

    /// The rows as a picture above the table. A picture that cannot be drawn is left out.
    #[must_use]
    pub(super) fn picture(self, picture: &impl Template) -> Self {
        Self { picture: picture.render().ok(), ..self }
    }

    /// Rows of which one more than a page holds was asked for. `next` is the address of what follows the last one that is shown.
    #[must_use]
    pub(super) fn page_of<T>(self, mut found: Vec<T>, row: impl Fn(&T) -> Row, next: impl FnOnce(&T) -> String) -> Self {
        let is_more = found.len() > ROWS as usize;
        found.truncate(ROWS as usize);
        let next = found.last().filter(|_| is_more).map(next);
        Self { rows: found.iter().map(row).collect(), next, ..self }
    }

    /// The form below the table, for members who may change something.
    #[must_use]
    pub(super) fn form(self, form: EntryForm) -> Self {
        let form = Some(form).filter(|_| self.frame.can_change);
        Self { form, ..self }
    }

    /// The form below the table, also for members who may change nothing that belongs to others.
    #[must_use]
    pub(super) fn form_for_everyone(self, form: EntryForm) -> Self {
        Self { form: Some(form), ..self }
    }

    /// Forms above the table, and the message of a heading over the table.
    #[must_use]
    pub(super) fn forms_above(self, forms: Vec<EntryForm>, heading: &'static str) -> Self {
        Self { forms: (forms, Some(heading)), ..self }
    }

    /// What the last action did, or what was wrong with it.
    #[must_use]
    pub(super) fn outcome(self, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Nothing => self,
            Outcome::Done(notice) => Self { notice: Some(notice), ..self },
            Outcome::Wrong(problem) => Self { problem: Some(problem), ..self },
            Outcome::Made(shown_once) => Self { notice: Some("copy-now".into()), shown_once, ..self },
        }
    }
}

impl Page for Listing {
    fn has_script(&self) -> bool {
        true
    }

    fn status(&self) -> StatusCode {
        if self.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}
