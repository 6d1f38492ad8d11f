//! The token that was just made. It is stored as a hash, so it is shown only now.

use console_wire::access::MadeToken;
use leptos::prelude::*;

use crate::{
    format::time,
    kit::{CopyButton, Icon},
};

/// The token with a button to copy it.
#[component]
pub(crate) fn TokenNotice(made: MadeToken) -> impl IntoView {
    let MadeToken { info, token } = made;
    let text = token.expose().to_owned();
    view! {
        <div class="notice page__notice" data-tone="good" role="status">
            <Icon name="circle-check" />
            <div class="stack stack--tight team__link">
                <span>
                    <strong>{format!("Token {} is made.", info.name)}</strong>
                    " Copy it now: it is stored as a hash and never shown again."
                </span>
                <div class="secret">
                    <code>{text.clone()}</code>
                    <CopyButton text=Signal::stored(text) what="token" />
                </div>
                <span class="field__hint">
                    {format!("Rights of {}, at most those of the role {}. Ends ", info.owner.name, info.role)}
                    <time datetime=time::machine(info.ends)>{time::relative(info.ends, info.created_time)}</time>
                    "."
                </span>
            </div>
        </div>
    }
    .into_any()
}
