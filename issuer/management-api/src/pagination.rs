//! Pagination of lists.

use std::fmt;
use std::str::FromStr;

use postern_token::document::{At, Fields, Problems};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::body::ReadFields;

/// The default number of items on a page.
const DEFAULT_LIMIT: u32 = 50;

/// The maximum number of items on a page.
const MAX_LIMIT: u32 = 200;

/// Documents the parameters of a list whose cursor is any text.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents parameters that are read elsewhere")]
pub(super) struct PageParameters {
    /// The maximum number of items
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page
    #[param(min_length = 1)]
    after: Option<String>,
}

/// Documents the one parameter that all lists have.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents a parameter that is read elsewhere")]
pub(super) struct Limit {
    /// The maximum number of items
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// The page that is asked for: at most `limit` items after the cursor `after`.
#[derive(Debug, Clone)]
pub(super) struct Page<K> {
    pub(super) limit: u32,
    pub(super) after: Option<K>,
}

/// A page of a list
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Listing<T> {
    /// The items of this page
    items: Vec<T>,
    /// The cursor of the next page: send it as `after`. Absent on the last page
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<K: FromStr<Err: fmt::Display>> ReadFields for Page<K> {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let limit = parameters.optional_parsed("limit", problems).unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            problems.push(At::Root.field("limit"), "must be 1 to 200");
        }
        Some(Self { limit, after: parameters.optional_parsed("after", problems) })
    }
}

impl<K> Page<K> {
    /// How many items to read: one more than the page has, to know whether there is a next page.
    pub(super) const fn one_more(&self) -> u32 {
        self.limit + 1
    }

    /// The page, out of at most [`Self::one_more`] items from where it begins.
    pub(super) fn show<T, V: for<'item> From<&'item T>>(&self, items: &[T], name: impl Fn(&T) -> String) -> Listing<V> {
        let shown = items.get(..self.limit()).unwrap_or(items);
        let next = if shown.len() < items.len() { shown.last().map(name) } else { None };
        Listing { items: shown.iter().map(V::from).collect(), next }
    }

    /// The page, out of at most [`Self::one_more`] views from where it begins.
    pub(super) fn of<V>(&self, mut views: Vec<V>, name: impl Fn(&V) -> String) -> Listing<V> {
        let more = views.len() > self.limit();
        views.truncate(self.limit());
        let next = if more { views.last().map(name) } else { None };
        Listing { items: views, next }
    }

    fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}

impl<K: Ord> Page<K> {
    /// The page, out of all items, which are in the order of their keys.
    pub(super) fn cut<T, V: for<'item> From<&'item T>>(&self, items: &[T], key: impl Fn(&T) -> K) -> Listing<V>
    where
        K: fmt::Display,
    {
        let from = self.after.as_ref().map_or(0, |after| items.partition_point(|item| key(item) <= *after));
        self.show(items.get(from..).unwrap_or_default(), |item| key(item).to_string())
    }
}
