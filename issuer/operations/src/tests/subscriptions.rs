//! Subscriptions: approval, blocking, change of the tier, and the end.

use postern_token::{ApiReference, KeyType};

use super::super::*;
use super::*;
use crate::error::{ApiError, SubscriptionError, TierError};
use postern_model::{ApplicationId, Role, Subscription, SubscriptionState, TierName, TokenState};

on_both!(
    approval_requires_the_current_version_of_the_subscription,
    tokens_do_not_hold_a_subscription_before_an_administrator_approves_it,
    a_blocked_subscription_revokes_the_tokens_that_hold_it,
    a_changed_tier_revokes_the_tokens_that_hold_the_old_tier,
    unsubscribing_revokes_only_the_tokens_that_hold_the_subscription,
    a_developer_changes_no_subscription_that_needs_approval,
    a_subscription_at_a_tier_that_needs_approval_waits_for_it,
    an_api_is_subscribed_to_only_at_the_tiers_that_it_offers,
);

impl Fixture {
    fn tier_in(&self, token: &MintedToken, api: &ApiReference<'static>) -> Option<String> {
        self.claims(token, |claims| claims.apis.tier(api).map(|tier| tier.as_str().to_owned()))
    }

    fn add_api_with_approval(&self, name: &str) -> ApiReference<'static> {
        let api = self.add_api(name);
        change_api(&self.act(), &api, ApiChange { approval: Some(true), ..ApiChange::default() }, |_| true).unwrap();
        api
    }
}

fn changed(
    act: &Act<'_>,
    application: &ApplicationId,
    api: &ApiReference<'static>,
    state: Option<SubscriptionState>,
    tier: Option<&str>,
) -> Result<RevokedTokens, Error> {
    let tier = tier.map(|tier| tier.parse::<TierName>().unwrap());
    change_subscription(act, application, api, state, tier, Some(&|_| true)).map(|(_, revoked)| revoked)
}

fn gold() -> TierName {
    "gold".parse().unwrap()
}

fn tokens_do_not_hold_a_subscription_before_an_administrator_approves_it(engine: Engine) {
    let fixture = Fixture::new(engine);
    let api = fixture.add_api_with_approval("pizza");
    let developer = fixture.member("dora", Role::Developer);
    let application = create_application(&developer, "Dora's".parse().unwrap()).unwrap().id;
    let keys = generate(&developer, &GenerateRequest::new(application.clone(), KeyType::Production)).unwrap();
    let subscription = subscribe(&developer, &application, &api, &gold()).unwrap();
    assert_eq!(subscription.state, SubscriptionState::Waiting);
    let token = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!((token.id == keys.token.id, fixture.tier_in(&token, &api)), (true, None));
    let waiting = list_waiting_subscriptions(&fixture.act()).unwrap();
    assert_eq!(waiting, [(application.clone(), subscription)]);

    let auditor = fixture.member("anna", Role::Auditor);
    for act in [&developer, &auditor] {
        let refused = changed(act, &application, &api, Some(SubscriptionState::Active), None);
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
    }
    assert!(matches!(list_waiting_subscriptions(&developer), Err(Error::Forbidden { .. })));
    assert_eq!(list_waiting_subscriptions(&auditor).unwrap().len(), 1);
    let administrator = fixture.member("adam", Role::Administrator);
    let approved = changed(&administrator, &application, &api, Some(SubscriptionState::Active), None).unwrap();
    assert_eq!(approved.count, 0);
    assert_eq!(list_waiting_subscriptions(&fixture.act()).unwrap(), []);
    let token = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.tier_in(&token, &api).as_deref(), Some("gold"));
    // A subscription by an administrator needs no approval.
    let own = subscribe(&fixture.act(), &fixture.application, &api, &gold()).unwrap();
    assert_eq!(own.state, SubscriptionState::Active);
}

fn approval_requires_the_current_version_of_the_subscription(engine: Engine) {
    let fixture = Fixture::new(engine);
    let api = fixture.add_api_with_approval("pizza");
    let developer = fixture.member("dora", Role::Developer);
    let application = create_application(&developer, "Dora's".parse().unwrap()).unwrap().id;
    let seen = subscribe(&developer, &application, &api, &"bronze".parse().unwrap()).unwrap();
    let approve = |expected: Option<&dyn Fn(&Subscription) -> bool>| {
        change_subscription(&fixture.act(), &application, &api, Some(SubscriptionState::Active), None, expected)
    };
    assert!(matches!(approve(None), Err(Error::Subscription(SubscriptionError::VersionRequired))));
    // The subscription changes after it was read and before it is approved.
    unsubscribe(&developer, &application, &api, |_| true).unwrap();
    let other = subscribe(&developer, &application, &api, &gold()).unwrap();
    assert!(matches!(approve(Some(&|waiting| *waiting == seen)), Err(Error::PreconditionFailed)));
    assert_eq!(list_waiting_subscriptions(&fixture.act()).unwrap(), [(application.clone(), other.clone())]);
    approve(Some(&|waiting| *waiting == other)).unwrap();
    // Only a waiting subscription requires the version.
    change_subscription(&fixture.act(), &application, &api, Some(SubscriptionState::Blocked), None, None).unwrap();
    approve(None).unwrap();
}

