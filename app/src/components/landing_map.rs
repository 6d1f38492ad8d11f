//! The landing map: every device of a job in the order it was sent, one path a state. Pointer and arrow keys choose a
//! cell; Enter or a click opens it.

use console_wire::outcome::Outcome;
use leptos::{ev, html::Div, prelude::*};

use crate::{
    browser,
    present::landing::{Grid, WIDTH},
    reactive::memo,
};

/// The map. What a chosen cell is called is for the page to say, below it.
#[component]
pub(crate) fn LandingMap(
    /// The cells, in order.
    #[prop(into)]
    cells: Signal<Vec<Outcome>>,
    /// How many there will be, while there are none.
    awaited: Memo<u64>,
    /// The same for those who cannot see it.
    #[prop(into)]
    words: Signal<String>,
    /// The chosen cell.
    chosen: RwSignal<Option<u16>>,
    /// Opens a cell.
    open: Callback<u16>,
    /// Id of the element that names the chosen cell.
    described_by: &'static str,
) -> impl IntoView {
    let grid =
        memo(move || Grid::of(cells.with(Vec::len).max(usize::try_from(awaited.get()).unwrap_or_default())));
    let field = NodeRef::<Div>::new();
    let paths = Outcome::ALL.map(|state| {
        let path = memo(move || cells.with(|cells| grid.get().path(cells, state)));
        view! { <path data-status=state.as_str() d=move || path.get() /> }.into_any()
    });
    let marker = move || {
        let grid = grid.get();
        chosen.get().map(|cell| {
            let (x, y) = grid.corner(cell);
            let before = |edge: u16| (i32::from(edge) - 1).to_string();
            let side = (grid.pitch() + 1).to_string();
            view! {
                <rect
                    class="landing__chosen"
                    x=before(x)
                    y=before(y)
                    width=side.clone()
                    height=side
                />
            }
            .into_any()
        })
    };
    let at = move |event: &ev::PointerEvent| {
        let (x, y) = browser::place_within(field, event.client_x(), event.client_y())?;
        grid.get_untracked().cell_at(x, y)
    };
    let keydown = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let key = event.key();
        match (key.as_str(), chosen.get_untracked()) {
            ("Enter" | " ", Some(cell)) => open.run(cell),
            ("Escape", Some(_)) => chosen.set(None),
            (_, from) => match grid.get_untracked().step(from, &key) {
                Some(cell) => chosen.set(Some(cell)),
                None => return,
            },
        }
        event.prevent_default();
    };
    view! {
        <div
            class="landing__field"
            node_ref=field
            role="img"
            tabindex="0"
            aria-label=move || words.get()
            aria-describedby=described_by
            on:keydown=keydown
            on:blur=move |_| chosen.set(None)
            on:pointermove=move |event| chosen.set(at(&event))
            on:pointerleave=move |_| chosen.set(None)
            on:click=move |_| {
                if let Some(cell) = chosen.get_untracked() {
                    open.run(cell);
                }
            }
        >
            <svg class="landing__cells" viewBox=move || format!("0 0 {WIDTH} {}", grid.get().height()) aria-hidden="true">
                {Vec::from(paths)}
                {move || marker()}
            </svg>
        </div>
    }
    .into_any()
}
