//! Changing and removing APIs and tiers.

use postern_token::ApiReference;

use super::super::*;
use super::*;
use crate::error::{ApiError, TierError};
use postern_model::{ApiText, OpenApiDocument, OpenApiFormat, Tier, TierLimit, TierName, TokenState};

on_both!(
    a_changed_api_raises_the_revision,
    an_api_with_subscribers_is_removed_only_with_force,
    a_tier_is_removed_only_when_unused,
    an_import_keeps_its_document_until_the_next_one,
    the_catalogue_is_searched_and_paged,
);

fn a_changed_api_raises_the_revision(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    let (pizza, _) = (fixture.add_api("pizza"), fixture.add_api("pasta"));
    let change = |json: &str| {
        let change = ApiChange { document: Some(api(json).document), ..ApiChange::default() };
        change_api(&act, &pizza, change, |_| true)
    };
    let revision = fixture.revision();
    change(r#"{"name":"pizza","version":"1","context":"/new","hosts":["a.example"]}"#).unwrap();
    assert_eq!(fixture.revision(), revision + 1);
    let document = compose_live_bundle(&act, None).unwrap().document;
    assert!(document.apis.iter().any(|api| api.context == "/new"));
    assert_eq!(show_api(&act, &pizza).unwrap().document.context, "/new");
    for renamed in [r#"{"name":"pizzas","version":"1","context":"/new"}"#, r#"{"name":"pizza","version":"2","context":"/new"}"#] {
        assert!(matches!(change(renamed), Err(Error::Api(ApiError::Renamed(_)))));
    }
    let overlapping = change(r#"{"name":"pizza","version":"1","context":"/pasta"}"#);
    assert!(matches!(overlapping, Err(Error::Api(ApiError::Overlaps { existing, .. })) if existing == "pasta/1"));
    assert!(matches!(change(r#"{"name":"pizza","version":"1","context":"new"}"#), Err(Error::Api(ApiError::Invalid(_)))));
    let unknown = ApiReference::parse("unknown/1").unwrap();
    assert!(matches!(change_api(&act, &unknown, ApiChange::default(), |_| true), Err(Error::Api(ApiError::NotFound(_)))));
    assert!(matches!(show_api(&act, &unknown), Err(Error::Api(ApiError::NotFound(_)))));
    assert_eq!(fixture.revision(), revision + 1);
    let names: Vec<_> = list_apis(&act).unwrap().iter().map(postern_model::ApiRecord::reference).collect();
    assert_eq!(names, ["pasta/1", "pizza/1"]);
}

fn an_api_with_subscribers_is_removed_only_with_force(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    let (pizza, pasta) = (fixture.subscribe("pizza"), fixture.add_api("pasta"));
    let keys = fixture.generate();
    let refused = remove_api(&act, &pizza, false, |_| true);
    assert!(matches!(refused, Err(Error::Api(ApiError::InUse { subscribers: 1, .. }))));
    assert_eq!(fixture.state(&keys.token), TokenState::Active);
    let revision = fixture.revision();
    assert_eq!(remove_api(&act, &pizza, true, |_| true).unwrap().count, 1);
    assert_eq!(fixture.state(&keys.token), TokenState::Revoked);
    assert!(fixture.revision() > revision);
    assert!(show_application(&act, &fixture.application).unwrap().subscriptions.is_empty());
    assert_eq!(remove_api(&act, &pasta, false, |_| true).unwrap().count, 0);
    assert!(list_apis(&act).unwrap().is_empty());
    assert!(matches!(remove_api(&act, &pizza, true, |_| true), Err(Error::Api(ApiError::NotFound(_)))));
    // A new API with the same name does not get the old subscriptions.
    let anew = fixture.add_api("pizza");
    let token = fixture.grant(&keys, None, NOW).unwrap();
    fixture.claims(&token, |claims| assert_eq!(claims.apis.tier(&anew), None));
}

fn a_tier_is_removed_only_when_unused(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    let name: TierName = "platinum".parse().unwrap();
    let limit = Some(TierLimit { requests: 10, seconds: 60 });
    let tier = Tier { name: name.clone(), description: Some("The best".into()), limit, approval: false };
    add_tier(&act, &tier).unwrap();
    assert!(matches!(add_tier(&act, &tier), Err(Error::Tier(TierError::AlreadyExists(_)))));
    let names: Vec<_> = list_tiers(&act).unwrap().into_iter().map(|tier| tier.name.as_str().to_owned()).collect();
    assert_eq!(names, ["bronze", "gold", "platinum", "silver", "unlimited"]);
    let changed = change_tier(&act, &name, TierChange { limit: Some(None), ..TierChange::default() }, |_| true).unwrap();
    assert_eq!((changed.limit, changed.description.as_deref()), (None, Some("The best")));
    assert!(list_tiers(&act).unwrap().contains(&changed));
    let api = fixture.add_api("pizza");
    subscribe(&act, &fixture.application, &api, &name).unwrap();
    assert!(matches!(remove_tier(&act, &name, |_| true), Err(Error::Tier(TierError::InUse(_)))));
    unsubscribe(&act, &fixture.application, &api, |_| true).unwrap();
    remove_tier(&act, &name, |_| true).unwrap();
    assert!(matches!(remove_tier(&act, &name, |_| true), Err(Error::Tier(TierError::NotFound { .. }))));
    assert!(matches!(subscribe(&act, &fixture.application, &api, &name), Err(Error::Tier(TierError::NotFound { .. }))));
}

fn an_import_keeps_its_document_until_the_next_one(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    let import = |context: &str, title: &str, approval| ApiImport {
        document: api(&format!(r#"{{"name":"pizza","version":"1","context":"{context}"}}"#)).document,
        approval,
        tiers: None,
        text: ApiText { title: Some(title.parse().unwrap()), ..ApiText::default() },
        openapi: OpenApiDocument::compress(OpenApiFormat::Yaml, title.as_bytes()),
    };
    let pizza = ApiReference::parse("pizza/1").unwrap();
    assert!(matches!(show_openapi(&act, &pizza), Err(Error::Api(ApiError::NotFound(_)))));
    assert!(import_api(&act, &import("/pizza", "First", None), |_| Ok(true)).unwrap().1);
    assert!(matches!(
        import_api(&act, &import("/pizza", "Second", None), |_| Ok(false)),
        Err(Error::Api(ApiError::AlreadyExists(_)))
    ));
    assert_eq!(show_openapi(&act, &pizza).unwrap().content().unwrap(), b"First");
    let tiers = Some(vec!["gold".parse().unwrap()]);
    change_api(&act, &pizza, ApiChange { tiers: Some(tiers.clone()), ..ApiChange::default() }, |_| true).unwrap();

    // What edges know has not changed, so they are not woken.
    let revision = fixture.revision();
    let (replaced, is_new) = import_api(&act, &import("/pizza", "Second", Some(true)), |_| Ok(true)).unwrap();
    assert_eq!((is_new, fixture.revision()), (false, revision));
    assert_eq!((replaced.approval, &replaced.tiers, replaced.text.title.unwrap().as_str()), (true, &tiers, "Second"));
    assert_eq!(show_openapi(&act, &pizza).unwrap().content().unwrap(), b"Second");
    import_api(&act, &import("/other", "Third", None), |_| Ok(true)).unwrap();
    assert_eq!(fixture.revision(), revision + 1);
    let shown = show_api(&act, &pizza).unwrap();
    assert_eq!((shown.document.context.as_str(), shown.approval, &shown.tiers), ("/other", true, &tiers));

    // A document goes with its API.
    remove_api(&act, &pizza, false, |_| true).unwrap();
    fixture.add_api("pizza");
    assert!(matches!(show_openapi(&act, &pizza), Err(Error::Api(ApiError::NoOpenApi(_)))));
    assert_eq!(show_api(&act, &pizza).unwrap().text, ApiText::default());
}

fn the_catalogue_is_searched_and_paged(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    for (name, title, tag) in
        [("pizza", "Ofenfrische Pizza", "Essen"), ("pasta", "ÄPFEL & Pasta", "essen"), ("rails", "Trains", "travel")]
    {
        let api = fixture.add_api(name);
        let text = ApiText {
            title: Some(title.parse().unwrap()),
            description: Some("Described".parse().unwrap()),
            tags: vec![tag.parse().unwrap()],
            ..ApiText::default()
        };
        change_api(&act, &api, ApiChange { text: Some(text), ..ApiChange::default() }, |_| true).unwrap();
    }
    let search = |query: &str, after: Option<&str>, limit| -> Vec<String> {
        let after = after.map(|after| ApiReference::parse(after).unwrap());
        let found = search_apis(&act, query, after.as_ref(), limit).unwrap();
        assert!(found.iter().all(|api| api.text.description.is_some()));
        found.into_iter().map(|api| api.name).collect()
    };
    assert_eq!(search("", None, 10), ["pasta", "pizza", "rails"]);
    assert_eq!(search("", None, 2), ["pasta", "pizza"]);
    assert_eq!(search("", Some("pizza/1"), 2), ["rails"]);
    assert_eq!(search("ESSEN", None, 10), ["pasta", "pizza"]);
    assert_eq!(search("äpfel essen", None, 10), ["pasta"]);
    assert_eq!(search("RAIL 1", None, 10), ["rails"]);
    assert!(search("essen travel", None, 10).is_empty() && search("described", None, 10).is_empty());
    assert!(search("% _ '", None, 10).is_empty());
}
