//! The names of the devices' attributes, which a query bar completes.

use leptos::{prelude::*, task::spawn_local};

use crate::api::device_list::list_devices;

/// The names, and what reads them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttributeNames {
    /// The names in display order; empty until they were read.
    pub(crate) names: Signal<Vec<String>>,
    /// Reads them, once.
    pub(crate) load: Callback<()>,
}

/// Names that are read when the user starts to type, and only from the first devices: those of a fleet are alike.
pub(crate) fn use_attribute_names() -> AttributeNames {
    let names = RwSignal::new(None::<Vec<String>>);
    let load = move |()| {
        if names.with_untracked(Option::is_some) {
            return;
        }
        names.set(Some(Vec::new()));
        spawn_local(async move {
            let first = list_devices(String::new(), String::new(), String::new(), false).await.flatten();
            let mut found = first.map(|first| first.table.names).unwrap_or_default();
            found.extend(["deviceId", "connectionState", "lastActivityTime"].map(str::to_owned));
            names.try_set(Some(found));
        });
    };
    AttributeNames {
        names: Signal::derive(move || names.get().unwrap_or_default()),
        load: Callback::new(load),
    }
}
