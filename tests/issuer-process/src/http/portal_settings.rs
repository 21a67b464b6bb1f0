//! `/portal/settings`: administrators change the settings.

use super::portal::signed_in;
use super::portal_pages::with_administrator;
use crate::harness::{Browser, Database, Page, on_both};

on_both!(an_administrator_changes_the_settings);

const PATH: &str = "/portal/settings";

/// Sends the sessions with this idle time; the other times are the defaults.
fn sessions(browser: &mut Browser<'_>, page: &Page, idle: &str) -> Page {
    let fields = [
        ("group", "sessions"),
        ("refresh_idle", "14d"),
        ("refresh_lifetime", "90d"),
        ("refresh_grace", "60s"),
        ("session_idle", idle),
        ("session_lifetime", "12h"),
    ];
    browser.submit_to(page, PATH, &fields)
}

fn an_administrator_changes_the_settings(database: Database) {
    let users = with_administrator(database);
    let mut adele = signed_in(&users, "carol");
    let setting = |name: &str| users.home.succeed(&["admin", "settings", "show"])[name].clone();
    let page = adele.get(PATH);
    assert!(page.html.contains("Default: 30 minutes.") && page.html.contains("limits.live_tokens"), "{}", page.html);

    // A shorter time is saved at once.
    let saved = sessions(&mut adele, &page, "10m");
    assert!(saved.status() == 200 && saved.html.contains("The settings are saved."), "{}", saved.html);
    assert_eq!(setting("session_idle"), 600);
    // The first page has become old.
    let stale = sessions(&mut adele, &page, "5m");
    assert!(stale.status() == 422 && stale.html.contains("have changed since"), "{}", stale.html);
    assert!(stale.html.contains("value=\"10m\""), "{}", stale.html);
    assert_eq!(setting("session_idle"), 600);

    // A wrong value: the field says so, keeps it, and nothing is saved; first one that is no time, then one that is out of range.
    for (idle, problem) in [("soon", "must be a whole number with a unit"), ("5s", "From 1 minute to 10 years.")] {
        let wrong = sessions(&mut adele, &saved, idle);
        assert!(wrong.status() == 422 && wrong.html.contains(&format!("value=\"{idle}\"")), "{}", wrong.html);
        let field = wrong.html.split("id=\"session_idle-problem\"").nth(1).unwrap_or_else(|| panic!("{}", wrong.html));
        assert!(field.split("</p>").next().unwrap().contains(problem), "{field}");
        assert_eq!(wrong.html.matches("aria-invalid").count(), 1, "{}", wrong.html);
    }
    assert_eq!(setting("session_idle"), 600);

    // What weakens security is asked about once.
    let asked = sessions(&mut adele, &saved, "4h");
    assert!(asked.status() == 200 && asked.html.contains("Session idle timeout"), "{}", asked.html);
    assert!(asked.html.contains("Save settings that weaken security?"), "{}", asked.html);
    assert_eq!(setting("session_idle"), 600);
    let saved = adele.submit_to(&asked, PATH, &[]);
    assert!(saved.html.contains("The settings are saved."), "{}", saved.html);
    assert_eq!(setting("session_idle"), 14_400);
    let weaker = [("group", "people"), ("developer_registration", "off"), ("second_factor", "off")];
    assert!(adele.submit_to(&saved, PATH, &weaker).html.contains("Second factor"));
    assert_eq!(setting("second_factor"), "optional");
    let stronger = [("group", "people"), ("developer_registration", "off"), ("second_factor", "required")];
    assert!(adele.submit_to(&saved, PATH, &stronger).html.contains("The settings are saved."));
    assert_eq!(setting("second_factor"), "required");

    // Tokens that never expire: two settings that belong together.
    users.home.succeed(&["admin", "settings", "change", "--second-factor", "optional"]);
    let page = adele.get(PATH);
    let tokens = |validity, maximum, more: &[(&'static str, &'static str)]| {
        let fixed = [("group", "tokens"), ("user_validity", "1h"), ("max_user_validity", "1d"), ("renew_below_percent", "10")];
        [&fixed[..], &[("application_validity", validity), ("max_application_validity", maximum)], more].concat()
    };
    let longer = adele.submit_to(&page, PATH, &tokens("100d", "90d", &[]));
    assert!(longer.status() == 422 && longer.html.contains("id=\"application_validity-problem\""), "{}", longer.html);
    // Wrong in any case, so nothing is asked before.
    let both = adele.submit_to(&page, PATH, &tokens("1h", "90d", &[("forever_allowed", "on")]));
    assert!(both.status() == 422 && both.html.contains("id=\"forever_allowed-problem\""), "{}", both.html);
    // A longer default weakens, too.
    let asked = adele.submit_to(&page, PATH, &tokens("80d", "90d", &[]));
    assert!(asked.html.contains("Save settings that weaken security?"), "{}", asked.html);
    assert_eq!(setting("application_validity"), 3600);
    let asked = adele.submit_to(&page, PATH, &tokens("never", "never", &[("forever_allowed", "on")]));
    assert!(asked.html.contains("Maximum for application tokens, Tokens that never expire"), "{}", asked.html);
    assert!(adele.submit_to(&asked, PATH, &[]).html.contains("The settings are saved."));
    assert_eq!((setting("application_validity"), setting("forever_allowed")), ((-1).into(), true.into()));

    // An auditor reads them and has no form.
    let mut audrey = signed_in(&users, "bob");
    let read = audrey.get(PATH);
    assert!(read.html.contains("max_application_validity") && !read.html.contains("name=\"session_idle\""), "{}", read.html);
    let csrf = read.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let sent =
        audrey.post(PATH, &[("csrf", &csrf), ("group", "people"), ("developer_registration", "open"), ("second_factor", "off")]);
    assert_eq!(sent.status(), 403);
    assert_eq!(setting("developer_registration"), "off");
}
