//! Requests that share transactions: while one batch is worked on, the next one gathers.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::Failure;

/// The most requests in a batch.
const MAX_BATCH: usize = 64;

/// The most requests that wait. A request may hold as much as a request body.
const MAX_WAITING: usize = 4096;

/// A request that has waited this long when its batch begins is not answered: its caller is to try again.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The longest time for which a thread waits for a batch as large as the one before.
const MAX_PATIENCE: Duration = Duration::from_millis(1);

/// Shorter waits take longer than they are meant to.
const MIN_PATIENCE: Duration = Duration::from_micros(100);

/// The requests that wait for a batch. At most one batch is worked on at a time.
pub(crate) struct Batches<R, A> {
    queue: Mutex<Queue<R, A>>,
    /// Wakes the thread that works, when as many requests wait as it wants.
    enough: Condvar,
}

struct Queue<R, A> {
    waiting: VecDeque<Waiting<R, A>>,
    /// Whether a thread works on batches.
    working: bool,
    /// For how many requests that thread waits; 0 if it does not.
    wanted: usize,
}

/// A request, and where its answer goes.
struct Waiting<R, A> {
    request: R,
    answer: oneshot::Sender<Result<A, Failure>>,
    since: Instant,
}

impl<R, A> Default for Batches<R, A> {
    fn default() -> Self {
        let queue = Queue { waiting: VecDeque::new(), working: false, wanted: 0 };
        Self { queue: Mutex::new(queue), enough: Condvar::new() }
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
        if queue.waiting.len() == queue.wanted {
            self.enough.notify_one();
        }
        (receiver, must_work)
    }

    /// Answers batches with `answer` until no request waits. It gets the requests of a batch and returns their answers in the same order.
    pub(crate) fn work(&self, answer: impl Fn(&[R]) -> Vec<Result<A, Failure>>) {
        while let Some(batch) = self.next() {
            let (count, began) = (batch.len(), Instant::now());
            let (requests, answers): (Vec<R>, Vec<_>) = batch.into_iter().map(|one| (one.request, one.answer)).unzip();
            // After a panic the channels are closed, so the callers learn that they were interrupted; the next batch may succeed.
            let results = catch_unwind(AssertUnwindSafe(|| answer(&requests))).unwrap_or_default();
            for (channel, result) in answers.into_iter().zip(results) {
                // A caller that has gone away needs no answer.
                let _ = channel.send(result);
            }
            self.gather(count, patience(began.elapsed()));
        }
    }

    /// Waits until as many requests wait as the last batch had. Its callers may come again at once, and the first of them would make a batch
    /// of its own, for which all others wait.
    fn gather(&self, count: usize, patience: Duration) {
        if count > 1 && patience >= MIN_PATIENCE {
            let mut queue = self.queue();
            queue.wanted = count;
            let too_few = |queue: &mut Queue<R, A>| queue.waiting.len() < count;
            let waited = self.enough.wait_timeout_while(queue, patience, too_few);
            waited.unwrap_or_else(PoisonError::into_inner).0.wanted = 0;
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
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long to wait for more requests after a batch that took `time`: a small part of it, because most of that time is the same for a larger
/// batch.
fn patience(time: Duration) -> Duration {
    (time / 8).min(MAX_PATIENCE)
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
    fn a_thread_waits_a_little_for_a_batch_as_large_as_the_last_one() {
        let batches = Batches::<usize, ()>::default();
        // Without patience, or after a batch of one request, it does not wait.
        batches.gather(2, Duration::ZERO);
        batches.gather(1, Duration::from_hours(1));
        // It ends as soon as there are enough, and when they do not come.
        batches.gather(2, Duration::from_millis(2));
        std::thread::scope(|scope| {
            let gathering = scope.spawn(|| batches.gather(3, Duration::from_hours(1)));
            while batches.queue().wanted != 3 {
                std::thread::yield_now();
            }
            for number in 0..2 {
                drop(batches.add(number));
                assert!(!gathering.is_finished());
            }
            drop(batches.add(2));
            gathering.join().unwrap();
        });
        assert_eq!(batches.queue().wanted, 0);
        assert_eq!(patience(Duration::from_millis(4)), Duration::from_micros(500));
        assert_eq!(patience(Duration::from_secs(2)), MAX_PATIENCE);
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