fn a_blocked_subscription_revokes_the_tokens_that_hold_it(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let api = fixture.subscribe("pizza");
    let holding = fixture.grant(&keys, None, NOW).unwrap();
    let set = |state| changed(&fixture.act(), &fixture.application, &api, Some(state), None).unwrap();
    assert_eq!(set(SubscriptionState::Blocked).count, 1);
    assert_eq!((fixture.state(&keys.token), fixture.state(&holding)), (TokenState::Active, TokenState::Revoked));
    let without = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.tier_in(&without, &api), None);
    assert_eq!(set(SubscriptionState::Blocked).count, 0);
    assert_eq!(set(SubscriptionState::Active).count, 0);
    let again = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.tier_in(&again, &api).as_deref(), Some("gold"));
    // A blocked subscription can be ended too.
    set(SubscriptionState::Blocked);
    unsubscribe(&fixture.act(), &fixture.application, &api, |_| true).unwrap();
    let gone = changed(&fixture.act(), &fixture.application, &api, Some(SubscriptionState::Active), None);
    assert!(matches!(gone, Err(Error::Subscription(SubscriptionError::NotFound { .. }))));
}

fn a_changed_tier_revokes_the_tokens_that_hold_the_old_tier(engine: Engine) {
    let fixture = Fixture::new(engine);
    let api = fixture.subscribe("pizza");
    let keys = fixture.generate();
    let change = |tier| changed(&fixture.act(), &fixture.application, &api, None, Some(tier));
    assert_eq!(change("gold").unwrap().count, 0);
    assert_eq!(fixture.state(&keys.token), TokenState::Active);
    assert_eq!(change("silver").unwrap().count, 1);
    assert_eq!(fixture.state(&keys.token), TokenState::Revoked);
    let token = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.tier_in(&token, &api).as_deref(), Some("silver"));
    let refused = change("platinum");
    assert!(matches!(refused, Err(Error::Tier(TierError::NotFound { existing, .. })) if existing.len() == 4));
}

fn unsubscribing_revokes_only_the_tokens_that_hold_the_subscription(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let pizza = fixture.subscribe("pizza");
    let set = |state| changed(&fixture.act(), &fixture.application, &pizza, Some(state), None).unwrap();
    set(SubscriptionState::Blocked);
    // A token minted since without the subscription. The names of the other APIs begin or end with `pizza`.
    for name in ["pizza.2", "a-pizza"] {
        fixture.subscribe(name);
    }
    let without = fixture.grant(&keys, None, NOW).unwrap();
    set(SubscriptionState::Active);
    let (with, all) = (fixture.grant(&keys, Some("menu"), NOW).unwrap(), fixture.grant(&keys, None, NOW).unwrap());
    let bits = |tokens: [&MintedToken; 4]| tokens.map(|token| fixture.state(token));
    let (live, revoked) = (TokenState::Active, TokenState::Revoked);
    assert_eq!(unsubscribe(&fixture.act(), &fixture.application, &pizza, |_| true).unwrap().count, 2);
    assert_eq!(bits([&keys.token, &without, &with, &all]), [live, live, revoked, revoked]);
    assert_eq!(fixture.status(&without), Some(postern_token::Status::Valid));
    assert_eq!(fixture.status(&with), Some(postern_token::Status::Revoked));
    // A record without `apis` is treated as holding the subscriptions that are older than the token.
    subscribe(&fixture.act(), &fixture.application, &pizza, &gold()).unwrap();
    let unknown = fixture.grant(&keys, None, NOW).unwrap();
    fixture.execute("UPDATE token_profiles SET apis = NULL");
    assert_eq!(set(SubscriptionState::Blocked).count, 1);
    assert_eq!(bits([&keys.token, &without, &unknown, &all]), [live, live, revoked, revoked]);
}

