//! The pages in a real Chromium: what tests/browser/ checks of each.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::fixtures::{Words, every_page};
use super::served::{Answer, Served};
use crate::pages::*;

fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Runs a script of tests/browser/ beside the servers.
async fn run(script: &str, arguments: Vec<String>) -> Output {
    let Ok(tools) = project_file("target/tools/browser").canonicalize() else {
        panic!("`target/tools/browser` is not there: run `npx -y rust-just browser`");
    };
    let script = project_file("tests/browser").join(script);
    let work = move || Command::new("node").arg(script).args(arguments).env("BROWSER_TOOLS", tools).output().unwrap();
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn check_every_page(words: &str) {
    let served = Served::start("/callback", Answer::Redirect).await;
    let site = Site::new(&"https://id.example".parse().unwrap());
    let mut arguments = vec![project_file("target/screenshots").join(words).display().to_string()];
    for (name, _) in every_page(&site, &Words::usual()) {
        arguments.push(format!("{name}={}", served.issuer(&format!("/pages/{words}/{name}"))));
    }
    let output = run("check-pages.mjs", arguments).await;
    let (problems, trouble) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{problems}{trouble}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_every_page() {
    check_every_page("usual").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_every_page_whatever_strangers_call_themselves() {
    check_every_page("nasty").await;
}

/// Where a browser is after the form at `page` was sent; `blocked` where the page's policy kept it from going there.
async fn ends_at(served: &Served, page: &str) -> String {
    let arguments = vec![served.issuer(page), "Allow".to_owned(), served.client("/callback"), served.other("/done")];
    let output = run("redirects.mjs", arguments).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_after_a_form_ends_where_its_policy_says() {
    let served = Served::start("/callback", Answer::Redirect).await;
    assert_eq!(ends_at(&served, "/consent/allowed").await, served.client("/callback"));
    assert_eq!(ends_at(&served, "/consent/mistaken").await, "blocked");
    assert_eq!(ends_at(&served, "/consent/strict").await, "blocked");
    // This is why a page sends users on, and no redirect does.
    let served = Served::start("/onward", Answer::Redirect).await;
    assert_eq!(ends_at(&served, "/consent/allowed").await, "blocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_sends_users_on_wherever_their_client_sends_them() {
    let served = Served::start("/onward", Answer::Page).await;
    assert_eq!(ends_at(&served, "/consent/strict").await, served.other("/done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_find_what_is_wrong() {
    let served = Served::start("/callback", Answer::Redirect).await;
    let folder = project_file("target/screenshots/broken").display().to_string();
    let output = run("check-pages.mjs", vec![folder, format!("broken={}", served.issuer("/broken"))]).await;
    assert!(!output.status.success());
    let problems = String::from_utf8_lossy(&output.stdout);
    let found = [
        "html-has-lang",
        "color-contrast",
        "label:",
        "pixels wide",
        "2 headings of the first level",
        "0 <header>",
        "the title is \"Broken\"",
        "no text has the id",
        "does not use POST",
        "goes to https://elsewhere.example/",
        "the focus is not visible",
        "looks the same with the focus",
        "the focus comes too early",
        "at 400 %",
        "with wide spacing",
        "the page has JavaScript",
        "the page has another text",
        "the browser says: trouble",
    ];
    for problem in found {
        assert!(problems.contains(problem), "{problem} is not in:\n{problems}");
    }
}
