//! The pages in a real Chromium, with the checks in tests/browser/.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::fixtures::{Content, every_page};
use super::served::{Answer, Served};
use crate::messages::Language;
use crate::pages::*;

fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Runs a script of tests/browser/ while the servers run.
async fn run(script: &str, arguments: Vec<String>) -> Output {
    let Ok(tools) = project_file("target/tools/browser").canonicalize() else {
        panic!("`target/tools/browser` does not exist: run `npx -y rust-just browser`");
    };
    let script = project_file("tests/browser").join(script);
    let work = move || Command::new("node").arg(script).args(arguments).env("BROWSER_TOOLS", tools).output().unwrap();
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn check_every_page(content: &str) {
    let served = Served::start("/callback", Answer::Redirect).await;
    let site = Site::new(&"https://id.example".parse().unwrap(), Language::default());
    let mut arguments = vec![project_file("target/screenshots").join(content).display().to_string()];
    for (name, _) in every_page(&site, &Content::usual()) {
        arguments.push(format!("{name}={}", served.issuer(&format!("/pages/{content}/{name}"))));
    }
    let output = run("check-pages.mjs", arguments).await;
    let (problems, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{problems}{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_passes_the_checks() {
    check_every_page("usual").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_passes_the_checks_with_hostile_names() {
    check_every_page("hostile").await;
}

/// The address of the browser after it sent the form at `page`; `blocked` if the page's policy blocked the redirect.
async fn ends_at(served: &Served, page: &str) -> String {
    let arguments = vec![served.issuer(page), "Allow".to_owned(), served.client("/callback"), served.other("/done")];
    let output = run("redirects.mjs", arguments).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_after_a_form_needs_the_permission_of_the_policy() {
    let served = Served::start("/callback", Answer::Redirect).await;
    assert_eq!(ends_at(&served, "/consent/allowed").await, served.client("/callback"));
    assert_eq!(ends_at(&served, "/consent/mistaken").await, "blocked");
    assert_eq!(ends_at(&served, "/consent/strict").await, "blocked");
    // A client may redirect further. That is blocked too, so the issuer answers with a page instead of a redirect.
    let served = Served::start("/onward", Answer::Redirect).await;
    assert_eq!(ends_at(&served, "/consent/allowed").await, "blocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_continue_page_allows_redirects_by_the_client() {
    let served = Served::start("/onward", Answer::Page).await;
    assert_eq!(ends_at(&served, "/consent/strict").await, served.other("/done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_report_every_problem_of_a_broken_page() {
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
