//! `/jobs/new`: the form for a new job (action, target, schedule, timeouts), with a review of what will happen beside it.
//!
//! One plain form. Without scripts, or until the page is hydrated, it is posted, and comes back with its content if the
//! server refuses it. Once hydrated, it is checked and its target counted while the user types. The address may name what
//! it is filled from: a job (`from`), a template (`template`), a refused form (`draft`), or single fields.

mod action;
mod confirm;
mod delivery;
mod form_state;
mod labels;
mod prefill;
mod repeats;
mod review;
mod schedule;
mod section;
mod target;
mod timeouts;
mod unsaved_changes;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_location, params::ParamsMap};

use crate::{
    api::{
        job_create::{CreateJob, Opening, open_form},
        targets::preview_target,
        templates::{DeleteTemplate, SaveTemplate, form_sources},
    },
    data::page_data::page_data,
    error::ApiError,
    forms::{PostForm, job::JobForm},
    kit::{ErrorPanel, Icon, UnknownParams},
    paths,
};
use action::ActionSection;
use confirm::{ConfirmRun, Question};
use delivery::DeliverySection;
use form_state::{FormState, PreviewResource, PreviewTarget, Previewed, SourcesResource, debounced_target};
use labels::LabelsSection;
use prefill::{SaveDialog, SourcesMenu};
use review::{Review, use_estimates};
use schedule::ScheduleSection;
use target::TargetSection;
use unsaved_changes::UnsavedChangesDialog;

/// The form as the address opens it.
fn initial_form(params: &ParamsMap, named: Option<Result<Opening, ApiError>>) -> (Opening, Option<ApiError>) {
    let plain = |error| {
        let form = JobForm::from_params(params);
        (Opening::of(form, ""), error)
    };
    match named {
        Some(Ok(opening)) => (opening, None),
        Some(Err(error)) => plain(Some(error)),
        None => plain(None),
    }
}

/// The page. Another query opens another form: the old one is disposed with all its effects.
#[component]
pub(crate) fn JobNewPage() -> impl IntoView {
    let location = use_location();
    let (path, query) = (location.pathname, location.query);
    // The query also changes when the user leaves; then it belongs to another page.
    let params = Memo::new(move |before: Option<&ParamsMap>| {
        before.filter(|_| path.get() != paths::JOB_NEW).cloned().unwrap_or_else(|| query.get())
    });
    // On the server the query does not change, and a closure would run more than once.
    #[cfg(not(feature = "hydrate"))]
    let form = view! { <OpenForm params=params.get_untracked() /> };
    #[cfg(feature = "hydrate")]
    let form = move || view! { <OpenForm params=params.get() /> };
    let title =
        move || if params.with(|params| params.get("edit").is_some()) { "Edit job" } else { "New job" };
    view! {
        <Title text=title />
        {form}
    }
    .into_any()
}

