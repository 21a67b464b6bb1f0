//! What an import would change, in people's words.

use std::collections::{BTreeMap, BTreeSet};

use postern_token::bundle::{Auth, ResourceDocument};

use crate::messages::Message;
use crate::pages::Site;
use postern_model::ApiRecord;

/// A heading and what is below it.
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) items: Vec<String>,
}

/// The differences between an API and the same API after an import. A new API differs in everything.
pub(super) fn sections(site: &Site, before: Option<&ApiRecord>, after: &ApiRecord) -> Vec<Section> {
    let (old, new) = (before.map(|api| resources(site, api)).unwrap_or_default(), resources(site, after));
    let added = new.iter().filter(|(name, _)| !old.contains_key(*name)).map(|(name, said)| format!("{name}: {said}"));
    let changed = new.iter().filter_map(|(name, said)| {
        let former = old.get(name).filter(|former| *former != said)?;
        Some(format!("{name}: {former} → {said}"))
    });
    let removed = old.keys().filter(|name| !new.contains_key(*name)).cloned();
    let (old_scopes, new_scopes) = (before.map(scopes).unwrap_or_default(), scopes(after));
    let described = |scope: &String| match after.text.scopes.get(scope) {
        Some(description) => format!("{scope}: {description}"),
        None => scope.clone(),
    };
    let (old_tiers, new_tiers) = (before.map(|api| tiers(site, api)).unwrap_or_default(), tiers(site, after));
    let found = [
        ("import-about", about(site, before, after)),
        ("import-resources-new", added.collect()),
        ("import-resources-changed", changed.collect()),
        ("import-resources-removed", removed.collect()),
        ("import-scopes-new", new_scopes.difference(&old_scopes).map(described).collect()),
        ("import-scopes-removed", old_scopes.difference(&new_scopes).cloned().collect()),
        ("import-tiers-new", new_tiers.difference(&old_tiers).cloned().collect()),
        ("import-tiers-removed", old_tiers.difference(&new_tiers).cloned().collect()),
    ];
    found.into_iter().filter(|(_, items)| !items.is_empty()).map(|(heading, items)| Section { heading, items }).collect()
}

/// What an administrator should know before the import.
pub(super) fn warnings(before: Option<&ApiRecord>, after: &ApiRecord) -> Vec<Message> {
    let paths = |api: &ApiRecord| -> BTreeSet<String> { keys(api).map(|(key, _)| key).collect() };
    let public = |api: &ApiRecord| -> BTreeSet<String> {
        keys(api).filter(|(_, resource)| resource.auth == Auth::None).map(|(key, _)| key).collect()
    };
    let removed = before.map(paths).unwrap_or_default().difference(&paths(after)).count();
    let opened = public(after).difference(&before.map(public).unwrap_or_default()).count();
    let mut found = Vec::new();
    if opened > 0 {
        found.push(Message::new("import-warning-public").with("count", opened as u64));
    }
    if removed > 0 {
        found.push(Message::new("import-warning-removed").with("count", removed as u64));
    }
    found
}

/// The texts and the choices that differ.
fn about(site: &Site, before: Option<&ApiRecord>, after: &ApiRecord) -> Vec<String> {
    let none = || site.text("none").to_string();
    let facts = |api: &ApiRecord| {
        let approval = if api.approval { "yes" } else { "no" };
        let hosts = api.document.hosts.as_ref().map_or_else(|| site.text("any").to_string(), |hosts| hosts.join(", "));
        [
            ("import-title", api.text.title.as_ref().map_or_else(none, ToString::to_string)),
            ("import-context", api.document.context.clone()),
            ("import-hosts", hosts),
            ("import-approval", site.text(approval).to_string()),
        ]
    };
    let former = before.map(facts);
    let pairs = facts(after).into_iter().enumerate().filter_map(|(index, (label, now))| {
        let former = former.as_ref().and_then(|former| former.get(index)).map(|(_, former)| former.clone());
        match former {
            None => Some(format!("{}: {now}", site.text(label))),
            Some(former) if former == now => None,
            Some(former) => Some(format!("{}: {former} → {now}", site.text(label))),
        }
    });
    pairs.collect()
}

fn keys(api: &ApiRecord) -> impl Iterator<Item = (String, &ResourceDocument)> {
    let resources = api.document.resources.iter().flatten();
    resources.flat_map(|resource| {
        let methods = resource.methods.clone().unwrap_or_else(|| vec!["*".to_owned()]);
        methods.into_iter().map(move |method| (format!("{method} {}", resource.path), resource))
    })
}

/// What each operation requires, by method and path.
fn resources(site: &Site, api: &ApiRecord) -> BTreeMap<String, String> {
    let said = |(key, resource): (String, &ResourceDocument)| {
        let token = match resource.auth {
            Auth::None => "token-none",
            Auth::Application => "token-application",
            Auth::User => "token-user",
            Auth::Any => "token-any",
        };
        let scopes = if resource.scopes.is_empty() { String::new() } else { format!(" ({})", resource.scopes.join(", ")) };
        (key, format!("{}{scopes}", site.text(token)))
    };
    keys(api).map(said).collect()
}

fn scopes(api: &ApiRecord) -> BTreeSet<String> {
    api.document.resources.iter().flatten().flat_map(|resource| resource.scopes.iter().cloned()).collect()
}

fn tiers(site: &Site, api: &ApiRecord) -> BTreeSet<String> {
    match &api.tiers {
        None => BTreeSet::from([site.text("import-every-tier").to_string()]),
        Some(tiers) => tiers.iter().map(ToString::to_string).collect(),
    }
}
