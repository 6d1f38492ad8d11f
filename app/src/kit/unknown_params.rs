//! A notice that names parameters of the address which the page does not know and has ignored.

use leptos::prelude::*;

use super::Icon;

/// The notice; nothing when every parameter is known.
#[component]
pub(crate) fn UnknownParams(
    /// The parameters as the address has them: `state=odd`.
    #[prop(into)]
    params: Signal<Vec<String>>,
    /// What one of them is: `filter`, or `parameter` on a page that lists nothing.
    #[prop(default = "filter")]
    noun: &'static str,
) -> impl IntoView {
    let text = Memo::new(move |_| params.with(|params| sentence(params, noun)));
    let notice = move || {
        text.get().map(|text| {
            view! {
                <div class="notice page__notice" role="status">
                    <Icon name="info" />
                    <span>{text}</span>
                </div>
            }
        })
    };
    view! { {notice} }
}

fn sentence(params: &[String], noun: &str) -> Option<String> {
    match params {
        [] => None,
        [one] => Some(format!("Unknown {noun} {one}, ignored.")),
        several => Some(format!("Unknown {noun}s {}, ignored.", several.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn unknown_parameters_are_named() {
        for (params, noun, text) in [
            (&[][..], "filter", None),
            (&["tab=nonsense"], "filter", Some("Unknown filter tab=nonsense, ignored.")),
            (&["type=odd", "x=1"], "parameter", Some("Unknown parameters type=odd, x=1, ignored.")),
        ] {
            let params: Vec<_> = params.iter().map(|param| (*param).to_owned()).collect();
            assert_eq!(sentence(&params, noun).as_deref(), text);
        }
    }
}
