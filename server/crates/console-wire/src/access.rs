//! Who may do what: roles, actions, and the one function that decides. The server asks it for every request, and pages ask
//! it to show a button disabled.
//!
//! | action | viewer | operator | approver | administrator | without sign-in |
//! |---|---|---|---|---|---|
//! | `job:read` `schedule:read` `device:read` `telemetry:read` `metrics:read` `wall:read` | yes | yes | yes | yes | yes |
//! | `job:create` `job:cancel` `job:rerun` `job:handle` `template:write` `group:write` `schedule:write` | | yes | | yes | yes |
//! | `device:invoke` `device:patch` `device:write` `device:keys` `message:send` `simulator:write` | | yes | | yes | yes |
//! | `job:approve` | | | yes | yes | |
//! | `audit:read` | | own | yes | yes | yes |
//! | `user:read` `user:write` `wall:write` | | | | yes | |
//! | `session:revoke` `token:create` `token:read` `token:revoke` | own | own | own | yes | |
//! | `webhook:read` `webhook:write` | | | | yes | yes |
//!
//! A screen that shows the wall has `wall:read` and nothing else.
//!
//! A viewer or an operator may have a scope: a condition that limits the devices that the person sees and
//! acts on. What it limits is in `console/src/scope.rs`.

mod action;
mod device_login;
mod password;
mod role;
mod team;
mod token;
mod token_text;
mod user_code;
mod wall;

use serde::{Deserialize, Serialize};

pub use self::{
    action::Action,
    device_login::{
        CLIENT_ID, DEVICE_LOGIN_LIFE, DEVICE_TOKEN_DAYS, DeviceAuthorization, DeviceLogin, GRANT_TYPE,
        GrantError, GrantedToken, LoginDecision, POLL_INTERVAL,
    },
    password::Password,
    role::Role,
    team::{
        AccountState, Invitation, MAX_NAME, MAX_SCOPE, MAX_USER_NAME, NewPerson, OneTimeLink, SessionInfo,
        Team, TeamMember, UNUSED_LIFE, WHOLE_LIFE,
    },
    token::{
        MAX_TOKEN_DAYS, MadeToken, Me, NewServiceAccount, NewToken, ServiceAccount, ServiceAccounts,
        TokenInfo, TokenState, Tokens,
    },
    token_text::{NotAToken, TokenText},
    user_code::{NotAUserCode, UserCode},
    wall::{AskingWall, MAX_WALL_NAME, MAX_WALLS, WALL_CODE_LIFE, WallCode, WallInfo, WallScreen},
};

/// A person with an account, as everything that the person does is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Never changes and is never used again.
    pub user_id: String,
    /// What the person types to sign in.
    pub user_name: String,
    /// What others call the person.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The condition that limits the devices that the person sees and acts on as a viewer or an operator; absent: every
    /// device. In the hub's query language, at most [`MAX_SCOPE`] characters. Other roles are not limited, see
    /// [`Actor::scope`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// Who did something: the name as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PersonRef {
    /// The account.
    pub user_id: String,
    /// The name as it was when the person did it.
    pub name: String,
}

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Actor {
    /// The user of this machine, while sign-in is off.
    LocalOperator,
    /// A person who has signed in.
    Person(Person),
    /// A screen that shows the wall.
    Wall(WallScreen),
}

impl Actor {
    /// The person, to be recorded with what the person does.
    pub fn person(&self) -> Option<PersonRef> {
        match self {
            Self::LocalOperator | Self::Wall(_) => None,
            Self::Person(person) => {
                Some(PersonRef { user_id: person.user_id.clone(), name: person.name.clone() })
            }
        }
    }

    /// The condition that limits the devices that the actor may see and act on; `None` means every device.
    pub fn scope(&self) -> Option<&str> {
        match self {
            Self::Person(person) if person.role.is_limited_by_scope() => person.scope.as_deref(),
            Self::LocalOperator | Self::Person(_) | Self::Wall(_) => None,
        }
    }

    const fn role(&self) -> Option<Role> {
        match self {
            Self::LocalOperator | Self::Wall(_) => None,
            Self::Person(person) => Some(person.role),
        }
    }
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// Any job, device or account.
    Any,
    /// What belongs to the person with this id: sessions, tokens, own entries of a list.
    OwnedBy(&'a str),
}

/// The permission that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// What was to be done.
    pub action: Action,
    /// The role of the person; absent without sign-in.
    pub role: Option<Role>,
}

impl Missing {
    /// What is missing and what helps, a sentence for a person.
    pub fn sentence(&self) -> String {
        match self.role {
            Some(role) => format!(
                "This needs the permission {}, which the role {role} does not have. An administrator can change your role.",
                self.action
            ),
            None => format!(
                "This needs the permission {}, which only people with an account have. Start the server with --sign-in.",
                self.action
            ),
        }
    }
}

