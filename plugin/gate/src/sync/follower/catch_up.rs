//! Updates a worker's gate to the bundle that is published in the shared records.

use std::rc::Rc;

use postern_token::bundle::{Bundle, by_address};

use super::{After, Command, Event, Follower, Held, Step};
use crate::gate::Gate;
use crate::status_lists::{self, HeldList};
use crate::sync::record::{Index, Listed, Record, Version, list_in, read_list};

/// The record that is being read.
pub(super) enum CatchUp {
    Version,
    Index,
    Document(Index),
    List(Exchange),
}

/// The status lists of a gate, while they are exchanged one by one, so that never more than one list is in memory twice.
pub(super) struct Exchange {
    index: Index,
    /// The lists of the index.
    lists: Vec<Listed>,
    /// Which list of the index is next.
    position: usize,
    /// Whether all lists were present so far.
    complete: bool,
}

impl Follower {
    /// Updates the gate from the records. A record that cannot be read is read again in the next round.
    pub(super) fn catch_up(&mut self, after: After) -> Command {
        self.after = after;
        self.read(Record::Version, Step::CatchUp(CatchUp::Version))
    }

    pub(super) fn continue_catch_up(&mut self, step: CatchUp, result: Event, gate: &mut Option<Gate>) -> Command {
        let (value, _) = result.into_stored();
        match step {
            CatchUp::Version => self.version_read(value.as_deref()),
            CatchUp::Index => match value.and_then(|text| Index::from_text(&text)) {
                Some(index) if self.held.as_ref().is_some_and(|held| held.document == index.document) => {
                    self.exchange_lists(index, gate)
                }
                Some(index) => self.read(Record::Document, Step::CatchUp(CatchUp::Document(index))),
                None => self.caught_up(),
            },
            CatchUp::Document(index) => match value.and_then(|json| Bundle::from_json(&json).ok()) {
                Some(bundle) => {
                    self.replace_gate(bundle, gate);
                    self.exchange_lists(index, gate)
                }
                None => self.caught_up(),
            },
            CatchUp::List(exchange) => self.list_read(exchange, value.as_deref(), gate),
        }
    }

    fn version_read(&mut self, value: Option<&[u8]>) -> Command {
        self.version = value.and_then(Version::from_bytes).unwrap_or_default();
        let generation = self.version.generation;
        if generation == 0 || self.held.as_ref().is_some_and(|held| held.generation == generation) {
            return self.caught_up();
        }
        self.read(Record::Index, Step::CatchUp(CatchUp::Index))
    }

    /// Makes a new gate, without the old one's token cache. The status lists are moved over.
    fn replace_gate(&self, bundle: Bundle, gate: &mut Option<Gate>) {
        let mut new = Gate::new(bundle, Rc::clone(&self.settings)).with_verifier(Rc::clone(&self.verifier));
        new.replace(gate.as_mut());
        *gate = Some(new);
    }

    fn exchange_lists(&mut self, index: Index, gate: &mut Option<Gate>) -> Command {
        let Some(lists) = gate.as_mut().map(Gate::status_lists) else { return self.caught_up() };
        let named: Vec<Listed> = index.every_list().collect();
        let is_named = |uri: &str| named.iter().any(|listed| listed.uri == uri);
        lists.retain(|held| !held.is_fetched() || is_named(&held.uri));
        self.next_list(Exchange { index, lists: named, position: 0, complete: true }, gate)
    }

    /// Reads the next list that has changed.
    fn next_list(&mut self, mut exchange: Exchange, gate: &mut Option<Gate>) -> Command {
        let Some(lists) = gate.as_mut().map(Gate::status_lists) else { return self.caught_up() };
        while let Some(Listed { uri, version }) = exchange.lists.get(exchange.position) {
            match lists.binary_search_by(|listed| by_address(&listed.uri, uri)) {
                Ok(at) if lists.get(at).is_some_and(|listed| listed.version == *version && listed.list.is_some()) => {
                    exchange.position += 1;
                    continue;
                }
                Ok(at) => drop(lists.remove(at)),
                Err(_) => {}
            }
            return self.read(Record::List(uri.clone()), Step::CatchUp(CatchUp::List(exchange)));
        }
        let Exchange { index, complete, .. } = exchange;
        if let Some(gate) = gate {
            self.schedule(&index, gate);
        }
        let Index { document, age, .. } = index;
        // When a list is missing, another bundle has been or is about to be published.
        self.held = Some(Held { generation: if complete { self.version.generation } else { 0 }, document, age });
        self.caught_up()
    }

    /// Uses a list, if the record holds the version that the index names. Tokens of a missing list are refused.
    fn list_read(&mut self, mut exchange: Exchange, value: Option<&[u8]>, gate: &mut Option<Gate>) -> Command {
        if let (Some(gate), Some(Listed { uri, version })) = (gate.as_mut(), exchange.lists.get(exchange.position)) {
            let trusted = exchange.index.trusted.iter().find(|listed| listed.uri == *uri);
            let issuer = gate.owner_of_list(uri);
            let lists = gate.status_lists();
            let list = value.and_then(|record| list_in(record, version)).and_then(read_list);
            exchange.complete &= list.is_some();
            let held = HeldList::fetched(issuer, (uri.clone(), version.clone()), list, trusted.map(|listed| listed.fetched_at));
            status_lists::insert(lists, held);
        }
        exchange.position += 1;
        self.next_list(exchange, gate)
    }

    /// Continues the round.
    fn caught_up(&mut self) -> Command {
        match &mut self.after {
            After::Lead => self.lead(),
            After::Finish(outcome) => Command::Wait(outcome.take()),
        }
    }
}
