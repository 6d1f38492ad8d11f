//! The state of the form: its fields, their errors, and when to count the target.

use console_wire::{
    problem::FieldError,
    target::{Preview, PreviewRequest},
};
use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        job_create::{CreateJob, Opening},
        templates::Sources,
    },
    data::page_data::PageData,
    error::ApiError,
    format::time,
    forms::job::{
        ActionKind, JobForm,
        caution::TargetCount,
        form_field, payload_notice,
        rollout::{PREFIX, Part},
    },
    kit::{
        clock::{Clock, Zone, use_clock},
        dom,
    },
};

/// Pause in typing after which the target is counted, in milliseconds.
const TYPING_PAUSE: u64 = 400;

/// The preview of the target; `None` while there is none to count.
pub(super) type PreviewResource = PageData<Option<Previewed>>;

/// A target that was counted, or was not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Previewed {
    /// The target.
    pub(super) request: PreviewRequest,
    /// Its devices.
    pub(super) result: Result<Preview, ApiError>,
}

impl Previewed {
    /// The devices, if they were counted.
    pub(super) fn counted(&self) -> Option<TargetCount> {
        self.result.as_ref().ok().map(TargetCount::from)
    }

    /// Whether the hub refused the query.
    pub(super) fn is_query_wrong(&self) -> bool {
        matches!(&self.result, Err(error) if !error.0.errors.is_empty())
    }
}

/// Recent jobs and templates that the form can be filled from.
pub(super) type SourcesResource = PageData<Result<Sources, ApiError>>;

/// The fields and their errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct FormState {
    /// All fields but the payload.
    pub(super) fields: RwSignal<JobForm>,
    /// The payload, apart because its editor owns it.
    pub(super) payload: RwSignal<String>,
    /// The form as it was opened.
    pub(super) opened: RwSignal<Opening>,
    /// Why the server refused it, until it is sent again.
    pub(super) refused: Signal<Option<ApiError>>,
    /// Why the server refused the plain form that this one was opened from.
    pub(super) refused_before: RwSignal<Option<ApiError>>,
    /// Whether the hub refused the query of the last preview.
    pub(super) is_query_wrong: RwSignal<bool>,
    /// Whether the page is hydrated.
    pub(super) is_interactive: ReadSignal<bool>,
    /// How many devices the last preview counted.
    pub(super) counted: RwSignal<Option<u64>>,
    /// Whether another person has to approve the job as it is.
    pub(super) needs_approval: RwSignal<bool>,
    /// The form on the page.
    pub(super) node: NodeRef<html::Form>,
    /// Whether it was sent or discarded, so that leaving needs no confirmation.
    pub(super) is_done: RwSignal<bool>,
    /// The request for the preview of the target as it is now.
    wanted: Memo<Option<PreviewRequest>>,
    errors: Memo<Vec<FieldError>>,
    clock: Clock,
}

impl FormState {
    /// An open form.
    pub(super) fn new(form: JobForm, create: ServerAction<CreateJob>) -> Self {
        let refused_before = RwSignal::new(None::<ApiError>);
        let refused = Signal::derive(move || match create.value().get() {
            Some(Err(error)) => Some(error),
            Some(Ok(_)) => None,
            None => refused_before.get(),
        });
        let payload = RwSignal::new(form.payload.clone());
        let opened = RwSignal::new(Opening::of(form.clone(), ""));
        let fields = RwSignal::new(form);
        let is_interactive = dom::use_interactive();
        let is_done = RwSignal::new(false);
        Effect::new(move |_| match create.value().get() {
            Some(Ok(_)) => is_done.set(true),
            // To the first field at fault, in the order of the form.
            Some(Err(error)) => {
                let at_fault = |(field, _): &&(&str, &str)| {
                    error.0.errors.iter().any(|error| form_field(&error.field) == *field)
                };
                let part = || error.0.errors.iter().find_map(|error| Part::of_member(&error.field));
                if let Some((_, id)) = FIELDS.iter().find(at_fault) {
                    dom::focus(id);
                } else if let Some(part) = part() {
                    dom::focus(&format!("setting-{}", part.as_str()));
                }
            }
            None => {}
        });
        let errors = Memo::new(move |_| {
            let mut form = fields.get();
            form.payload = payload.get();
            form.to_new_job().err().unwrap_or_default()
        });
        let wanted = Memo::new(move |_| fields.with(JobForm::preview_request));
        let is_query_wrong = RwSignal::new(false);
        let clock = use_clock();
        let state = Self {
            fields,
            payload,
            opened,
            refused,
            is_query_wrong,
            is_interactive,
            counted: RwSignal::new(None),
            needs_approval: RwSignal::new(false),
            node: NodeRef::new(),
            is_done,
            refused_before,
            wanted,
            errors,
            clock,
        };
        Effect::new(move |_| state.show_start());
        state
    }

