//! Reading a file that the user has chosen or dropped.

/// Calls back with the name and the text of the chosen file, unless the owner is disposed by then. The field is cleared
/// afterwards, so that the same file can be chosen twice.
pub(crate) fn read_selected_file(event: &leptos::ev::Event, callback: impl Fn(String, String) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;

        let field = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        let Some(field) = field else { return };
        let Some(file) = field.files().and_then(|files| files.item(0)) else { return };
        read(file, callback, move || field.set_value(""));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (event, callback);
}

/// Calls back with the name and the text of the first file that was dropped, unless the owner is disposed by then. Dropped
/// text is left to the browser.
pub(crate) fn read_dropped_file(event: &leptos::ev::DragEvent, callback: impl Fn(String, String) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let files = event.data_transfer().and_then(|data| data.files());
        let Some(file) = files.and_then(|files| files.item(0)) else { return };
        // The browser would show the file in place of the page.
        event.prevent_default();
        read(file, callback, || ());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (event, callback);
}

#[cfg(feature = "hydrate")]
fn read(file: web_sys::File, callback: impl Fn(String, String) + 'static, end: impl FnOnce() + 'static) {
    use leptos::{prelude::*, task::spawn_local};
    use wasm_bindgen_futures::JsFuture;

    // Of the handler's component: it is disposed when the page is left while the file is read.
    let exists = StoredValue::new(());
    spawn_local(async move {
        if let Ok(text) = JsFuture::from(file.text()).await
            && exists.try_get_value().is_some()
        {
            callback(file.name(), text.as_string().unwrap_or_default());
        }
        end();
    });
}
