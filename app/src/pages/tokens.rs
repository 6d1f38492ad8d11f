//! API tokens, for the pages of one's own account and of the team: the form, the token that is shown once, the table.

mod form;
mod notice;
mod table;

pub(crate) use self::{form::TokenForm, notice::TokenNotice, table::TokenTable};
