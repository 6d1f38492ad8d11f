//! The real program from outside: its API, pages, event streams and command line. Each test starts one of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod access;
mod access_matrix;
mod api_description;
mod api_errors;
mod audit;
mod backup;
mod bad_requests;
mod command_line;
mod compare;
mod connections;
mod event_streams;
mod exposure;
mod groups;
mod hardening;
mod html;
mod html_injection;
mod hub_away;
mod hub_outages;
mod jobs;
mod log_limits;
mod messages;
mod openid;
mod overview;
mod plain_forms;
#[path = "../../crates/openid-client/tests/it/provider.rs"]
#[allow(dead_code, unreachable_pub, reason = "the tests of the provider's client use more of it")]
mod provider;
mod registry;
mod reruns;
mod rollout_webhooks;
mod rollouts;
mod schedules;
mod scope;
mod scope_lists;
mod security;
mod security_table;
mod seed;
mod simulator;
mod startup;
mod stores;
mod tokens;
mod traces;
mod walls;
mod webhooks;
