//! Usage by day, as a plot and as a table: of one application, or of all.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::application::unknown;
use super::applications::application_path;
use super::{EntryForm, Field, Frame, Opened, SignedInMember};
use crate::messages::Message;
use crate::pages::{Page, Site, Timestamp, respond};
use crate::paths;
use crate::portal::entry_form::Kind;
use postern_http_types::Form;
use postern_model::{ApplicationId, Day, DayUsage};
use postern_operations as operations;

/// The numbers of days that can be chosen.
const PERIODS: [u64; 4] = [7, 30, 90, 365];

/// The number that is shown at first.
const DEFAULT_PERIOD: u64 = 30;

/// The height of a plot and the width of a day in it, in units of the plot.
const HEIGHT: u64 = 100;
const DAY_WIDTH: usize = 10;

/// The part of a day's width that its bar has.
const BAR_WIDTH: usize = 8;

#[derive(Template)]
#[template(path = "portal/usage.html")]
struct UsagePage {
    site: Site,
    frame: Frame,
    title: Message,
    intro: &'static str,
    /// The application that the page belongs to: its path and its name.
    above: Option<(String, Message)>,
    filter: EntryForm,
    plots: Vec<Plot>,
    first: Timestamp,
    last: Timestamp,
    /// The newest day first.
    days: Vec<DayRow>,
}

impl Page for UsagePage {
    fn has_script(&self) -> bool {
        true
    }
}

/// A bar for each day.
struct Plot {
    /// The message of the heading. It also names the elements of the plot.
    name: &'static str,
    /// What the plot shows, in words.
    summary: Message,
    width: usize,
    bars: Vec<Bar>,
}

struct Bar {
    x: usize,
    y: u64,
    height: u64,
    day: Timestamp,
    number: u64,
}

struct DayRow {
    day: Timestamp,
    minted: u64,
    refused: u64,
    live: Option<u64>,
}

/// `GET /portal/usage?days=`
pub(super) async fn show(Opened { member, query }: Opened) -> Result<Response, Response> {
    let (days, usage) = (period(&query), read(&member, None, period(&query)).await?.1);
    let page = page(&member, Message::new("usage"), "usage-intro-all", paths::PORTAL_USAGE.to_owned(), days, &usage);
    Ok(respond(&page))
}

/// `GET /portal/applications/{id}/usage?days=`
pub(super) async fn show_application(Path(id): Path<String>, Opened { member, query }: Opened) -> Result<Response, Response> {
    let id: ApplicationId = id.parse().map_err(|_| unknown(member.site()))?;
    let days = period(&query);
    let (name, usage) = read(&member, Some(id.clone()), days).await?;
    let title = Message::new("usage-of").with("application", &name);
    let own = paths::PORTAL_APPLICATION_USAGE.replace("{id}", id.as_str());
    let above = (application_path(id.as_str()), Message::new("to-application").with("application", name));
    Ok(respond(&UsagePage { above: Some(above), ..page(&member, title, "usage-intro", own, days, &usage) }))
}

/// The number of days that a query asks for.
fn period(query: &Form) -> u64 {
    let asked = query.value("days").and_then(|text| text.parse().ok());
    asked.filter(|days| PERIODS.contains(days)).unwrap_or(DEFAULT_PERIOD)
}

/// The name of the application, empty without one, and its usage.
async fn read(member: &SignedInMember, id: Option<ApplicationId>, days: u64) -> Result<(String, Vec<DayUsage>), Response> {
    let read = move |act: &operations::Act<'_>| {
        let today = Day::of(act.now());
        let name = match &id {
            Some(id) => operations::show_application(act, id)?.application.name.as_str().to_owned(),
            None => String::new(),
        };
        Ok((name, operations::show_usage(act, id.as_ref(), today.before(days - 1), today)?))
    };
    member.fetch(read).await
}

fn page(member: &SignedInMember, title: Message, intro: &'static str, path: String, days: u64, usage: &[DayUsage]) -> UsagePage {
    let periods = PERIODS.map(|days| (days.to_string(), Message::new("days").with("count", days)));
    let filter =
        EntryForm::new(path, "show").field(Field::choice("days", "usage-period", periods.into()).value(days.to_string()));
    let row = |usage: &DayUsage| DayRow {
        day: usage.day.start().into(),
        minted: usage.minted,
        refused: usage.refused,
        live: usage.live,
    };
    let today = Day::of(member.now());
    UsagePage {
        site: member.site().clone(),
        frame: Frame::of(member),
        title,
        intro,
        above: None,
        filter,
        plots: vec![
            Plot::of_sum("usage-minted", usage, |usage| usage.minted),
            Plot::of_live(usage),
            Plot::of_sum("usage-refused", usage, |usage| usage.refused),
        ],
        first: usage.first().map_or(today, |usage| usage.day).start().into(),
        last: usage.last().map_or(today, |usage| usage.day).start().into(),
        days: usage.iter().rev().map(row).collect(),
    }
}

