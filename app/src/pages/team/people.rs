//! The table of people: role, state, and what can be changed.

use console_wire::{
    access::{AccountState, Action, Role, TeamMember},
    group::GroupRef,
};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::{Changes, scope::Scope};
use crate::{
    account::use_account,
    format::{Badge, team},
    forms::PostForm,
    kit::{BadgeView, Icon, Menu, PermissionNote, TimeFormat, TimeText, ToolTable},
};

/// The table.
#[component]
pub(super) fn People(
    members: Memo<Vec<TeamMember>>,
    as_of: Memo<Option<Timestamp>>,
    groups: Memo<Vec<GroupRef>>,
    changes: Changes,
    is_allowed: bool,
) -> impl IntoView {
    let rows = move || {
        let as_of = as_of.get_untracked()?;
        let rows = members.get().into_iter();
        Some(rows.map(|member| view! { <Row member as_of groups changes is_allowed /> }).collect_view())
    };
    view! {
        <section class="panel" aria-labelledby="people-title">
            <div class="panel__header">
                <h2 class="panel__title" id="people-title">
                    "People"
                </h2>
            </div>
            <PermissionNote action=Action::UserWrite />
            <ToolTable labelled_by="people-title" heads=vec!["Person", "Role", "Scope", "Account", "Last seen"]>
                {rows}
            </ToolTable>
        </section>
    }
    .into_any()
}

#[component]
fn Row(
    member: TeamMember,
    as_of: Timestamp,
    groups: Memo<Vec<GroupRef>>,
    changes: Changes,
    is_allowed: bool,
) -> impl IntoView {
    let TeamMember { person, state, provider, last_seen, link_ends, scope_group, .. } = member;
    let is_from_provider = provider.is_some();
    let at_provider = provider.map(|issuer| {
        view! { <span class="data-table__sub">{format!("signs in at {}", team::host(&issuer))}</span> }
    });
    let is_self = use_account().person().is_some_and(|own| own.user_id == person.user_id);
    let seen = match last_seen {
        Some(at) => view! { <TimeText at as_of style=TimeFormat::Relative /> }.into_any(),
        None => "never".into_any(),
    };
    let badge: Badge = team::state(state);
    let link = link_ends.map(|at| {
        view! {
            <span class="data-table__sub">
                "link ends " <TimeText at as_of style=TimeFormat::Relative />
            </span>
        }
    });
    let (name, user_id) = (person.name.clone(), person.user_id.clone());
    view! {
        <tr>
            <th scope="row">
                <span class="person">
                    <span class="person__mark" aria-hidden="true">
                        {team::initials(&person.name)}
                    </span>
                    <span>
                        <span class="data-table__main">{person.name.clone()}</span>
                        <span class="data-table__sub">{person.user_name.clone()}</span>
                    </span>
                </span>
            </th>
            <td>
                <RoleForm
                    user_id=person.user_id.clone()
                    name=name.clone()
                    role=person.role
                    changes
                    is_off=is_self || is_from_provider || !is_allowed
                />
            </td>
            <td>
                <Scope person group=scope_group groups changes is_off=is_self || !is_allowed />
            </td>
            <td>
                <BadgeView badge=Signal::stored(badge) />
                {link} {at_provider}
            </td>
            <td>{seen} {is_self.then_some(", this is you")}</td>
            <td class="to-end">
                <div class="data-table__tools">
                    {(is_allowed && !is_self).then(|| view! { <Tools user_id name state is_from_provider changes /> })}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// The role and the button that changes it. One's own role cannot be changed.
#[component]
pub(super) fn RoleForm(
    user_id: String,
    name: String,
    role: Role,
    changes: Changes,
    is_off: bool,
) -> impl IntoView {
    let chosen = RwSignal::new(role);
    let options = Role::ALL.map(|each| {
        view! {
            <option value=each.as_str() selected=each == role>
                {each.to_string()}
            </option>
        }
    });
    let pending = changes.change_role.pending();
    view! {
        <PostForm action=changes.change_role>
            <div class="team__role">
                <input type="hidden" name="user_id" value=user_id />
                <select
                    class="input select-small"
                    name="role"
                    aria-label=format!("Role of {name}")
                    disabled=is_off
                    on:change:target=move |event| {
                        if let Some(role) = Role::from_wire(&event.target().value()) {
                            chosen.set(role);
                        }
                    }
                >
                    {options.into_iter().collect_view()}
                </select>
                {(!is_off)
                    .then(|| {
                        view! {
                            <button
                                class="button button--small"
                                type="submit"
                                aria-label=format!("Change role of {name}")
                                disabled=move || pending.get()
                                data-unchanged=move || (chosen.get() == role).then_some("")
                            >
                                "Change"
                            </button>
                        }
                    })}
            </div>
        </PostForm>
    }
    .into_any()
}

/// What else can be done with an account.
#[component]
fn Tools(
    user_id: String,
    name: String,
    state: AccountState,
    is_from_provider: bool,
    changes: Changes,
) -> impl IntoView {
    let is_deactivated = state == AccountState::Deactivated;
    let (word, active) = if is_deactivated { ("Activate", "true") } else { ("Deactivate", "false") };
    let link = (!is_deactivated && !is_from_provider).then(|| {
        let user_id = user_id.clone();
        view! {
            <li>
                <PostForm action=changes.new_link>
                    <input type="hidden" name="user_id" value=user_id />
                    <button class="menu__item" type="submit">
                        <Icon name="link" />
                        "New link to choose a password"
                    </button>
                </PostForm>
            </li>
        }
    });
    view! {
        <Menu
            label=format!("More about {name}")
            button="button button--quiet button--icon button--small"
            list="menu__list menu__list--wide"
            summary=view! { <Icon name="ellipsis" is_large=true /> }.into_any()
        >
            {link}
            <li>
                <PostForm action=changes.set_active>
                    <input type="hidden" name="user_id" value=user_id />
                    <input type="hidden" name="active" value=active />
                    <button class="menu__item" type="submit">
                        <Icon name=if is_deactivated { "check" } else { "circle-slash" } />
                        {format!("{word} {name}")}
                    </button>
                </PostForm>
            </li>
        </Menu>
    }
    .into_any()
}
