//! The second factor at the pages: set up, asked for, used up, guessed, reset, required. Codes are computed by other code than the issuer's.

use std::collections::BTreeMap;

use postern_test_harness::clock::now;
use postern_vectors::one_time_code;

use crate::harness::users::{ALICE, ClientSettings, PASSWORD, Users, authorization};
use crate::harness::{Browser, Database, Page, on_both};

on_both!(a_user_sets_up_a_second_factor_and_signs_in_with_codes, codes_are_guessed_neither_over_restarts_nor_in_other_browsers);

const PAGE: &str = "/account/second-factor";

/// A user's authenticator app, which never shows a code twice.
struct App {
    secret: String,
    last: u64,
}

impl App {
    /// Begins the set-up in a browser that has signed in, and enters the first code. Returns the recovery codes too.
    fn set_up(browser: &mut Browser<'_>) -> (Self, Vec<String>) {
        let page = browser.get(PAGE);
        let page = browser.submit(&page, &[("password", PASSWORD)]);
        let mut app = Self { secret: secret(&page), last: 0 };
        let code = app.code();
        let done = browser.submit(&page, &[("code", &code)]);
        assert_eq!(done.status(), 200, "{}", done.html);
        (app, recovery_codes(&done))
    }

    /// The next code: the one of now, or, after that, the one of the next step.
    fn code(&mut self) -> String {
        self.last = (self.last + 1).max(now() / 30);
        assert!(self.last <= now() / 30 + 1, "the test needs more codes than there are in this time");
        one_time_code(&self.secret, self.last * 30)
    }
}

fn between<'a>(html: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before}: {html}"));
    rest.split_once(after).unwrap().0
}

/// The secret that the page shows.
fn secret(page: &Page) -> String {
    let secret = between(&page.html, "<code class=\"secret\">", "<").replace(' ', "");
    assert!(page.html.contains("<svg class=\"qr\"") && page.html.contains(&format!("?secret={secret}&")), "{}", page.html);
    secret
}

fn recovery_codes(page: &Page) -> Vec<String> {
    let codes: Vec<String> =
        page.html.split("<li><code>").skip(1).map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect();
    assert_eq!(codes.len(), 10, "{}", page.html);
    codes
}

/// A new browser in which the user has entered the password; and the page that asks for the next step.
fn begun<'a>(users: &'a Users, user: &str, next: &str) -> (Browser<'a>, Page) {
    let mut browser = Browser::new(&users.server);
    let entered = browser.sign_in(&format!("/sign-in?next={next}"), user, PASSWORD);
    assert_eq!(entered.status(), 303, "{}", entered.html);
    assert!(entered.leads_to().starts_with("/sign-in/step?next="), "{}", entered.leads_to());
    assert!(!browser.cookies.contains_key("__Host-postern-session") && !browser.cookies.contains_key("__Host-postern-device"));
    assert!(browser.get("/account").leads_to().starts_with("/sign-in"), "half a sign-in is no session");
    let page = browser.get(&entered.leads_to());
    assert_eq!(page.status(), 200, "{}", page.html);
    (browser, page)
}

fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.get("/account").status() == 200
}

