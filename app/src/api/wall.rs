//! The wall: what a screen shows, how it is connected, and the list of screens.

use console_wire::{
    access::{AskingWall, WallCode, WallInfo},
    wall::WallView,
};
use hub_wire::Timestamp;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// What a screen shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum WallPage {
    /// The wall.
    Shown(Box<WallView>),
    /// A code for an administrator to type.
    Code {
        /// The code.
        code: WallCode,
        /// When this was read.
        as_of: Timestamp,
    },
    /// Nothing yet, and how to begin.
    NotConnected {
        /// The screen was connected before: its link was revoked.
        was_revoked: bool,
        /// When this was read.
        as_of: Timestamp,
    },
}

/// The list of screens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WallList {
    /// By name.
    pub(crate) walls: Vec<WallInfo>,
    /// The screen whose code was typed, or why there is none.
    pub(crate) asking: Option<Result<AskingWall, ApiError>>,
    /// Why a plain form was refused.
    pub(crate) refused: Option<ApiError>,
    /// When this was read.
    pub(crate) as_of: Timestamp,
}

/// What this screen shows.
#[server(prefix = "/fn", endpoint = "wall", input = GetUrl)]
pub(crate) async fn read_wall() -> Result<WallPage, ApiError> {
    let as_of: Timestamp = std::time::SystemTime::now().into();
    let access = super::ssr::access()?;
    if let Some(actor) = &access.actor {
        let view = super::ssr::console()?.wall(actor, &ssr::build()).await.map_err(super::ssr::refuse)?;
        return Ok(WallPage::Shown(Box::new(view)));
    }
    if let Some(held) = ssr::cookie(access.cookie.of_wall_codes())
        && let Some(code) =
            super::ssr::console()?.wall_code(&held, as_of).await.map_err(super::ssr::refuse)?
    {
        return Ok(WallPage::Code { code, as_of });
    }
    let was_revoked = ssr::cookie(access.cookie.of_walls()).is_some();
    Ok(WallPage::NotConnected { was_revoked, as_of })
}

/// Shows a code on this screen.
#[server(prefix = "/fn", endpoint = "begin-wall")]
pub(crate) async fn begin_wall() -> Result<(), ApiError> {
    let access = super::ssr::access()?;
    let from =
        console::SignInFrom { address: access.address, user_agent: access.user_agent, session_id: None };
    let now = std::time::SystemTime::now().into();
    let begun = super::ssr::console()?.begin_wall(&from, now).await.map_err(super::ssr::refuse)?;
    let Some(code) = begun else {
        let wait = std::time::Duration::from_mins(1);
        return Err(super::ssr::refuse(console::ConsoleError::TooManyAttempts { wait }));
    };
    ssr::set_cookie(access.cookie.of_wall_codes().keep(code.expose()));
    if super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::WALL);
    }
    Ok(())
}

/// Connects this screen, once an administrator has allowed it.
#[server(prefix = "/fn", endpoint = "connect-wall")]
pub(crate) async fn connect_wall() -> Result<(), ApiError> {
    let cookie = super::ssr::access()?.cookie;
    if let Some(held) = ssr::cookie(cookie.of_wall_codes()) {
        let now = std::time::SystemTime::now().into();
        let token = super::ssr::console()?.connect_wall(&held, now).await.map_err(super::ssr::refuse)?;
        if let Some(token) = token {
            ssr::set_cookie(cookie.of_walls().keep(token.expose()));
            ssr::set_cookie(cookie.of_wall_codes().forget());
        }
    }
    if super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::WALL);
    }
    Ok(())
}

/// The screens, and the one that shows a code. `refused` is the key of a form that was refused.
#[server(prefix = "/fn", endpoint = "walls", input = GetUrl)]
pub(crate) async fn read_walls(code: String, refused: String) -> Result<WallList, ApiError> {
    let as_of = std::time::SystemTime::now().into();
    let (console, actor) = (super::ssr::console()?, super::ssr::actor()?);
    let walls = console.walls(&actor).await.map_err(super::ssr::refuse)?;
    let asking = if code.trim().is_empty() {
        None
    } else {
        Some(console.asking_wall(&actor, &code, as_of).await.map_err(super::ssr::to_api_error))
    };
    let kept = super::PlainFormResults::from_context()?;
    let refused = kept.refused(&refused).and_then(|form| form.error);
    Ok(WallList { walls, asking, refused, as_of })
}

/// Allows the screen that shows a code, under a name.
#[server(prefix = "/fn", endpoint = "allow-wall")]
pub(crate) async fn allow_wall(user_code: String, name: String) -> Result<(), ApiError> {
    use super::access::RefusedForm;

    let now = std::time::SystemTime::now().into();
    let console = super::ssr::console()?;
    match console.allow_wall(&super::ssr::actor()?, &user_code, &name, now).await {
        Ok(_) => {
            super::ssr::redirect(crate::paths::WALLS);
            Ok(())
        }
        Err(error) => {
            let error = super::ssr::refuse(error);
            if super::ssr::is_plain_form() {
                let form = RefusedForm { error: Some(error.clone()), ..RefusedForm::default() };
                let key = super::PlainFormResults::from_context()?.keep_refused(form);
                super::ssr::redirect(&crate::paths::walls_refused(&user_code, &key));
            }
            Err(error)
        }
    }
}

/// Revokes a screen.
#[server(prefix = "/fn", endpoint = "revoke-wall")]
pub(crate) async fn revoke_wall(wall_id: u64) -> Result<(), ApiError> {
    let console = super::ssr::console()?;
    console.revoke_wall(&super::ssr::actor()?, wall_id).await.map_err(super::ssr::refuse)?;
    if super::ssr::is_plain_form() {
        super::ssr::redirect(crate::paths::WALLS);
    }
    Ok(())
}

#[cfg(feature = "ssr")]
mod ssr {
    use http::{HeaderValue, header};
    use leptos::prelude::use_context;

    use crate::{Build, WallCookie};

    /// Which build of the server this is.
    pub(super) fn build() -> String {
        use_context::<Build>().map(|build| build.0).unwrap_or_default()
    }

    /// The token in one of the request's cookies.
    pub(super) fn cookie(cookie: WallCookie) -> Option<String> {
        cookie.token(&use_context::<http::request::Parts>()?.headers)
    }

    pub(super) fn set_cookie(cookie: Option<HeaderValue>) {
        if let (Some(response), Some(cookie)) = (use_context::<leptos_axum::ResponseOptions>(), cookie) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
}
