//! The group of the target.

use leptos::prelude::*;

use crate::{
    api::templates::GroupChoice,
    format::number::devices,
    kit::Field,
    pages::job_new::form_state::{FormState, SourcesResource},
    paths,
};

/// The field.
#[component]
pub(super) fn GroupField(state: FormState, sources: SourcesResource, is_off: Signal<bool>) -> impl IntoView {
    let fields = state.fields;
    let problem = state.problem("groupId");
    view! {
        <Field
            id="group"
            label="Group"
            error=problem
            hint="The job has the group's condition or list as it is when you press Run."
            is_off
        >
            <Transition>
                {move || Suspend::new(async move {
                    let groups = sources.await.map(|sources| sources.groups).unwrap_or_default();
                    let chosen = fields.with_untracked(|form| form.group.trim().to_owned());
                    let is_none = groups.is_empty();
                    let options = choices(groups, &chosen)
                        .into_iter()
                        .map(|(group_id, label)| {
                            let is_selected = group_id == chosen;
                            view! {
                                <option value=group_id selected=is_selected>
                                    {label}
                                </option>
                            }
                        });
                    view! {
                        <select
                            class="input job-new__method"
                            id="group"
                            name="form[group]"
                            aria-invalid=move || problem.with(Option::is_some).then_some("true")
                            aria-describedby="group-hint group-problem"
                            on:change:target=move |event| fields.update(|form| form.group = event.target().value())
                        >
                            {options.collect_view()}
                        </select>
                        {is_none
                            .then(|| {
                                view! {
                                    <a class="link" href=paths::GROUP_NEW>
                                        "Create the first group"
                                    </a>
                                }
                            })}
                    }
                })}
            </Transition>
        </Field>
    }
    .into_any()
}

/// The options: ids and labels. A chosen group that is gone stays, so that the form does not choose another one by itself.
fn choices(groups: Vec<GroupChoice>, chosen: &str) -> Vec<(String, String)> {
    let mut choices = vec![(String::new(), "Choose a group".to_owned())];
    if !chosen.is_empty() && groups.iter().all(|group| group.group_id != chosen) {
        choices.push((chosen.to_owned(), format!("{chosen} (does not exist)")));
    }
    choices.extend(groups.into_iter().map(|group| {
        let count = group.devices.map(|count| format!(", {}", devices(count))).unwrap_or_default();
        let label = format!("{}{count}", group.name);
        (group.group_id, label)
    }));
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_is_gone_stays_chosen() {
        let groups = || {
            let choice = |group_id: &str, devices| GroupChoice {
                group_id: group_id.into(),
                name: group_id.to_uppercase(),
                devices,
            };
            vec![choice("doors", Some(1204)), choice("lights", None)]
        };
        let labels = |chosen: &str| -> Vec<String> {
            choices(groups(), chosen).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels("doors"), ["Choose a group", "DOORS, 1,204 devices", "LIGHTS"]);
        assert_eq!(labels("old")[1], "old (does not exist)");
    }
}
