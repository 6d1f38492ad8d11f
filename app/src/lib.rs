//! The console's pages.
use leptos::prelude::*;
/// The whole app.
#[component]
pub fn App() -> impl IntoView { view! { <p>"Fleetcast"</p> } }
