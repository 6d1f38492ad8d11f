//! Who uses the page, what that person may do, and whether the session has ended meanwhile.
//!
//! The server decides; here the same rule only says which buttons are disabled. A page keeps its person: to sign in as
//! another person loads a new page.

use console_wire::access::{Action, Actor, Missing, Person, Subject, permit};
use leptos::prelude::*;

use crate::error::ApiError;

/// Who uses the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    actor: StoredValue<Option<Actor>>,
    /// Whether the session has ended since the page was loaded.
    has_ended: RwSignal<bool>,
    /// Whether the page asks to sign in again.
    is_asking: RwSignal<bool>,
}

/// Provides the account to the page.
pub(crate) fn provide() {
    let actor = SharedValue::new(actor_of_request).into_inner();
    provide_context(Account {
        actor: StoredValue::new(actor),
        has_ended: RwSignal::new(false),
        is_asking: RwSignal::new(false),
    });
}

/// The account of the page.
pub(crate) fn use_account() -> Account {
    expect_context()
}

/// Who asks for the page; the browser gets it with the page.
fn actor_of_request() -> Option<Actor> {
    #[cfg(feature = "ssr")]
    {
        let parts = use_context::<http::request::Parts>()?;
        parts.extensions.get::<crate::RequestAccess>().and_then(|access| access.actor.clone())
    }
    #[cfg(not(feature = "ssr"))]
    None
}

impl Account {
    /// The person who is signed in.
    pub(crate) fn person(self) -> Option<Person> {
        self.actor.with_value(|actor| match actor {
            Some(Actor::Person(person)) => Some(person.clone()),
            _ => None,
        })
    }

    /// Whether the console runs without sign-in.
    pub(crate) fn is_open(self) -> bool {
        self.actor.with_value(|actor| matches!(actor, Some(Actor::LocalOperator)))
    }

    /// The permission that the user lacks for an action.
    pub(crate) fn missing(self, action: Action) -> Option<Missing> {
        self.actor.with_value(|actor| match actor {
            Some(actor) => permit(actor, action, Subject::Any).err(),
            None => Some(Missing { action, role: None }),
        })
    }

    /// The condition that limits the devices on which the user may act.
    pub(crate) fn scope(self) -> Option<String> {
        self.actor.with_value(|actor| actor.as_ref()?.scope().map(str::to_owned))
    }

    /// Whether the user may do something.
    pub(crate) fn may(self, action: Action) -> bool {
        self.missing(action).is_none()
    }

    /// Whether the user may do something at least to what is the user's own.
    pub(crate) fn may_on_own(self, action: Action) -> bool {
        self.actor.with_value(|actor| match actor {
            Some(Actor::Person(person)) => {
                let own = Subject::OwnedBy(&person.user_id);
                permit(&Actor::Person(person.clone()), action, own).is_ok()
            }
            Some(actor) => permit(actor, action, Subject::Any).is_ok(),
            None => false,
        })
    }

    /// Learns from a refusal whether the session has ended. The page stays as it is and asks to sign in.
    pub(crate) fn learn_from(self, error: &ApiError) {
        let is_new = error.is_signed_out() && self.person().is_some() && !self.has_ended.get_untracked();
        if is_new {
            self.has_ended.set(true);
            self.is_asking.set(true);
        }
    }

    /// The person has signed in again, here or in another tab.
    pub(crate) fn go_on(self) {
        if self.has_ended.get_untracked() {
            self.has_ended.set(false);
            self.is_asking.set(false);
        }
    }

    /// Whether the session has ended.
    pub(crate) fn has_ended(self) -> bool {
        self.has_ended.get()
    }

    /// Whether the page asks to sign in again; `false` once that was put off.
    pub(crate) const fn is_asking(self) -> RwSignal<bool> {
        self.is_asking
    }
}
