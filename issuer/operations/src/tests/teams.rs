//! Teams: who sees and changes their applications, and how an application gets another owner.

use postern_token::KeyType;
use serde_json::Value;

use super::super::*;
use super::roles::{changes_of_application, reads_of_application};
use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, MemberError, TeamError, TokenError};
use postern_model::{ApplicationId, HolderRule, MemberName, Owner, Role, ScopeRule, TeamName};

on_both!(
    every_member_of_a_team_does_what_an_owner_does,
    a_developer_gives_an_application_only_to_an_own_team,
    a_team_that_ended_leaves_nothing_to_its_successor,
    only_administrators_manage_teams,
    an_application_of_a_team_has_the_scopes_of_a_developer,
);

fn team(name: &str) -> TeamName {
    name.parse().unwrap()
}

fn name(text: &str) -> MemberName {
    text.parse().unwrap()
}

fn give(act: &Act<'_>, id: &ApplicationId, owner: Option<Owner>) -> Result<(), Error> {
    let change = ApplicationChange { owner: Some(owner), ..ApplicationChange::default() };
    change_application(act, id, change, |_| true).map(drop)
}

fn to_team(name: &str) -> Owner {
    Owner::Team(team(name))
}

/// The team `pizza` of `dora` and `dave`, who has given it an application with keys.
fn with_team(fixture: &Fixture) -> (Act<'_>, Act<'_>, ApplicationId) {
    let (dora, dave) = (fixture.member("dora", Role::Developer), fixture.member("dave", Role::Developer));
    create_team(&fixture.act(), &team("pizza"), None).unwrap();
    for member in ["dora", "dave"] {
        add_team_member(&fixture.act(), &team("pizza"), &name(member)).unwrap();
    }
    let id = create_application(&dave, "Shared".parse().unwrap()).unwrap().id;
    generate(&dave, &GenerateRequest::new(id.clone(), KeyType::Production)).unwrap();
    give(&dave, &id, Some(to_team("pizza"))).unwrap();
    (dora, dave, id)
}

fn listed(act: &Act<'_>) -> Vec<ApplicationId> {
    list_applications(act, None, 10).unwrap().into_iter().map(|details| details.application.id).collect()
}

fn is_missing(error: &Error) -> bool {
    matches!(
        error,
        Error::Application(ApplicationError::NotFound(_) | ApplicationError::NameNotFound(_))
            | Error::Token(TokenError::NotFound)
    )
}

fn every_member_of_a_team_does_what_an_owner_does(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (dora, dave, id) = with_team(&fixture);
    fixture.add_api("pizza");
    let other = create_application(&dave, "Other".parse().unwrap()).unwrap().id;
    generate(&dave, &GenerateRequest::new(other.clone(), KeyType::Production)).unwrap();
    give(&dave, &other, Some(to_team("pizza"))).unwrap();
    for member in [&dora, &dave] {
        assert_eq!(listed(member), [id.clone(), other.clone()]);
    }
    // Neither application is one that dora has made.
    let jti = list_tokens(&dora, &other, None, 10).unwrap().remove(0).id;
    for (what, result) in reads_of_application(&dora, &other).into_iter().chain(changes_of_application(&dora, &other, &jti)) {
        match (what, result) {
            ("remove secret", Err(Error::ConsumerKey(ConsumerKeyError::SecretNotFound(_)))) | (_, Ok(())) => {}
            (_, result) => panic!("{what}: {result:?}"),
        }
    }
    let jti = list_tokens(&dora, &id, None, 10).unwrap().remove(0).id;
    // Whoever leaves the team loses all of it in the same moment, by id, by name and by token.
    remove_team_member(&fixture.act(), &team("pizza"), &name("dave")).unwrap();
    assert!(listed(&dave).is_empty());
    let mut refused = reads_of_application(&dave, &id);
    refused.extend(changes_of_application(&dave, &id, &jti));
    refused.push(("delete by name", delete_application(&dave, "Shared", |_| true).map(drop)));
    refused.push(("take it back", give(&dave, &id, Some(Owner::Member(name("dave"))))));
    refused.push(("page after it", list_applications(&dave, Some(&id), 10).map(drop)));
    for (what, result) in refused {
        assert!(result.as_ref().is_err_and(is_missing), "{what}: {result:?}");
    }
    // The other one still has it, also its end.
    delete_application(&dora, "Shared", |_| true).unwrap();
    assert!(listed(&dora).is_empty());
    let of_teams: Vec<_> = fixture.audit().into_iter().filter(|entry| entry.action.starts_with("team")).collect();
    let actions: Vec<&str> = of_teams.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["team.create", "team_member.add", "team_member.add", "team_member.remove"]);
    assert_eq!(of_teams[3].details.as_ref().unwrap()["member"], "dave");
    let given = fixture.audit().into_iter().find(|entry| entry.action == "application.change").unwrap().details.unwrap();
    assert_eq!((&given["team"], &given["owner"]), (&Value::from("pizza"), &Value::Null));
}