fn a_developer_changes_no_subscription_that_needs_approval(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (free, approved) = (fixture.add_api("free"), fixture.add_api_with_approval("approved"));
    let developer = fixture.member("dora", Role::Developer);
    let application = create_application(&developer, "Dora's".parse().unwrap()).unwrap().id;
    let state = subscribe(&developer, &application, &free, &gold()).unwrap().state;
    assert_eq!(state, SubscriptionState::Active);
    changed(&developer, &application, &free, None, Some("silver")).unwrap();
    subscribe(&developer, &application, &approved, &gold()).unwrap();
    // A developer cannot change the tier of a subscription that needs approval.
    let refused = changed(&developer, &application, &approved, None, Some("silver"));
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    let active = Some(SubscriptionState::Active);
    changed(&fixture.act(), &application, &approved, active, None).unwrap();
    let refused = changed(&developer, &application, &approved, None, Some("bronze"));
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    // The owner cannot end a blocked subscription, because it could then subscribe again.
    changed(&fixture.act(), &application, &approved, Some(SubscriptionState::Blocked), None).unwrap();
    let refused = unsubscribe(&developer, &application, &approved, |_| true);
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    changed(&fixture.act(), &application, &approved, active, None).unwrap();
    // A subscription that was ended and created again waits for approval again.
    unsubscribe(&developer, &application, &approved, |_| true).unwrap();
    let state = subscribe(&developer, &application, &approved, &gold()).unwrap().state;
    assert_eq!(state, SubscriptionState::Waiting);
    assert!(matches!(
        subscribe(&developer, &application, &approved, &gold()),
        Err(Error::Subscription(SubscriptionError::AlreadyExists { .. }))
    ));
    let unknown = ApiReference::parse("unknown/1").unwrap();
    assert!(matches!(subscribe(&developer, &application, &unknown, &gold()), Err(Error::Api(ApiError::NotFound(_)))));
}

/// An application of a developer, and the developer.
fn developers_application(fixture: &Fixture) -> (Act<'_>, ApplicationId) {
    let developer = fixture.member("dora", Role::Developer);
    let application = create_application(&developer, "Dora's".parse().unwrap()).unwrap().id;
    (developer, application)
}

fn a_subscription_at_a_tier_that_needs_approval_waits_for_it(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (developer, application) = developers_application(&fixture);
    let (pizza, stock) = (fixture.add_api("pizza"), fixture.add_api("stock"));
    let unlimited: TierName = "unlimited".parse().unwrap();
    let approval = TierChange { approval: Some(true), ..TierChange::default() };
    assert!(change_tier(&fixture.act(), &unlimited, approval, |_| true).unwrap().approval);
    let keys = generate(&developer, &GenerateRequest::new(application.clone(), KeyType::Production)).unwrap();
    assert_eq!(subscribe(&developer, &application, &pizza, &unlimited).unwrap().state, SubscriptionState::Waiting);
    assert_eq!(fixture.tier_in(&fixture.grant(&keys, None, NOW).unwrap(), &pizza), None);
    changed(&fixture.act(), &application, &pizza, Some(SubscriptionState::Active), None).unwrap();
    assert_eq!(fixture.tier_in(&fixture.grant(&keys, None, NOW).unwrap(), &pizza).as_deref(), Some("unlimited"));
    // A developer cannot reach the tier by first subscribing at another one.
    assert_eq!(subscribe(&developer, &application, &stock, &gold()).unwrap().state, SubscriptionState::Active);
    let refused = changed(&developer, &application, &stock, None, Some("unlimited"));
    assert!(matches!(refused, Err(Error::Forbidden { needed: Role::Administrator })), "{refused:?}");
    changed(&developer, &application, &stock, None, Some("silver")).unwrap();
    changed(&fixture.act(), &application, &stock, None, Some("unlimited")).unwrap();
}

fn an_api_is_subscribed_to_only_at_the_tiers_that_it_offers(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (developer, application) = developers_application(&fixture);
    let pizza = fixture.add_api("pizza");
    subscribe(&developer, &application, &pizza, &gold()).unwrap();
    let offer = |tiers: &[&str]| {
        let tiers = tiers.iter().map(|tier| tier.parse().unwrap()).collect();
        change_api(&fixture.act(), &pizza, ApiChange { tiers: Some(Some(tiers)), ..ApiChange::default() }, |_| true)
    };
    assert!(matches!(offer(&["platinum"]), Err(Error::Tier(TierError::NotFound { .. }))));
    offer(&["bronze", "silver"]).unwrap();
    let expected = "the API `pizza/1` is not offered at the tier `unlimited`: choose one of `bronze`, `silver`";
    // For an administrator too: who may change what an API offers does that first.
    for act in [&developer, &fixture.act()] {
        let refused = changed(act, &application, &pizza, None, Some("unlimited")).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
    let refused = subscribe(&fixture.act(), &fixture.application, &pizza, &"unlimited".parse().unwrap()).unwrap_err();
    assert_eq!(refused.to_string(), expected);
    // A subscription from before stays, and can be blocked and unblocked.
    for state in [SubscriptionState::Blocked, SubscriptionState::Active] {
        changed(&fixture.act(), &application, &pizza, Some(state), None).unwrap();
    }
    changed(&developer, &application, &pizza, None, Some("silver")).unwrap();
    let bronze = "bronze".parse().unwrap();
    let refused = remove_tier(&fixture.act(), &bronze, |_| true);
    assert!(matches!(&refused, Err(Error::Tier(TierError::Offered { apis, .. })) if *apis == ["pizza/1"]), "{refused:?}");
    change_api(&fixture.act(), &pizza, ApiChange { tiers: Some(None), ..ApiChange::default() }, |_| true).unwrap();
    remove_tier(&fixture.act(), &bronze, |_| true).unwrap();
    changed(&developer, &application, &pizza, None, Some("unlimited")).unwrap();
}
