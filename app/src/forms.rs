//! Forms: the fields of the forms of jobs, groups and the simulator as data, and components that send forms.

pub(crate) mod device;
mod errors;
pub(crate) mod group;
pub(crate) mod job;
pub(crate) mod message;
mod post_form;
mod query_bar;
mod read_file;
pub(crate) mod simulator;

pub(crate) use errors::FormErrors;
#[cfg(feature = "ssr")]
pub(crate) use post_form::FORM_TOKEN;
pub(crate) use post_form::{PlainForm, PostForm, SearchForm};
pub(crate) use query_bar::{QueryBar, QueryProblem};
pub(crate) use read_file::ReadFile;
