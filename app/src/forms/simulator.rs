//! The simulator's form as data: the fields of the settings, and the scenarios that fill them in. Pure, and the same on
//! both sides.

mod fields;
mod scenario;

pub(crate) use self::{
    fields::SettingsForm,
    scenario::{SCENARIOS, Scenario},
};
