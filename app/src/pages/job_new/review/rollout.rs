//! The estimate of a rollout: its waves with their devices, how long it takes with each engine and what limits it, and whether
//! another person has to approve it.

use console_wire::rollout::{EngineEstimate, EstimateRequest, Limit, RolloutEstimates, settings::Engine};
use hub_wire::{direct_method::DEFAULT_RESPONSE_TIMEOUT, job::JobType};
use leptos::prelude::*;

use crate::{
    api::rollout::estimate_rollout,
    data::read::{ReadOptions, Reading, use_read_from},
    error::ApiError,
    format::{
        number::{devices, grouped},
        rollout as words, sentence, time,
    },
    forms::job::{ActionKind, JobForm, TargetKind},
    kit::{BadgeView, TimeFormat, TimeText},
    pages::job_new::form_state::FormState,
};

/// The estimates of the settings as they are; an error says why there are none.
pub(in crate::pages::job_new) type EstimateReading =
    Reading<EstimateRequest, Result<RolloutEstimates, ApiError>>;

/// Follows the form.
pub(in crate::pages::job_new) fn use_estimates(state: FormState) -> EstimateReading {
    let key = Memo::new(move |_| {
        let count = state.counted.get().filter(|count| *count > 0)?;
        request(&state.form(), count)
    });
    use_read_from(key, None, ReadOptions::once(), estimate_rollout)
}

/// What is to be estimated; `None` for a job without a rollout, or one with faults.
fn request(form: &JobForm, count: u64) -> Option<EstimateRequest> {
    let timeout = form.answer.trim().parse().unwrap_or(DEFAULT_RESPONSE_TIMEOUT);
    let rollout = form.rollout.settings(timeout).ok().flatten()?;
    let (job_type, payload) = match form.action() {
        ActionKind::Method => (JobType::ScheduleDeviceMethod, form.payload.len()),
        ActionKind::Desired | ActionKind::Tags => (JobType::ScheduleUpdateTwin, 0),
    };
    let query_condition = match form.target_kind() {
        TargetKind::Query => Some(form.condition()),
        TargetKind::All => Some("*".to_owned()),
        TargetKind::List | TargetKind::One | TargetKind::Group => None,
    };
    let is_method = job_type == JobType::ScheduleDeviceMethod;
    Some(EstimateRequest {
        rollout,
        devices: count,
        job_type,
        method_name: is_method.then(|| form.method.trim().to_owned()),
        payload_bytes: payload as u64,
        query_condition,
    })
}

/// The estimate; nothing for a job without a rollout.
#[component]
pub(super) fn RolloutEstimate(state: FormState, rollout_estimates: EstimateReading) -> impl IntoView {
    let is_rollout = Memo::new(move |_| state.fields.with(|form| form.rollout.is_touched()));
    let engine = Memo::new(move |_| state.fields.with(|form| form.rollout.engine()));
    let newest = Memo::new(move |_| {
        rollout_estimates.good().with(|good| good.as_ref().and_then(|good| good.value.as_ref().ok().cloned()))
    });
    Effect::new(move |_| {
        let needs = newest.with(|newest| newest.as_ref().is_some_and(|estimates| estimates.needs_approval));
        state.needs_approval.set(needs && is_rollout.get());
    });
    let waves = move || {
        newest.get().filter(|estimates| estimates.waves.len() > 1).map(|estimates| {
            let rows = estimates.waves.into_iter().enumerate().map(|(index, count)| {
                view! {
                    <dt>{format!("Wave {}", index + 1)}</dt>
                    <dd>{devices(count)}</dd>
                }
            });
            view! { <dl class="facts review__waves">{rows.collect_view()}</dl> }
        })
    };
    let engines = move || {
        newest.get().map(|estimates| {
            let rows = estimates.engines.into_iter().map(|of| {
                let is_chosen = of.engine == engine.get();
                view! {
                    <li data-chosen=is_chosen.then_some("")>
                        <strong>{name(of.engine)}</strong>
                        ": "
                        {duration(&of)}
                        <span class="field__hint">{limit(&of)}</span>
                    </li>
                }
            });
            view! {
                <ul class="review__engines">{rows.collect_view()}</ul>
                <p class="field__hint">{sentence::of_field(&estimates.pace_reason)}</p>
            }
        })
    };
    let windows = move || {
        let windows =
            newest.get().map(|estimates| estimates.next_windows).filter(|windows| !windows.is_empty())?;
        let as_of = windows.first().map(|window| window.from)?;
        let rows = windows.into_iter().map(|window| {
            view! { <li><TimeText at=window.from as_of style=TimeFormat::Clock /></li> }
        });
        Some(view! {
            <h3>"Next windows"</h3>
            <ul class="review__engines">{rows.collect_view()}</ul>
        })
    };
    let approval = move || {
        newest.get().filter(|estimates| estimates.needs_approval).map(|_| {
            let badge = words::approval::badge(console_wire::rollout::ApprovalResult::Waiting);
            view! {
                <section class="review__part" aria-labelledby="approval-title">
                    <div class="review__heading">
                        <h3 id="approval-title">"Approval"</h3>
                        <BadgeView badge=crate::format::Badge { label: "Needed", ..badge } />
                    </div>
                    <p class="field__hint">
                        "Another person has to approve this job before it starts. Without an answer in 72 h it lapses."
                    </p>
                </section>
            }
        })
    };
    let failed = move || {
        let error = rollout_estimates
            .good()
            .with(|good| good.as_ref().and_then(|good| good.value.as_ref().err().cloned()));
        error.map(|error| view! { <p class="field__hint">{format!("Not estimated. {}.", error.0.title)}</p> })
    };
    view! {
        <div hidden=move || !is_rollout.get() class="stack">
            <section class="review__part" aria-labelledby="rollout-title">
                <div class="review__heading">
                    <h3 id="rollout-title">"Rollout"</h3>
                </div>
                {waves}
                {engines}
                {windows}
                {failed}
                <p class="field__hint" hidden=move || newest.with(Option::is_some)>
                    "It is estimated when the target is counted."
                </p>
            </section>
            {approval}
        </div>
    }
    .into_any()
}

const fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::DirectCalls => "Direct calls",
        Engine::HubJobs => "Hub jobs",
    }
}

/// `2 h 34 min, and the wait for a person`.
fn duration(of: &EngineEstimate) -> String {
    let estimate = &of.estimate;
    let seconds = estimate.calling_seconds + estimate.gate_seconds + estimate.window_seconds;
    let waits = match estimate.questions {
        0 => "",
        1 => ", and the wait for one answer",
        _ => ", and the waits for answers",
    };
    format!("{}{waits}", time::duration(seconds.max(1) * 1000))
}

/// `33 min 36 s of calls, 2 h of gates. Your rate limits it; the hub takes 3,000 a minute.`
fn limit(of: &EngineEstimate) -> String {
    let estimate = &of.estimate;
    let mut parts = vec![format!("{} of calls", time::duration(estimate.calling_seconds.max(1) * 1000))];
    if estimate.gate_seconds > 0 {
        parts.push(format!("{} of gates", time::duration(estimate.gate_seconds * 1000)));
    }
    if estimate.window_seconds > 0 {
        parts.push(format!("{} outside of windows", time::duration(estimate.window_seconds * 1000)));
    }
    let hub = grouped(of.hub_per_minute.into());
    let limit = match estimate.limit {
        Limit::Rate => format!("Your rate limits it; the hub takes {hub} a minute."),
        Limit::Hub => format!("The hub limits it, {hub} a minute."),
        Limit::Windows => format!("The windows limit it; the hub takes {hub} a minute."),
    };
    format!("{}. {limit}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn estimate(limit: &str, gates: u64, questions: u64) -> EngineEstimate {
        serde_json::from_value(json!({
            "engine": "directCalls", "hubPerMinute": 2400,
            "estimate": {
                "lastCall": "2026-12-01T12:00:00Z", "callingSeconds": 600, "gateSeconds": gates, "windowSeconds": 0,
                "questions": questions, "limit": limit, "devicesInTime": 2400, "hubSeconds": 60, "line": []
            }
        }))
        .unwrap()
    }

    #[test]
    fn what_limits_a_rollout_is_said() {
        let by_rate = estimate("rate", 1800, 1);
        assert_eq!(duration(&by_rate), "40 min, and the wait for one answer");
        assert_eq!(
            self::limit(&by_rate),
            "10 min of calls, 30 min of gates. Your rate limits it; the hub takes 2,400 a minute."
        );
        let by_hub = estimate("hub", 0, 0);
        assert_eq!(duration(&by_hub), "10 min");
        assert_eq!(self::limit(&by_hub), "10 min of calls. The hub limits it, 2,400 a minute.");
    }

    #[test]
    fn only_a_rollout_without_faults_is_estimated() {
        let mut form = JobForm { query: "a = 1".into(), payload: "{}".into(), ..JobForm::default() };
        assert_eq!(request(&form, 10), None);
        crate::forms::job::rollout::Preset::ThreeWaves.apply(&mut form.rollout);
        let asked = request(&form, 10).unwrap();
        assert_eq!(
            (asked.devices, asked.payload_bytes, asked.query_condition.as_deref()),
            (10, 2, Some("a = 1"))
        );
        form.rollout.waves[0].size.clear();
        assert_eq!(request(&form, 10), None);
    }
}