fn a_developer_gives_an_application_only_to_an_own_team(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (dora, dave, shared) = with_team(&fixture);
    create_team(&fixture.act(), &team("pasta"), None).unwrap();
    let own = create_application(&dora, "Hers".parse().unwrap()).unwrap().id;
    for owner in [None, Some(Owner::Member(name("dave"))), Some(Owner::Member(name("nobody")))] {
        for id in [&own, &shared] {
            assert!(matches!(give(&dora, id, owner.clone()), Err(Error::Forbidden { .. })), "{owner:?}");
        }
    }
    // A team that exists looks like one that does not.
    for other in ["pasta", "no-such-team"] {
        let refused = give(&dora, &own, Some(to_team(other)));
        assert!(matches!(&refused, Err(Error::Team(TeamError::NotFound(name))) if name.as_str() == other), "{refused:?}");
    }
    assert!(give(&dave, &own, Some(to_team("pizza"))).as_ref().is_err_and(is_missing));
    assert!(!listed(&dave).contains(&own));
    give(&dora, &own, Some(to_team("pizza"))).unwrap();
    assert!(listed(&dave).contains(&own));
    // An administrator gives it to anyone who exists.
    let act = fixture.act();
    assert!(matches!(give(&act, &own, Some(to_team("no-such-team"))), Err(Error::Team(TeamError::NotFound(_)))));
    assert!(matches!(give(&act, &own, Some(Owner::Member(name("nobody")))), Err(Error::Member(MemberError::NotFound(_)))));
    give(&act, &own, Some(to_team("pasta"))).unwrap();
    assert!(!listed(&dora).contains(&own));
    give(&act, &own, Some(Owner::Member(name("dave")))).unwrap();
    assert!(listed(&dave).contains(&own) && !listed(&dora).contains(&own));
    // A demoted member of a team reads and changes nothing.
    let auditor = MemberChange { role: Some(Role::Auditor), account: None };
    change_member(&act, &name("dora"), &auditor, |_| true).unwrap();
    let demoted = fixture.instance.act(postern_model::Actor::Member(name("dora"), Role::Auditor));
    assert!(matches!(revoke_all_tokens(&demoted, &shared), Err(Error::Forbidden { .. })));
}

fn a_team_that_ended_leaves_nothing_to_its_successor(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (dora, dave, id) = with_team(&fixture);
    let stale = |team: &postern_model::Team| team.members.is_empty();
    assert!(matches!(delete_team(&fixture.act(), &team("pizza"), stale), Err(Error::PreconditionFailed)));
    delete_team(&fixture.act(), &team("pizza"), |team| team.members.len() == 2).unwrap();
    for former in [&dora, &dave] {
        assert!(list_teams(former).unwrap().is_empty());
        assert!(show_application(former, &id).as_ref().is_err_and(is_missing));
    }
    assert_eq!(show_application(&fixture.act(), &id).unwrap().application.owner, None);
    create_team(&fixture.act(), &team("pizza"), None).unwrap();
    add_team_member(&fixture.act(), &team("pizza"), &name("dora")).unwrap();
    assert!(listed(&dora).is_empty());
    // A member that is removed leaves its teams; a later member with the name is not in them.
    let shared = create_application(&dora, "Next".parse().unwrap()).unwrap().id;
    give(&dora, &shared, Some(to_team("pizza"))).unwrap();
    remove_member(&fixture.act(), &name("dora"), |_| true).unwrap();
    let successor = fixture.member("dora", Role::Developer);
    assert!(list_teams(&successor).unwrap().is_empty() && listed(&successor).is_empty());
    // The team's application is still the team's.
    assert_eq!(show_application(&fixture.act(), &shared).unwrap().application.owner, Some(to_team("pizza")));
}

