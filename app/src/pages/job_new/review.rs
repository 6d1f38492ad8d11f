//! What will happen, beside the form: the sentence, who would be addressed, and the one button.

use console_wire::target::Preview;
use leptos::prelude::*;

use super::Draft;
use crate::{
    api::ApiError,
    clock::use_clock,
    components::{Icon, Json, Moment, TimeText},
    job_form::{ActionKind, JobForm},
    paths,
    present::{
        device, json,
        number::{devices, grouped, share},
        time,
    },
};

type PreviewResource = Resource<Option<Result<Preview, ApiError>>>;

/// The panel.
#[component]
pub(super) fn Review(
    draft: Draft,
    preview: PreviewResource,
    recount: RwSignal<u32>,
    #[prop(into)] pending: Signal<bool>,
) -> impl IntoView {
    view! {
        <aside class="review" aria-label="Review">
            <Transition>
                {move || Suspend::new(async move {
                    let preview = preview.await;
                    let count = preview.as_ref().and_then(|read| Some(read.as_ref().ok()?.count));
                    let has_query_error = matches!(preview, Some(Err(_)));
                    view! {
                        <div class="stack stack--tight">
                            <h2>"Review"</h2>
                            <Sentence draft count />
                        </div>
                        <Target draft preview recount />
                        <RunButton draft count has_query_error pending />
                    }
                })}
            </Transition>
        </aside>
    }
    .into_any()
}

/// What is sent to how many devices, and when, in words.
#[component]
fn Sentence(draft: Draft, count: Option<u64>) -> impl IntoView {
    let form = Memo::new(move |_| draft.form());
    let who = move || match count {
        Some(count) => devices(count),
        None if form.with(|form| form.target == "all") => "every device".to_owned(),
        None => "the devices that match".to_owned(),
    };
    let what = move || {
        form.with(|form| match form.action() {
            ActionKind::Method if form.method.trim().is_empty() => "a direct method".to_owned(),
            ActionKind::Method => form.method.trim().to_owned(),
            ActionKind::Desired => "a change of desired properties".to_owned(),
            ActionKind::Tags => "a change of tags".to_owned(),
        })
    };
    let when = move || {
        form.with(|form| match (form.when.as_str(), form.start_time()) {
            ("later", Ok(at)) => format!("On {}, ", time::absolute(at, 0)),
            ("later", Err(_)) => "At the time you choose, ".to_owned(),
            _ => "As soon as you press Run, ".to_owned(),
        })
    };
    let payload = move || {
        let text = form.with(|form| form.payload.clone());
        let short = json::compact(&text).filter(|text| text.len() <= 120)?;
        Some(view! {
            " with "
            <Json text=short />
        })
    };
    let waits = move || {
        form.with(|form| match (form.action(), form.connect.trim()) {
            (ActionKind::Method, "0" | "") => " Devices that are not online are not waited for.".to_owned(),
            (ActionKind::Method, seconds) => {
                format!(" A device that is not online has {seconds} s to connect.")
            }
            (ActionKind::Desired, _) => " Devices that are not online get it when they connect.".to_owned(),
            (ActionKind::Tags, _) => " Devices never see tags.".to_owned(),
        })
    };
    view! {
        <p class="review__sentence">
            {when}
            <strong>{what}</strong>
            {payload}
            " goes to "
            <strong>{who}</strong>
            "."
            {waits}
        </p>
    }
    .into_any()
}

/// Who would be addressed, counted now.
#[component]
fn Target(draft: Draft, preview: Option<Result<Preview, ApiError>>, recount: RwSignal<u32>) -> impl IntoView {
    let body = match preview {
        None => view! { <p class="field__hint">"Write a condition to see which devices it matches."</p> }
            .into_any(),
        Some(Err(error)) => {
            view! { <p class="field__hint">{format!("Not counted. {}.", error.0.title)}</p> }.into_any()
        }
        Some(Ok(preview)) => view! { <Counted draft preview /> }.into_any(),
    };
    view! {
        <section class="review__part" aria-labelledby="target-title">
            <div class="review__heading">
                <h3 id="target-title">"Target"</h3>
                <button
                    class="link field__hint"
                    type="button"
                    hidden=move || !draft.is_interactive.get()
                    on:click=move |_| recount.update(|times| *times += 1)
                >
                    "Count again"
                </button>
            </div>
            {body}
        </section>
    }
    .into_any()
}

