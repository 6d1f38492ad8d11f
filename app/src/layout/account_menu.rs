//! Who is signed in, in the top bar: name, role, the account, the team, the audit log, webhooks, sign out.

use console_wire::access::Action;
use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::{
    account::use_account,
    api::access::SignOut,
    forms::PlainForm,
    kit::{Condition, Icon, Menu},
    paths,
};

/// The menu; nothing on a console without sign-in.
#[component]
pub(super) fn AccountMenu() -> impl IntoView {
    let account = use_account();
    account.person().map(|person| {
        let summary = view! {
            <Icon name="user" />
            <span class="only-roomy">{person.name.clone()}</span>
        };
        let scope = account.scope();
        let team = account.may(Action::UserRead).then(|| {
            view! {
                <li>
                    <a class="menu__item" href=paths::TEAM>
                        <Icon name="user" />
                        "Team"
                    </a>
                </li>
            }
        });
        let walls = account.may(Action::WallWrite).then(|| {
            view! {
                <li>
                    <a class="menu__item" href=paths::WALLS>
                        <Icon name="radio-tower" />
                        "Wall screens"
                    </a>
                </li>
            }
        });
        let audit = account.may_on_own(Action::AuditRead).then(|| {
            view! {
                <li>
                    <a class="menu__item" href=paths::AUDIT>
                        <Icon name="history" />
                        "Audit"
                    </a>
                </li>
            }
        });
        let webhooks = account.may(Action::WebhookRead).then(|| {
            view! {
                <li>
                    <a class="menu__item" href=paths::WEBHOOKS>
                        <Icon name="zap" />
                        "Webhooks"
                    </a>
                </li>
            }
        });
        view! {
            <Menu
                summary=summary.into_any()
                label=format!("Account of {}", person.name)
                button="button button--small button--quiet"
            >
                <li class="menu__note">
                    <strong>{person.name.clone()}</strong>
                    <br />
                    {person.user_name.clone()}
                    <br />
                    {person.role.to_string()}
                    {scope.map(|scope| view! { <br /> "Scope: " <Condition text=scope /> })}
                </li>
                <li class="menu__rule"></li>
                <li>
                    <a class="menu__item" href=paths::ACCOUNT>
                        <Icon name="key-round" />
                        "Your account"
                    </a>
                </li>
                <li>
                    <a class="menu__item" href=paths::APPROVALS>
                        <Icon name="user-check" />
                        "Approvals"
                    </a>
                </li>
                {team}
                {walls}
                {audit}
                {webhooks}
                <li>
                    <PlainForm to=SignOut::PATH>
                        <button class="menu__item" type="submit">
                            <Icon name="arrow-right" />
                            "Sign out"
                        </button>
                    </PlainForm>
                </li>
            </Menu>
        }
    })
}