fn a_user_sets_up_a_second_factor_and_signs_in_with_codes(database: Database) {
    let users = Users::new(database);
    let server = &users.server;
    let [mut alice, mut other] = [(); 2].map(|()| Browser::new(server));
    for browser in [&mut alice, &mut other] {
        browser.sign_in("/sign-in", "alice", PASSWORD);
    }
    // The password is asked for again, and the first code must be right.
    let page = alice.get(PAGE);
    assert_eq!(alice.submit(&page, &[("password", "wrong")]).status(), 403);
    let page = alice.submit(&page, &[("password", PASSWORD)]);
    let wrong = alice.submit(&page, &[("code", "000000")]);
    assert_eq!((wrong.status(), secret(&wrong)), (403, secret(&page)));
    assert!(is_signed_in(&mut other));
    let (mut app, codes) = App::set_up(&mut alice);
    assert!(is_signed_in(&mut alice) && !is_signed_in(&mut other), "other browsers sign in again, with a code");

    // Before the password is right, nothing tells that there is a second factor.
    let shown = |user: &str| {
        let mut browser = Browser::new(server);
        let page = browser.sign_in("/sign-in", user, "wrong-password");
        let csrf = page.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        (page.status(), page.html.replace(&csrf, "CSRF").replace(user, "NAME"))
    };
    assert_eq!(shown("alice"), shown("bob"));

    // Two browsers at once: each has its own sign-in, and a code is for one of them.
    let ((mut one, page_of_one), (mut two, page_of_two)) =
        (begun(&users, "alice", "%2Faccount"), begun(&users, "alice", "%2Fdevice"));
    let code = app.code();
    let mut stranger = Browser::new(server);
    let foreign = stranger.get("/sign-in/step");
    assert!(foreign.status() == 403 && foreign.html.contains("Sign in again"), "{}", foreign.html);
    assert_eq!(stranger.submit(&page_of_one, &[("code", &code)]).status(), 403);
    assert_eq!(one.submit(&page_of_one, &[("code", "123")]).status(), 403);
    let kept = one.cookies["__Host-postern-unfinished"].clone();
    let signed_in = one.submit(&page_of_one, &[("code", &code)]);
    assert_eq!((signed_in.status(), signed_in.leads_to()), (303, "/account".to_owned()), "{}", signed_in.html);
    assert!(is_signed_in(&mut one) && !one.cookies.contains_key("__Host-postern-unfinished"));
    let replayed = two.submit(&page_of_two, &[("code", &code)]);
    assert!(replayed.status() == 403 && replayed.html.contains("used before"), "{}", replayed.html);
    let signed_in = two.submit(&page_of_two, &[("code", ""), ("recovery_code", &codes[0])]);
    assert_eq!((signed_in.status(), signed_in.leads_to()), (303, "/device".to_owned()), "{}", signed_in.html);
    // What a browser kept of a completed sign-in is worthless.
    stranger.cookies.insert("__Host-postern-unfinished".to_owned(), kept);
    assert_eq!(stranger.get("/sign-in/step").status(), 403);
    // Each recovery code is used once.
    let (mut third, page) = begun(&users, "alice", "%2Faccount");
    assert_eq!(third.submit(&page, &[("recovery_code", &codes[0])]).status(), 403);
    assert_eq!(third.submit(&page, &[("recovery_code", &codes[1].to_uppercase())]).status(), 303);

    // An application's request goes on after the code; the password grant has no page for one.
    let client = users.client(ClientSettings::default());
    let (mut fourth, page) = begun(&users, "alice", &url_encoded(&authorization(&client, &[])));
    let on = fourth.submit(&page, &[("recovery_code", &codes[2])]);
    assert!(on.status() == 200 && on.leads_to_path().starts_with("/oauth2/authorize?"), "{}", on.html);
    assert!(fourth.get(&on.leads_to_path()).html.contains("action=\"/consent\""));
    users.change_application(&client, &["--passwords", "true"]);
    let refused = users.ask(&client, &format!("grant_type=password&username=alice&password={PASSWORD}"));
    assert!(refused.status == 400 && refused.text().contains("invalid_grant") && refused.text().contains("authorization code"));
    let refused = users.ask(&client, "grant_type=password&username=alice&password=wrong");
    assert!(!refused.text().contains("authorization code"), "{}", refused.text());

    // The user renews the recovery codes, and removes the second factor.
    let page = alice.get(PAGE);
    assert!(page.html.contains("7 recovery codes"), "{}", page.html);
    assert_eq!(alice.submit(&page, &[("code", "000000")]).status(), 403);
    let new = recovery_codes(&alice.submit(&page, &[("code", &codes[3])]));
    assert_eq!(alice.submit(&page, &[("code", &codes[4])]).status(), 403, "it was replaced");
    let action = "/account/second-factor/remove";
    let hidden = page.hidden();
    let csrf = hidden.iter().find(|(name, _)| name == "csrf").unwrap().1.as_str();
    assert_eq!(alice.post(action, &[("csrf", csrf), ("code", &codes[4])]).status(), 403);
    let removed = alice.post(action, &[("csrf", csrf), ("code", &new[0])]);
    assert!(removed.status() == 200 && removed.html.contains("was removed"), "{}", removed.html);
    assert_eq!(Browser::new(server).sign_in("/sign-in", "alice", PASSWORD).leads_to(), "/account");

    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    // Without the times, which may have the six digits of a code by chance.
    let without_times =
        |line: &str| line.split_once("Z ").map_or(line, |(_, rest)| rest).split(" microseconds=").next().unwrap().to_owned();
    let log: Vec<String> = log.lines().map(without_times).collect();
    let log = log.join("\n");
    for secret in [app.secret.as_str(), &codes[0], &new[1], &code] {
        assert!(!log.contains(secret), "the log holds a secret");
    }
    let actions = users.home.succeed(&["admin", "audit", "list"]).to_string();
    for action in ["second_factor.add", "recovery_codes.renew", "second_factor.remove"] {
        assert!(actions.contains(action), "{action}");
    }
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn codes_are_guessed_neither_over_restarts_nor_in_other_browsers(database: Database) {
    let users = Users::new(database);
    let mut alice = Browser::new(&users.server);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    let (_, codes) = App::set_up(&mut alice);
    let guess = |users: &Users, code: &str| {
        let (mut browser, page) = begun(users, "alice", "%2Faccount");
        browser.submit(&page, &[("code", code)])
    };
    for number in 0..6 {
        assert_eq!(guess(&users, "000000").status(), 403, "{number}");
    }
    let cookies = alice.cookies;
    let users = users.restarted();
    let mut statuses = vec![];
    for _ in 0..6 {
        statuses.push(guess(&users, "zzzzz-zzzzz-zzzzz-zzzzz").status());
    }
    // One more attempt is allowed every 90 seconds.
    assert_eq!(statuses, [403, 403, 403, 403, 429, 429]);
    let refused = guess(&users, &codes[0]);
    assert_eq!(refused.status(), 429, "a right code has to wait too");
    assert!(refused.response.header("retry-after").is_some_and(|seconds| (1..=90).contains(&seconds.parse::<u32>().unwrap())));
    // The user's own second factor is guarded by the same count.
    let mut alice = alice_with(&users, cookies);
    let page = alice.get(PAGE);
    assert_eq!(alice.submit(&page, &[("code", &codes[1])]).status(), 429);
    // The server writes events once in a second.
    let until = now() + 20;
    loop {
        let events = users.home.succeed(&["admin", "events", "list", "--event", "second_factor.refused"]).to_string();
        if events.contains("wrong_code") && events.contains("throttled") && events.contains(ALICE) {
            break;
        }
        assert!(now() < until, "{events}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    // An administrator resets it: codes are no longer asked for, and sessions end.
    let user = |arguments: &[&str]| users.home.succeed(&[&["admin", "user"], arguments, &[ALICE]].concat());
    let shown = user(&["show"]);
    assert!(shown["second_factor_at"].is_u64(), "{shown}");
    user(&["reset-second-factor", "--yes"]);
    assert!(!is_signed_in(&mut alice));
    assert_eq!(alice.sign_in("/sign-in", "alice", PASSWORD).leads_to(), "/account");
    let again = users.home.fail(&["admin", "user", "reset-second-factor", "--yes", ALICE]);
    assert!(again.contains("has no second factor"), "{again}");
}

fn alice_with(users: &Users, cookies: BTreeMap<String, String>) -> Browser<'_> {
    let mut alice = Browser::new(&users.server);
    alice.cookies = cookies;
    alice
}

#[test]
fn everyone_sets_up_a_second_factor_and_chooses_an_own_password_where_that_is_required() {
    let users = Users::new(Database::Sqlite);
    users.home.succeed(&["admin", "settings", "change", "--second-factor", "required"]);
    let given = "a password from the administrator";
    let reset = ["admin", "user", "reset-password", "--must-change-password", "--yes", ALICE];
    assert!(users.home.pipe(&reset, given).status.success());
    let mut alice = Browser::new(&users.server);
    let entered = alice.sign_in("/sign-in?next=%2Fdevice", "alice", given);
    let page = alice.get(&entered.leads_to());
    let choose = |alice: &mut Browser<'_>, new: &str, again: &str| alice.submit(&page, &[("new", new), ("again", again)]);
    for (new, again) in [(given, given), ("short", "short"), (PASSWORD, "another")] {
        assert_eq!(choose(&mut alice, new, again).status(), 422, "{new}");
    }
    let next = choose(&mut alice, PASSWORD, PASSWORD);
    assert_eq!(next.leads_to(), "/sign-in/step?next=%2Fdevice");
    let page = alice.get(&next.leads_to());
    assert!(!alice.cookies.contains_key("__Host-postern-session"));
    let mut app = App { secret: secret(&page), last: 0 };
    let wrong = alice.submit(&page, &[("code", "000000")]);
    assert_eq!((wrong.status(), secret(&wrong)), (403, app.secret.clone()));
    let code = app.code();
    let done = alice.submit(&page, &[("code", &code)]);
    let codes = recovery_codes(&done);
    assert!(is_signed_in(&mut alice) && done.link_to("/device") == "/device");
    assert_eq!(alice.get(PAGE).html.matches("/account/second-factor/remove").count(), 0, "it cannot be removed");
    // The next sign-in asks for a code.
    let (mut second, page) = begun(&users, "alice", "%2Faccount");
    assert_eq!(second.submit(&page, &[("recovery_code", &codes[9])]).leads_to(), "/account");
    let audit = users.home.succeed(&["admin", "audit", "list"]).to_string();
    assert!(audit.contains(r#""second_factor":"recovery_code""#), "{audit}");
}
