//! A client of one provider of OpenID Connect: the code flow with PKCE (S256), and sign-out at the provider.
//!
//! One sign-in: [`Provider::authorize_url`] makes the address that the browser is sent to. The provider sends the browser back
//! with a code. [`Provider::redeem`] exchanges the code for an ID token, checks signature, issuer, audience, time and nonce,
//! and returns who signed in, with the values of the claim that roles come from. State, nonce and the code's verifier are made
//! and kept by the caller, which also decides what a role value means.
//!
//! The provider is asked for its addresses and keys when they are first needed, so that the server starts while it is away.
//! Keys are kept; a token with an unknown key makes them be read again, once a minute at most.
//!
//! What it is not: it keeps no session and stores nothing.
//!
//! Protocol and checks are those of the crate `openidconnect` (OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0).
//! Redirects are not followed: the address of a token endpoint comes from the provider and goes nowhere else.
//!
//! Reading order: [`settings`], `provider`, `claims`, `http`.

mod claims;
mod error;
mod http;
mod provider;
pub mod settings;

pub use error::OpenIdError;
pub use provider::{Identity, Provider};
pub use settings::{Settings, SettingsError};
