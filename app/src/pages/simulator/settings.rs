//! The scenarios and the settings, with the pending changes and the button that applies them.

use console_wire::{
    access::Action,
    simulator::{Simulator, SimulatorSettings},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::{
    account::use_account,
    api::simulator::ChangeSimulator,
    format::{
        number::{count_noun, devices},
        sentence,
        simulator::setting::Setting,
    },
    forms::{
        FormErrors, PostForm,
        simulator::{SCENARIOS, Scenario},
    },
    kit::{Icon, PermissionNote, SliderField, UnknownParams, dom},
    paths::{self, unknown, unknown_names},
};

/// Values that were typed but not applied yet.
#[derive(Debug, Clone, Copy)]
struct Edits {
    settings: Memo<SimulatorSettings>,
    typed: RwSignal<[Option<String>; Setting::ALL.len()]>,
}

impl Edits {
    fn index(setting: Setting) -> usize {
        Setting::ALL.iter().position(|known| *known == setting).unwrap_or_default()
    }

    /// The field's text: what was typed, or the current value.
    fn text(self, setting: Setting) -> String {
        let typed = self.typed.with(|typed| typed[Self::index(setting)].clone());
        typed.unwrap_or_else(|| self.settings.with(|settings| setting.text(setting.value(settings))))
    }

    fn value(self, setting: Setting) -> Result<f64, String> {
        setting.parse(&self.text(setting))
    }

    /// Whether the field differs from the current value.
    fn is_changed(self, setting: Setting) -> bool {
        let current = self.settings.with(|settings| setting.parse(&setting.text(setting.value(settings))));
        self.typed.with(|typed| typed[Self::index(setting)].is_some()) && self.value(setting) != current
    }

    fn type_in(self, setting: Setting, text: String) {
        self.typed.update(|typed| typed[Self::index(setting)] = Some(text));
    }

    fn take(self, scenario: Option<&Scenario>) {
        self.typed.set(Self::of(scenario));
    }

    /// The values of a scenario.
    fn of(scenario: Option<&Scenario>) -> [Option<String>; Setting::ALL.len()] {
        Setting::ALL.map(|setting| Some(setting.text(scenario?.value(setting)?)))
    }

    /// Whether the fields have the values of a scenario.
    fn are(self, scenario: &Scenario) -> bool {
        Setting::ALL
            .into_iter()
            .all(|setting| scenario.value(setting).is_none_or(|wanted| self.value(setting) == Ok(wanted)))
    }
}

/// Scenarios above, settings at the left, and `children` at the right.
#[component]
pub(super) fn PoolSettings(
    /// The running pool.
    pool: Memo<Simulator>,
    /// Sends the change.
    change: ServerAction<ChangeSimulator>,
    children: Children,
) -> impl IntoView {
    let query = use_query_map();
    let scenario = Memo::new(move |_| query.with(|query| query.get("scenario")).unwrap_or_default());
    let edits = Edits {
        settings: Memo::new(move |_| pool.with(|pool| pool.settings)),
        typed: RwSignal::new(Edits::of(Scenario::named(&scenario.get_untracked()))),
    };
    // A link to a scenario.
    Effect::new(move |before: Option<String>| {
        let now = scenario.get();
        if before.is_some_and(|before| before != now) {
            edits.take(Scenario::named(&now));
        }
        now
    });
    // A confirmed change is no longer pending.
    Effect::new(move |_| {
        if let Some(Ok(_)) = change.value().get() {
            edits.take(None);
        }
    });
    let unknown_params = Memo::new(move |_| {
        query.with(|query| {
            let value = unknown(query, "scenario", |name| Scenario::named(name).is_some());
            value.into_iter().chain(unknown_names(query, &["scenario"])).collect::<Vec<_>>()
        })
    });
    view! {
        <UnknownParams params=unknown_params noun="parameter" />
        <Scenarios edits />
        <div class="columns columns--settings sim">
            <SettingsForm edits change />
            {children()}
        </div>
    }
    .into_any()
}

/// The scenarios: each fills the fields without applying them.
#[component]
fn Scenarios(edits: Edits) -> impl IntoView {
    let choices = SCENARIOS
        .iter()
        .map(|scenario| {
            let href = paths::with_query(paths::SIMULATOR, &[("scenario", scenario.name)]);
            view! {
                <li>
                    <a
                        class="choice choice--link"
                        href=href
                        aria-current=move || edits.are(scenario).then_some("true")
                        on:click=move |_| edits.take(Some(scenario))
                    >
                        <span class="choice__mark"></span>
                        <span class="choice__label">{scenario.label}</span>
                        <span class="choice__hint">{scenario.hint}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="sim__scenarios" aria-label="Scenarios">
            {choices}
        </ul>
    }
    .into_any()
}

#[component]
fn SettingsForm(edits: Edits, change: ServerAction<ChangeSimulator>) -> impl IntoView {
    let is_interactive = dom::use_interactive();
    let navigate = use_navigate();
    let changed =
        Memo::new(move |_| Setting::ALL.into_iter().filter(|setting| edits.is_changed(*setting)).count());
    let is_wrong = Memo::new(move |_| Setting::ALL.into_iter().any(|setting| edits.value(setting).is_err()));
    let pending = change.pending();
    let count = Memo::new(move |_| edits.settings.with(|settings| settings.count));
    let label = move || {
        if pending.get() {
            return "Applying".to_owned();
        }
        match (is_interactive.get(), is_wrong.get(), changed.get()) {
            (false, ..) => "Apply".to_owned(),
            (true, true, _) => "Correct the values to apply".to_owned(),
            (true, false, 0) => "No change to apply".to_owned(),
            (true, false, number) => {
                format!(
                    "Apply {} to {}",
                    count_noun(number as u64, "change", "changes"),
                    devices(count.get())
                )
            }
        }
    };
    let is_allowed = use_account().may(Action::SimulatorWrite);
    let is_idle = move || {
        !is_allowed || pending.get() || is_interactive.get() && (is_wrong.get() || changed.get() == 0)
    };
    let field = move |setting: Setting| view! { <Field setting edits is_interactive change /> };
    let main = Setting::ALL.into_iter().filter(|setting| setting.has_slider()).map(field).collect_view();
    let others = Setting::ALL.into_iter().filter(|setting| !setting.has_slider()).map(field).collect_view();
    let errors = FormErrors::of(move || change.value().get().and_then(Result::err));
    view! {
        <PostForm action=change attr:class="sim__settings" attr:aria-label="Device pool">
            <fieldset>
                <legend class="sim__legend">
                    "Pool settings "
                    <span class="panel__note">
                        {move || match changed.get() {
                            0 => String::new(),
                            number => format!("{number} changed, not applied"),
                        }}
                    </span>
                </legend>
                {main}
                <details class="more sim__more">
                    <summary>
                        <Icon name="chevron-right" />
                        "Connections and seed"
                    </summary>
                    <div class="more__body">{others}</div>
                </details>
            </fieldset>
            <div class="sim__apply">
                <button class="button button--primary button--wide" type="submit" disabled=is_idle>
                    {label}
                </button>
                <a
                    class="button button--quiet button--wide"
                    href=paths::SIMULATOR
                    data-key="Escape"
                    hidden=move || is_interactive.get() && changed.get() == 0
                    on:click=move |event| {
                        event.prevent_default();
                        edits.take(None);
                        navigate(paths::SIMULATOR, leptos_router::NavigateOptions { replace: true, ..Default::default() });
                    }
                >
                    "Discard"
                </a>
                <p class="sim__confirmed" role="status">
                    {move || {
                        (matches!(change.value().get(), Some(Ok(_))) && changed.get() == 0)
                            .then(|| {
                                view! {
                                    <span class="status" data-status="succeeded">
                                        <Icon name="circle-check" />
                                        "Applied, confirmed by the pool"
                                    </span>
                                }
                            })
                    }}
                </p>
                {errors.panel()}
            </div>
            <PermissionNote action=Action::SimulatorWrite />
        </PostForm>
    }
    .into_any()
}

/// The form field of a setting.
fn field_name(setting: Setting) -> String {
    format!("settings[{}]", setting.as_str())
}

/// One setting. An unchanged field has no name and is not sent, since another client may have changed the setting.
#[component]
fn Field(
    setting: Setting,
    edits: Edits,
    is_interactive: ReadSignal<bool>,
    change: ServerAction<ChangeSimulator>,
) -> impl IntoView {
    let text = Memo::new(move |_| edits.text(setting));
    let is_changed = Memo::new(move |_| edits.is_changed(setting));
    let name = Memo::new(move |_| (!is_interactive.get() || is_changed.get()).then(|| field_name(setting)));
    let holds =
        Memo::new(move |_| edits.settings.with(|settings| setting.with_unit(setting.value(settings))));
    let hint = Memo::new(move |_| {
        if is_changed.get() {
            format!("Now {}. {}", holds.get(), setting.hint())
        } else {
            setting.hint().to_owned()
        }
    });
    let error = Memo::new(move |_| {
        let refused = match change.value().get() {
            Some(Err(error)) if is_changed.get() => {
                error.field(setting.as_str()).map(|field| sentence::of_field(&field.message))
            }
            _ => None,
        };
        edits.value(setting).err().or(refused)
    });
    let position = Memo::new(move |_| {
        setting.has_slider().then(|| setting.position(edits.value(setting).unwrap_or_default()))
    });
    view! {
        <SliderField
            id=format!("setting-{}", setting.as_str())
            name
            label=setting.label()
            unit=setting.unit()
            text
            on_text=Callback::new(move |text| edits.type_in(setting, text))
            position
            on_position=Callback::new(move |position| edits.type_in(setting, setting.text(setting.value_at(position))))
            hint
            error
            is_changed
        />
    }
    .into_any()
}
