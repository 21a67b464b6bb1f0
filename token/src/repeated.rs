//! Finds repeated names, in less than quadratic time.

use std::collections::BTreeMap;

/// Each index at which a name is repeated, with the index of its previous occurrence.
pub(crate) fn repeated(names: &mut dyn Iterator<Item = &str>) -> Vec<(usize, usize)> {
    let mut places = BTreeMap::new();
    let mut found = Vec::new();
    for (at, name) in names.enumerate() {
        if let Some(first) = places.insert(name, at) {
            found.push((first, at));
        }
    }
    found
}