    /// Fills the form in.
    pub(super) fn open(self, opening: Opening) {
        self.payload.set(opening.form.payload.clone());
        self.fields.set(opening.form.clone());
        self.refused_before.set(opening.refused.clone());
        self.opened.set(opening);
        untrack(|| self.show_start());
        self.is_done.set(false);
    }

    /// Writes the start of the job that is changed in the zone of the page, unless it was typed over.
    fn show_start(self) {
        let opened = self.opened.with(|opened| Some((opened.start?, opened.form.start.clone())));
        let Some((start, opened)) = opened else { return };
        let text = time::typed(start, self.clock.offset_minutes(start));
        if text != opened && self.fields.with_untracked(|form| form.start == opened) {
            self.opened.update(|opened| opened.form.start.clone_from(&text));
            self.fields.update(|form| form.start = text);
        }
    }

    /// The whole form.
    pub(super) fn form(self) -> JobForm {
        let mut form = self.fields.get();
        form.payload = self.payload.get();
        if self.is_interactive.get() && form.when == "later" {
            form.zone = self.zone_offset().to_string();
        }
        form
    }

    /// Minutes that the page's zone is ahead of UTC at the start.
    pub(super) fn zone_offset(self) -> i32 {
        let wall_time = self.fields.with(|form| time::wall_time(&form.start));
        match (self.clock.zone(), wall_time) {
            (Zone::Utc, _) => 0,
            (Zone::Local, Some(start)) => dom::zone_offset_at_local(&start),
            (Zone::Local, None) => self.clock.now().map_or(0, |now| self.clock.offset_minutes(now)),
        }
    }

    /// Whether the target has been changed since this preview.
    pub(super) fn is_outdated(self, previewed: Option<&Previewed>) -> bool {
        self.wanted.with(|wanted| wanted.as_ref() != previewed.map(|previewed| &previewed.request))
    }

    /// Whether anything has been changed since it was opened.
    pub(super) fn is_dirty(self) -> bool {
        !self.is_done.get()
            && self.opened.with(|Opening { form: opened, .. }| {
                self.payload.with(|payload| *payload != opened.payload)
                    || self.fields.with(|fields| {
                        JobForm { payload: String::new(), ..fields.clone() }
                            != JobForm { payload: String::new(), ..opened.clone() }
                    })
            })
    }

    /// All errors that the browser can find.
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

    /// A field's error: the server's, or the browser's own once the field is not empty.
    pub(super) fn problem(self, field: &'static str) -> Signal<Option<FieldError>> {
        Signal::derive(move || {
            let refused = self.refused.with(|refused| {
                let mut errors = refused.as_ref()?.0.errors.iter();
                errors.find(|error| form_field(&error.field) == field).cloned()
            });
            if refused.is_some() || !self.is_interactive.get() || self.is_empty(field) {
                return refused;
            }
            let own = self.errors.with(|errors| errors.iter().find(|error| error.field == field).cloned());
            own.or_else(|| if field == "startTime" { self.start_problem() } else { None })
        })
    }

