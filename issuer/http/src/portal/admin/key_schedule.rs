//! The schedule of the signing keys as a picture: for each environment and algorithm a line of time, with a row for each key. The table of the
//! page says the same in words.

use std::collections::BTreeSet;

use askama::Template;
use postern_token::{Algorithm, KeyType, UnixSeconds};

use crate::messages::Message;
use crate::pages::{Site, Timestamp};
use postern_model::{KeyState, Policies};
use postern_operations::SigningKeyDetails;

/// The width of a picture in its own units.
const WIDTH: u64 = 1000;

/// How far the picture shows into the future, in seconds. Tokens may last a hundred years.
const AHEAD: u64 = 400 * 86_400;

/// The most rows of a line of time: the newest keys.
const MOST_KEYS: usize = 8;

#[derive(Template)]
#[template(path = "portal/key_schedule.html")]
pub(super) struct KeySchedule {
    site: Site,
    timelines: Vec<Timeline>,
}

/// The keys of one environment and one algorithm.
struct Timeline {
    /// The message with the environment.
    environment: &'static str,
    algorithm: &'static str,
    /// When the next key will sign.
    rotation: Message,
    from: Timestamp,
    to: Timestamp,
    /// Where the present is.
    now: u64,
    lines: Vec<Line>,
}

/// One key.
struct Line {
    kid: String,
    words: Message,
    periods: Vec<Period>,
    /// Where the next key replaces this one.
    next: Option<u64>,
}

/// What a key was, is or will be for a while.
struct Period {
    /// The class of its bar.
    name: &'static str,
    start: u64,
    length: u64,
}

/// The times of one key.
struct Times<'a> {
    details: &'a SigningKeyDetails,
    /// When the key began to sign, if it did.
    signs_from: Option<UnixSeconds>,
}

impl KeySchedule {
    pub(super) fn new(site: &Site, keys: &[SigningKeyDetails], policies: &Policies, now: UnixSeconds) -> Self {
        let algorithms: BTreeSet<&str> = keys.iter().map(|details| details.key.algorithm.as_str()).collect();
        let mut timelines = Vec::new();
        for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| algorithms.contains(algorithm.as_str())) {
            let of = |key_type| keys_of(keys, key_type, algorithm);
            let [production, sandbox] = [KeyType::Production, KeyType::Sandbox].map(of);
            let names = |times: &[Times<'_>]| times.iter().map(|one| one.details.key.kid.as_str().to_owned()).collect::<Vec<_>>();
            let groups = if names(&production) == names(&sandbox) {
                vec![("environments-both", KeyType::Production, production)]
            } else {
                vec![("production", KeyType::Production, production), ("sandbox", KeyType::Sandbox, sandbox)]
            };
            for (name, key_type, times) in groups.into_iter().filter(|(_, _, times)| !times.is_empty()) {
                timelines.push(timeline((name, key_type, algorithm), &times, policies, now));
            }
        }
        Self { site: site.clone(), timelines }
    }

    fn has_next(&self) -> bool {
        self.timelines.iter().any(|timeline| timeline.lines.iter().any(|line| line.next.is_some()))
    }
}

/// The keys of an environment and an algorithm, the oldest first. A retired key that never signed is left out.
fn keys_of(keys: &[SigningKeyDetails], key_type: KeyType, algorithm: Algorithm) -> Vec<Times<'_>> {
    let belongs = |details: &&SigningKeyDetails| {
        let key = &details.key;
        let signs = key.signs.iter().any(|(own, _)| *own == key_type);
        let waits =
            if key.planned_for.is_some() { key.planned_for == Some(key_type) } else { key.environments.contains(key_type) };
        let is_shown = key.state != KeyState::Retired || key.stopped_at.is_some();
        key.algorithm == algorithm && is_shown && (signs || (key.state != KeyState::Signing && waits))
    };
    let found: Vec<_> = keys.iter().filter(belongs).collect();
    let times = |details: &&'_ SigningKeyDetails| {
        let key = &details.key;
        let since = key.signs.iter().find(|(own, _)| *own == key_type).map(|(_, since)| *since);
        // The record has no beginning of what has ended: the key began when the key before it stopped.
        let before = |end: UnixSeconds| {
            let stops = found.iter().filter_map(|other| other.key.stopped_at);
            stops.filter(|stop| *stop < end && *stop >= key.created_at).max().unwrap_or(key.created_at)
        };
        since.or_else(|| key.stopped_at.map(before))
    };
    let all: Vec<_> = found.iter().map(|details| Times { details, signs_from: times(details) }).collect();
    let skipped = all.len().saturating_sub(MOST_KEYS);
    all.into_iter().skip(skipped).collect()
}

