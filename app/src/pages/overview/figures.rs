//! The five figures. Each is a link to the list that shows the same number.

use console_wire::overview::{Operations, Overview};
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::overview::OverviewView,
    format::{
        condition::{self, CONNECTION},
        number::{count_noun, fixed, grouped, pace, share},
        overview::{
            chart::{SIZE, chart},
            due_in, ended, succeeded_share, to_go, upcoming,
        },
        time,
    },
    kit::{
        Quantity, Stat,
        clock::{Clock, use_clock},
    },
    paths,
};

#[component]
pub(super) fn Figures(view: Memo<OverviewView>) -> impl IntoView {
    let clock = use_clock();
    let overview = move |part: fn(&Overview, Clock) -> String| {
        Memo::new(move |_| view.with(|view| part(&view.overview, clock)))
    };
    let running = overview(|of, _| grouped(of.jobs.running));
    let jobs = overview(|of, _| if of.jobs.running == 1 { "job" } else { "jobs" }.to_owned());
    let to_go = overview(|of, _| to_go(of.jobs.running, of.devices_to_go));
    let rate = overview(|of, _| pace(of.operations.per_second));
    let limit = overview(|of, _| {
        of.operations.limit.map_or_else(|| "/s".to_owned(), |limit| format!("of {}/s", pace(limit)))
    });
    let day = overview(|of, _| succeeded_share(&of.last_day.outcomes));
    let day_unit = overview(|of, _| match ended(&of.last_day.outcomes) {
        0 => String::new(),
        _ => "% succeeded".to_owned(),
    });
    let day_count = overview(|of, _| count_noun(ended(&of.last_day.outcomes), "device job", "device jobs"));
    let problems = overview(|of, _| count_noun(of.last_day.outcomes.problems(), "problem", "problems"));
    let due = overview(|of, clock| match of.upcoming.first() {
        Some(next) => due_in(next.at, clock.now_or(of.as_of)),
        None => "-".to_owned(),
    });
    let next_at = overview(|of, clock| match of.upcoming.first() {
        Some(next) => {
            format!("{}, {}", next.title, time::hour_minute(next.at, clock.offset_minutes(next.at)))
        }
        None => "nothing is planned".to_owned(),
    });
    let next_href = overview(|of, _| {
        of.upcoming.first().and_then(upcoming::href).unwrap_or_else(|| with_tab("scheduled"))
    });
    view! {
        <dl class="overview__figures" aria-label="Now">
            <Connected view />
            <Stat name="Running">
                <a class="figure__value" href=with_tab("running")>
                    {move || running.get()}
                    " "
                    <span class="figure__unit">{move || jobs.get()}</span>
                </a>
                <span class="figure__note">{move || to_go.get()}</span>
            </Stat>
            <Stat name="Device operations">
                <a class="figure__value" href=with_tab("running")>
                    {move || rate.get()}
                    " "
                    <span class="figure__unit">{move || limit.get()}</span>
                </a>
                <Load view />
            </Stat>
            <Stat name="Last 24 hours">
                <a class="figure__value" href=paths::jobs_of_last_day(false)>
                    {move || day.get()}
                    " "
                    <span class="figure__unit">{move || day_unit.get()}</span>
                </a>
                <span class="figure__note">
                    {move || day_count.get()} ", "
                    <a class="link" href=paths::jobs_of_last_day(true)>
                        {move || problems.get()}
                    </a>
                </span>
            </Stat>
            <Stat name="Next">
                <a class="overview__due" href=move || next_href.get()>
                    <Quantity text=Signal::derive(move || quantity(&due.get())) before=Signal::derive(move || before(&due.get())) />
                </a>
                <span class="figure__note overview__next-name">{move || next_at.get()}</span>
            </Stat>
        </dl>
    }
    .into_any()
}

