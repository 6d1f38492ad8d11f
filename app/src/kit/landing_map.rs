//! The landing map: every device of a job in the order it was sent, one SVG path per state. The pointer and the arrow keys
//! select a cell; Enter or a click opens it.

use console_wire::outcome::Outcome;
use leptos::{ev, html::Div, prelude::*};

use crate::{
    format::landing::{Area, Grid, WIDTH},
    kit::dom,
};

/// The map. The page names the selected cell below it.
#[component]
pub(crate) fn LandingMap(
    /// The cells, in order.
    #[prop(into)]
    cells: Signal<Vec<Outcome>>,
    /// The expected number of cells, while there are none.
    awaited: Memo<u64>,
    /// Description for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// The selected cell.
    chosen: RwSignal<Option<u16>>,
    /// Opens a cell.
    open: Callback<u16>,
    /// Id of the element that names the chosen cell.
    described_by: &'static str,
) -> impl IntoView {
    let grid = Memo::new(move |_| {
        Grid::for_cells(cells.with(Vec::len).max(usize::try_from(awaited.get()).unwrap_or_default()))
    });
    let field = NodeRef::<Div>::new();
    let paths = Outcome::ALL.map(|state| {
        let path = Memo::new(move |_| cells.with(|cells| grid.get().path(cells, state)));
        view! { <path data-status=state.as_str() d=move || path.get() /> }
    });
    let marker = move || {
        let grid = grid.get();
        chosen.get().map(|cell| {
            let Area { x, y, width, height } = grid.area(cell);
            let before = |edge: u16| (i32::from(edge) - 1).to_string();
            view! {
                <rect
                    class="landing__chosen"
                    x=before(x)
                    y=before(y)
                    width=(width + 1).to_string()
                    height=(height + 1).to_string()
                />
            }
        })
    };
    let at = move |event: &ev::PointerEvent| {
        let (x, y) = dom::position_within(field, event.client_x(), event.client_y())?;
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
            aria-label=move || label.get()
            aria-describedby=described_by
            on:keydown=keydown
            on:blur=dom::deferred(move |_| chosen.set(None))
            on:pointermove=move |event| chosen.set(at(&event))
            on:pointerleave=dom::deferred(move |_| chosen.set(None))
            on:click=move |_| {
                if let Some(cell) = chosen.get_untracked() {
                    open.run(cell);
                }
            }
        >
            <svg class="landing__cells" viewBox=move || format!("0 0 {WIDTH} {}", grid.get().height()) aria-hidden="true">
                {Vec::from(paths)}
                {marker}
            </svg>
        </div>
    }
    .into_any()
}
