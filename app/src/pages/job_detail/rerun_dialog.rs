//! Rerunning some of a job's devices. Simulated devices start at once; on real ones the page asks first, as the form of a
//! new job does. Without scripts the question is the page itself, opened by `rerun` in the address.

use console_wire::{cause::Cause, outcome::Outcomes};
use leptos::prelude::*;

use super::context::{JobPage, use_job_page};
use crate::{
    format::{
        number::is_typed,
        rerun::{self, Part},
    },
    forms::PostForm,
    kit::{ConfirmDialog, ConfirmNumber, ConfirmQuestion, ErrorPanel, dom},
    paths,
};

/// More devices than this have to be typed.
const MANY: u64 = 1000;

/// A rerun that is to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RerunQuestion {
    part: Part,
    count: u64,
}

impl RerunQuestion {
    /// The question that an address asks; `None` where no device would run again.
    pub(super) fn from_address(word: &str, outcomes: &Outcomes, causes: &[Cause]) -> Option<Self> {
        let part = Part::from_address(word)?;
        let count = part.count(outcomes, causes);
        (count > 0).then_some(Self { part, count })
    }
}

/// A form with a button that reruns a part of the devices.
#[component]
pub(super) fn RerunForm(
    /// Which devices.
    part: Part,
    /// How many they are.
    count: Memo<u64>,
    children: Children,
) -> impl IntoView {
    let JobPage { url, rerun, to_rerun, is_simulated, .. } = use_job_page();
    if is_simulated {
        return view! {
            <PostForm action=rerun>
                <Fields part=Signal::stored(part) />
                {children()}
            </PostForm>
        }
        .into_any();
    }
    let word = part.to_address();
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        to_rerun.set(Some(RerunQuestion { part: part.clone(), count: count.get_untracked() }));
    };
    view! {
        <form method="get" action=move || url.job_id.with(|job_id| paths::job(job_id)) on:submit=ask>
            <input type="hidden" name="rerun" value=word />
            {children()}
        </form>
    }
    .into_any()
}

/// The arguments of the server function.
#[component]
fn Fields(part: Signal<Part>) -> impl IntoView {
    let url = use_job_page().url;
    let state = move || part.with(|part| part.state().to_owned());
    let cause = move || part.with(|part| part.cause().to_owned());
    view! {
        <input type="hidden" name="job_id" value=move || url.job_id.get() />
        <input type="hidden" name="state" value=untrack(state) prop:value=state />
        <input type="hidden" name="cause" value=untrack(cause) prop:value=cause />
    }
}

/// Asks before devices act again; open while there is a question.
#[component]
pub(super) fn RerunDialog() -> impl IntoView {
    let JobPage { job, rerun, to_rerun, .. } = use_job_page();
    let typed = RwSignal::new(String::new());
    let is_interactive = dom::use_interactive();
    let part = Signal::derive(move || {
        to_rerun.with(|question| question.as_ref().map_or(Part::State(""), |question| question.part.clone()))
    });
    let count = Memo::new(move |_| to_rerun.with(|question| question.as_ref().map_or(0, |it| it.count)));
    Effect::new(move |_| {
        to_rerun.track();
        typed.set(String::new());
    });
    let words = Memo::new(move |_| job.with(|job| rerun::question(job, count.get())));
    let is_unconfirmed =
        move || is_interactive.get() && count.get() > MANY && !typed.with(|text| is_typed(text, count.get()));
    let close = Callback::new(move |()| to_rerun.set(None));
    let confirm = view! {
        <button
            class="button button--primary"
            type="submit"
            disabled=move || rerun.pending().get() || is_unconfirmed()
        >
            {move || words.with(|(_, button)| button.clone())}
        </button>
    };
    view! {
        <ConfirmDialog
            title_id="rerun-title"
            is_open=Signal::derive(move || to_rerun.with(Option::is_some))
            on_close=close
        >
            <PostForm action=rerun>
                <Fields part />
                <ConfirmQuestion
                    title_id="rerun-title"
                    title=Signal::derive(move || words.with(|(title, _)| title.clone()))
                    dismiss="Do not rerun"
                    dismiss_type="submit"
                    on_dismiss=close
                    confirm=confirm.into_any()
                >
                    <p>{move || part.with(rerun::consequence)}</p>
                    {move || {
                        (count.get() > MANY)
                            .then(|| view! { <ConfirmNumber id="rerun-number" number=count typed /> })
                    }}
                    {move || rerun.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
    }
    .into_any()
}