/// Connected devices now, and over 24 hours.
#[component]
fn Connected(view: Memo<OverviewView>) -> impl IntoView {
    let clock = use_clock();
    // Samples are not kept by scope.
    let of_whom = if use_account().scope().is_some() { " in the whole fleet" } else { "" };
    let now =
        Memo::new(move |_| view.with(|view| view.overview.fleet.connected.map_or("-".to_owned(), grouped)));
    let all = Memo::new(move |_| {
        view.with(|view| {
            view.overview.fleet.devices.map(|all| format!("of {}", grouped(all))).unwrap_or_default()
        })
    });
    let history = Memo::new(move |_| view.with(|view| view.history.clone()));
    let at = move |at| time::hour_minute(at, clock.offset_minutes(at));
    let note = Memo::new(move |_| {
        let part = view.with(|view| {
            let fleet = view.overview.fleet;
            fleet.connected.zip(fleet.devices).map(|(connected, all)| share(connected, all))
        });
        let lowest = history.with(|history| {
            history
                .lowest
                .map(|lowest| format!("lowest{of_whom} {} at {}", grouped(lowest.connected), at(lowest.time)))
        });
        let parts = [part, Some(lowest.unwrap_or_else(|| "measured from the next minute on".to_owned()))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    let label = Memo::new(move |_| {
        history.with(|history| {
            let Some(lowest) = history.lowest else {
                return format!("Connected devices{of_whom} over 24 hours: not measured yet");
            };
            let gaps: Vec<_> =
                history.gaps.iter().map(|gap| format!("{} to {}", at(gap.from), at(gap.to))).collect();
            let gaps = match gaps.as_slice() {
                [] => String::new(),
                gaps => format!(". Not measured from {}", gaps.join(", ")),
            };
            format!(
                "Connected devices{of_whom} over 24 hours: at least {}, at {}{gaps}",
                grouped(lowest.connected),
                at(lowest.time)
            )
        })
    });
    let drawn = Memo::new(move |_| history.with(chart));
    let gaps = Memo::new(move |_| history.with(|history| history.gaps.len() as u64));
    let (width, height) = SIZE;
    view! {
        <div class="figure overview__fleet">
            <dt>"Connected"</dt>
            <dd class="overview__spark">
                <span>
                    <a class="figure__value" href=paths::devices_where(&connected_condition())>
                        {move || now.get()}
                        " "
                        <span class="figure__unit">{move || all.get()}</span>
                    </a>
                    <span class="figure__note">{move || note.get()}</span>
                    {move || {
                        (gaps.get() > 0)
                            .then(|| {
                                view! {
                                    <span class="figure__note overview__gaps">
                                        {count_noun(gaps.get(), "gap, not measured", "gaps, not measured")}
                                    </span>
                                }
                            })
                    }}
                </span>
                <svg
                    class="chart figure__chart"
                    viewBox=format!("0 0 {} {}", fixed(width, 0), fixed(height, 0))
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=move || label.get()
                >
                    <path class="chart__gap" d=move || drawn.with(|drawn| drawn.gaps.clone()) />
                    <path class="chart__area" d=move || drawn.with(|drawn| drawn.area.clone()) />
                    <path class="chart__line" d=move || drawn.with(|drawn| drawn.line.clone()) />
                </svg>
            </dd>
        </div>
    }
    .into_any()
}

/// How much of the hub's limit is used; without a limit what is counted.
#[component]
fn Load(view: Memo<OverviewView>) -> impl IntoView {
    let used = Memo::new(move |_| view.with(|view| used(&view.overview.operations)));
    move || match used.get() {
        Some(percent) => view! {
            <span class="figure__note with-icon overview__load">
                <span class="gauge" aria-hidden="true">
                    <span class="gauge__fill" style:width=format!("{percent}%")></span>
                </span>
                "hub limit"
            </span>
        }
        .into_any(),
        None => view! { <span class="figure__note">"calls and twin writes of jobs"</span> }.into_any(),
    }
}

/// Percent of the limit.
fn used(operations: &Operations) -> Option<u32> {
    let limit = operations.limit.filter(|limit| *limit > 0.0)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a hundred")]
    let percent = (operations.per_second / limit * 100.0).round().clamp(0.0, 100.0) as u32;
    Some(percent)
}

fn with_tab(tab: &str) -> String {
    paths::with_query(paths::JOBS, &[("tab", tab)])
}

fn connected_condition() -> String {
    condition::with("", CONNECTION, Some(&"Connected".into()))
}

/// `in 35 min` without its first word.
fn quantity(due: &str) -> String {
    due.strip_prefix("in ").unwrap_or(due).to_owned()
}

/// The first word of `in 35 min`.
fn before(due: &str) -> String {
    if due.starts_with("in ") { "in".to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_is_a_share_of_the_limit() {
        let of = |per_second, limit| used(&Operations { per_second, limit });
        assert_eq!(
            [of(188.0, Some(200.0)), of(500.0, Some(200.0)), of(1.0, None), of(1.0, Some(0.0))],
            [Some(94), Some(100), None, None]
        );
        assert_eq!(
            (quantity("in 2 h 5 min"), before("in 2 h"), before("now")),
            ("2 h 5 min".into(), "in".into(), String::new())
        );
        assert_eq!(connected_condition(), "connectionState = 'Connected'");
    }
}
