//! Each rule for new passwords, and passwords that pass all rules.

use super::*;

fn problems(password: &str) -> Vec<PasswordProblem> {
    problems_of(password, "alice", "partners")
}

fn problems_of(password: &str, name: &str, store: &str) -> Vec<PasswordProblem> {
    let checked = check(&PlainSecret::presented(password.to_owned()), &name.parse().unwrap(), &store.parse().unwrap());
    checked.map_or_else(|problems| problems.0, |()| Vec::new())
}

#[test]
fn long_uncommon_passwords_are_accepted() {
    for good in [
        "correct horse battery staple",
        "q7#Lm2xz",
        "пароль-из-слов",
        "🦊🐢🦉🐙🦋🐌🦀🐝",
        "alice in wonderland has tea",
        "eight\0ch",
        "        x",
        &"🦊🐢".repeat(128),
    ] {
        assert_eq!(problems(good), [], "{good:?}");
    }
}

#[test]
fn length_is_counted_in_normalised_characters() {
    use PasswordProblem::{Long, Short};
    assert_eq!(problems("k2#Zqwx"), [Short]);
    assert_eq!(problems("ééööüßq"), [Short]);
    // Seven letters, each followed by a combining accent.
    assert_eq!(problems("e\u{301}a\u{301}o\u{301}u\u{301}i\u{301}y\u{301}z\u{301}"), [Short]);
    // One character that NFKC expands to eighteen.
    assert_eq!(problems("\u{fdfa}"), [Short]);
    assert_eq!(problems(&"xy".repeat(129)), [Long]);
    assert_eq!(problems(&"é".repeat(100_000)), [Long]);
}

#[test]
fn common_passwords_are_refused_in_any_case_and_width() {
    for common in ["password", "PassWord1", "12345678", "qwertyuiop", "ｐａｓｓｗｏｒｄ", " iloveyou "] {
        assert_eq!(problems(common), [PasswordProblem::Common], "{common}");
    }
}

#[test]
fn names_with_few_other_characters_are_refused() {
    for name in ["alice@partners", "partners", "Partners1!", "alice123", "123Alice", "alicealice", "postern!!!"] {
        assert_eq!(problems(name).last(), Some(&PasswordProblem::Name), "{name}");
    }
    assert_eq!(problems_of("alice.jones", "alice.jones@example.org", "local"), [PasswordProblem::Name]);
    assert_eq!(problems_of("my@dear@cat", "a", "b"), []);
}

#[test]
fn one_repeated_character_is_refused() {
    assert_eq!(problems("Zzzzzzzzzzzzzzzzzzzzzz"), [PasswordProblem::Repeated]);
    assert_eq!(problems("🦊🦊🦊🦊🦊🦊🦊🦊"), [PasswordProblem::Repeated]);
}

#[test]
fn all_problems_are_reported_at_once_without_quoting_the_password() {
    let problems_found =
        check(&PlainSecret::presented("bbb".to_owned()), &"bbb".parse().unwrap(), &UserStoreName::local()).unwrap_err();
    assert_eq!(problems_found.problems(), [PasswordProblem::Short, PasswordProblem::Name, PasswordProblem::Repeated]);
    let text = problems_found.to_string();
    assert!(text.starts_with("the password must have at least 8 characters; it is little more than"), "{text}");
    assert!(!text.contains("bbb"));
    assert_eq!(problems(""), [PasswordProblem::Short]);
}

#[test]
fn the_list_of_common_passwords_is_sorted_and_in_lower_case() {
    assert!(COMMON.len() > 8000);
    assert!(COMMON.windows(2).all(|pair| pair[0] < pair[1]), "the list must be sorted, without duplicates");
    for common in COMMON.iter() {
        assert!(common.chars().count() >= MIN_CHARACTERS && common.to_lowercase() == **common, "{common}");
    }
}
