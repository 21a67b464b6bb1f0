//! Requests that share transactions: while one batch is worked on, the next one gathers.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::Failure;

/// The most requests in a batch.
const MAX_BATCH: usize = 64;

/// The most requests that wait. A request may hold as much as a request body.
const MAX_WAITING: usize = 4096;

/// A request that has waited this long when its batch begins is not answered: its caller is to try again.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The requests that wait for a batch. At most one batch is worked on at a time.
pub(crate) struct Batches<R, A>(Mutex<Queue<R, A>>);

struct Queue<R, A> {
    waiting: VecDeque<Waiting<R, A>>,
    /// Whether a thread works on batches.
    working: bool,
}

/// A request, and where its answer goes.
struct Waiting<R, A> {
    request: R,
    answer: oneshot::Sender<Result<A, Failure>>,
    since: Instant,
}

impl<R, A> Default for Batches<R, A> {
    fn default() -> Self {
        Self(Mutex::new(Queue { waiting: VecDeque::new(), working: false }))
    }
}

impl<R, A> Batches<R, A> {
    /// Adds a request. Returns whether the caller must let a thread call [`Self::work`], because none does.
    pub(crate) fn add(&self, request: R) -> (oneshot::Receiver<Result<A, Failure>>, bool) {
        let (answer, receiver) = oneshot::channel();
        let mut queue = self.queue();
        if queue.waiting.len() >= MAX_WAITING {
            let _ = answer.send(Err(Failure::Busy));
            return (receiver, false);
        }
        queue.waiting.push_back(Waiting { request, answer, since: Instant::now() });
        let must_work = !queue.working;
        queue.working = true;
        (receiver, must_work)
    }

    /// Answers batches with `answer` until no request waits. It gets the requests of a batch and returns their answers in the same order.
    pub(crate) fn work(&self, answer: impl Fn(&[R]) -> Vec<Result<A, Failure>>) {
        while let Some(batch) = self.next() {
            let (requests, answers): (Vec<R>, Vec<_>) = batch.into_iter().map(|one| (one.request, one.answer)).unzip();
            // After a panic the channels are closed, so the callers learn that they were interrupted; the next batch may succeed.
            let results = catch_unwind(AssertUnwindSafe(|| answer(&requests))).unwrap_or_default();
            for (channel, result) in answers.into_iter().zip(results) {
                // A caller that has gone away needs no answer.
                let _ = channel.send(result);
            }
        }
    }

    /// The next batch; `None` if no request waits, and then this thread no longer works.
    fn next(&self) -> Option<Vec<Waiting<R, A>>> {
        loop {
            let mut queue = self.queue();
            if queue.waiting.is_empty() {
                queue.working = false;
                return None;
            }
            let count = queue.waiting.len().min(MAX_BATCH);
            let batch: Vec<_> = queue.waiting.drain(..count).collect();
            drop(queue);
            // Nothing is done for a caller that has gone away.
            let (late, batch): (Vec<_>, Vec<_>) =
                batch.into_iter().filter(|one| !one.answer.is_closed()).partition(|one| one.since.elapsed() > TIMEOUT);
            for one in late {
                let _ = one.answer.send(Err(Failure::Busy));
            }
            if !batch.is_empty() {
                return Some(batch);
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<R, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_wait_together_share_a_batch_and_get_their_own_answers() {
        let batches = Batches::<usize, usize>::default();
        let added: Vec<_> = (0..MAX_BATCH + 10).map(|number| batches.add(number)).collect();
        // Only the first caller must start the work.
        assert!(added.iter().enumerate().all(|(at, (_, must_work))| *must_work == (at == 0)));
        let sizes = Mutex::new(Vec::new());
        batches.work(|requests| {
            sizes.lock().unwrap().push(requests.len());
            requests.iter().map(|number| Ok(number * 2)).collect()
        });
        assert_eq!(*sizes.lock().unwrap(), [MAX_BATCH, 10]);
        for (number, (mut receiver, _)) in added.into_iter().enumerate() {
            assert_eq!(receiver.try_recv().unwrap().unwrap(), number * 2);
        }
        assert!(batches.add(1).1, "the work has ended, so the next caller starts it again");
    }

    #[test]
    fn a_full_queue_takes_no_more_requests() {
        let batches = Batches::<usize, ()>::default();
        let waiting: Vec<_> = (0..MAX_WAITING).map(|number| batches.add(number).0).collect();
        let (mut refused, must_work) = batches.add(MAX_WAITING);
        assert!(matches!(refused.try_recv(), Ok(Err(Failure::Busy))) && !must_work);
        batches.work(|requests| requests.iter().map(|_| Ok(())).collect());
        assert!(waiting.into_iter().all(|mut receiver| matches!(receiver.try_recv(), Ok(Ok(())))));
        assert!(batches.add(0).1);
    }

    #[test]
    fn a_caller_that_has_gone_away_is_left_out() {
        let batches = Batches::<&str, ()>::default();
        drop(batches.add("gone").0);
        let (mut stays, _) = batches.add("stays");
        batches.work(|requests| {
            assert_eq!(requests, ["stays"]);
            vec![Ok(())]
        });
        assert!(matches!(stays.try_recv(), Ok(Ok(()))));
    }

    #[test]
    fn a_panic_interrupts_only_its_own_batch() {
        let batches = Batches::<usize, ()>::default();
        let added: Vec<_> = (0..=MAX_BATCH).map(|number| batches.add(number).0).collect();
        batches.work(|requests| {
            assert!(!requests.contains(&0), "the first batch");
            vec![Ok(())]
        });
        let results: Vec<_> = added.into_iter().map(|mut receiver| receiver.try_recv()).collect();
        assert!(results[..MAX_BATCH].iter().all(Result::is_err));
        assert!(matches!(results[MAX_BATCH], Ok(Ok(()))));
    }
}