/// The form for a query.
#[component]
fn OpenForm(params: ParamsMap) -> impl IntoView {
    let get = |name| params.get(name).unwrap_or_default();
    let sources = (get("from"), get("template"), get("draft"), get("schedule"), get("edit"));
    let named = page_data(
        move || sources.clone(),
        |(from, template, draft, schedule, edit)| async move {
            if [&from, &template, &draft, &schedule, &edit].iter().all(|name| name.is_empty()) {
                return None;
            }
            Some(open_form(from, template, draft, schedule, edit).await)
        },
    );
    let create = ServerAction::<CreateJob>::new();
    let save = ServerAction::<SaveTemplate>::new();
    let delete = ServerAction::<DeleteTemplate>::new();
    let state = FormState::new(JobForm::from_params(&params), create);
    let recount = RwSignal::new(0_u32);
    let target = debounced_target(state);
    let initial_params = params.clone();
    let preview: PreviewResource = page_data(
        move || (target.get(), recount.get()),
        move |(target, _)| {
            let initial_params = initial_params.clone();
            // Taken now: the page, and the resource with it, may be gone when this is awaited.
            let named = named.into_future();
            async move {
                let request = match target {
                    PreviewTarget::Changed(request) => request,
                    PreviewTarget::AsOpened => {
                        initial_form(&initial_params, named.await).0.form.preview_request()
                    }
                };
                match request {
                    Some(request) => {
                        let result = preview_target(request.clone()).await.flatten();
                        Some(Previewed { request, result })
                    }
                    None => None,
                }
            }
        },
    );
    let reread = RwSignal::new(0_u32);
    let sources: SourcesResource =
        page_data(move || (save.version().get(), delete.version().get(), reread.get()), |_| form_sources());
    let rollout_estimates = use_estimates(state);
    let is_saving = RwSignal::new(false);
    let question = RwSignal::new(None::<Question>);
    view! {
        <main class="page" id="main" tabindex="-1">
            <Transition>
                {move || {
                    let params = params.clone();
                    Suspend::new(async move {
                        let (opening, problem) = initial_form(&params, named.await);
                        let edited = params.get("edit").filter(|job_id| !job_id.is_empty());
                        let problem = match (edited, problem) {
                            (Some(job_id), Some(error)) => return view! { <EditRefused job_id error /> }.into_any(),
                            (_, problem) => problem,
                        };
                        let (source, edit) = (opening.source.clone(), opening.form.edit.clone());
                        let unknown = JobForm::unknown_params(&params);
                        state.open(opening);
                        view! {
                            <PostForm
                                action=create
                                node_ref=state.node
                                attr:class="columns columns--review"
                                attr:novalidate=true
                            >
                                <div>
                                    <input type="hidden" name="form[edit]" value=edit.clone() />
                                    <Header source edit=edit.clone()>
                                        // A job that is changed has no other sources.
                                        {edit.is_empty().then(|| view! { <SourcesMenu sources delete is_saving reread /> })}
                                    </Header>
                                    <UnknownParams params=unknown noun="parameter" />
                                    {problem.map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })}
                                    {move || {
                                        state
                                            .refused_before
                                            .get()
                                            .map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })
                                    }}
                                    <ActionSection state sources />
                                    <TargetSection state preview sources />
                                    <ScheduleSection state />
                                    <DeliverySection state />
                                    <LabelsSection state />
                                </div>
                                <Review state preview recount create question rollout_estimates />
                            </PostForm>
                        }
                            .into_any()
                    })
                }}
            </Transition>
            <SaveDialog state save is_open=is_saving />
            <ConfirmRun state question />
            <UnsavedChangesDialog state />
        </main>
    }
    .into_any()
}

/// Why a job is not edited, in place of its form, and where to go from there.
#[component]
fn EditRefused(job_id: String, error: ApiError) -> impl IntoView {
    let another = (error.0.status == 409).then(|| {
        view! {
            <a class="button" href=paths::job_new_from(&job_id)>
                "Start another like this"
            </a>
        }
    });
    view! {
        <Header source=String::new() edit=job_id>
            {another}
        </Header>
        <div class="page__notice">
            <ErrorPanel error />
        </div>
    }
    .into_any()
}

/// The title, the source of the fields, and what else can be done here.
#[component]
fn Header(source: String, edit: String, children: Children) -> impl IntoView {
    let is_edit = !edit.is_empty();
    let (back, label, title) = if is_edit {
        (paths::job(&edit), "Back to the job", "Edit job")
    } else {
        (paths::JOBS.to_owned(), "Back to jobs", "New job")
    };
    view! {
        <div class="page__header job-new__header">
            <div>
                <div class="page__title">
                    <a class="button button--quiet button--icon button--small run__back" href=back aria-label=label>
                        <Icon name="arrow-left" is_large=true />
                    </a>
                    <h1>{title}</h1>
                </div>
                <Lead source is_edit />
            </div>
            <div class="page__actions">{children()}</div>
        </div>
    }
}

/// Names the source that the fields were filled from, or the job that is changed.
#[component]
fn Lead(source: String, is_edit: bool) -> impl IntoView {
    let words = match (is_edit, source.is_empty()) {
        (_, true) => None,
        (false, false) => Some(format!("Filled from {source}. Nothing is sent yet.")),
        (true, false) => Some(format!(
            "{source} has not begun. If another person has approved it, that approval ends when you save."
        )),
    };
    words.map(|words| view! { <p class="page__lead"><span>{words}</span></p> })
}
