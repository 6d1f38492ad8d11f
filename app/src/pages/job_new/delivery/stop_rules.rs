//! The stop rules.

use leptos::prelude::*;

use super::setting::{AddRow, RemoveRow, Select, Setting, Text, row_indices};
use crate::{
    format::rollout as words,
    forms::job::rollout::{Part, RolloutForm, RuleForm},
    pages::job_new::form_state::FormState,
};

/// The stop rules.
#[component]
pub(super) fn StopRulesSetting(state: FormState) -> impl IntoView {
    /// From this number of devices on a stop rule is suggested.
    const MANY: u64 = 1_000;

    let fields = state.fields;
    let now = Memo::new(move |_| {
        let rules = fields.with(|form| form.rollout.read_stop_rules());
        let is_many = state.counted.get().is_some_and(|count| count > MANY);
        match words::stop_rules(&rules) {
            none if rules.is_empty() && is_many => {
                format!("{none}. Suggested above 1,000 devices: pause at 5 % failed")
            }
            sentence => sentence,
        }
    });
    let rows = row_indices(state, |form| form.rules.len(), 1);
    let add = move || {
        fields.update(|form| {
            let rule = RuleForm { percent: "5".into(), at_least: "20".into(), ..RuleForm::default() };
            form.rollout.rules.push(rule);
        });
    };
    view! {
        <Setting state part=Part::StopRules name="Stop rules" now>
            <ul class="rule-rows" aria-label="Stop rules">
                <For each=move || rows.get() key=|index| *index let:index>
                    <RuleRow state index />
                </For>
            </ul>
            <div class="cluster">
                <AddRow label="Add a stop rule" add />
                <span class="field__hint">
                    "The share is of the devices of this job that have ended. After a rule has fired no device is called."
                </span>
            </div>
        </Setting>
    }
    .into_any()
}

#[component]
fn RuleRow(state: FormState, index: usize) -> impl IntoView {
    let fields = state.fields;
    let number = index + 1;
    let rule = |form: &RolloutForm, index: usize, part: fn(&RuleForm) -> &String| {
        form.rules.get(index).map_or_else(|| part(&RuleForm::default()).clone(), |rule| part(rule).clone())
    };
    let change = |form: &mut RolloutForm, index: usize, change: fn(&mut RuleForm, String), text: String| {
        if let Some(rule) = form.rules.get_mut(index) {
            change(rule, text);
        }
    };
    let is_rule = move || fields.with(|form| index < form.rollout.rules.len());
    let remove = move || {
        fields.update(|form| {
            if index < form.rollout.rules.len() {
                form.rollout.rules.remove(index);
            }
        });
    };
    view! {
        <li class="rule-row">
            <Select
                state
                name=format!("[rules][{index}][action]")
                label=format!("Rule {number}: what it does")
                options=&[("pause", "Pause"), ("cancel", "Cancel the rest")]
                is_in_row=true
                get=move |form| rule(form, index, |rule| &rule.action)
                set=move |form, text| change(form, index, |rule, text| rule.action = text, text)
            />
            <span>"at"</span>
            <Text
                state
                name=format!("[rules][{index}][percent]")
                label=format!("Rule {number}: share")
                member=format!("stopRules[{index}].percent")
                unit=Signal::stored("%".to_owned())
                is_in_row=true
                get=move |form| rule(form, index, |rule| &rule.percent)
                set=move |form, text| change(form, index, |rule, text| rule.percent = text, text)
            />
            <Select
                state
                name=format!("[rules][{index}][outcome]")
                label=format!("Rule {number}: which devices count")
                options=&[
                    ("failed", "failed"),
                    ("timedOut", "timed out"),
                    ("notOnline", "not online"),
                    ("any", "problems of any kind"),
                ]
                is_in_row=true
                get=move |form| rule(form, index, |rule| &rule.outcome)
                set=move |form, text| change(form, index, |rule, text| rule.outcome = text, text)
            />
            <span>"of at least"</span>
            <Text
                state
                name=format!("[rules][{index}][at_least]")
                label=format!("Rule {number}: devices that have ended")
                member=format!("stopRules[{index}].atLeast")
                unit=Signal::stored("that ended".to_owned())
                is_in_row=true
                get=move |form| rule(form, index, |rule| &rule.at_least)
                set=move |form, text| change(form, index, |rule, text| rule.at_least = text, text)
            />
            <span hidden=move || !is_rule()>
                <RemoveRow label=format!("Remove rule {number}") remove />
            </span>
        </li>
    }
    .into_any()
}
