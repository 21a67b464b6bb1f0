//! Usage by day: what is counted, that it is counted once, and who sees it.

use std::thread;

use postern_model::{Action, Actor, ApplicationId, Day, DayUsage, EventName, MemberName, Owner, Role, SecurityEvent};

use super::super::*;
use super::*;
use crate::error::ApplicationError;

on_both!(
    minted_refused_and_live_tokens_are_counted_by_day,
    processes_that_count_at_once_count_once,
    a_process_that_ends_while_it_counts_loses_nothing,
    members_see_the_usage_of_their_own_applications,
    old_usage_is_pruned,
    counting_waits_for_earlier_writers_and_keeps_no_other_waiting,
);

const TODAY: Day = Day::of(NOW);

fn count(act: &Act<'_>) {
    while count_usage(act).unwrap() {}
    count_live_usage(act).unwrap();
}

/// The numbers minted, refused and live of each day that has any.
fn shown(act: &Act<'_>, application: Option<&ApplicationId>) -> Vec<(u64, u64, u64, Option<u64>)> {
    let days = show_usage(act, application, TODAY.before(3), Day::of(act.now())).unwrap();
    let days = days.into_iter().filter(|usage| *usage != DayUsage::none(usage.day));
    days.map(|usage| (usage.day.0 - TODAY.0, usage.minted, usage.refused, usage.live)).collect()
}

fn refuse(act: &Act<'_>, event: EventName, subject: &str, times: u64) {
    let (reason, source, now) = ("throttled".to_owned(), Some("192.0.2.1".to_owned()), act.now());
    let subject = Some(subject.to_owned());
    let event = SecurityEvent { number: 0, event, reason, source, subject, first_at: now, last_at: now, times };
    record_events(act, &[event]).unwrap();
}

fn minted_refused_and_live_tokens_are_counted_by_day(engine: Engine) {
    let fixture = Fixture::new(engine);
    let tomorrow = TODAY.0 + 1;
    let at = |day: u64, seconds| fixture.at(Day(day).start().plus(seconds));
    count(&fixture.act());
    assert_eq!(shown(&fixture.act(), None), [(0, 0, 0, Some(0))]);
    let keys = fixture.generate();
    fixture.grant(&keys, Some("menu"), NOW).unwrap();
    // The same token again.
    fixture.grant(&keys, Some("menu"), NOW).unwrap();
    refuse(&fixture.act(), EventName::Client, keys.consumer_key.as_str(), 3);
    refuse(&fixture.act(), EventName::Client, "ck_other", 1);
    refuse(&fixture.act(), EventName::SignIn, keys.consumer_key.as_str(), 7);
    for _ in 0..2 {
        count(&fixture.act());
        assert_eq!(shown(&fixture.act(), Some(&fixture.application)), [(0, 2, 3, Some(0))]);
        assert_eq!(shown(&fixture.act(), None), [(0, 2, 4, Some(0))], "live tokens are not counted again so soon");
    }
    let later = fixture.at(NOW.plus(600));
    // More attempts of an event that is counted already.
    refuse(&later, EventName::Client, keys.consumer_key.as_str(), 5);
    count(&later);
    assert_eq!(shown(&later, Some(&fixture.application)), [(0, 2, 8, Some(2))]);
    // Tomorrow both have expired, and one is replaced.
    count(&at(tomorrow, 5));
    assert_eq!(shown(&at(tomorrow, 5), None), [(0, 2, 9, Some(2)), (1, 0, 0, Some(0))]);
    fixture.regenerate(Day(tomorrow).start().plus(7)).unwrap();
    count(&at(tomorrow, 700));
    let expected = [(0, 2, 8, Some(2)), (1, 1, 0, Some(1))];
    assert_eq!(shown(&at(tomorrow, 700), Some(&fixture.application)), expected);
    // A clock that was wrong does not stop the counting.
    count(&at(tomorrow, 9));
    assert_eq!(shown(&at(tomorrow, 700), Some(&fixture.application)), expected);
}

/// Adds audit entries as if that many tokens were minted.
fn many(fixture: &Fixture, number: u64) {
    fixture.execute(&format!(
        "WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {number})
         INSERT INTO audit (at, actor, action, application_id, subject)
         SELECT {}, 'issuer', 'token.mint', '{}', 'x' FROM copies",
        NOW.0, fixture.application
    ));
}

fn processes_that_count_at_once_count_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    many(&fixture, 9000);
    let others = [3, 4].map(|seed| fixture.another(&fixture.master_key, seed));
    thread::scope(|scope| {
        for other in &others {
            scope.spawn(|| {
                let act = other.act(Actor::Issuer);
                for times in 0..20 {
                    refuse(&act, EventName::Client, &format!("ck_{times}"), 1);
                    count(&act);
                }
            });
        }
    });
    assert_eq!(shown(&fixture.act(), None), [(0, 9000, 40, Some(0))]);
    assert_eq!(shown(&fixture.act(), Some(&fixture.application)), [(0, 9000, 0, Some(0))]);
}

