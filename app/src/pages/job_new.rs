//! `/jobs/new`: what each device is asked, which devices, when, how long to wait; and beside it what will happen.
//!
//! One plain form. Before the browser has taken over (or without scripts) it posts itself and comes back with its
//! content if it is refused; from then on it checks and counts while one types. The address may name what it is filled
//! from: a job (`from`), a template (`template`), a form that was refused (`draft`), or single fields.

mod action;
mod delivery;
mod draft;
mod leave;
mod review;
mod section;
mod sources;
mod target;
mod when;

use leptos::{html, prelude::*, server_fn::ServerFn as _};
use leptos_meta::Title;
use leptos_router::{hooks::use_location, params::ParamsMap};

use crate::{
    api::{
        ApiError,
        job_create::{CreateJob, Opening, open_form},
        targets::preview_target,
        templates::{DeleteTemplate, SaveTemplate, form_sources},
    },
    components::{ErrorPanel, Fields, Icon, Ignored, PostForm},
    job_form::JobForm,
    paths,
};
use action::ActionSection;
use delivery::DeliverySection;
use draft::{Counted, Draft, PreviewResource, SourcesResource, count_while_typing};
use leave::LeaveDialog;
use review::Review;
use sources::{SaveDialog, SourcesMenu};
use target::TargetSection;
use when::WhenSection;

/// What the address opens the form with.
fn opened(params: &ParamsMap, named: Option<Result<Opening, ApiError>>) -> (Opening, Option<ApiError>) {
    let plain = |error| {
        let refused = params.get("refused").and_then(|told| serde_json::from_str(&told).ok()).map(ApiError);
        (Opening { form: JobForm::from_params(params), source: String::new(), refused }, error)
    };
    match named {
        Some(Ok(opening)) => (opening, None),
        Some(Err(error)) => plain(Some(error)),
        None => plain(None),
    }
}

/// The new-job page. Another query is another form: the one before goes as a whole, with everything that listens to it.
#[component]
pub(crate) fn JobNewPage() -> impl IntoView {
    let location = use_location();
    let (path, query) = (location.pathname, location.query);
    // Leaving changes the query too; what it says then is another page's.
    let params = Memo::new(move |before: Option<&ParamsMap>| {
        before.filter(|_| path.get() != paths::JOB_NEW).cloned().unwrap_or_else(|| query.get())
    });
    // The server renders one query, and would run a closure more than once.
    #[cfg(not(feature = "hydrate"))]
    let form = view! { <OpenForm params=params.get_untracked() /> };
    #[cfg(feature = "hydrate")]
    let form = move || view! { <OpenForm params=params.get() /> };
    view! {
        <Title text="New job" />
        {form}
    }
    .into_any()
}

/// The form that a query opens.
#[component]
fn OpenForm(params: ParamsMap) -> impl IntoView {
    let get = |name| params.get(name).unwrap_or_default();
    let sources = (get("from"), get("template"), get("draft"));
    let named = Resource::new(
        move || sources.clone(),
        |(from, template, draft)| async move {
            if from.is_empty() && template.is_empty() && draft.is_empty() {
                return None;
            }
            Some(open_form(from, template, draft).await)
        },
    );
    let create = ServerAction::<CreateJob>::new();
    let save = ServerAction::<SaveTemplate>::new();
    let delete = ServerAction::<DeleteTemplate>::new();
    let draft = Draft::new(JobForm::from_params(&params), create);
    let recount = RwSignal::new(0_u32);
    let send = move |fields: Fields| {
        create.dispatch(CreateJob { form: draft.form(), counted: fields.text("counted") });
    };
    let counted = count_while_typing(draft);
    let asked = params.clone();
    let preview: PreviewResource = Resource::new(
        move || (counted.get(), recount.get()),
        move |(counted, _)| {
            let asked = asked.clone();
            async move {
                let request = match counted {
                    Counted::Changed(request) => request,
                    Counted::AsOpened => opened(&asked, named.await).0.form.preview_request(),
                };
                match request {
                    Some(request) => Some(preview_target(request).await.flatten()),
                    None => None,
                }
            }
        },
    );
    let reread = RwSignal::new(0_u32);
    let sources: SourcesResource = Resource::new(
        move || (save.version().get(), delete.version().get(), reread.get()),
        |_| form_sources(),
    );
    let is_saving = RwSignal::new(false);
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
        <main class="page" id="main" tabindex="-1">
            <Transition>
                {move || {
                    let params = params.clone();
                    Suspend::new(async move {
                        let (opening, problem) = opened(&params, named.await);
                        let source = opening.source.clone();
                        let ignored = JobForm::ignored(&params);
                        draft.open(opening);
                        view! {
                            <PostForm
                                to=CreateJob::url()
                                send=send
                                node_ref=node
                                attr:class="columns columns--review"
                                attr:novalidate=true
                                on:keydown=run_on_ctrl_enter
                            >
                                <div>
                                    <Header source>
                                        <SourcesMenu sources delete is_saving reread />
                                    </Header>
                                    <Ignored words=ignored what="The form" />
                                    {problem.map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })}
                                    {move || {
                                        draft
                                            .refused
                                            .get()
                                            .map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })
                                    }}
                                    <ActionSection draft sources />
                                    <TargetSection draft preview />
                                    <WhenSection draft />
                                    <DeliverySection draft />
                                </div>
                                <Review draft preview recount pending=create.pending() />
                            </PostForm>
                        }
                    })
                }}
            </Transition>
            <SaveDialog draft save is_open=is_saving />
            <LeaveDialog draft />
        </main>
    }
    .into_any()
}

/// The title, what the fields were filled from, and what else they can be filled from.
#[component]
fn Header(source: String, children: Children) -> impl IntoView {
    view! {
        <div class="page__header job-new__header">
            <div>
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
                <FilledFrom source />
            </div>
            <div class="page__actions">{children()}</div>
        </div>
    }
}

/// Says what the fields were filled from.
#[component]
fn FilledFrom(source: String) -> impl IntoView {
    (!source.is_empty())
        .then(|| view! { <p class="page__lead">{format!("Filled from {source}. Nothing is sent yet.")}</p> })
}