fn only_administrators_manage_teams(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (dora, _, _) = with_team(&fixture);
    let (auditor, stranger) = (fixture.member("audrey", Role::Auditor), fixture.member("eve", Role::Developer));
    create_team(&fixture.act(), &team("pasta"), Some("Pasta".parse().unwrap())).unwrap();
    assert!(matches!(create_team(&fixture.act(), &team("pasta"), None), Err(Error::Team(TeamError::AlreadyExists(_)))));
    for act in [&dora, &auditor, &stranger] {
        let (pizza, member) = (team("pizza"), name("eve"));
        for (what, result) in [
            ("create", create_team(act, &team("own"), None).map(drop)),
            ("change", change_team(act, &pizza, None, |_| true).map(drop)),
            ("delete", delete_team(act, &pizza, |_| true)),
            ("add", add_team_member(act, &pizza, &member).map(drop)),
            ("remove", remove_team_member(act, &pizza, &name("dora")).map(drop)),
        ] {
            assert!(matches!(result, Err(Error::Forbidden { .. })), "{what}: {result:?}");
        }
    }
    let names = |act: &Act<'_>| -> Vec<String> { list_teams(act).unwrap().iter().map(|team| team.name.to_string()).collect() };
    assert_eq!(
        (names(&dora), names(&auditor), names(&stranger)),
        (vec!["pizza".into()], vec!["pasta".into(), "pizza".into()], vec![])
    );
    assert_eq!(show_team(&dora, &team("pizza")).unwrap().members, [name("dave"), name("dora")]);
    assert!(matches!(show_team(&dora, &team("pasta")), Err(Error::Team(TeamError::NotFound(_)))));
    assert!(list_teams(&fixture.instance.act(postern_model::Actor::Stranger)).is_err());
    let act = fixture.act();
    assert!(matches!(add_team_member(&act, &team("pizza"), &name("nobody")), Err(Error::Member(MemberError::NotFound(_)))));
    assert!(matches!(remove_team_member(&act, &team("pizza"), &name("eve")), Err(Error::Team(TeamError::NotInTeam { .. }))));
    // A second time changes nothing, and is not in the audit log.
    let entries = fixture.audit().len();
    add_team_member(&act, &team("pizza"), &name("dora")).unwrap();
    assert_eq!(fixture.audit().len(), entries);
    let changed = change_team(&act, &team("pasta"), Some(None), |team| team.description.as_deref() == Some("Pasta")).unwrap();
    assert_eq!((changed.description, show_team(&act, &team("pasta")).unwrap().description), (None, None));
}

fn an_application_of_a_team_has_the_scopes_of_a_developer(engine: Engine) {
    let fixture = Fixture::new(engine);
    with_team(&fixture);
    let root = fixture.member("root", Role::Administrator);
    add_team_member(&fixture.act(), &team("pizza"), &name("root")).unwrap();
    let holders = HolderRule { member_roles: vec![Role::Administrator], approval: false };
    bind_scope(&fixture.act(), "menu", &ScopeRule { holders, ..ScopeRule::default() }, |_| true).unwrap();
    let id = create_application(&root, "Root's".parse().unwrap()).unwrap().id;
    let scopes = || {
        let keys = show_application(&fixture.act(), &id).unwrap().key_sets.remove(0);
        keys.restrictions.scopes.map(|scopes| scopes.as_str().to_owned())
    };
    generate(&root, &GenerateRequest { application: id.clone(), ..fixture.request() }).unwrap();
    assert_eq!(scopes().as_deref(), Some("orders menu"));
    // Although an administrator is in the team, the developers in it would have the scope too.
    give(&root, &id, Some(to_team("pizza"))).unwrap();
    assert_eq!(scopes().as_deref(), Some("orders"));
    // Nor does the end of the team bring the scope back.
    let dora = fixture.instance.act(postern_model::Actor::Member(name("dora"), Role::Developer));
    let add = |act: &Act<'_>| {
        let scopes = Some(Some(postern_token::Scopes::parse("orders menu").unwrap()));
        regenerate(act, &RegenerateRequest { scopes, ..RegenerateRequest::new(id.clone(), KeyType::Production) }).map(drop)
    };
    assert!(matches!(add(&dora), Err(Error::Scope(_))));
    delete_team(&fixture.act(), &team("pizza"), |_| true).unwrap();
    assert!(matches!(add(&root), Err(Error::Scope(_))));
}