fn a_process_that_ends_while_it_counts_loses_nothing(engine: Engine) {
    let fixture = Fixture::new(engine);
    many(&fixture, 5000);
    refuse(&fixture.act(), EventName::Client, "ck_1", 4);
    assert!(count_usage(&fixture.act()).unwrap(), "one step does not count all");
    // What a process has counted whose transaction never commits.
    let ended = fixture.instance.storage().write(|transaction| {
        let last = transaction.last_audit()?;
        transaction.count_minted(last, TODAY, 10_000)?;
        transaction.lock_events()?;
        transaction.count_refused(10_000)?;
        Err::<(), Error>(Error::PreconditionFailed)
    });
    assert!(matches!(ended, Err(Error::PreconditionFailed)));
    count(&fixture.another(&fixture.master_key, 5).act(Actor::Issuer));
    assert_eq!(shown(&fixture.act(), None), [(0, 5000, 4, Some(0))]);
}

fn members_see_the_usage_of_their_own_applications(engine: Engine) {
    let fixture = Fixture::new(engine);
    let [dora, anna] = [("dora", Role::Developer), ("anna", Role::Auditor)].map(|(name, role)| fixture.member(name, role));
    let own = create_application(&dora, "Own".parse().unwrap()).unwrap().id;
    let keys = fixture.generate();
    generate(&dora, &GenerateRequest { application: own.clone(), ..fixture.request() }).unwrap();
    let owner: MemberName = "dora".parse().unwrap();
    assert_eq!(
        fixture.instance.storage().read(|transaction| transaction.applications_of(&Owner::Member(owner))).unwrap().len(),
        1
    );
    count(&fixture.act());
    for (act, all) in [(&dora, 1), (&anna, 2), (&fixture.act(), 2)] {
        assert_eq!(shown(act, None), [(0, all, 0, Some(all))]);
        assert_eq!(shown(act, Some(&own)), [(0, 1, 0, Some(1))]);
    }
    let refused = show_usage(&dora, Some(&fixture.application), TODAY, TODAY);
    assert!(matches!(refused, Err(Error::Application(ApplicationError::NotFound(_)))));
    let client = fixture.instance.act(Actor::Client(keys.consumer_key));
    assert!(matches!(show_usage(&client, None, TODAY, TODAY), Err(Error::Forbidden { .. })));
    assert!(matches!(show_usage(&fixture.instance.act(Actor::Stranger), None, TODAY, TODAY), Err(Error::Forbidden { .. })));
}

fn old_usage_is_pruned(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.generate();
    count(&fixture.act());
    let rows = || fixture.database.query(&format!("SELECT count(*) FROM usage_days WHERE day = {}", TODAY.0)).unwrap();
    assert_ne!(rows(), "0");
    let later = fixture.at(Day(TODAY.0 + USAGE_DAYS + 1).start());
    refuse(&later, EventName::Client, "ck_1", 1);
    count(&later);
    assert_eq!(rows(), "0");
    let days = show_usage(&later, None, Day(0), Day::of(later.now())).unwrap();
    assert_eq!(days.len() as u64, USAGE_DAYS);
}

fn counting_waits_for_earlier_writers_and_keeps_no_other_waiting(engine: Engine) {
    let fixture = Fixture::new(engine);
    if engine == Engine::Sqlite {
        // Only one transaction writes at a time, so none can be open while another one has written.
        return;
    }
    let keys = fixture.generate();
    let (begun, wait_for_begin) = std::sync::mpsc::channel();
    let (end, wait_for_end) = std::sync::mpsc::channel::<()>();
    let others = [3, 4].map(|seed| fixture.another(&fixture.master_key, seed));
    thread::scope(|scope| {
        let [slow, counting] = &others;
        let slow = scope.spawn(move || {
            slow.storage().write_concurrent(|transaction| {
                slow.act(Actor::Issuer).audit(transaction, Action::TokenMint, None, Some("slow"), None)?;
                begun.send(()).unwrap();
                wait_for_end.recv().unwrap();
                Ok::<_, Error>(())
            })
        });
        wait_for_begin.recv().unwrap();
        // Its entry has a larger number than that of the open transaction.
        fixture.grant(&keys, Some("menu"), NOW).unwrap();
        let counting = scope.spawn(|| count(&counting.act(Actor::Issuer)));
        fixture.grant(&keys, Some("orders"), NOW).unwrap();
        assert!(!counting.is_finished(), "an earlier transaction is still open");
        end.send(()).unwrap();
        slow.join().unwrap().unwrap();
        counting.join().unwrap();
    });
    count(&fixture.act());
    let minted: Vec<_> = shown(&fixture.act(), None).into_iter().map(|(_, minted, ..)| minted).collect();
    assert_eq!(minted, [4]);
}
