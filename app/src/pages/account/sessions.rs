//! Where one is signed in.

use console_wire::access::SessionInfo;
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::team::RevokeSession,
    format::team,
    forms::PostForm,
    kit::{TimeFormat, TimeText, ToolTable},
};

/// The table of one's own sessions.
#[component]
pub(super) fn OwnSessions(
    sessions: Memo<Option<(Vec<SessionInfo>, Timestamp)>>,
    revoke: ServerAction<RevokeSession>,
) -> impl IntoView {
    let rows = move || {
        let (sessions, as_of) = sessions.get()?;
        Some(sessions.into_iter().map(|session| view! { <Row session as_of revoke /> }).collect_view())
    };
    view! {
        <section class="panel" aria-labelledby="sessions-title">
            <div class="panel__header">
                <h2 class="panel__title" id="sessions-title">
                    "Signed in"
                </h2>
            </div>
            <ToolTable labelled_by="sessions-title" heads=vec!["From", "Signed in", "Last used"]>
                {rows}
            </ToolTable>
            <p class="field__hint">{team::SESSION_END}</p>
        </section>
    }
    .into_any()
}

#[component]
fn Row(session: SessionInfo, as_of: Timestamp, revoke: ServerAction<RevokeSession>) -> impl IntoView {
    let SessionInfo { session_id, created_time, last_used, address, user_agent, is_current } = session;
    let browser = user_agent.as_deref().map(team::browser);
    let from = address.unwrap_or_else(|| "an unknown address".to_owned());
    let label = format!("End the session from {from}");
    let tool = if is_current {
        "this session".into_any()
    } else {
        view! {
            <PostForm action=revoke>
                <input type="hidden" name="session_id" value=session_id.to_string() />
                <input type="hidden" name="back" value="account" />
                <button class="button button--small button--quiet" type="submit" aria-label=label>
                    "End"
                </button>
            </PostForm>
        }
        .into_any()
    };
    view! {
        <tr>
            <th scope="row">
                <span class="data-table__main">{from}</span>
                <span class="data-table__sub" title=user_agent>
                    {browser}
                </span>
            </th>
            <td>
                <TimeText at=created_time as_of style=TimeFormat::Clock />
            </td>
            <td>
                <TimeText at=last_used as_of style=TimeFormat::Relative />
            </td>
            <td class="to-end">
                <div class="data-table__tools">{tool}</div>
            </td>
        </tr>
    }
    .into_any()
}
