//! Requests that get tokens in shared transactions, one after the other: what cannot be in one with the others waits for the next.

use crate::error::TokenError;
use crate::reserved_index::ReservedIndex;
use crate::{Act, Error};
use postern_storage::StorageError;

/// What became of a request in one transaction.
#[derive(Debug)]
pub(super) enum Outcome<T> {
    Ended(Result<T, Error>),
    /// It has to wait for the next transaction, because of another request in this one.
    Postponed,
}

/// What became of one request, unless the database failed: then no part of the transaction may stand.
pub(super) fn own<T>(result: Result<T, Error>) -> Result<Result<T, Error>, Error> {
    match result {
        Err(error @ Error::Storage(StorageError::Unavailable(_))) => Err(error),
        result => Ok(result),
    }
}

/// Answers requests, in their order, with as many transactions as they need. `round` runs one, and returns the outcomes in the order of its
/// requests, of which the first never is postponed.
pub(super) fn in_rounds<R, T>(act: &Act<'_>, requests: &[R], round: impl Fn(&[&R]) -> Vec<Outcome<T>>) -> Vec<Result<T, Error>> {
    let mut results: Vec<Option<Result<T, Error>>> = requests.iter().map(|_| None).collect();
    let mut lists_deleted = false;
    loop {
        let waiting: Vec<usize> = results.iter().enumerate().filter(|(_, result)| result.is_none()).map(|(at, _)| at).collect();
        let together: Vec<&R> = waiting.iter().filter_map(|at| requests.get(*at)).collect();
        if together.is_empty() {
            break;
        }
        let outcomes = round(&together);
        let is_deleted =
            |outcome: &Outcome<T>| matches!(outcome, Outcome::Ended(Err(Error::Token(TokenError::StatusListDeleted))));
        let retry = !lists_deleted && outcomes.iter().any(is_deleted);
        for (at, outcome) in waiting.into_iter().zip(outcomes) {
            let again = matches!(outcome, Outcome::Postponed) || (retry && is_deleted(&outcome));
            if let (false, Outcome::Ended(result), Some(slot)) = (again, outcome, results.get_mut(at)) {
                *slot = Some(result);
            }
        }
        if retry {
            lists_deleted = true;
            act.instance.status_indexes.forget();
        }
    }
    results.into_iter().map(|result| result.unwrap_or(Err(StorageError::Empty.into()))).collect()
}

/// Runs `transaction` with as many status indexes as it has requests, the next one last. It returns the indexes that were not used. If it
/// fails, each request has its error.
pub(super) fn with_indexes<T>(
    act: &Act<'_>,
    requests: usize,
    transaction: impl FnOnce(Vec<ReservedIndex>) -> Result<(Vec<Outcome<T>>, Vec<ReservedIndex>), Error>,
) -> Vec<Outcome<T>> {
    let indexes = &act.instance.status_indexes;
    let reserved = (0..requests).map(|_| indexes.next(act.storage(), act.now)).collect::<Result<Vec<_>, Error>>();
    let outcomes = reserved.and_then(|mut reserved| {
        // In the order in which the lists are extended, so that no two transactions wait for each other.
        reserved.sort_by_key(|reserved| std::cmp::Reverse(reserved.index.list));
        let (outcomes, unused) = transaction(reserved)?;
        for index in unused {
            indexes.give_back(index);
        }
        Ok(outcomes)
    });
    outcomes.unwrap_or_else(|error: Error| error.for_each(requests).into_iter().map(Outcome::Ended).collect())
}
