//! How the job is sent and when it stops: presets, time limits, and a sentence for each setting of a rollout.

mod others;
mod setting;
mod stop_rules;
mod waves;

use leptos::prelude::*;

use self::{
    others::{EndSetting, EngineSetting, OfflineSetting, RetrySetting, WindowSetting},
    stop_rules::StopRulesSetting,
    waves::{RateSetting, WavesSetting},
};
use super::{form_state::FormState, section::Section, timeouts::Timeouts};
use crate::forms::job::rollout::Preset;

/// The section.
#[component]
pub(super) fn DeliverySection(state: FormState) -> impl IntoView {
    view! {
        <Section title="Delivery" intro="How it is sent, and when it stops.">
            <Presets state />
            <Timeouts state />
            <div class="settings-list">
                <WavesSetting state />
                <RateSetting state />
                <StopRulesSetting state />
                <RetrySetting state />
                <OfflineSetting state />
                <WindowSetting state />
                <EndSetting state />
                <EngineSetting state />
            </div>
        </Section>
    }
    .into_any()
}

/// Buttons that fill the settings in.
#[component]
fn Presets(state: FormState) -> impl IntoView {
    let fields = state.fields;
    let chosen = Memo::new(move |_| {
        fields.with(|form| Preset::ALL.into_iter().find(|preset| preset.is_in(&form.rollout)))
    });
    let buttons = Preset::ALL.map(|preset| {
        let (name, hint) = preset.words();
        view! {
            <button
                class="choice choice--button"
                type="button"
                aria-pressed=move || if chosen.get() == Some(preset) { "true" } else { "false" }
                on:click=move |_| fields.update(|form| preset.apply(&mut form.rollout))
            >
                <span class="choice__mark" aria-hidden="true"></span>
                <span class="choice__label">{name}</span>
                <span class="choice__hint">{hint}</span>
            </button>
        }
    });
    view! {
        <div class="choices choices--even needs-scripts" role="group" aria-label="Ready-made delivery">
            {Vec::from(buttons)}
        </div>
    }
    .into_any()
}
