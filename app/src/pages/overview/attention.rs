//! What a person has to look at.

use console_wire::overview::Attention;
use leptos::prelude::*;

use super::{Nothing, PanelHeader};
use crate::{
    api::overview::OverviewView,
    format::{
        number::grouped,
        overview::{AttentionText, age, attention},
        time,
    },
    kit::{Icon, clock::use_clock},
    paths,
};

const NOTHING: &str = "Nothing needs attention. Jobs of the last 24 hours with failures are listed here with their most frequent \
    cause, jobs that wait for a person, paused schedules, devices \
    that were refused in the last hour, and a hub that cannot be reached or refuses calls.";

#[component]
pub(super) fn NeedsAttention(view: Memo<OverviewView>) -> impl IntoView {
    let entries = Memo::new(move |_| view.with(|view| view.overview.attention.clone()));
    let count = Memo::new(move |_| view.with(|view| view.overview.attention_count));
    let note = Signal::derive(move || match count.get() {
        0 => String::new(),
        count => grouped(count),
    });
    let more = move || {
        let hidden = count.get().saturating_sub(entries.with(|entries| entries.len() as u64));
        (hidden > 0).then(|| {
            view! {
                <p class="overview__more">
                    <a class="link field__hint" href=paths::jobs_of_last_day(true)>
                        {format!("{} more", grouped(hidden))}
                    </a>
                </p>
            }
        })
    };
    view! {
        <section class="panel overview__attention" aria-labelledby="attention-title">
            <PanelHeader id="attention-title" title="Needs attention" note />
            {move || {
                if entries.with(Vec::is_empty) {
                    return view! { <Nothing text=NOTHING /> }.into_any();
                }
                let items =
                    entries.get().into_iter().map(|entry| view! { <Item entry view /> }).collect::<Vec<_>>();
                view! { <ul class="attention">{items}</ul> }.into_any()
            }}
            {more}
        </section>
    }
    .into_any()
}

#[component]
fn Item(entry: Attention, view: Memo<OverviewView>) -> impl IntoView {
    let clock = use_clock();
    let AttentionText { icon, status, what, href, rest, why } = attention(&entry);
    let since = entry.since;
    let now = move || clock.now_or(view.with(|view| view.overview.as_of));
    view! {
        <li class="attention__item" data-status=status>
            <span class="status" data-status=status>
                <Icon name=icon />
            </span>
            <div class="attention__text">
                <p>
                    <a class="attention__what" href=href>
                        {what}
                    </a>
                    " "
                    {rest}
                </p>
                <p class="attention__why">{why}</p>
            </div>
            <time datetime=time::machine(since) title=move || time::absolute(since, clock.offset_minutes(since))>
                {move || age(since, now())}
            </time>
        </li>
    }
    .into_any()
}
