//! Teams: in the portal, and in the management API.

use serde_json::json;

use super::assert_problem;
use super::portal::{create, signed_in};
use super::portal_pages::{csrf, with_administrator};
use crate::harness::{Browser, Database, Request, on_both};

on_both!(a_team_owns_an_application_together);

const TEAM: &str = "/portal/teams/members?team=kitchen";

/// Sends a form, which must be answered with this status.
fn post(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)], status: u16) -> String {
    let csrf = csrf(&browser.get("/portal"));
    let page = browser.post(path, &[fields, &[("csrf", &csrf)]].concat());
    assert_eq!(page.status(), status, "{path}: {}", page.html);
    page.html
}

fn a_team_owns_an_application_together(database: Database) {
    let users = with_administrator(database);
    users.add_user("erin");
    users.home.succeed(&["admin", "member", "create", "eve", "--role", "developer", "--account", "erin@local"]);
    let mut administrator = signed_in(&users, "carol");
    let (mut dora, mut eve) = (signed_in(&users, "alice"), signed_in(&users, "erin"));

    let made = post(&mut administrator, "/portal/teams", &[("team", "kitchen"), ("description", "Who cooks")], 200);
    assert!(made.contains("The team kitchen is created.") && made.contains("Who cooks"), "{made}");
    let refused = post(&mut administrator, "/portal/teams", &[("team", "kitchen"), ("description", "Again")], 422);
    assert!(refused.contains("value=\"Again\""), "{refused}");
    for name in ["dora", "eve"] {
        let added = post(&mut administrator, "/portal/teams/members", &[("team", "kitchen"), ("member", name)], 200);
        assert!(added.contains(&format!("{name} is in the team now.")), "{added}");
    }
    let wrong = post(&mut administrator, "/portal/teams/members", &[("team", "kitchen"), ("member", "A B")], 422);
    assert!(wrong.contains("value=\"A B\""), "{wrong}");

    // A member gives an application to the team; then each member of the team can use it.
    let application = create(&mut dora, "Menu board");
    assert_eq!(eve.get(&application).status(), 404);
    let change = format!("{application}/change");
    let form = dora.get(&change);
    assert!(form.html.contains("Give to a team"), "{}", form.html);
    assert_eq!(dora.submit_to(&form, &change, &[("name", "Menu board"), ("team", "kitchen")]).leads_to(), application);
    let shown = eve.get(&application);
    assert!(shown.status() == 200 && shown.html.contains("Owner: the team kitchen"), "{}", shown.html);
    assert!(eve.get("/portal").html.contains("Menu board"));

    // Members see their team, and change nothing in it.
    let team = eve.get(TEAM);
    assert!(team.html.contains("dora") && !team.html.contains("/portal/teams/members/remove"), "{}", team.html);
    let own = csrf(&team);
    assert_eq!(eve.post("/portal/teams/members", &[("team", "kitchen"), ("member", "adele"), ("csrf", &own)]).status(), 403);

    // A member who leaves the team loses the application at once.
    let question = administrator.get("/portal/teams/members/remove?team=kitchen&member=eve");
    assert!(
        question.html.contains(&format!("href=\"{}\"", TEAM.replace('=', "&#61;"))) || question.html.contains(TEAM),
        "{}",
        question.html
    );
    let left = post(&mut administrator, "/portal/teams/members/remove", &[("team", "kitchen"), ("member", "eve")], 200);
    assert!(left.contains("eve is no longer in the team."), "{left}");
    assert_eq!(eve.get(&application).status(), 404);
    assert_eq!(eve.get(TEAM).status(), 404);
    assert_eq!(dora.get(&application).status(), 200);

    // The application outlives the team, for administrators.
    let deleted = post(&mut administrator, "/portal/teams/delete", &[("team", "kitchen")], 200);
    assert!(deleted.contains("The team kitchen is deleted."), "{deleted}");
    assert_eq!(dora.get(&application).status(), 404);
    assert_eq!(administrator.get(&application).status(), 200);
}

#[test]
fn teams_are_a_resource_of_the_management_api() {
    let users = with_administrator(Database::Sqlite);
    let token = |member: &str| {
        let made = users.home.succeed(&["admin", "personal-token", "create", member]);
        made["personal_token"].as_str().unwrap().to_owned()
    };
    let (adele, dora, audrey) = (token("adele"), token("dora"), token("audrey"));
    let send = |method: &str, path: &str, bearer: &str| {
        users.server.send(&Request::new(method, &format!("/api/v1/teams{path}")).bearer(bearer))
    };
    let create = |name: &str, bearer: &str| {
        let request = Request::new("POST", "/api/v1/teams").bearer(bearer).header("content-type", "application/json");
        users.server.send(&request.body(json!({ "name": name }).to_string()))
    };
    let made = create("kitchen", &adele);
    assert_eq!((made.status, made.header("location")), (201, Some("/api/v1/teams/kitchen")), "{}", made.text());
    let again = create("kitchen", &adele);
    assert_problem(&again, 409, "team_exists");
    for refused in [&dora, &audrey] {
        let post = create("hers", refused);
        assert_problem(&post, 403, "forbidden");
        assert_eq!(send("PUT", "/kitchen/members/dora", refused).status, 403);
    }
    // A developer does not learn of a team of others.
    assert_problem(&send("GET", "/kitchen", &dora), 404, "no_such_team");
    assert_eq!(send("GET", "", &dora).json()["items"], json!([]));
    assert_eq!(send("PUT", "/kitchen/members/dora", &adele).json()["members"], json!(["dora"]));
    assert_eq!(send("GET", "/kitchen", &dora).json()["name"], "kitchen");
    assert_problem(&send("PUT", "/kitchen/members/unknown", &adele), 404, "no_such_member");
    assert_problem(&send("DELETE", "/kitchen/members/adele", &adele), 404, "not_in_team");
    // A change needs the state that was read.
    let shown = send("GET", "/kitchen", &adele);
    let tag = shown.header("etag").unwrap().to_owned();
    let change = |tag: &str, what: &str| {
        let request = Request::new("PATCH", "/api/v1/teams/kitchen").bearer(&adele).header("if-match", tag);
        let body = json!({ "description": what }).to_string();
        users.server.send(&request.header("content-type", "application/json").body(body))
    };
    assert_eq!(change(&tag, "Who cooks").json()["description"], "Who cooks");
    assert_problem(&change(&tag, "Others"), 412, "changed");
    assert_eq!(send("DELETE", "/kitchen", &adele).status, 204);
    assert_problem(&send("GET", "/kitchen", &adele), 404, "no_such_team");
}