/// The count, its connected share, and a few of the devices.
#[component]
fn Counted(draft: Draft, preview: Preview) -> impl IntoView {
    let clock = use_clock();
    let Preview { count, connected_count: connected, sample, as_of, .. } = preview;
    let disconnected = count.saturating_sub(connected);
    let condition = draft.fields.with_untracked(JobForm::condition);
    let show_all = paths::devices_where(if condition == "*" { "" } else { &condition });
    let has_sample = !sample.is_empty();
    let rows: Vec<_> = sample
        .into_iter()
        .take(5)
        .map(|row| {
            let badge = device::connection(row.connection_state);
            let place = device::place(&row.tags);
            let note = if place.is_empty() {
                let (tags, _) = device::tags(&row.tags, 2);
                tags.into_iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
            } else {
                place
            };
            view! {
                <li>
                    <code>{row.device_id.to_string()}</code>
                    <span class="panel__note">{note}</span>
                    <span class="with-icon panel__note">
                        <span class="status" data-status=badge.status>
                            <Icon name=badge.icon />
                            <span class="visually-hidden">{badge.word}</span>
                        </span>
                        <TimeText at=row.last_activity_time as_of style=Moment::Relative />
                    </span>
                </li>
            }
        })
        .collect();
    view! {
        <div class="review__count">
            <span class="figure__value">
                {grouped(count)} " " <span class="figure__unit">{if count == 1 { "device" } else { "devices" }}</span>
            </span>
            <span class="field__hint" role="status">
                {move || {
                    format!(
                        "counted {}, {}",
                        time::clock(as_of, clock.offset_minutes(as_of)),
                        time::relative(as_of, clock.now_or(as_of)),
                    )
                }}
            </span>
        </div>
        <div
            class="bar"
            role="img"
            aria-label=format!("{} connected, {} disconnected", grouped(connected), grouped(disconnected))
        >
            <span class="bar__part" data-status="connected" hidden=connected == 0 style:flex-grow=connected.to_string()></span>
            <span class="bar__part" data-status="disconnected" hidden=disconnected == 0 style:flex-grow=disconnected.to_string()></span>
        </div>
        <div class="review__split">
            <span class="with-icon">
                <span class="status" data-status="connected">
                    <Icon name="wifi" />
                </span>
                {format!("{} connected", grouped(connected))}
            </span>
            <span class="with-icon">
                <span class="status" data-status="disconnected">
                    <Icon name="wifi-off" />
                </span>
                {if disconnected == 0 {
                    "0 disconnected".to_owned()
                } else {
                    format!("{} disconnected, {}", grouped(disconnected), share(disconnected, count))
                }}
            </span>
        </div>
        {has_sample.then(|| view! { <ul class="review__samples" aria-label="Sample of the target">{rows}</ul> })}
        <a class="link field__hint" href=show_all>
            {format!("Show all {}", grouped(count))}
        </a>
        <p class="field__hint">"Twin queries can lag. The hub counts again when the job starts."</p>
    }
    .into_any()
}

/// The one button. It says what it will do to how many devices, or why it cannot.
#[component]
fn RunButton(
    draft: Draft,
    count: Option<u64>,
    has_query_error: bool,
    pending: Signal<bool>,
) -> impl IntoView {
    let state = Memo::new(move |_| {
        if pending.get() {
            return (true, "Sending".to_owned());
        }
        let form = draft.form();
        // Before the browser has taken over nothing is disabled: the server checks the plain form.
        if !draft.is_interactive.get() {
            return (false, if form.method.is_empty() { "Run job".to_owned() } else { label(&form, count) });
        }
        if let Err(errors) = form.to_new_job() {
            let fix = match errors[0].field.as_str() {
                "methodName" if form.method.trim().is_empty() => "Name the method to run",
                "methodName" => "Fix the method name to run",
                "payload" if form.payload.trim().is_empty() => "Write what to change to run",
                "payload" => "Fix the payload to run",
                "queryCondition" => "Write a condition to run",
                "startTime" => "Choose a start to run",
                _ => "Fix the waits to run",
            };
            return (true, fix.to_owned());
        }
        if has_query_error {
            return (true, "Fix the query to run".to_owned());
        }
        (false, label(&form, count))
    });
    view! {
        <button
            class="button button--primary button--tall button--wide"
            type="submit"
            aria-keyshortcuts="Control+Enter"
            disabled=move || state.with(|state| state.0)
        >
            <span>{move || state.with(|state| state.1.clone())}</span>
            <kbd class="key button__key" aria-hidden="true" hidden=move || !draft.is_interactive.get() || state.with(|state| state.0)>
                "Ctrl ↵"
            </kbd>
        </button>
    }
    .into_any()
}

fn label(form: &JobForm, count: Option<u64>) -> String {
    let verb = if form.when == "later" { "Schedule" } else { "Run" };
    let who = count.map_or_else(|| "all that match".to_owned(), devices);
    match form.action() {
        ActionKind::Method => format!("{verb} {} on {who}", form.method.trim()),
        ActionKind::Desired if form.when == "later" => format!("Schedule desired properties for {who}"),
        ActionKind::Desired => format!("Set desired properties on {who}"),
        ActionKind::Tags if form.when == "later" => format!("Schedule tags for {who}"),
        ActionKind::Tags => format!("Set tags on {who}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_names_action_and_number() {
        let form = |kind: &str, when: &str| JobForm {
            kind: kind.into(),
            when: when.into(),
            method: "lockDoor".into(),
            ..JobForm::default()
        };
        for (form, count, text) in [
            (form("method", "now"), Some(1204), "Run lockDoor on 1,204 devices"),
            (form("method", "later"), Some(1), "Schedule lockDoor on 1 device"),
            (form("desired", "now"), Some(2), "Set desired properties on 2 devices"),
            (form("tags", "later"), None, "Schedule tags for all that match"),
        ] {
            assert_eq!(label(&form, count), text);
        }
    }
}
