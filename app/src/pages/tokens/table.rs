//! The table of tokens.

use console_wire::access::{TokenInfo, TokenState, Tokens};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    api::tokens::RevokeToken,
    format::{number::count_noun, token},
    forms::PostForm,
    kit::{BadgeView, TimeFormat, TimeText, ToolTable},
};

/// Tokens with a button each that revokes it.
#[component]
pub(crate) fn TokenTable(
    tokens: Memo<Option<Tokens>>,
    revoke: ServerAction<RevokeToken>,
    /// The page that a plain form leads back to: `account` or `team`.
    back: &'static str,
    /// Whether the table says whose a token is.
    #[prop(optional)]
    has_owners: bool,
    /// Above the table.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let count = move || {
        tokens.with(|tokens| {
            let count = tokens.as_ref().map_or(0, |tokens| tokens.items.len());
            count_noun(count as u64, "token", "tokens")
        })
    };
    let is_empty = Memo::new(move |_| {
        tokens.with(|tokens| tokens.as_ref().is_none_or(|tokens| tokens.items.is_empty()))
    });
    let rows = move || {
        let Tokens { items, as_of } = tokens.get()?;
        Some(
            items
                .into_iter()
                .map(|token| view! { <Row token as_of revoke back has_owners /> })
                .collect_view(),
        )
    };
    let mut heads = vec!["Token", "Role", "Last used", "Ends"];
    if has_owners {
        heads.insert(1, "Owner");
    }
    view! {
        <section class="panel" aria-labelledby="tokens-title">
            <div class="panel__header">
                <h2 class="panel__title" id="tokens-title">
                    "API tokens "
                    <span class="panel__note">{count} ", for scripts; at most one year"</span>
                </h2>
            </div>
            {children.map(|children| children())}
            <ToolTable labelled_by="tokens-title" heads=heads is_empty=is_empty>
                {rows}
            </ToolTable>
            <p class="field__hint">
                "Programs send a token as "
                <code>"Authorization: Bearer fct_…"</code>
                ". It may do what its role and its owner may, whichever is less."
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Row(
    token: TokenInfo,
    as_of: Timestamp,
    revoke: ServerAction<RevokeToken>,
    back: &'static str,
    has_owners: bool,
) -> impl IntoView {
    let notice =
        token::notice(&token, as_of).map(|badge| view! { <BadgeView badge=Signal::stored(badge) /> });
    let revoked = token::is_warned(&token, as_of).then(|| {
        view! {
            <span class="data-table__sub">
                "revoked " <TimeText at=token.ends_unused as_of style=TimeFormat::Relative />
            </span>
        }
    });
    let used = match token.last_used {
        Some(at) => view! { <TimeText at as_of style=TimeFormat::Relative /> }.into_any(),
        None => "never used".into_any(),
    };
    let lowered = (token.effective_role != token.role).then(|| {
        view! { <span class="data-table__sub">{format!("now {}, as its owner", token.effective_role)}</span> }
    });
    let ends = if token.state == TokenState::Expired { "ended " } else { "ends " };
    // One that has ended is only removed from the list.
    let word =
        if matches!(token.state, TokenState::Expired | TokenState::Unused) { "Remove" } else { "Revoke" };
    let label = format!("{word} the token {} of {}", token.name, token.owner.name);
    let owner = has_owners.then(|| view! { <td>{token.owner.name.clone()}</td> });
    view! {
        <tr>
            <th scope="row">
                <span class="data-table__main">{token.name.clone()}</span>
                <span class="data-table__sub">
                    <code>{format!("{}…", token.prefix)}</code>
                </span>
            </th>
            {owner}
            <td>{token.role.to_string()} {lowered}</td>
            <td>{used} {revoked}</td>
            <td>
                {ends}
                <TimeText at=token.ends as_of style=TimeFormat::Relative />
                " "
                {notice}
            </td>
            <td class="to-end">
                <div class="data-table__tools">
                    <PostForm action=revoke>
                        <input type="hidden" name="token_id" value=token.token_id.to_string() />
                        <input type="hidden" name="back" value=back />
                        <button class="button button--small button--quiet" type="submit" aria-label=label>
                            {word}
                        </button>
                    </PostForm>
                </div>
            </td>
        </tr>
    }
    .into_any()
}
