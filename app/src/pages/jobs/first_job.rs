//! The offer of a first job: what it would do, to how many devices, and the button that creates it.

use std::fmt::Write as _;

use console_wire::{access::Action, target::Preview};
use leptos::prelude::*;

use crate::{
    account::use_account,
    api::{job_create::CreateJob, job_list::FirstJob},
    format::{
        code_samples,
        number::{devices, grouped},
        time,
    },
    forms::{PostForm, job::JobForm},
    kit::{Condition, ErrorPanel, Icon, Json, PermissionNote, dom},
    paths,
};

const METHOD: &str = "lockDoor";
const PAYLOAD: &str = r#"{"mode":"night"}"#;
/// Most squares of the map below; beyond that one would not see them.
const MOST_SQUARES: u64 = 1_900;
/// Squares in a column of the map.
const ROWS: u64 = 8;

/// The offer.
#[component]
pub(in crate::pages) fn FirstJobOffer(first: FirstJob) -> impl IntoView {
    let create = ServerAction::<CreateJob>::new();
    let FirstJob { condition, is_simulated, preview } = first;
    let form = JobForm {
        method: METHOD.into(),
        payload: PAYLOAD.into(),
        query: condition.clone(),
        ..JobForm::default()
    };
    let in_form = form.address();
    let Preview { count, connected_count: connected, estimate, .. } = preview;
    let kind = if is_simulated { "simulated device" } else { "device" };
    let many = if count == 1 { "" } else { "s" };
    let counted = format!("{} {kind}{many}", grouped(count));
    let title = match (count, connected) {
        (0, _) => "No jobs yet, and no devices either.".to_owned(),
        (1, 1) => format!("No jobs yet. {counted} is connected and waiting."),
        (all, connected) if all == connected => {
            format!("No jobs yet. {counted} are connected and waiting.")
        }
        (_, connected) => format!("No jobs yet. {counted}, {} of them connected.", grouped(connected)),
    };
    let pace = estimate.map_or_else(String::new, |estimate| {
        format!(" in about {}", time::about_seconds(estimate.seconds_low))
    });
    let who = if connected == count {
        format!("{}, all connected", grouped(count))
    } else {
        format!("{}, {} connected", grouped(count), grouped(connected))
    };
    let is_pool_empty = is_simulated && count == 0;
    let is_allowed = use_account().may(Action::JobCreate);
    view! {
        <section class="empty-state" aria-labelledby="empty-title">
            <h2 id="empty-title">{title}</h2>
            <p class="empty-state__text">
                "A job sends one action to many devices and keeps what each of them answered."
                {is_simulated
                    .then(|| {
                        format!(
                            " Try it on the simulated pool: nothing real moves, and you see the answers land device by device{pace}.",
                        )
                    })}
            </p>
            <div class="tutorial">
                <Facts condition=condition.clone() who />
                <div class="tutorial__run">
                    {is_pool_empty
                        .then(|| {
                            view! {
                                <a class="button button--primary button--tall" href=paths::SIMULATOR>
                                    "Start simulated devices first"
                                </a>
                            }
                        })}
                    {(!is_pool_empty)
                        .then(|| {
                            view! {
                                <PostForm action=create>
                                    <input type="hidden" name="form[method]" value=METHOD />
                                    <input type="hidden" name="form[payload]" value=PAYLOAD />
                                    <input type="hidden" name="form[query]" value=condition.clone() />
                                    <button
                                        class="button button--primary button--tall"
                                        type="submit"
                                        disabled=move || !is_allowed || count == 0 || create.pending().get()
                                    >
                                        <Icon name="play" />
                                        {if count == 0 {
                                            "No device to run it on".to_owned()
                                        } else if is_simulated {
                                            format!("Run {METHOD} on {counted}")
                                        } else {
                                            format!("Run {METHOD} on {}", devices(count))
                                        }}
                                    </button>
                                </PostForm>
                            }
                        })}
                    <PermissionNote action=Action::JobCreate />
                    <a class="link" href=in_form>
                        "Open it in the form first"
                    </a>
                </div>
            </div>
            {move || create.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
            <Script form />
        </section>
        {(count > 0).then(|| view! { <Waiting count kind /> })}
    }
    .into_any()
}

/// What the job is, before it is run.
#[component]
fn Facts(condition: String, who: String) -> impl IntoView {
    view! {
        <dl class="facts tutorial__facts">
            <dt>"Action"</dt>
            <dd>
                <span class="with-icon">
                    <Icon name="zap" />
                    <code>{METHOD}</code>
                    <span class="data-table__sub">"direct method"</span>
                </span>
            </dd>
            <dt>"Payload"</dt>
            <dd>
                <Json text=PAYLOAD />
            </dd>
            <dt>"Target"</dt>
            <dd>
                <Condition text=condition />
            </dd>
            <dt>"Devices"</dt>
            <dd>{who}</dd>
            <dt>"When"</dt>
            <dd>"Now"</dd>
        </dl>
    }
}

/// The same job as code samples.
#[component]
fn Script(form: JobForm) -> impl IntoView {
    let copy = move |call: code_samples::CodeSample| {
        let form = form.clone();
        move |_| {
            if let Ok(job) = form.to_new_job() {
                dom::copy_to_clipboard(&call.text(&job, &dom::absolute_url(paths::API_JOBS)));
            }
        }
    };
    view! {
        <p class="field__hint needs-scripts">
            "Rather use a script? "
            <button class="link" type="button" on:click=copy(code_samples::CodeSample::Az)>
                "Copy as az"
            </button>
            " or "
            <button class="link" type="button" on:click=copy(code_samples::CodeSample::Curl)>
                "Copy as curl"
            </button>
            "."
        </p>
    }
    .into_any()
}

/// The promise: a square for each device, filled on the job's page when it has answered.
#[component]
fn Waiting(count: u64, kind: &'static str) -> impl IntoView {
    let squares = count.min(MOST_SQUARES);
    let many = if count == 1 { "" } else { "s" };
    let all = format!("{} {kind}{many}", grouped(count));
    let (path, columns) = squares_path(squares);
    view! {
        <figure class="landing landing--waiting">
            <svg
                class="landing__cells"
                viewBox=format!("0 0 {} {}", columns.max(125) * 11, ROWS * 11)
                role="img"
                aria-label=format!("{all}, all waiting")
            >
                <path data-status="waiting" d=path></path>
            </svg>
            <figcaption class="field__hint">
                {format!("{all}. Each square fills when its device has answered.")}
            </figcaption>
        </figure>
    }
    .into_any()
}

/// Squares of 6 in steps of 11, column by column, and how many columns that makes.
fn squares_path(count: u64) -> (String, u64) {
    let mut squares = String::new();
    for square in 0..count {
        let _ = write!(squares, "M{}.5 {}.5h6v6h-6z", square / ROWS * 11, square % ROWS * 11);
    }
    (squares, count.div_ceil(ROWS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_for_each() {
        assert_eq!(squares_path(1), ("M0.5 0.5h6v6h-6z".to_owned(), 1));
        let (path, columns) = squares_path(9);
        assert_eq!((path.matches('M').count(), columns), (9, 2));
        assert!(path.ends_with("M11.5 0.5h6v6h-6z"));
    }
}
