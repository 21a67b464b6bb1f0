//! `/portal/usage`, and the same of an application: a plot and a table.

use std::thread;
use std::time::{Duration, Instant};

use super::portal::{create, portal, signed_in};
use crate::harness::{Browser, Database, Page, on_both};

on_both!(usage_is_plotted_for_those_who_may_see_it);

/// Opens a page until the tokens that were minted are counted.
fn counted(browser: &mut Browser<'_>, path: &str) -> Page {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let page = browser.get(path);
        assert_eq!(page.status(), 200, "{}", page.html);
        if page.html.contains("1 in this period; the most on one day: 1, on ") {
            return page;
        }
        assert!(Instant::now() < deadline, "{}", page.html);
        thread::sleep(Duration::from_millis(200));
    }
}

fn usage_is_plotted_for_those_who_may_see_it(database: Database) {
    let users = portal(database);
    let (mut dora, mut audrey) = (signed_in(&users, "alice"), signed_in(&users, "bob"));
    let application = create(&mut dora, "Storefront");
    let usage = format!("{application}/usage");
    assert!(dora.get(&application).html.contains(&format!("href=\"{usage}\"")));
    assert!(dora.get(&usage).html.contains("None in this period."));
    let form = dora.get(&format!("{application}/keys/production"));
    dora.submit_to(&form, &format!("{application}/keys/production"), &[]);
    let page = counted(&mut dora, &usage);
    assert!(page.html.contains("<h1>Usage of Storefront</h1>"), "{}", page.html);
    assert!(page.html.contains("<svg class=\"usage-minted\" viewBox=\"0 0 300 100\""), "{}", page.html);
    // The bar of today, in words, and its row.
    assert_eq!(page.html.matches("<rect x=\"291\" y=\"0\" width=\"8\" height=\"100\"><title>").count(), 1, "{}", page.html);
    assert_eq!(page.html.matches("<tr role=\"row\">").count(), 31);
    assert!(!page.html.contains("style="), "{}", page.html);
    let week = dora.get(&format!("{usage}?days=7"));
    assert!(
        week.html.contains("viewBox=\"0 0 70 100\"") && week.html.contains("<option value=\"7\" selected>7 days"),
        "{}",
        week.html
    );
    // Another number is the usual one.
    for days in ["0", "366", "-1", "x", "18446744073709551615"] {
        assert!(dora.get(&format!("{usage}?days={days}")).html.contains("viewBox=\"0 0 300 100\""), "{days}");
    }
    // All applications are for administrators and auditors; an auditor also sees each.
    counted(&mut audrey, "/portal/usage");
    counted(&mut audrey, &usage);
    assert_eq!(dora.get("/portal/usage").status(), 403);
    users.home.succeed(&["application", "create", "Secret"]);
    let other = users.home.succeed(&["application", "list"])["applications"][1]["id"].as_str().unwrap().to_owned();
    for id in [other.as_str(), "app_unknown", "x"] {
        let refused = dora.get(&format!("/portal/applications/{id}/usage"));
        assert!(refused.status() == 404 && !refused.html.contains("Secret"), "{id}: {}", refused.html);
    }
    assert_eq!(audrey.get(&format!("/portal/applications/{other}/usage")).status(), 200);
}
