//! Where people are signed in.

use console_wire::access::{SessionInfo, TeamMember};
use hub_wire::Timestamp;
use leptos::prelude::*;

use super::Changes;
use crate::{
    format::{number::count_noun, team},
    forms::PostForm,
    kit::{TimeFormat, TimeText, ToolTable},
};

/// The table of sessions.
#[component]
pub(super) fn Sessions(
    members: Memo<Vec<TeamMember>>,
    as_of: Memo<Option<Timestamp>>,
    changes: Changes,
) -> impl IntoView {
    let count = move || {
        let count: usize = members.with(|members| members.iter().map(|member| member.sessions.len()).sum());
        count_noun(count as u64, "session", "sessions")
    };
    let rows = move || {
        let as_of = as_of.get_untracked()?;
        let of_member = |member: TeamMember| {
            let name = member.person.name;
            member
                .sessions
                .into_iter()
                .map(move |session| view! { <Row name=name.clone() session as_of changes /> })
        };
        Some(members.get().into_iter().flat_map(of_member).collect_view())
    };
    view! {
        <section class="panel" aria-labelledby="sessions-title">
            <div class="panel__header">
                <h2 class="panel__title" id="sessions-title">
                    "Signed in "
                    <span class="panel__note">{count}</span>
                </h2>
            </div>
            <ToolTable labelled_by="sessions-title" heads=vec!["Person", "From", "Signed in", "Last used"]>
                {rows}
            </ToolTable>
            <p class="field__hint">{team::SESSION_END}</p>
        </section>
    }
    .into_any()
}

#[component]
fn Row(name: String, session: SessionInfo, as_of: Timestamp, changes: Changes) -> impl IntoView {
    let SessionInfo { session_id, created_time, last_used, address, user_agent, is_current } = session;
    let browser = user_agent.as_deref().map(team::browser);
    let from = address.unwrap_or_else(|| "an unknown address".to_owned());
    let label = format!("Revoke the session of {name} from {from}");
    view! {
        <tr>
            <th scope="row">{name} {is_current.then_some(", this session")}</th>
            <td>
                <span class="data-table__main">{from}</span>
                <span class="data-table__sub" title=user_agent>
                    {browser}
                </span>
            </td>
            <td>
                <TimeText at=created_time as_of style=TimeFormat::Clock />
            </td>
            <td>
                <TimeText at=last_used as_of style=TimeFormat::Relative />
            </td>
            <td class="to-end">
                <div class="data-table__tools">
                    <PostForm action=changes.revoke_session>
                        <input type="hidden" name="session_id" value=session_id.to_string() />
                        <button class="button button--small button--quiet" type="submit" aria-label=label>
                            "Revoke"
                        </button>
                    </PostForm>
                </div>
            </td>
        </tr>
    }
    .into_any()
}
