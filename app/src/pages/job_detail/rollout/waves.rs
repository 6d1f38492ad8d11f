//! The waves beside each other. Their counts sum to the job's, since they are of the same snapshot.

use console_wire::{
    access::Action,
    outcome::{Outcome, Outcomes},
    rollout::Rollout,
};
use leptos::prelude::*;

use super::{
    super::context::{JobPage, use_job_page},
    commands::RolloutDialog,
    figures::Figures,
};
use crate::{
    account::use_account,
    format::{
        number::grouped,
        outcome,
        rollout::{
            self as words,
            run::{self, Words},
        },
    },
    kit::{BadgeView, Icon, PermissionNote, ProgressBar, TimeFormat, TimeText},
    paths,
};

/// Most waves on the page at once: of more, those around the current one.
const MOST: usize = 6;

/// Figures, the strip of waves, and the button that starts the next one.
#[component]
pub(super) fn WavesPanel() -> impl IntoView {
    let rollout = use_job_page().rollout;
    let has_waves =
        Memo::new(move |_| rollout.with(|rollout| rollout.as_ref().is_some_and(|it| !it.waves.is_empty())));
    move || has_waves.get().then(|| view! { <Panel /> })
}

#[component]
fn Panel() -> impl IntoView {
    let rollout = use_job_page().rollout;
    let shown = Memo::new(move |_| rollout.with(|rollout| rollout.as_ref().map(shown).unwrap_or_default()));
    let folded = Memo::new(move |_| {
        let all = rollout.with(|rollout| rollout.as_ref().map_or(0, |rollout| rollout.waves.len()));
        all - shown.with(Vec::len)
    });
    let many =
        Memo::new(move |_| rollout.with(|rollout| rollout.as_ref().is_some_and(|it| it.waves.len() > 1)));
    view! {
        <section class="rollout" aria-labelledby="waves-title">
            <h2 class="visually-hidden" id="waves-title">
                "Waves"
            </h2>
            <Figures />
            <ol class="waves" aria-label="Waves" hidden=move || !many.get()>
                <For each=move || shown.get() key=|wave| *wave let:wave>
                    <Wave wave />
                </For>
            </ol>
            <p class="field__hint" hidden=move || folded.get() == 0>
                {move || format!("{} more waves are not shown.", grouped(folded.get() as u64))}
            </p>
            <div hidden=move || !many.get()>
                <NextWave />
            </div>
        </section>
    }
    .into_any()
}

/// The waves around the current one: three before, two after.
fn shown(rollout: &Rollout) -> Vec<usize> {
    let (all, current) = (rollout.waves.len(), rollout.summary.wave);
    let first = current.saturating_sub(3).min(all.saturating_sub(MOST));
    (first..all.min(first + MOST)).collect()
}

/// One wave.
#[component]
fn Wave(wave: usize) -> impl IntoView {
    let JobPage { rollout, as_of, .. } = use_job_page();
    let outcomes = Memo::new(move |before: Option<&Outcomes>| {
        let now = rollout.with(|rollout| rollout.as_ref()?.waves.get(wave).map(|wave| wave.outcomes));
        now.or_else(|| before.copied()).unwrap_or_default()
    });
    let read = move |part: fn(&Rollout, usize) -> Words| {
        rollout.with(|rollout| rollout.as_ref().map(|rollout| part(rollout, wave)).unwrap_or_default())
    };
    let words = Memo::new(move |_| read(run::wave_words));
    let queued = outcome::badge(Outcome::Queued);
    let badge =
        Signal::derive(move || rollout.with(|it| it.as_ref().map_or(queued, |it| run::wave_badge(it, wave))));
    let mark =
        Signal::derive(move || rollout.with(|it| it.as_ref().map_or(queued, |it| run::gate_mark(it, wave))));
    let is_last =
        Memo::new(move |_| rollout.with(|it| it.as_ref().is_none_or(|it| wave + 1 >= it.waves.len())));
    let is_current = Memo::new(move |_| {
        rollout.with(|it| {
            it.as_ref().is_some_and(|it| {
                it.summary.wave == wave && !matches!(it.summary.phase, console_wire::rollout::Phase::Ended(_))
            })
        })
    });
    let size = Memo::new(move |_| {
        rollout.with(|it| {
            it.as_ref()
                .and_then(|it| it.settings.waves.get(wave))
                .map_or_else(|| "the rest".to_owned(), |wave| words::waves::size(&wave.size))
        })
    });
    view! {
        <li class="wave" aria-current=move || is_current.get().then_some("step")>
            <div class="wave__head">
                <h3>{format!("Wave {} ", wave + 1)} <span class="wave__size">{move || size.get()}</span></h3>
                <BadgeView badge />
            </div>
            <p class="wave__count">
                <span>
                    {move || grouped(outcomes.get().finished())} " "
                    <span class="figure__unit">{move || format!("of {}", grouped(outcomes.get().total()))}</span>
                </span>
                <Tallies outcomes />
            </p>
            <ProgressBar outcomes />
            <p class="wave__gate">
                {move || words.get().text} " "
                {move || words.get().at.map(|at| view! { <TimeText at as_of style=TimeFormat::Clock /> })}
            </p>
            <span class="wave__mark" hidden=move || is_last.get() data-status=move || mark.get().status>
                <Icon name=Signal::derive(move || mark.get().icon) />
                <span class="visually-hidden">{move || mark.get().label}</span>
            </span>
        </li>
    }
    .into_any()
}

/// Problems by kind.
#[component]
fn Tallies(outcomes: Memo<Outcomes>) -> impl IntoView {
    let shown = [Outcome::Failed, Outcome::TimedOut, Outcome::NotOnline, Outcome::Interrupted];
    let tallies = shown.map(|state| {
        let count = Memo::new(move |_| outcomes.with(|outcomes| outcomes.get(state)));
        let badge = outcome::badge(state);
        view! {
            <span class="tally" data-status=badge.status hidden=move || count.get() == 0>
                <Icon name=badge.icon />
                {move || grouped(count.get())}
                <span class="visually-hidden">" " {badge.label.to_ascii_lowercase()}</span>
            </span>
        }
    });
    view! { <span class="tally-list">{Vec::from(tallies)}</span> }.into_any()
}

/// Starts the next wave before its gate does.
#[component]
fn NextWave() -> impl IntoView {
    let JobPage { rollout, job, commands, .. } = use_job_page();
    let state = Memo::new(move |_| {
        rollout.with(|rollout| rollout.as_ref().map_or(Err("The job is not running."), run::next_wave))
    });
    let is_over = Memo::new(move |_| job.with(|job| job.status.is_terminal()));
    let is_allowed = use_account().may(Action::JobHandle);
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        commands.ask.set(Some(RolloutDialog::NextWave));
    };
    view! {
        <form
            class="rollout__next"
            method="get"
            action=move || job.with(|job| paths::job(&job.job_id))
            hidden=move || is_over.get()
        >
            <input type="hidden" name="ask" value=RolloutDialog::NextWave.as_str() />
            <button
                class="button button--small"
                type="submit"
                disabled=move || !is_allowed || state.with(Result::is_err)
                on:click=ask
            >
                <Icon name="skip-forward" />
                {move || state.with(|state| state.map_or_else(|_| "Start next wave".to_owned(), |wave| format!("Start wave {wave} now…")))}
            </button>
            <span class="field__hint">{move || state.with(|state| state.err().unwrap_or_default())}</span>
            <PermissionNote action=Action::JobHandle />
        </form>
    }
    .into_any()
}
