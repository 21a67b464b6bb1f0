//! A form of the portal: its fields, as values that a template shows.

use super::refusal;
use crate::messages::Message;
use postern_http_types::Form;
use postern_model::{UserRole, UserRoleError};

/// A form with its fields.
pub(super) struct EntryForm {
    pub(super) heading: Option<&'static str>,
    /// The path that takes the form.
    pub(super) action: String,
    /// The message of the button.
    pub(super) button: &'static str,
    pub(super) fields: Vec<Field>,
    pub(super) hidden: Vec<(&'static str, String)>,
}

/// A field of a form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Option<Message>,
    /// What a change of the field can do to security.
    pub(super) caution: Option<&'static str>,
    /// What is wrong with the value.
    pub(super) problem: Option<Message>,
    pub(super) value: String,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
}

pub(super) enum Kind {
    Text,
    /// Items, one on each line.
    Lines,
    /// Values with their texts.
    Choice(Vec<(String, Message)>),
    Check,
    /// A document: many lines.
    Document,
    Boxes(Vec<CheckBox>),
}

/// One of several boxes to check.
pub(super) struct CheckBox {
    pub(super) name: String,
    pub(super) text: String,
    /// The message that says more about it.
    pub(super) hint: Option<&'static str>,
    pub(super) is_checked: bool,
}

/// The words of a field, which spaces, commas or lines separate.
pub(super) fn words<'a>(form: &'a Form, name: &str) -> impl Iterator<Item = &'a str> {
    form.value(name).unwrap_or_default().split([' ', ',', '\r', '\n']).filter(|word| !word.is_empty())
}

/// The roles of users in a field.
pub(super) fn user_roles(form: &Form, name: &str) -> Result<Vec<UserRole>, Message> {
    words(form, name)
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|error: UserRoleError| refusal("wrong_role", &error.to_string()))
}

impl EntryForm {
    pub(super) const fn new(action: String, button: &'static str) -> Self {
        Self { heading: None, action, button, fields: Vec::new(), hidden: Vec::new() }
    }

    #[must_use]
    pub(super) fn heading(self, heading: &'static str) -> Self {
        Self { heading: Some(heading), ..self }
    }

    #[must_use]
    pub(super) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    #[must_use]
    pub(super) fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// Says what is wrong with a field, if the form has it.
    pub(super) fn refuse(&mut self, name: &str, problem: &Message) -> bool {
        let field = self.fields.iter_mut().find(|field| field.name == name);
        field.map(|field| field.problem = Some(problem.clone())).is_some()
    }

    /// The same form with the values of one that was sent.
    #[must_use]
    pub(super) fn filled(mut self, sent: Option<&Form>) -> Self {
        if let Some(sent) = sent {
            for field in &mut self.fields {
                if let Kind::Boxes(boxes) = &mut field.kind {
                    for each in boxes {
                        each.is_checked = sent.value(&each.name).is_some();
                    }
                }
                sent.value(field.name).unwrap_or_default().clone_into(&mut field.value);
            }
        }
        self
    }
}

impl Field {
    const fn of(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { name, label, hint: None, caution: None, problem: None, value: String::new(), kind, is_required: false }
    }

    /// One line.
    pub(super) const fn text(name: &'static str, label: &'static str) -> Self {
        Self::of(name, label, Kind::Text)
    }

    /// Items, one on each line.
    pub(super) const fn lines(name: &'static str, label: &'static str) -> Self {
        Self::of(name, label, Kind::Lines)
    }

    /// One of several values, each with its text.
    pub(super) fn choice(name: &'static str, label: &'static str, choices: Vec<(String, Message)>) -> Self {
        Self { is_required: true, ..Self::of(name, label, Kind::Choice(choices)) }
    }

    /// A document: many lines.
    pub(super) const fn document(name: &'static str, label: &'static str) -> Self {
        Self::of(name, label, Kind::Document)
    }

    /// Boxes to check, each with its own name.
    pub(super) const fn boxes(name: &'static str, label: &'static str, boxes: Vec<CheckBox>) -> Self {
        Self::of(name, label, Kind::Boxes(boxes))
    }

    pub(super) const fn check(name: &'static str, label: &'static str) -> Self {
        Self::of(name, label, Kind::Check)
    }

    #[must_use]
    pub(super) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    #[must_use]
    pub(super) fn hint(self, hint: impl Into<Message>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same field, marked as one that matters to security, with the message that says how.
    #[must_use]
    pub(super) fn caution(self, caution: &'static str) -> Self {
        Self { caution: Some(caution), ..self }
    }

    /// The ids of what describes the field, separated by spaces.
    pub(super) fn described_by(&self) -> Option<String> {
        let parts = [("hint", self.hint.is_some()), ("caution", self.caution.is_some()), ("problem", self.problem.is_some())];
        let ids: Vec<_> =
            parts.iter().filter(|(_, is_there)| *is_there).map(|(part, _)| format!("{}-{part}", self.name)).collect();
        Some(ids.join(" ")).filter(|ids| !ids.is_empty())
    }

    #[must_use]
    pub(super) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }
}
