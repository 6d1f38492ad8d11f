//! Pause, and the dialogs of pause and next wave. Without scripts a dialog is opened by `ask` in the address.

use console_wire::{
    access::Action,
    job::JobSummary,
    rollout::{MAX_COMMENT, Phase},
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;
use serde::de::DeserializeOwned;

use super::super::context::{JobPage, use_job_page};
use crate::{
    account::use_account,
    api::rollout::{PauseJob, ResumeJob, StartNextWave},
    error::ApiError,
    format::{number::devices, rollout::run},
    forms::PostForm,
    kit::{ConfirmDialog, ConfirmQuestion, ErrorPanel, Icon, PermissionNote},
    paths,
};

/// What a dialog asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages::job_detail) enum RolloutDialog {
    /// Whether to pause.
    Pause,
    /// Whether to start the next wave.
    NextWave,
}

impl RolloutDialog {
    /// The word in addresses.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::NextWave => "next-wave",
        }
    }

    /// By the word in addresses.
    fn from_address(word: &str) -> Option<Self> {
        [Self::Pause, Self::NextWave].into_iter().find(|ask| ask.as_str() == word)
    }
}

/// The commands of a rollout.
#[derive(Clone, Copy)]
pub(in crate::pages::job_detail) struct RolloutCommands {
    pub(in crate::pages::job_detail) pause: ServerAction<PauseJob>,
    pub(in crate::pages::job_detail) resume: ServerAction<ResumeJob>,
    pub(in crate::pages::job_detail) next_wave: ServerAction<StartNextWave>,
    /// The dialog that is open.
    pub(in crate::pages::job_detail) ask: RwSignal<Option<RolloutDialog>>,
}

impl RolloutCommands {
    /// No command was given yet.
    pub(in crate::pages::job_detail) fn new() -> Self {
        Self {
            pause: ServerAction::new(),
            resume: ServerAction::new(),
            next_wave: ServerAction::new(),
            ask: RwSignal::new(None),
        }
    }

    /// Opens the dialog that the address names, of a job that has not ended.
    pub(in crate::pages::job_detail) fn open_dialog_of_address(self, job: &JobSummary) {
        let word = use_query_map().with_untracked(|query| query.get("ask"));
        let ask = word.and_then(|word| RolloutDialog::from_address(&word));
        self.ask.set(ask.filter(|_| !job.status.is_terminal()));
    }

    /// Changes whenever a command was answered.
    pub(in crate::pages::job_detail) fn version(self) -> usize {
        self.pause.version().get() + self.resume.version().get() + self.next_wave.version().get()
    }
}

/// The button that pauses, in the header; nothing for a job without a rollout.
#[component]
pub(in crate::pages::job_detail) fn RolloutButtons() -> impl IntoView {
    let JobPage { rollout, job, commands, .. } = use_job_page();
    let phase =
        Memo::new(move |_| rollout.with(|rollout| rollout.as_ref().map(|rollout| rollout.summary.phase)));
    let is_allowed = use_account().may(Action::JobHandle);
    let ask = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        commands.ask.set(Some(RolloutDialog::Pause));
    };
    let is_shown = Memo::new(move |_| {
        phase.with(|phase| {
            phase.is_some_and(|phase| !matches!(phase, Phase::Ended(_) | Phase::AwaitingApproval))
        })
    });
    let is_running = Memo::new(move |_| phase.get() == Some(Phase::Running));
    move || {
        is_shown.get().then(|| {
            view! {
                <form method="get" action=move || job.with(|job| paths::job(&job.job_id))>
                    <input type="hidden" name="ask" value=RolloutDialog::Pause.as_str() />
                    <button class="button" type="submit" disabled=move || !is_allowed || !is_running.get() on:click=ask>
                        <Icon name="pause" />
                        "Pause…"
                    </button>
                </form>
                <PermissionNote action=Action::JobHandle />
            }
        })
    }
}

/// Both dialogs.
#[component]
pub(in crate::pages::job_detail) fn RolloutDialogs() -> impl IntoView {
    let JobPage { rollout, job, commands, .. } = use_job_page();
    let wave = Memo::new(move |before: Option<&usize>| {
        let now = rollout.with(|rollout| rollout.as_ref().and_then(|rollout| run::next_wave(rollout).ok()));
        now.or_else(|| before.copied()).unwrap_or_default()
    });
    let queued = Memo::new(move |_| job.with(|job| job.outcomes.queued));
    view! {
        <CommandDialog
            ask=RolloutDialog::Pause
            action=commands.pause
            title=Signal::stored("Pause this job?".to_owned())
            button=Signal::stored("Pause job".to_owned())
            dismiss="Keep it running"
        >
            <p>
                {move || format!("{} queued stay queued. What is in flight goes on and is counted. The end time goes on too.", devices(queued.get()))}
            </p>
        </CommandDialog>
        <CommandDialog
            ask=RolloutDialog::NextWave
            action=commands.next_wave
            title=Signal::derive(move || format!("Start wave {} now?", wave.get()))
            button=Signal::derive(move || format!("Start wave {}", wave.get()))
            dismiss="Wait for the gate"
        >
            <p>"It does not wait for the gate, nor for devices that have not connected. They are still called when they connect."</p>
        </CommandDialog>
    }
    .into_any()
}

/// A dialog with a comment.
#[component]
fn CommandDialog<F>(
    ask: RolloutDialog,
    action: ServerAction<F>,
    title: Signal<String>,
    button: Signal<String>,
    dismiss: &'static str,
    children: Children,
) -> impl IntoView
where
    F: ServerFn<Error = ApiError> + DeserializeOwned + Clone + Send + Sync + 'static,
    F::Output: Send + Sync + Clone + 'static,
{
    let JobPage { job, commands, .. } = use_job_page();
    let asked = commands.ask;
    Effect::new(move |_| {
        if matches!(action.value().get(), Some(Ok(_))) {
            asked.set(None);
        }
    });
    let job_id = move || job.with(|job| job.job_id.clone());
    let is_open = Signal::derive(move || asked.get() == Some(ask));
    let close = Callback::new(move |()| asked.update(|asked| *asked = asked.filter(|other| *other != ask)));
    let (title_id, comment_id) = match ask {
        RolloutDialog::Pause => ("pause-title", "pause-comment"),
        RolloutDialog::NextWave => ("next-wave-title", "next-wave-comment"),
    };
    let confirm = view! {
        <button class="button button--primary" type="submit" disabled=move || action.pending().get()>
            {move || button.get()}
        </button>
    };
    view! {
        <ConfirmDialog title_id is_open on_close=close>
            <PostForm action>
                <input type="hidden" name="job_id" value=untrack(job_id) prop:value=job_id />
                <ConfirmQuestion title_id title dismiss dismiss_type="submit" on_dismiss=close confirm=confirm.into_any()>
                    {children()}
                    <div class="field">
                        <label class="field__label" for=comment_id>
                            "Comment (optional)"
                        </label>
                        <input
                            class="input"
                            type="text"
                            id=comment_id
                            name="comment"
                            maxlength=MAX_COMMENT.to_string()
                            autocomplete="off"
                        />
                    </div>
                    {move || action.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
                </ConfirmQuestion>
            </PostForm>
        </ConfirmDialog>
    }
    .into_any()
}
