//! `/jobs/new`: what each device is asked, which devices, when, how long to wait; and beside it what will happen.
//!
//! One plain form. Before the browser has taken over (or without scripts) it posts itself and comes back with its
//! content if it is refused; from then on it checks and counts while one types.

mod form;
mod review;

use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{ApiError, jobs::CreateJob, targets::preview_target},
    browser,
    components::{ErrorPanel, Icon},
    job_form::JobForm,
    paths,
};
use form::{ActionSection, DeliverySection, TargetSection, WhenSection};
use review::Review;

/// Pause in typing after which devices are counted again, in milliseconds.
const TYPING_PAUSE: u64 = 400;

/// The fields and what is known about them.
#[derive(Debug, Clone, Copy)]
struct Draft {
    /// All fields but the payload, which its editor owns.
    fields: RwSignal<JobForm>,
    /// The payload.
    payload: RwSignal<String>,
    /// Why the server refused it, until it is sent again.
    refused: Signal<Option<ApiError>>,
    /// Whether the hub refuses the query as it was last counted.
    is_query_wrong: RwSignal<bool>,
    /// Whether the browser has taken over.
    is_interactive: ReadSignal<bool>,
}

impl Draft {
    /// The whole form.
    fn form(self) -> JobForm {
        let mut form = self.fields.get();
        form.payload = self.payload.get();
        if self.is_interactive.get() && form.when == "later" {
            form.zone = browser::zone_offset_at_local(&form.start).to_string();
        }
        form
    }

    /// What the server, or we, find wrong with a field. Ours only once something was typed or sent.
    fn problem(self, field: &'static str) -> Signal<Option<console_wire::problem::FieldError>> {
        Signal::derive(move || self.refused.with(|refused| refused.as_ref()?.field(field).cloned()))
    }
}

/// The new-job page.
#[component]
pub(crate) fn JobNewPage() -> impl IntoView {
    let params = use_query_map().get_untracked();
    let form = JobForm::from_params(&params);
    let refused_before =
        params.get("refused").and_then(|told| serde_json::from_str(&told).ok()).map(ApiError);
    let create = ServerAction::<CreateJob>::new();
    let payload = RwSignal::new(form.payload.clone());
    let fields = RwSignal::new(form);
    let refused = Signal::derive(move || match create.value().get() {
        Some(Err(error)) => Some(error),
        Some(Ok(_)) => None,
        None => refused_before.clone(),
    });
    let is_query_wrong = RwSignal::new(false);
    let draft =
        Draft { fields, payload, refused, is_query_wrong, is_interactive: browser::use_interactive() };

    let condition = Memo::new(move |_| fields.with(JobForm::condition));
    let counted_condition = RwSignal::new(condition.get_untracked());
    #[cfg(feature = "hydrate")]
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        let condition = condition.get();
        if let Some(waiting) = before.flatten() {
            waiting.clear();
        }
        if condition == counted_condition.get_untracked() {
            return None;
        }
        let count = move || counted_condition.set(condition);
        set_timeout_with_handle(count, std::time::Duration::from_millis(TYPING_PAUSE)).ok()
    });
    let _ = TYPING_PAUSE;
    let recount = RwSignal::new(0_u32);
    let preview = Resource::new(
        move || (counted_condition.get(), recount.get()),
        |(condition, _)| async move {
            if condition.is_empty() { None } else { Some(preview_target(condition).await.flatten()) }
        },
    );

    let node = NodeRef::<html::Form>::new();
    let run_on_ctrl_enter = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            if let Some(form) = node.get_untracked() {
                let _ = form.request_submit();
            }
        }
    };
    view! {
        <Title text="New job" />
        <main class="page" id="main" tabindex="-1">
            <ActionForm
                action=create
                node_ref=node
                attr:class="columns columns--review"
                attr:novalidate=true
                on:keydown=run_on_ctrl_enter
            >
                <div>
                    <div class="page__header job-new__header">
                        <div class="page__title">
                            <a
                                class="button button--quiet button--icon button--small run__back"
                                href=paths::JOBS
                                aria-label="Back to jobs"
                            >
                                <Icon name="arrow-left" is_large=true />
                            </a>
                            <h1>"New job"</h1>
                        </div>
                    </div>
                    {move || {
                        refused.get().map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })
                    }}
                    <ActionSection draft />
                    <TargetSection draft preview />
                    <WhenSection draft />
                    <DeliverySection draft />
                </div>
                <Review draft preview recount pending=create.pending() />
            </ActionForm>
        </main>
    }
    .into_any()
}