/// Whether a person may do something.
///
/// # Errors
/// The permission that is missing.
pub fn permit(actor: &Actor, action: Action, subject: Subject<'_>) -> Result<(), Missing> {
    let is_own = match (actor, subject) {
        (Actor::Person(person), Subject::OwnedBy(owner)) => person.user_id == owner,
        _ => false,
    };
    let is_permitted = match actor {
        Actor::LocalOperator => !action.needs_account(),
        Actor::Wall(_) => action == Action::WallRead,
        Actor::Person(person) => person.role.permits(action) || is_own && person.role.permits_on_own(action),
    };
    if is_permitted { Ok(()) } else { Err(Missing { action, role: actor.role() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(role: Role) -> Actor {
        Actor::Person(Person {
            user_id: "u1".into(),
            user_name: "mara".into(),
            name: "Mara Lindqvist".into(),
            role,
            scope: Some("tags.building = '43'".into()),
        })
    }

    /// One line an action: who may do it to anything, and to what is their own. V, O, A and M are the four roles, L is the
    /// local operator, W a screen that shows the wall.
    #[test]
    fn roles_and_actions() {
        for (action, any, own) in [
            (Action::JobRead, "VOAML", "VOAML"),
            (Action::JobCreate, "OML", "OML"),
            (Action::JobCancel, "OML", "OML"),
            (Action::JobRerun, "OML", "OML"),
            (Action::JobHandle, "OML", "OML"),
            (Action::JobApprove, "AM", "AM"),
            (Action::TemplateWrite, "OML", "OML"),
            (Action::GroupWrite, "OML", "OML"),
            (Action::ScheduleRead, "VOAML", "VOAML"),
            (Action::ScheduleWrite, "OML", "OML"),
            (Action::DeviceRead, "VOAML", "VOAML"),
            (Action::DeviceInvoke, "OML", "OML"),
            (Action::DevicePatch, "OML", "OML"),
            (Action::DeviceWrite, "OML", "OML"),
            (Action::DeviceKeys, "OML", "OML"),
            (Action::MessageSend, "OML", "OML"),
            (Action::TelemetryRead, "VOAML", "VOAML"),
            (Action::SimulatorWrite, "OML", "OML"),
            (Action::MetricsRead, "VOAML", "VOAML"),
            (Action::AuditRead, "AML", "OAML"),
            (Action::UserRead, "M", "M"),
            (Action::UserWrite, "M", "M"),
            (Action::SessionRevoke, "M", "VOAM"),
            (Action::TokenCreate, "M", "VOAM"),
            (Action::WebhookRead, "ML", "ML"),
            (Action::WebhookWrite, "ML", "ML"),
            (Action::TokenRead, "M", "VOAM"),
            (Action::TokenRevoke, "M", "VOAM"),
            (Action::WallRead, "VOAMLW", "VOAMLW"),
            (Action::WallWrite, "M", "M"),
        ] {
            let actors = [
                ('V', person(Role::Viewer)),
                ('O', person(Role::Operator)),
                ('A', person(Role::Approver)),
                ('M', person(Role::Administrator)),
                ('L', Actor::LocalOperator),
                ('W', Actor::Wall(WallScreen { wall_id: 1, name: "Lobby".into() })),
            ];
            let who = |subject| -> String {
                let permitted = actors.iter().filter(|(_, actor)| permit(actor, action, subject).is_ok());
                permitted.map(|(letter, _)| *letter).collect()
            };
            assert_eq!(who(Subject::Any), any, "{action} on anything");
            assert_eq!(who(Subject::OwnedBy("u1")), own, "{action} on one's own");
            assert_eq!(who(Subject::OwnedBy("u2")), any, "{action} on somebody else's");
        }
    }

    #[test]
    fn the_table_above_knows_every_action() {
        let source = include_str!("access.rs");
        for action in Action::ALL {
            assert!(source.contains(&format!("`{action}`")), "{action}");
            assert!(source.contains(&format!("(Action::{action:?}, ")), "{action}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = permit(&person(Role::Viewer), Action::JobCreate, Subject::Any).unwrap_err();
        let sentence = missing.sentence();
        assert!(sentence.contains("job:create") && sentence.contains("role Viewer"), "{sentence}");
        let missing = permit(&Actor::LocalOperator, Action::UserWrite, Subject::Any).unwrap_err();
        assert!(missing.sentence().contains("--sign-in"), "{missing:?}");
    }

    #[test]
    fn viewers_and_operators_are_limited_by_a_scope() {
        for role in Role::ALL {
            let is_limited = matches!(role, Role::Viewer | Role::Operator);
            let expected = is_limited.then_some("tags.building = '43'");
            assert_eq!(person(role).scope(), expected, "{role}");
        }
        assert_eq!(Actor::LocalOperator.scope(), None);
    }

    #[test]
    fn an_actor_survives_the_way_to_the_browser() {
        for actor in [Actor::LocalOperator, person(Role::Approver)] {
            let json = serde_json::to_string(&actor).unwrap();
            assert_eq!(serde_json::from_str::<Actor>(&json).unwrap(), actor, "{json}");
        }
    }
}
