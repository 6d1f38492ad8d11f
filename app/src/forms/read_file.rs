//! The button that reads device ids from a file.

use leptos::prelude::*;

use super::job::device_list;
use crate::kit::dom;

/// A button that asks for a file. It needs scripts: without them the text is pasted.
#[component]
pub(crate) fn ReadFile(
    /// Called with the ids, one a line, and with the file's name and the column that they were read from, if there was a
    /// choice.
    on_read: Callback<(String, Option<String>)>,
) -> impl IntoView {
    let read = move |event: leptos::ev::Event| {
        dom::read_selected_file(&event, move |name, text| {
            let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            let is_table = ["csv", "tsv"].contains(&ending.as_str());
            let list = if is_table { device_list::read_table(&text) } else { device_list::read(&text) };
            let note = list.column_note().map(|note| format!("{name}: {note}"));
            on_read.run((device_list::to_lines(list.ids), note));
        });
    };
    view! {
        <label class="button button--small button--quiet file-button">
            <input
                class="visually-hidden"
                type="file"
                accept=".csv,.tsv,.txt,.json,text/csv,text/plain,application/json"
                on:change=read
            />
            "Read a file…"
        </label>
    }
    .into_any()
}
