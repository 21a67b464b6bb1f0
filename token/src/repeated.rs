//! Finds names that stand somewhere twice, in time that does not grow with the square of their number.

use std::collections::BTreeMap;

/// Each place at which a name stands again, with the place before it.
pub(crate) fn repeated<'a>(names: &mut dyn Iterator<Item = &'a str>) -> Vec<(usize, usize)> {
    let mut places = BTreeMap::new();
    names.enumerate().filter_map(|(at, name)| places.insert(name, at).map(|first| (first, at))).collect()
}
