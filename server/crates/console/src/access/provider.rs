//! Signing in at a provider of OpenID Connect: what is kept while a person is there, and which account the person has here.
//!
//! A person is known by issuer and subject, never by a name or a mail address, which others may get later. The role comes from
//! a claim at every sign-in. A person without a role here gets no account. Such an account has no password and no links; it is
//! never one with a local administrator, who has to remain for the day when the provider is away.

use std::time::Duration;

use console_wire::access::{MAX_NAME, MAX_USER_NAME, Person, Role};
use hub_wire::Timestamp;
use tracing::info;

use super::{
    SignInFrom, SignedIn,
    names::{name_fault, user_name_fault},
    secret,
    sessions::{self, Opening, announce_end},
};
use crate::{
    ConsoleError, audit,
    core::Core,
    store::{FromProvider, ProviderSignIn},
};

/// A person has so long to sign in at the provider.
pub const PROVIDER_SIGN_IN_LIFE: Duration = Duration::from_mins(10);

/// A sign-in that begins: what the provider and the browser get.
#[derive(Debug)]
pub struct PendingSignIn {
    /// What the provider hands back.
    pub state: String,
    /// What the browser keeps in a cookie: only it can go on.
    pub browser: String,
    /// What the provider puts into the token.
    pub nonce: String,
    /// The secret of PKCE, of which the provider gets the hash first.
    pub verifier: String,
}

/// A sign-in that the browser has come back with. It can be used once.
#[derive(Debug)]
pub struct ReturnedSignIn {
    /// What has to be in the token.
    pub nonce: String,
    /// The secret of PKCE.
    pub verifier: String,
    /// The page to go on with.
    pub next: String,
}

/// Who has signed in at the provider, whose token has been checked.
#[derive(Debug, Clone)]
pub struct ProviderIdentity {
    /// The provider.
    pub issuer: String,
    /// The person there.
    pub subject: String,
    /// What others call the person.
    pub name: Option<String>,
    /// What the person is called in the provider's directory.
    pub user_name: Option<String>,
    /// The values of the role claim; `None` when the claim is not there.
    pub roles: Option<Vec<String>>,
}

/// How the values of a claim become a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleClaim {
    /// The claim's name.
    pub claim: String,
    /// Values and their roles. The first value that a person has decides.
    pub map: Vec<(String, Role)>,
}

impl RoleClaim {
    /// The role of a person with these values.
    fn role(&self, values: &[String]) -> Option<Role> {
        self.map.iter().find(|(value, _)| values.contains(value)).map(|(_, role)| *role)
    }
}

/// Begins a sign-in at the provider. `next` is the page to go on with.
pub(crate) async fn begin(core: &Core, next: &str, now: Timestamp) -> Result<PendingSignIn, ConsoleError> {
    let pending = PendingSignIn {
        state: secret::token()?,
        browser: secret::token()?,
        nonce: secret::token()?,
        verifier: secret::token()?,
    };
    let (state_hash, browser_hash) = (secret::hash(&pending.state), secret::hash(&pending.browser));
    let row = ProviderSignIn {
        state_hash: &state_hash,
        browser_hash: &browser_hash,
        nonce: &pending.nonce,
        verifier: &pending.verifier,
        next,
        ends: now.plus(PROVIDER_SIGN_IN_LIFE),
    };
    core.store.insert_provider_sign_in(row, now).await?;
    Ok(pending)
}

/// Takes a sign-in that has come back to the browser that began it.
pub(crate) async fn take(
    core: &Core,
    state: &str,
    browser: &str,
    now: Timestamp,
) -> Result<ReturnedSignIn, ConsoleError> {
    let taken = core.store.take_provider_sign_in(&secret::hash(state), &secret::hash(browser), now).await?;
    let (nonce, verifier, next) = taken.ok_or(ConsoleError::SignInExpired)?;
    Ok(ReturnedSignIn { nonce, verifier, next })
}