fn timeline(
    (environment, key_type, algorithm): (&'static str, KeyType, Algorithm),
    keys: &[Times<'_>],
    policies: &Policies,
    now: UnixSeconds,
) -> Timeline {
    let next = next_rotation(keys, key_type, policies).map(|next| next.max(now));
    let from = keys.iter().map(|times| times.details.key.created_at).min().unwrap_or(now).min(now);
    let ends = keys.iter().filter_map(|times| times.details.live.until).chain(next).chain([now]);
    // A little more than the last event, so that it is not at the edge.
    let last = ends.max().unwrap_or(now).min(now.plus(AHEAD));
    let to = last.plus((last.0.saturating_sub(from.0) / 20).max(3600));
    let at = |time: UnixSeconds| {
        let (offset, span) = (time.clamp(from, to).0.saturating_sub(from.0), to.0.saturating_sub(from.0).max(1));
        u64::try_from(u128::from(offset) * u128::from(WIDTH) / u128::from(span)).unwrap_or(WIDTH)
    };
    let signs = |times: &Times<'_>| times.details.key.state == KeyState::Signing;
    let line = |times: &Times<'_>| Line {
        kid: times.details.key.kid.as_str().to_owned(),
        words: words(times),
        periods: periods(times, now, next.unwrap_or(to))
            .into_iter()
            .map(|(name, start, end)| Period { name, start: at(start), length: at(end).saturating_sub(at(start)).max(2) })
            .collect(),
        next: next.filter(|_| signs(times)).map(at),
    };
    let rotation = next.map_or_else(
        || Message::new("schedule-no-rotation"),
        |next| Message::new("schedule-rotation").with("time", Timestamp::from(next).words()),
    );
    Timeline {
        environment,
        algorithm: algorithm.as_str(),
        rotation,
        from: from.into(),
        to: to.into(),
        now: at(now),
        lines: keys.iter().map(line).collect(),
    }
}

/// When the next key will sign; `None` if keys are rotated only on command.
fn next_rotation(keys: &[Times<'_>], key_type: KeyType, policies: &Policies) -> Option<UnixSeconds> {
    let rotation = policies.key_rotation?;
    let signer = keys.iter().find(|times| times.details.key.state == KeyState::Signing)?;
    let is_next =
        |times: &&Times<'_>| times.details.key.state == KeyState::Published && times.details.key.planned_for == Some(key_type);
    keys.iter().find(is_next).map_or_else(
        || signer.signs_from.map(|since| since.plus(rotation)),
        |next| Some(next.details.key.created_at.plus(policies.key_publish_ahead)),
    )
}

/// The periods of a key: the class of each, its beginning and its end.
fn periods(times: &Times<'_>, now: UnixSeconds, signs_until: UnixSeconds) -> Vec<(&'static str, UnixSeconds, UnixSeconds)> {
    let (key, live) = (&times.details.key, times.details.live);
    let Some(signs_from) = times.signs_from else { return vec![("published", key.created_at, now)] };
    let mut found = Vec::new();
    if signs_from > key.created_at {
        found.push(("published", key.created_at, signs_from));
    }
    match key.stopped_at {
        None => found.push(("signing", signs_from, signs_until)),
        Some(stopped_at) => {
            found.push(("signing", signs_from, stopped_at));
            if key.state != KeyState::Retired {
                let never_ends = live.count > 0 && live.until.is_none();
                let end = if never_ends { now.plus(AHEAD) } else { live.until.unwrap_or(now).max(now) };
                found.push(("accepted", stopped_at, end));
            }
        }
    }
    found
}

fn words(times: &Times<'_>) -> Message {
    let (key, live) = (&times.details.key, times.details.live);
    let with = |id, time: UnixSeconds| Message::new(id).with("time", Timestamp::from(time).words());
    match (key.stopped_at, times.signs_from) {
        (Some(stopped), _) if key.state == KeyState::Retired => with("schedule-key-retired", stopped),
        (Some(stopped), _) => match live.until {
            Some(until) => with("schedule-key-accepted", stopped).with("until", Timestamp::from(until).words()),
            None if live.count > 0 => with("schedule-key-accepted-forever", stopped),
            None => with("schedule-key-stopped", stopped),
        },
        (None, Some(since)) => with("schedule-key-signs", since),
        (None, None) => with("schedule-key-published", key.created_at),
    }
}

#[cfg(test)]
mod tests {
    use postern_model::{KeyEnvironments, SigningKeyRecord};
    use postern_token::Identifier;

    use super::*;
    use crate::messages::Language;

    const DAY: u64 = 86_400;

    #[allow(clippy::default_trait_access, reason = "the type is one of a crate that this one does not use")]
    fn key(kid: &'static str, created: u64, change: impl FnOnce(&mut SigningKeyDetails)) -> SigningKeyDetails {
        let mut details = SigningKeyDetails {
            key: SigningKeyRecord {
                kid: Identifier::parse(kid).unwrap(),
                algorithm: Algorithm::Es256,
                environments: KeyEnvironments::BOTH,
                state: KeyState::Published,
                signs: Vec::new(),
                planned_for: None,
                stopped_at: None,
                created_at: UnixSeconds(created * DAY),
            },
            live: Default::default(),
        };
        change(&mut details);
        details
    }

    fn schedule(keys: &[SigningKeyDetails], policies: Policies, today: u64) -> KeySchedule {
        let site = Site::new(&"https://issuer.example".parse().unwrap(), Language::default());
        KeySchedule::new(&site, keys, &policies, UnixSeconds(today * DAY))
    }

    fn drawn(line: &Line) -> Vec<(&'static str, u64, u64)> {
        line.periods.iter().map(|period| (period.name, period.start, period.length)).collect()
    }

    #[test]
    fn a_key_is_drawn_from_its_publication_to_the_end_of_its_tokens() {
        let rotating = Policies { key_rotation: Some(90 * DAY), key_publish_ahead: 10 * DAY, ..Policies::default() };
        let keys = [
            key("first", 100, |details| {
                details.key.stopped_at = Some(UnixSeconds(150 * DAY));
                details.live.count = 1;
                details.live.until = Some(UnixSeconds(170 * DAY));
            }),
            key("second", 140, |details| {
                details.key.state = KeyState::Signing;
                details.key.signs = [KeyType::Production, KeyType::Sandbox].map(|own| (own, UnixSeconds(150 * DAY))).into();
            }),
            key("third", 155, |details| details.key.planned_for = Some(KeyType::Production)),
        ];
        // Without the planned key, one picture is for both environments, and the rotation is counted from the beginning.
        let both = schedule(&keys[..2], rotating, 160);
        let [timeline] = both.timelines.as_slice() else { panic!("{}", both.timelines.len()) };
        assert_eq!(
            (timeline.environment, timeline.from, timeline.to),
            ("environments-both", UnixSeconds(100 * DAY).into(), UnixSeconds(247 * DAY).into())
        );
        assert_eq!(timeline.now, 408);
        assert_eq!(drawn(&timeline.lines[0]), [("signing", 0, 340), ("accepted", 340, 136)]);
        assert_eq!(drawn(&timeline.lines[1]), [("published", 272, 68), ("signing", 340, 612)]);
        assert_eq!((timeline.lines[0].next, timeline.lines[1].next), (None, Some(952)));
        // The planned key is one of production alone.
        let apart = schedule(&keys, rotating, 160);
        let names: Vec<_> = apart.timelines.iter().map(|timeline| (timeline.environment, timeline.lines.len())).collect();
        assert_eq!(names, [("production", 3), ("sandbox", 2)]);
        assert!(apart.timelines[0].lines[1].next < apart.timelines[1].lines[1].next);
        let html = apart.render().unwrap();
        assert!(html.contains("next key signs from") && !html.contains("style="), "{html}");
        // No schedule: a key is replaced only manually.
        let html = schedule(&keys, Policies::default(), 160).render().unwrap();
        assert!(html.contains("rotates only manually") && !html.contains("class=\"next\""), "{html}");
    }

    #[test]
    fn tokens_that_never_expire_and_many_keys_fit_into_the_picture() {
        let forever = key("forever", 100, |details| {
            details.key.stopped_at = Some(UnixSeconds(150 * DAY));
            details.live.count = 1;
        });
        let keys: Vec<_> = [forever].into_iter().chain((0..7).map(|day| key("other", 150 + day, |_| {}))).collect();
        let drawing = schedule(&keys, Policies::default(), 160);
        let timeline = &drawing.timelines[0];
        assert_eq!(timeline.lines.len(), 8);
        for line in &timeline.lines {
            assert!(line.periods.iter().all(|period| period.start + period.length <= WIDTH + 2), "{}", line.kid);
        }
        let more: Vec<_> = keys.into_iter().chain([key("newest", 159, |_| {})]).collect();
        let drawing = schedule(&more, Policies::default(), 160);
        assert_eq!(drawing.timelines[0].lines.last().map(|line| line.kid.as_str()), Some("newest"));
        assert_eq!(drawing.timelines[0].lines.len(), MOST_KEYS);
    }
}