    /// The error of a field of the rollout: the server's, or the browser's own once the field is not empty.
    pub(super) fn rollout_problem(self, member: String, value: Signal<String>) -> Signal<Option<FieldError>> {
        let member = format!("{PREFIX}{member}");
        Signal::derive(move || {
            let of_field = |error: &&FieldError| error.field == member;
            let refused =
                self.refused.with(|refused| refused.as_ref()?.0.errors.iter().find(of_field).cloned());
            if refused.is_some() || !self.is_interactive.get() || value.with(|value| value.trim().is_empty())
            {
                return refused;
            }
            self.errors.with(|errors| errors.iter().find(of_field).cloned())
        })
    }

    /// All errors of a part of the rollout.
    pub(super) fn rollout_errors(self, part: Part) -> Vec<FieldError> {
        let is_of = |error: &&FieldError| Part::of_member(&error.field) == Some(part);
        let mut errors: Vec<_> = self.refused.with(|refused| {
            refused.iter().flat_map(|error| &error.0.errors).filter(is_of).cloned().collect()
        });
        if errors.is_empty() && self.is_interactive.get() {
            errors = self.errors.with(|errors| errors.iter().filter(is_of).cloned().collect());
        }
        errors
    }

    /// Whether the server refused a part of the rollout.
    pub(super) fn is_part_refused(self, part: Part) -> bool {
        self.refused.with(|refused| {
            let mut errors = refused.iter().flat_map(|error| &error.0.errors);
            errors.any(|error| Part::of_member(&error.field) == Some(part))
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
                "groupId" => &form.group,
                "startTime" => &form.start,
                _ => return false,
            };
            text.trim().is_empty()
        })
    }

    /// A notice that an outer level of the payload is removed.
    pub(super) fn payload_notice(self) -> Option<String> {
        self.fields
            .with(|form| self.payload.with(|payload| payload_notice(form.action(), &form.method, payload)))
    }

    /// The action.
    pub(super) fn kind(self) -> Memo<ActionKind> {
        Memo::new(move |_| self.fields.with(JobForm::action))
    }
}

/// The fields with errors, and the ids of their elements, in the order of the form.
const FIELDS: [(&str, &str); 10] = [
    ("methodName", "method"),
    ("payload", "payload"),
    ("queryCondition", "query"),
    ("deviceIds", "devices"),
    ("deviceId", "device"),
    ("groupId", "group"),
    ("startTime", "start"),
    ("connectTimeoutInSeconds", "connect"),
    ("responseTimeoutInSeconds", "answer"),
    ("maxExecutionTimeInSeconds", "limit"),
];

/// The target that is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum PreviewTarget {
    /// The target of the form as it was opened.
    #[default]
    AsOpened,
    /// The target that the user has changed it to; `None` while there is none to count.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "on the server the form does not change")
    )]
    Changed(Option<PreviewRequest>),
}

/// The target to count. It follows the form after a pause in typing.
pub(super) fn debounced_target(state: FormState) -> RwSignal<PreviewTarget> {
    let target = RwSignal::new(PreviewTarget::AsOpened);
    let wanted = state.wanted;
    #[cfg(feature = "hydrate")]
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        let wanted = wanted.get();
        if let Some(waiting) = before.flatten() {
            waiting.clear();
        }
        let is_counted = target.with_untracked(|target| match target {
            PreviewTarget::Changed(target) => *target == wanted,
            PreviewTarget::AsOpened => {
                state.opened.with_untracked(|opened| opened.form.preview_request()) == wanted
            }
        });
        if is_counted {
            return None;
        }
        let count = move || target.set(PreviewTarget::Changed(wanted));
        set_timeout_with_handle(count, std::time::Duration::from_millis(TYPING_PAUSE)).ok()
    });
    let _ = (wanted, TYPING_PAUSE);
    target
}
