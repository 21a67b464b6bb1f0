//! The page where a user changes the password.

use askama::Template;
use axum::http::StatusCode;

use crate::messages::Message;
use crate::pages::page::Page;
use crate::pages::site::Site;
use crate::paths;
use postern_operations::WeakPassword;

/// Sends `new` and `again` to the form's path, and on the account page `current`, with `csrf` and `next`.
#[derive(Template)]
#[template(path = "change_password.html")]
pub(crate) struct ChangePassword<'a> {
    pub(crate) site: &'a Site,
    pub(crate) user: String,
    /// Every problem with the fields.
    pub(crate) problems: Vec<PasswordProblem>,
    pub(crate) csrf: String,
    pub(crate) form: PasswordForm,
}

/// Where a new password is chosen.
pub(crate) enum PasswordForm {
    /// On the account page, with the current password.
    Account,
    /// While signing in with a password that an administrator has given; and where the user continues.
    SignIn { next: String },
}

/// What is wrong with a field, as a sentence.
pub(crate) struct PasswordProblem {
    pub(crate) field: PasswordField,
    pub(crate) text: Message,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordField {
    Current,
    New,
    Again,
}

impl PasswordProblem {
    pub(crate) fn new(field: PasswordField, text: impl Into<Message>) -> Self {
        Self { field, text: text.into() }
    }

    /// What is wrong with a new password, by the password rules.
    pub(crate) fn of_new(problem: WeakPassword) -> Self {
        let text = match problem {
            WeakPassword::Short => "password-short",
            WeakPassword::Long => "password-long",
            WeakPassword::Common => "password-common",
            WeakPassword::Name => "password-name",
            WeakPassword::Repeated => "password-repeated",
        };
        Self::new(PasswordField::New, text)
    }
}

/// A field as the template shows it.
struct Field<'a> {
    name: &'static str,
    /// The messages of the label and of the hint.
    label: &'static str,
    autocomplete: &'static str,
    hint: Option<&'static str>,
    problems: Vec<&'a Message>,
}

impl Field<'_> {
    /// The ids of the elements that describe it, for `aria-describedby`.
    fn described_by(&self) -> String {
        let hint = self.hint.map(|_| format!("{}-hint", self.name));
        let problems = (0..self.problems.len()).map(|number| format!("{}-problem-{number}", self.name));
        hint.into_iter().chain(problems).collect::<Vec<_>>().join(" ")
    }
}

impl ChangePassword<'_> {
    fn fields(&self) -> Vec<Field<'_>> {
        let mut fields = vec![
            self.field(PasswordField::New, "new", "password-new", Some("password-rules")),
            self.field(PasswordField::Again, "again", "password-again", None),
        ];
        if matches!(self.form, PasswordForm::Account) {
            fields.insert(0, self.field(PasswordField::Current, "current", "password-current", None));
        }
        fields
    }

    const fn action(&self) -> &'static str {
        match self.form {
            PasswordForm::Account => paths::PASSWORD,
            PasswordForm::SignIn { .. } => paths::SIGN_IN_PASSWORD,
        }
    }

    fn field<'b>(
        &'b self,
        field: PasswordField,
        name: &'static str,
        label: &'static str,
        hint: Option<&'static str>,
    ) -> Field<'b> {
        let problems = self.problems.iter().filter(|problem| problem.field == field).map(|problem| &problem.text).collect();
        let autocomplete = if field == PasswordField::Current { "current-password" } else { "new-password" };
        Field { name, label, autocomplete, hint, problems }
    }
}

impl Page for ChangePassword<'_> {
    /// An error status, so that browsers do not offer to save a password that was refused.
    fn status(&self) -> StatusCode {
        if self.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}
