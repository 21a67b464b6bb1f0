//! Documents that are meant to exhaust time or memory. Each must be refused within a time limit, which is generous for slow
//! machines.

use std::time::{Duration, Instant};

use super::super::MAX_OPENAPI_LEN;
use super::{ImportOptions, import, problems, with_paths};

const TIME_LIMIT: Duration = Duration::from_secs(20);

fn assert_refused_in_time(document: &[u8], message: &str) {
    let start = Instant::now();
    let problems = problems(document, &ImportOptions::default()).to_string();
    assert!(problems.contains(message), "{}", problems.chars().take(2000).collect::<String>());
    assert!(start.elapsed() < TIME_LIMIT, "{message}: {:?}", start.elapsed());
    assert!(problems.len() < 200_000, "{message}: {}", problems.len());
}

fn repeat(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

#[test]
fn a_document_that_is_too_large_is_refused() {
    assert_refused_in_time(&vec![b' '; MAX_OPENAPI_LEN + 1], "larger than 4 MiB");
}

#[test]
fn excessive_nesting_is_refused() {
    for (open, message) in [
        ("[", "too many nested levels"),
        ("{\"a\":", "too many nested levels"),
        ("- ", "too many nested levels"),
        ("a: [", "too many nested levels"),
        ("- [{? ", ""),
    ] {
        assert_refused_in_time(open.repeat(MAX_OPENAPI_LEN / open.len()).as_bytes(), message);
    }
    let indented = repeat(1000, |level| format!("{}a:\n", " ".repeat(level)));
    assert_refused_in_time(indented.as_bytes(), "too many nested levels");
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    bomb.push_str(&repeat(20, |level| format!("a{0}: &a{0} [{1}]\n", level + 1, format!("*a{level},").repeat(10))));
    assert_refused_in_time(bomb.as_bytes(), "once its aliases are expanded");
    let text = format!("a: &a {}\nb: [{}]", "x".repeat(1024 * 1024), "*a, ".repeat(100_000));
    assert_refused_in_time(text.as_bytes(), "once its aliases are expanded");
    let nested = repeat(100, |level| format!("&a{level} ["));
    let copied = format!("a: {nested}{}{}", "x,".repeat(50_000), "]".repeat(100));
    assert_refused_in_time(copied.as_bytes(), "once its aliases are expanded");
    assert_refused_in_time(b"a: &a [*a]", "an alias");
}

#[test]
fn invalid_and_circular_references_are_refused() {
    for (paths, message) in [
        (r##""/a":{"$ref":"#/paths/~1a"}"##, "part of a cycle"),
        (r##""/a":{"$ref":"#/paths/~1b"},"/b":{"$ref":"#/paths/~1a"}"##, "part of a cycle"),
        (r##""/a":{"$ref":"#"}"##, "not a member that OpenAPI defines"),
        (r##""/a":{"$ref":"#/nowhere/~1"}"##, "points to nothing in this document"),
        (r##""/a":{"$ref":"#/%ff"}"##, "points to nothing in this document"),
        (r##""/a":{"$ref":"#anchor"}"##, "points to nothing in this document"),
        (r#""/a":{"$ref":7}"#, "must be a string"),
        (r#""/a":{"$ref":"https://evil.example/x"}"#, "points to another document"),
        (r##""/a":{"$ref":"#/paths/~1b","get":{"security":[]}},"/b":{"get":{}}"##, "does not define which apply"),
    ] {
        assert_refused_in_time(with_paths(paths, "").as_bytes(), message);
    }
    let paths = r##""/a":{"$ref":"#/paths/~1b%7e1%7Bx%7D","summary":"as there"},"/b/{x}":{"get":{}}"##;
    assert_eq!(import(with_paths(paths, "").as_bytes(), &ImportOptions::default()).unwrap().resources.unwrap().len(), 2);
}

#[test]
fn references_that_cost_too_much_are_refused() {
    let many = repeat(150_000, |index| format!(r#""p{index}":{{}},"#));
    let paths: Vec<String> =
        (0..1_500).map(|index| format!(r##""/{index}":{{"$ref":"#/x-many/p{}"}}"##, 149_999 - index)).collect();
    let more = format!(r#","x-many":{{{many}"end":{{}}}}"#);
    assert_refused_in_time(with_paths(&paths.join(","), &more).as_bytes(), "too many references");
    let wide = repeat(100_000, |index| format!(r#""x-{index}":1,"#));
    let more = format!(r#","x-wide":{{{wide}"get":{{}}}}"#);
    let paths: Vec<String> = (0..1_500).map(|index| format!(r##""/{index}":{{"$ref":"#/x-wide"}}"##)).collect();
    assert_refused_in_time(with_paths(&paths.join(","), &more).as_bytes(), "too many references");
}

#[test]
fn the_number_of_reported_problems_is_limited() {
    let paths: Vec<String> = (0..1_900).map(|index| format!(r#""/{index}*":{{"x-postern-auth":7}}"#)).collect();
    assert_refused_in_time(with_paths(&paths.join(","), "").as_bytes(), "more problems than are listed");
    let members = repeat(200_000, |index| format!(r#","m{index}":1"#));
    assert_refused_in_time(with_paths(r#""/a":{"get":{}}"#, &members).as_bytes(), "more problems than are listed");
    let paths: Vec<String> =
        (0..1_999).map(|index| format!(r#""/{}":{{"get":{{}}}}"#, ["a", "A"][index % 2].repeat(1 + index / 2))).collect();
    assert_refused_in_time(with_paths(&paths.join(","), "").as_bytes(), "differs from another");
    let paths: Vec<String> = (0..100_000).map(|index| format!(r#""/{index}":{{"get":{{}}}}"#)).collect();
    assert_refused_in_time(with_paths(&paths.join(","), "").as_bytes(), "has more than 2000 members");
}

#[test]
fn long_lists_and_texts_are_refused() {
    let scopes = r#""a","#.repeat(100_000);
    for (operation, message) in [
        (format!(r#""security":[{{"oauth":[{scopes}"b"]}}]"#), "more than 500 items"),
        (format!(r#""security":[{}{{}}]"#, "{},".repeat(100_000)), "more than 50 items"),
    ] {
        assert_refused_in_time(with_paths(&format!(r#""/a":{{"get":{{{operation}}}}}"#), "").as_bytes(), message);
    }
    let template = "{v}".repeat(1000);
    let servers = format!(r#","servers":[{{"url":"{template}","variables":{{"v":{{"default":"{}"}}}}}}]"#, "x".repeat(100_000));
    assert_refused_in_time(with_paths(r#""/a":{"get":{}}"#, &servers).as_bytes(), "is too long");
    let title = with_paths(r#""/a":{"get":{}}"#, "").replace("Shop", &"x".repeat(1_000_000));
    assert_refused_in_time(title.as_bytes(), "must be 1 to 100 letters");
}
