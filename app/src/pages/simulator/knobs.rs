//! The scenarios and the knobs: what is pending, and the button that names it.

use console_wire::simulator::{Knobs as Settings, Simulator};
use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_router::hooks::{use_navigate, use_query_map};

use crate::{
    api::simulator::ChangeSimulator,
    browser,
    components::{ErrorPanel, Fields, Icon, KnobField, PostForm},
    paths,
    present::number::{counted, devices},
    reactive::{effect, memo},
    simulator_form::{Knob, KnobForm, SCENARIOS, Scenario},
};

/// What has been typed over the pool's own values.
#[derive(Debug, Clone, Copy)]
struct Edits {
    settings: Memo<Settings>,
    typed: RwSignal<[Option<String>; Knob::ALL.len()]>,
}

impl Edits {
    fn index(knob: Knob) -> usize {
        Knob::ALL.iter().position(|known| *known == knob).unwrap_or_default()
    }

    /// What the field says: what was typed, or what holds.
    fn text(self, knob: Knob) -> String {
        let typed = self.typed.with(|typed| typed[Self::index(knob)].clone());
        typed.unwrap_or_else(|| self.settings.with(|settings| knob.text(knob.value(settings))))
    }

    fn value(self, knob: Knob) -> Result<f64, String> {
        knob.read(&self.text(knob))
    }

    /// Whether the field differs from what holds.
    fn is_changed(self, knob: Knob) -> bool {
        let holds = self.settings.with(|settings| knob.read(&knob.text(knob.value(settings))));
        self.typed.with(|typed| typed[Self::index(knob)].is_some()) && self.value(knob) != holds
    }

    fn type_in(self, knob: Knob, text: String) {
        self.typed.update(|typed| typed[Self::index(knob)] = Some(text));
    }

    fn take(self, scenario: Option<&Scenario>) {
        self.typed.set(Self::of(scenario));
    }

    /// What a scenario would have typed.
    fn of(scenario: Option<&Scenario>) -> [Option<String>; Knob::ALL.len()] {
        Knob::ALL.map(|knob| Some(knob.text(scenario?.value(knob)?)))
    }

    /// Whether the fields say what a scenario asks for.
    fn are(self, scenario: &Scenario) -> bool {
        Knob::ALL
            .into_iter()
            .all(|knob| scenario.value(knob).is_none_or(|wanted| self.value(knob) == Ok(wanted)))
    }
}

/// Scenarios above, knobs at the left, and what the pool does at the right.
#[component]
pub(super) fn Knobs(
    /// The pool as it is.
    pool: RwSignal<Simulator>,
    /// The change on its way.
    change: ServerAction<ChangeSimulator>,
    /// What stands beside the knobs.
    children: Children,
) -> impl IntoView {
    let query = use_query_map();
    let scenario = memo(move || query.with(|query| query.get("scenario")).unwrap_or_default());
    let edits = Edits {
        settings: memo(move || pool.with(|pool| pool.knobs)),
        typed: RwSignal::new(Edits::of(Scenario::named(&scenario.get_untracked()))),
    };
    // A link to a scenario, followed on the page.
    Effect::new(move |before: Option<String>| {
        let now = scenario.get();
        if before.is_some_and(|before| before != now) {
            edits.take(Scenario::named(&now));
        }
        now
    });
    // What the pool has confirmed is no longer pending.
    effect(move || {
        if let Some(Ok(_)) = change.value().get() {
            edits.take(None);
        }
    });
    view! {
        <Scenarios edits />
        <div class="columns columns--knobs sim">
            <KnobsForm edits change />
            {children()}
        </div>
    }
    .into_any()
}

/// The scenarios: each sets the knobs, none of them applies itself.
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
fn KnobsForm(edits: Edits, change: ServerAction<ChangeSimulator>) -> impl IntoView {
    let is_interactive = browser::use_interactive();
    let navigate = use_navigate();
    let changed = memo(move || Knob::ALL.into_iter().filter(|knob| edits.is_changed(*knob)).count());
    let is_wrong = memo(move || Knob::ALL.into_iter().any(|knob| edits.value(knob).is_err()));
    let send = move |fields: Fields| {
        let knobs = KnobForm::of(|knob| fields.text(&field_name(knob)));
        change.dispatch(ChangeSimulator { knobs });
    };
    let pending = change.pending();
    let count = memo(move || edits.settings.with(|settings| settings.count));
    let label = move || {
        if pending.get() {
            return "Applying".to_owned();
        }
        match (is_interactive.get(), is_wrong.get(), changed.get()) {
            (false, ..) => "Apply".to_owned(),
            (true, true, _) => "Correct the values to apply".to_owned(),
            (true, false, 0) => "No change to apply".to_owned(),
            (true, false, number) => {
                format!("Apply {} to {}", counted(number as u64, "change", "changes"), devices(count.get()))
            }
        }
    };
    let is_idle = move || pending.get() || is_interactive.get() && (is_wrong.get() || changed.get() == 0);
    let field = move |knob: Knob| view! { <Field knob edits is_interactive change /> };
    let main = Knob::ALL.into_iter().filter(|knob| knob.has_slider()).map(field).collect_view();
    let others = Knob::ALL.into_iter().filter(|knob| !knob.has_slider()).map(field).collect_view();
    let refused = move || match change.value().get() {
        Some(Err(error)) if error.0.errors.is_empty() => Some(view! { <ErrorPanel error /> }),
        _ => None,
    };
    view! {
        <PostForm to=ChangeSimulator::url() send=send attr:class="sim__knobs" attr:aria-label="Device pool">
            <fieldset>
                <legend class="sim__legend">
                    "Knobs "
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
                <button class="button button--primary button--wide" type="submit" disabled=move || is_idle()>
                    {move || label()}
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
                {move || refused()}
            </div>
        </PostForm>
    }
    .into_any()
}

/// Under which name a knob is sent.
fn field_name(knob: Knob) -> String {
    format!("knobs[{}]", knob.as_str())
}

/// One knob. A field without a change has no name, so that it is not sent: somebody else may have turned it meanwhile.
#[component]
fn Field(
    knob: Knob,
    edits: Edits,
    is_interactive: ReadSignal<bool>,
    change: ServerAction<ChangeSimulator>,
) -> impl IntoView {
    let text = memo(move || edits.text(knob));
    let is_changed = memo(move || edits.is_changed(knob));
    let name = Signal::derive(move || (!is_interactive.get() || is_changed.get()).then(|| field_name(knob)));
    let holds = memo(move || edits.settings.with(|settings| knob.spoken(knob.value(settings))));
    let hint = Signal::derive(move || {
        if is_changed.get() {
            format!("now {}: {}", holds.get(), knob.hint())
        } else {
            knob.hint().to_owned()
        }
    });
    let error = Signal::derive(move || {
        let told = match change.value().get() {
            Some(Err(error)) if is_changed.get() => {
                error.field(knob.as_str()).map(|field| field.message.clone())
            }
            _ => None,
        };
        edits.value(knob).err().or(told)
    });
    let position = Signal::derive(move || {
        knob.has_slider().then(|| knob.position(edits.value(knob).unwrap_or_default()))
    });
    view! {
        <KnobField
            id=format!("knob-{}", knob.as_str())
            name
            label=knob.label()
            unit=knob.unit()
            text
            on_text=Callback::new(move |text| edits.type_in(knob, text))
            position
            on_position=Callback::new(move |position| edits.type_in(knob, knob.text(knob.at(position))))
            hint
            error
            is_changed
        />
    }
    .into_any()
}
