//! Finds names that stand somewhere twice, in time that does not grow with the square of their number.

use std::collections::BTreeMap;

/// Each place at which a name stands again, with the place before it.
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
