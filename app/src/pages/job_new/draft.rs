//! The form while it is being filled in: its fields, what is wrong with them, and when to count its target.

use console_wire::{
    problem::FieldError,
    target::{Preview, PreviewRequest},
};
use leptos::prelude::*;

use crate::{
    api::{
        ApiError,
        job_create::{CreateJob, Opening},
        templates::Sources,
    },
    browser,
    clock::{Clock, use_clock},
    job_form::{ActionKind, JobForm},
    reactive::{effect, memo},
};

/// Pause in typing after which devices are counted again, in milliseconds.
const TYPING_PAUSE: u64 = 400;

/// Who would be addressed; nothing while there is nothing to count.
pub(super) type PreviewResource = Resource<Option<Result<Preview, ApiError>>>;
/// What the form can be filled from.
pub(super) type SourcesResource = Resource<Result<Sources, ApiError>>;

/// The fields and what is known about them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    /// All fields but the payload, which its editor owns.
    pub(super) fields: RwSignal<JobForm>,
    /// The payload.
    pub(super) payload: RwSignal<String>,
    /// The form as it was opened.
    pub(super) opened: RwSignal<JobForm>,
    /// Why the server refused it, until it is sent again.
    pub(super) refused: Signal<Option<ApiError>>,
    /// Whether the hub refuses the query as it was last counted.
    pub(super) is_query_wrong: RwSignal<bool>,
    /// Whether the browser has taken over.
    pub(super) is_interactive: ReadSignal<bool>,
    /// Whether it has been sent, or is given up: nobody is asked any more.
    pub(super) is_done: RwSignal<bool>,
    refused_before: RwSignal<Option<ApiError>>,
    errors: Memo<Vec<FieldError>>,
    clock: Clock,
}

impl Draft {
    /// An open form.
    pub(super) fn new(form: JobForm, create: ServerAction<CreateJob>) -> Self {
        let refused_before = RwSignal::new(None::<ApiError>);
        let refused = Signal::derive(move || match create.value().get() {
            Some(Err(error)) => Some(error),
            Some(Ok(_)) => None,
            None => refused_before.get(),
        });
        let payload = RwSignal::new(form.payload.clone());
        let opened = RwSignal::new(form.clone());
        let fields = RwSignal::new(form);
        let is_interactive = browser::use_interactive();
        let is_done = RwSignal::new(false);
        effect(move || {
            if matches!(create.value().get(), Some(Ok(_))) {
                is_done.set(true);
            }
        });
        let errors = memo(move || {
            let mut form = fields.get();
            form.payload = payload.get();
            form.to_new_job().err().unwrap_or_default()
        });
        let is_query_wrong = RwSignal::new(false);
        let clock = use_clock();
        Self {
            fields,
            payload,
            opened,
            refused,
            is_query_wrong,
            is_interactive,
            is_done,
            refused_before,
            errors,
            clock,
        }
    }

    /// Fills the form in.
    pub(super) fn open(self, opening: Opening) {
        self.payload.set(opening.form.payload.clone());
        self.opened.set(opening.form.clone());
        self.fields.set(opening.form);
        self.refused_before.set(opening.refused);
        self.is_done.set(false);
    }

    /// The whole form.
    pub(super) fn form(self) -> JobForm {
        let mut form = self.fields.get();
        form.payload = self.payload.get();
        if self.is_interactive.get() && form.when == "later" {
            form.zone = browser::zone_offset_at_local(&form.start).to_string();
        }
        form
    }

    /// Whether anything has been changed since it was opened.
    pub(super) fn is_dirty(self) -> bool {
        !self.is_done.get()
            && self.opened.with(|opened| {
                self.payload.with(|payload| *payload != opened.payload)
                    || self.fields.with(|fields| {
                        JobForm { payload: String::new(), ..fields.clone() }
                            != JobForm { payload: String::new(), ..opened.clone() }
                    })
            })
    }

    /// Everything that keeps it from being sent, as far as we can tell.
    pub(super) fn errors(self) -> Vec<FieldError> {
        let mut errors = self.errors.get();
        errors.extend(self.start_problem());
        errors
    }

    fn start_problem(self) -> Option<FieldError> {
        if !self.is_interactive.get() || !self.fields.with(|form| form.when == "later") {
            return None;
        }
        self.form().start_problem(self.clock.now()?)
    }

    /// What is wrong with a field: as the server said, or as we find once something is written in it.
    pub(super) fn problem(self, field: &'static str) -> Signal<Option<FieldError>> {
        Signal::derive(move || {
            let refused = self.refused.with(|refused| refused.as_ref()?.field(field).cloned());
            if refused.is_some() || !self.is_interactive.get() || self.is_empty(field) {
                return refused;
            }
            let own = self.errors.with(|errors| errors.iter().find(|error| error.field == field).cloned());
            own.or_else(|| if field == "startTime" { self.start_problem() } else { None })
        })
    }

    fn is_empty(self, field: &str) -> bool {
        if field == "payload" {
            return self.payload.with(|payload| payload.trim().is_empty());
        }
        self.fields.with(|form| {
            let text = match field {
                "methodName" => &form.method,
                "queryCondition" => &form.query,
                "deviceIds" => &form.devices,
                "deviceId" => &form.device,
                "startTime" => &form.start,
                _ => return false,
            };
            text.trim().is_empty()
        })
    }

    /// What is asked of each device.
    pub(super) fn kind(self) -> Memo<ActionKind> {
        memo(move || self.fields.with(JobForm::action))
    }
}

/// Which target is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Counted {
    /// That of the form as it was opened.
    #[default]
    AsOpened,
    /// What somebody has changed it to; nothing while there is nothing to count.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "on the server nobody types"))]
    Changed(Option<PreviewRequest>),
}

/// What to count: changes with a target once somebody has stopped typing.
pub(super) fn count_while_typing(draft: Draft) -> RwSignal<Counted> {
    let counted = RwSignal::new(Counted::AsOpened);
    let wanted = memo(move || draft.fields.with(JobForm::preview_request));
    #[cfg(feature = "hydrate")]
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        let wanted = wanted.get();
        if let Some(waiting) = before.flatten() {
            waiting.clear();
        }
        let is_counted = counted.with_untracked(|counted| match counted {
            Counted::Changed(counted) => *counted == wanted,
            Counted::AsOpened => draft.opened.with_untracked(JobForm::preview_request) == wanted,
        });
        if is_counted {
            return None;
        }
        let count = move || counted.set(Counted::Changed(wanted));
        set_timeout_with_handle(count, std::time::Duration::from_millis(TYPING_PAUSE)).ok()
    });
    let _ = (wanted, TYPING_PAUSE);
    counted
}