impl Plot {
    /// A plot of numbers that add up.
    fn of_sum(name: &'static str, usage: &[DayUsage], number: impl Fn(&DayUsage) -> u64) -> Self {
        let total: u64 = usage.iter().map(&number).sum();
        let summary = most(usage, |usage| Some(number(usage)).filter(|number| *number > 0)).map_or_else(
            || Message::new("usage-nothing"),
            |most| Message::new("usage-total").with("total", total).with("most", most),
        );
        Self { name, summary, width: usage.len() * DAY_WIDTH, bars: bars(usage, |usage| Some(number(usage))) }
    }

    /// The plot of live tokens, of which each day has a number of its own.
    fn of_live(usage: &[DayUsage]) -> Self {
        let last = usage.iter().rev().find_map(|usage| usage.live);
        let summary = match (last, most(usage, |usage| usage.live)) {
            (Some(last), Some(most)) => Message::new("usage-latest").with("last", last).with("most", most),
            _ => Message::new("usage-not-counted"),
        };
        Self { name: "usage-live", summary, width: usage.len() * DAY_WIDTH, bars: bars(usage, |usage| usage.live) }
    }
}

/// The largest number, and the last day that has it.
fn most(usage: &[DayUsage], number: impl Fn(&DayUsage) -> Option<u64>) -> Option<Message> {
    let found = usage.iter().filter_map(|usage| Some((number(usage)?, usage.day))).max()?;
    Some(Message::new("usage-most").with("number", found.0).with("date", Timestamp::from(found.1.start()).date()))
}

fn bars(usage: &[DayUsage], number: impl Fn(&DayUsage) -> Option<u64>) -> Vec<Bar> {
    let most = usage.iter().filter_map(&number).max().unwrap_or_default();
    let bar = |(at, usage): (usize, &DayUsage)| {
        let number = number(usage).filter(|number| *number > 0)?;
        // A number that is not 0 can be seen.
        let height = (u128::from(number) * u128::from(HEIGHT)).checked_div(most.into())?;
        let height = u64::try_from(height).unwrap_or(HEIGHT).max(1);
        let x = at * DAY_WIDTH + (DAY_WIDTH - BAR_WIDTH) / 2;
        Some(Bar { x, y: HEIGHT - height, height, day: usage.day.start().into(), number })
    };
    usage.iter().enumerate().filter_map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    fn day(day: u64, minted: u64, live: Option<u64>) -> DayUsage {
        DayUsage { minted, live, ..DayUsage::none(Day(day)) }
    }

    #[test]
    fn bars_are_as_high_as_their_numbers() {
        let usage = [day(1, 0, None), day(2, 1, None), day(3, 500, None), day(4, 1000, None)];
        let plot = Plot::of_sum("usage-minted", &usage, |usage| usage.minted);
        let bars: Vec<_> = plot.bars.iter().map(|bar| (bar.x, bar.y, bar.height)).collect();
        assert_eq!((plot.width, bars), (40, vec![(11, 99, 1), (21, 50, 50), (31, 0, 100)]));
        let huge = [day(1, u64::MAX, None)];
        assert_eq!(bars_of(&huge), [(0, 100)]);
        assert_eq!(bars_of(&[]), []);
    }

    fn bars_of(usage: &[DayUsage]) -> Vec<(u64, u64)> {
        bars(usage, |usage| Some(usage.minted)).iter().map(|bar| (bar.y, bar.height)).collect()
    }

    #[test]
    fn a_plot_is_told_in_words() {
        let say = |message: Message| Language::default().say(message).to_string();
        let usage = [day(20_000, 3, None), day(20_001, 5, Some(7)), day(20_002, 0, Some(2))];
        let sum = |usage: &[DayUsage]| say(Plot::of_sum("usage-minted", usage, |usage| usage.minted).summary);
        assert_eq!(sum(&usage), "8 in this period; the most on one day: 5, on 5 October 2024.");
        assert_eq!(sum(&[day(1, 0, None)]), "None in this period.");
        assert_eq!(say(Plot::of_live(&usage).summary), "Last count: 2. Highest day: 7, on 5 October 2024.");
        assert_eq!(say(Plot::of_live(&[day(1, 4, None)]).summary), "Not counted yet.");
    }
}
