//! `/webhooks`: where messages about jobs are sent, and what became of each. Everything on it works without scripts too.

mod create;
mod list;
mod log;

use console_wire::{
    access::Action,
    webhook::{NewSecret, Webhooks},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::not_found::NotFound;
use crate::{
    account::use_account,
    api::webhooks::{
        CreateWebhook, DeleteWebhook, Redeliver, RotateWebhookSecret, SetWebhookActive, TestWebhook,
        WebhooksView, read_webhooks,
    },
    data::read::{ReadOptions, Reading, use_read},
    error::ApiError,
    format::number::count_noun,
    kit::{ErrorPanel, UnknownParams},
    paths,
};
use create::{CreateForm, SecretNotice};
use list::List;
use log::Log;

/// How often the log is read while a message waits, in milliseconds.
const READ_EVERY: u64 = 2_000;

/// `made` and `before` of the address.
type Key = (String, String);

/// What the page's forms call.
#[derive(Clone, Copy)]
struct Changes {
    create: ServerAction<CreateWebhook>,
    rotate: ServerAction<RotateWebhookSecret>,
    set_active: ServerAction<SetWebhookActive>,
    delete: ServerAction<DeleteWebhook>,
    test: ServerAction<TestWebhook>,
    redeliver: ServerAction<Redeliver>,
    /// Why the newest change was refused, of those that have no place of their own for it.
    refused: RwSignal<Option<ApiError>>,
    /// The secret that was made last.
    made: RwSignal<Option<NewSecret>>,
}

impl Changes {
    fn new() -> Self {
        let changes = Self {
            create: ServerAction::new(),
            rotate: ServerAction::new(),
            set_active: ServerAction::new(),
            delete: ServerAction::new(),
            test: ServerAction::new(),
            redeliver: ServerAction::new(),
            refused: RwSignal::new(None),
            made: RwSignal::new(None),
        };
        let (refused, made) = (changes.refused, changes.made);
        keep(move || changes.rotate.value().get().map(Result::err), refused);
        keep(move || changes.set_active.value().get().map(Result::err), refused);
        keep(move || changes.delete.value().get().map(Result::err), refused);
        keep(move || changes.test.value().get().map(Result::err), refused);
        keep(move || changes.redeliver.value().get().map(Result::err), refused);
        keep(move || changes.create.value().get().and_then(Result::ok).map(Some), made);
        keep(move || changes.rotate.value().get().and_then(Result::ok).map(Some), made);
        changes
    }

    /// Moves with every change that was answered.
    fn version(self) -> usize {
        self.create.version().get()
            + self.rotate.version().get()
            + self.set_active.version().get()
            + self.delete.version().get()
            + self.test.version().get()
            + self.redeliver.version().get()
    }
}

/// Keeps a part of an answer, whenever there is one.
fn keep<T: Send + Sync + 'static>(
    answered: impl Fn() -> Option<Option<T>> + 'static,
    kept: RwSignal<Option<T>>,
) {
    Effect::new(move |_| {
        if let Some(answer) = answered() {
            kept.set(answer);
        }
    });
}

/// The page.
#[component]
pub(crate) fn WebhooksPage() -> impl IntoView {
    let params = use_query_map();
    let unknown = Memo::new(move |_| params.with(|params| paths::unknown_names(params, &["made", "before"])));
    let key = Memo::new(move |_| {
        params.with(|params| {
            Some((params.get("made").unwrap_or_default(), params.get("before").unwrap_or_default()))
        })
    });
    let has_pending = |view: &WebhooksView| view.webhooks.webhooks.iter().any(|webhook| webhook.pending > 0);
    let options = ReadOptions::every(READ_EVERY).only_while(has_pending);
    let read = use_read(key, options, |(made, before): Key| read_webhooks(made, before));
    let changes = Changes::new();
    read.refetch_when(move || changes.version());
    // In place of the page; once there is data the page stays, whatever fails later.
    let failed = Memo::new(move |_| {
        read.error().filter(|error| error.is_not_found() || read.good().with(Option::is_none))
    });
    view! {
        <Title text="Webhooks" />
        <Suspense>
            {move || Suspend::new(async move {
                read.ready().await;
                move || match failed.get() {
                    Some(error) if error.is_not_found() => view! { <NotFound /> }.into_any(),
                    Some(error) => {
                        view! {
                            <main class="page" id="main" tabindex="-1">
                                <h1>"Webhooks"</h1>
                                <ErrorPanel error retry=read.retry() />
                            </main>
                        }
                            .into_any()
                    }
                    None => view! { <Loaded read changes unknown /> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The page with its data.
#[component]
fn Loaded(read: Reading<Key, WebhooksView>, changes: Changes, unknown: Memo<Vec<String>>) -> impl IntoView {
    let of_form = read.good().with_untracked(|good| good.as_ref().and_then(|good| good.value.made.clone()));
    let part = move |part: fn(&Webhooks) -> Webhooks| {
        move || read.good().with(|good| good.as_ref().map(|good| part(&good.value.webhooks)))
    };
    // Without the time of the read, so that nothing is rendered again while nothing changes.
    let whole = part(Webhooks::clone);
    let webhooks = Memo::new(move |_| whole().map(|all| all.webhooks).unwrap_or_default());
    let deliveries = Memo::new(move |_| whole().map(|all| all.deliveries).unwrap_or_default());
    let older_than = Memo::new(move |_| whole().and_then(|all| all.older_than));
    let as_of = Memo::new(move |_| whole().map(|all| all.as_of));
    let made = move || changes.made.get().or_else(|| of_form.clone());
    let count = move || webhooks.with(|webhooks| count_noun(webhooks.len() as u64, "webhook", "webhooks"));
    let is_allowed = use_account().may(Action::WebhookWrite);
    view! {
        <main class="page" id="main" tabindex="-1">
            <div class="page__header">
                <div>
                    <div class="page__title">
                        <h1>"Webhooks"</h1>
                    </div>
                    <p class="page__lead">
                        <span>{count}</span>
                        <span>"signed messages about jobs, in the form of Standard Webhooks"</span>
                    </p>
                </div>
            </div>
            <UnknownParams params=unknown noun="parameter" />
            {move || changes.refused.get().map(|error| view! { <div class="page__notice"><ErrorPanel error /></div> })}
            {move || made().map(|made| view! { <SecretNotice made /> })}
            <div class="webhooks">
                <CreateForm create=changes.create is_allowed />
                <List webhooks as_of changes is_allowed />
                <Log deliveries older_than as_of changes is_allowed />
            </div>
        </main>
    }
    .into_any()
}
