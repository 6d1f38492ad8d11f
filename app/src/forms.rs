//! Forms: the fields of the job form and of the simulator's form as data, and components that send forms.

pub(crate) mod job;
mod post_form;
mod query_bar;
pub(crate) mod simulator;

#[cfg(feature = "ssr")]
pub(crate) use post_form::FORM_TOKEN;
pub(crate) use post_form::{PlainForm, PostForm, SearchForm};
pub(crate) use query_bar::{QueryBar, QueryProblem};