/// Begins the session of a person who has signed in at the provider, with an account that is made at the first time.
pub(crate) async fn sign_in(
    core: &Core,
    identity: ProviderIdentity,
    roles: &RoleClaim,
    from: &SignInFrom,
    now: Timestamp,
) -> Result<SignedIn, ConsoleError> {
    let role = role(&identity, roles)?;
    sessions::forget_ended(core, now).await?;
    let person = person(&identity, role)?;
    let key = FromProvider { issuer: &identity.issuer, subject: &identity.subject, person: &person };
    let Some((person, has_changed)) = core.store.account_from_provider(key, now).await? else {
        info!(issuer = identity.issuer, "sign-in of a deactivated account refused");
        return Err(ConsoleError::AccountDeactivated);
    };
    if has_changed {
        announce_end(core);
        core.changed_rights.send_modify(|count| *count += 1);
    }
    audit::begin_as(&person).await?;
    let opening = Opening::new(from)?;
    let session_id = core.store.insert_session(opening.session(&person.user_id, now)).await?;
    audit::note_subject(&session_id.to_string(), None);
    Ok(opening.signed_in(session_id, person))
}

/// The role of a person, or why there is none.
fn role(identity: &ProviderIdentity, roles: &RoleClaim) -> Result<Role, ConsoleError> {
    let refuse = |found: Option<usize>| {
        info!(claim = roles.claim, values = found, "sign-in without a role refused");
        ConsoleError::NoRole { claim: roles.claim.clone(), is_claim_there: found.is_some() }
    };
    let Some(values) = &identity.roles else { return Err(refuse(None)) };
    roles.role(values).ok_or_else(|| refuse(Some(values.len())))
}

/// The account as it would be if it were new.
fn person(identity: &ProviderIdentity, role: Role) -> Result<Person, ConsoleError> {
    let user_id = secret::id()?;
    let given = |text: &Option<String>, longest: usize| -> Option<String> {
        let text = text.as_deref()?.trim();
        Some(text.chars().filter(|c| !c.is_control()).take(longest).collect())
    };
    let user_name = given(&identity.user_name, MAX_USER_NAME).filter(|name| user_name_fault(name).is_none());
    let user_name = user_name.unwrap_or_else(|| format!("person-{}", user_id.to_lowercase()));
    let name = given(&identity.name, MAX_NAME).filter(|name| name_fault(name).is_none());
    let name = name.unwrap_or_else(|| user_name.clone());
    Ok(Person { user_id, user_name, name, role, scope: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: Option<&str>, user_name: Option<&str>, roles: Option<&[&str]>) -> ProviderIdentity {
        ProviderIdentity {
            issuer: "https://login.example.com".into(),
            subject: "s".into(),
            name: name.map(str::to_owned),
            user_name: user_name.map(str::to_owned),
            roles: roles.map(|roles| roles.iter().map(|role| (*role).to_owned()).collect()),
        }
    }

    #[test]
    fn the_first_value_of_the_map_decides() {
        let map = [("admins", Role::Administrator), ("ops", Role::Operator), ("all", Role::Viewer)];
        let roles = RoleClaim {
            claim: "groups".into(),
            map: map.map(|(value, role)| (value.to_owned(), role)).to_vec(),
        };
        for (values, expected) in [
            (Some(&["all", "ops"][..]), Ok(Role::Operator)),
            (Some(&["all"]), Ok(Role::Viewer)),
            (Some(&["admins", "ops"]), Ok(Role::Administrator)),
            (Some(&["Ops"]), Err("none of its values is a role here")),
            (Some(&[]), Err("none of its values is a role here")),
            (None, Err("is missing")),
        ] {
            match (role(&identity(None, None, values), &roles), expected) {
                (Ok(role), Ok(expected)) => assert_eq!(role, expected, "{values:?}"),
                (Err(error), Err(part)) => {
                    let text = error.to_string();
                    assert!(text.contains("`groups`") && text.contains(part), "{values:?}: {text}");
                }
                (role, _) => panic!("{values:?}: {role:?}"),
            }
        }
    }

    #[test]
    fn names_of_a_directory_become_names_here() {
        for (name, user_name, expected_name, expected_user_name) in [
            (Some("Mara Lindqvist"), Some("mara@example.com"), "Mara Lindqvist", "mara@example.com"),
            (None, Some("mara"), "mara", "mara"),
            (Some("Mara\nL"), Some("mara"), "MaraL", "mara"),
        ] {
            let person = person(&identity(name, user_name, None), Role::Viewer).unwrap();
            assert_eq!(
                (person.name.as_str(), person.user_name.as_str()),
                (expected_name, expected_user_name)
            );
        }
        for user_name in [None, Some("Mära"), Some(""), Some("a b")] {
            let person = person(&identity(None, user_name, None), Role::Viewer).unwrap();
            assert!(person.user_name.starts_with("person-") && person.name == person.user_name, "{person:?}");
        }
    }
}
