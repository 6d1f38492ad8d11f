//! The first job, one click away: what it would do, to how many devices, and the button that says so.

use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::jobs::{CreateJob, FirstJob},
    components::{Condition, ErrorPanel, Icon, Json},
    job_form::JobForm,
    present::number::{devices, grouped},
};

const METHOD: &str = "lockDoor";
const PAYLOAD: &str = r#"{"mode":"night"}"#;

/// The offer.
#[component]
pub(super) fn FirstJobOffer(first: FirstJob, as_of: Timestamp) -> impl IntoView {
    let _ = as_of;
    let create = ServerAction::<CreateJob>::new();
    let form = JobForm {
        method: METHOD.into(),
        payload: PAYLOAD.into(),
        query: first.condition.clone(),
        ..JobForm::default()
    };
    let in_form = form.address(None);
    let kind = if first.is_simulated { "simulated device" } else { "device" };
    let preview = match first.preview {
        Ok(preview) => preview,
        Err(error) => {
            return view! {
                <section class="empty-state" aria-labelledby="empty-title">
                    <h2 id="empty-title">"No jobs yet."</h2>
                    <ErrorPanel error />
                </section>
            }
            .into_any();
        }
    };
    let count = preview.count;
    let many = if count == 1 { String::new() } else { "s".into() };
    let counted = format!("{} {kind}{many}", grouped(count));
    let title = match (count, preview.connected_count) {
        (0, _) => "No jobs yet, and no devices either.".to_owned(),
        (all, connected) if all == connected => format!("No jobs yet. {counted} connected and waiting."),
        (_, connected) => format!("No jobs yet. {counted}, {} of them connected.", grouped(connected)),
    };
    let all = if first.condition == "*" { "*".to_owned() } else { first.condition.clone() };
    let connected = match preview.connected_count {
        connected if connected == count => format!("{}, all connected", grouped(count)),
        connected => format!("{}, {} connected", grouped(count), grouped(connected)),
    };
    view! {
        <section class="empty-state" aria-labelledby="empty-title">
            <h2 id="empty-title">{title}</h2>
            <p class="empty-state__text">
                "A job sends one action to many devices and keeps what each of them answered."
                {first
                    .is_simulated
                    .then_some(
                        " Try it on the simulated pool: nothing real moves, and you see the answers come in device by device.",
                    )}
            </p>
            <div class="tutorial">
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
                        <Condition text=all />
                    </dd>
                    <dt>"Devices"</dt>
                    <dd>{connected}</dd>
                    <dt>"When"</dt>
                    <dd>"Now"</dd>
                </dl>
                <div class="tutorial__run">
                    <ActionForm action=create>
                        <input type="hidden" name="form[method]" value=METHOD />
                        <input type="hidden" name="form[payload]" value=PAYLOAD />
                        <input type="hidden" name="form[query]" value=first.condition.clone() />
                        <button
                            class="button button--primary button--tall"
                            type="submit"
                            disabled=move || count == 0 || create.pending().get()
                        >
                            <Icon name="play" />
                            {if count == 0 {
                                "No device to run it on".to_owned()
                            } else if first.is_simulated {
                                format!("Run {METHOD} on {counted}")
                            } else {
                                format!("Run {METHOD} on {}", devices(count))
                            }}
                        </button>
                    </ActionForm>
                    <a class="link" href=in_form>
                        "Open it in the form first"
                    </a>
                </div>
            </div>
            {move || create.value().get().and_then(Result::err).map(|error| view! { <ErrorPanel error /> })}
        </section>
    }
    .into_any()
}
