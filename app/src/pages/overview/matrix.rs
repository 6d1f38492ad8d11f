//! The devices by the values of two tags: each cell shows a share, and leads to its devices. The pointer and the arrow keys
//! choose a cell; Enter or a click opens it. The worst cells are links below it.

use console_wire::{
    outcome::Outcome,
    overview::{MatrixQuery, Measure, TagMatrix},
};
use leptos::{ev, html::Div, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};

use super::Nothing;
use crate::{
    api::overview::read_matrix,
    data::read::{ReadOptions, Reading, use_read},
    format::{
        device,
        number::{devices, fixed, grouped},
        outcome,
        overview::matrix::{Cell, Grid, WIDTH, state},
        time,
    },
    kit::{ErrorPanel, Icon, Menu, clock::use_clock, dom},
    paths,
};

/// Milliseconds between two reads.
const REREAD: u64 = 30_000;
/// Id of the line that names the chosen cell.
const NAME: &str = "matrix-name";
/// States that a mark can have.
const STATES: [Outcome; 4] = [Outcome::Failed, Outcome::TimedOut, Outcome::NotOnline, Outcome::Interrupted];

/// The matrix that the address names.
pub(super) type Matrices = Reading<MatrixQuery, Option<TagMatrix>>;

/// Reads the matrix that the address names, again each half minute.
pub(super) fn use_matrices(params: Memo<ParamsMap>) -> Matrices {
    let key = Signal::derive(move || Some(params.with(query)));
    let options = ReadOptions::every(REREAD);
    // The first frame does not wait for a slow hub; the browser does.
    let reading = use_read(key, options, |query| read_matrix(query, cfg!(feature = "hydrate")));
    Effect::new(move |_| {
        let was_left_out = reading.good().with(|good| good.as_ref().is_some_and(|good| good.value.is_none()));
        if was_left_out && dom::is_hydrated() {
            reading.refetch();
        }
    });
    reading
}

fn query(params: &ParamsMap) -> MatrixQuery {
    let tag = |name| params.get(name).filter(|tag: &String| !tag.is_empty());
    let by = params.get("by").and_then(|by| Measure::from_wire(&by)).unwrap_or_default();
    MatrixQuery { columns: tag("columns"), rows: tag("rows"), by }
}

/// Values of the address that are unknown.
pub(super) fn unknown(params: &ParamsMap) -> Option<String> {
    paths::unknown(params, "by", |by| Measure::from_wire(by).is_some())
}

/// The address of the overview with another matrix.
fn address(query: &MatrixQuery) -> String {
    let text = |tag: &Option<String>| tag.clone().unwrap_or_default();
    let by = if query.by == Measure::default() { "" } else { query.by.as_str() };
    paths::with_query(
        paths::OVERVIEW,
        &[("columns", &text(&query.columns)), ("rows", &text(&query.rows)), ("by", by)],
    )
}

#[component]
pub(super) fn TagMatrixPanel(matrices: Matrices) -> impl IntoView {
    let good = Memo::new(move |_| {
        matrices
            .good()
            .with(|good| good.as_ref().and_then(|good| Some((good.key.clone(), good.value.clone()?))))
    });
    let error = move || {
        let error = matrices.answer().with(|answer| answer.as_ref()?.result.as_ref().err().cloned())?;
        Some(view! { <ErrorPanel error retry=matrices.retry() /> })
    };
    let clock = use_clock();
    let chosen = RwSignal::new(None::<usize>);
    let title = move || {
        let of = |(_, matrix): &(MatrixQuery, TagMatrix)| {
            let (columns, rows) = (device::attribute(&matrix.columns), device::attribute(&matrix.rows));
            (!columns.is_empty()).then(|| format!("Devices by {columns} and {rows}"))
        };
        good.with(|good| good.as_ref().and_then(of)).unwrap_or_else(|| "Devices by two tags".to_owned())
    };
    let note = move || {
        good.with(|good| {
            let (_, matrix) = good.as_ref()?;
            let counted = time::hour_minute(matrix.as_of, clock.offset_minutes(matrix.as_of));
            let (all, affected) = Grid::of(matrix).totals();
            Some(match (&matrix.job, matrix.by) {
                (Some(job), _) => format!("{}, {}", job.name, devices(all)),
                (None, _) => {
                    format!("{} of {} not connected, counted {counted}", grouped(affected), devices(all))
                }
            })
        })
    };
    view! {
        <section class="panel overview__sky" aria-labelledby="sky-title">
            <div class="panel__header">
                <h2 class="panel__title" id="sky-title">
                    {title}
                    " "
                    <span class="panel__note plot__time">{note}</span>
                </h2>
                <div class="panel__tools">
                    {move || good.get().map(|(query, matrix)| view! { <Choices query matrix /> })}
                </div>
            </div>
            {error}
            {move || match good.get() {
                None => view! { <p class="overview__nothing" aria-busy="true">"Counting devices…"</p> }.into_any(),
                Some((_, matrix)) if matrix.columns.is_empty() => {
                    view! {
                        <Nothing text="Devices with two tags, such as building and floor, are shown here as columns and rows: each cell with the share of its devices that are not connected." />
                    }
                        .into_any()
                }
                Some((_, matrix)) => view! { <Drawing matrix chosen /> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

/// What is measured, and which tags.
#[component]
fn Choices(query: MatrixQuery, matrix: TagMatrix) -> impl IntoView {
    let choice = |by: Measure, name: &'static str| {
        let href = address(&MatrixQuery { by, ..query.clone() });
        let current = (query.by == by).then_some("true");
        view! {
            <a href=href aria-current=current>
                {name}
            </a>
        }
    };
    let options = |chosen: &str| {
        let mut tags = matrix.tags.clone();
        if !chosen.is_empty() && !tags.iter().any(|tag| tag == chosen) {
            tags.push(chosen.to_owned());
        }
        let chosen = chosen.to_owned();
        let option = move |tag: String| {
            let name = device::attribute(&tag);
            let is_chosen = tag == chosen;
            view! {
                <option value=tag selected=is_chosen>
                    {name}
                </option>
            }
        };
        tags.into_iter().map(option).collect::<Vec<_>>()
    };
    let select = |name: &'static str, label: &'static str, chosen: &str| {
        view! {
            <label class="matrix-tags__field">
                <span class="field__hint">{label}</span>
                <select class="input" name=name>
                    {options(chosen)}
                </select>
            </label>
        }
    };
    let (columns, rows) =
        (select("columns", "Columns", &matrix.columns), select("rows", "Rows", &matrix.rows));
    let by = (query.by != Measure::default())
        .then(|| view! { <input type="hidden" name="by" value=query.by.as_str() /> });
    view! {
        <nav class="segmented" aria-label="What cells show">
            {choice(Measure::Connection, "Connection")} {choice(Measure::Job, "Last job")}
        </nav>
        <Menu
            summary=view! { "Tags " <Icon name="chevron-down" /> }.into_any()
            button="button button--small button--quiet"
            stays_open=true
        >
            <li>
                <form class="matrix-tags" method="get" action=paths::OVERVIEW>
                    {columns}
                    {rows}
                    {by}
                    <button class="button button--small" type="submit">
                        "Show"
                    </button>
                </form>
            </li>
        </Menu>
    }
    .into_any()
}

#[component]
fn Drawing(
    matrix: TagMatrix,
    /// The cell under the pointer, or the one that the arrow keys chose.
    chosen: RwSignal<Option<usize>>,
) -> impl IntoView {
    let incomplete = matrix.incomplete.clone().map(|text| {
        view! {
            <p class="field__hint with-icon">
                <Icon name="info" />
                {text}
            </p>
        }
    });
    let grid = Grid::of(&matrix);
    if grid.cells.is_empty() {
        return view! {
            <div class="overview__nothing">{incomplete.map_or_else(|| "No device is registered.".into_any(), IntoAny::into_any)}</div>
        }
        .into_any();
    }
    let marks = STATES.map(|state| {
        let path = grid.marks(state);
        (!path.is_empty()).then(|| view! { <path class="skyline__mark" data-status=state.as_str() d=path /> })
    });
    let columns = grid.column_names();
    let foot = fixed(grid.height() - 4.0, 1);
    let columns: Vec<_> = columns
        .into_iter()
        .map(|(x, name)| {
            view! {
                <text x=x y=foot.clone() text-anchor="middle">
                    {name}
                </text>
            }
        })
        .collect();
    let end = grid.names_end();
    let rows: Vec<_> = grid
        .row_names()
        .into_iter()
        .map(|(y, name)| {
            view! {
                <text x=end.clone() y=y text-anchor="end">
                    {name}
                </text>
            }
        })
        .collect();
    let view_box = format!("0 0 {} {}", fixed(WIDTH, 0), fixed(grid.height(), 0));
    let (ground, label) = (grid.ground(), grid.summary());
    let worst: Vec<_> =
        grid.worst().into_iter().map(|cell| view! { <Worst grid=grid.clone() cell=*cell /> }).collect();
    let worst =
        (!worst.is_empty()).then(|| view! { <ul class="worst" aria-label="Most affected">{worst}</ul> });
    let by = matrix.by;
    let grid = StoredValue::new(grid);
    let name = move || {
        let name =
            |grid: &Grid| chosen.get().and_then(|chosen| grid.cells.get(chosen)).map(|cell| grid.words(cell));
        grid.with_value(name).unwrap_or_default()
    };
    let marker = move || {
        let [left, top, width, height] = grid.with_value(|grid| {
            chosen.get().and_then(|chosen| grid.cells.get(chosen)).map(|cell| grid.area(cell))
        })?;
        Some(view! {
            <rect
                class="skyline__chosen"
                x=fixed(left - 1.0, 1)
                y=fixed(top - 1.0, 1)
                width=fixed(width + 2.0, 1)
                height=fixed(height + 2.0, 1)
            />
        })
    };
    let field = NodeRef::<Div>::new();
    let at = move |event: &ev::PointerEvent| {
        let (x, y) = dom::position_within(field, event.client_x(), event.client_y())?;
        grid.with_value(|grid| grid.cell_at(x, y))
    };
    let navigate = use_navigate();
    let open = move || {
        let condition = grid.with_value(|grid| {
            let cell = chosen.get_untracked().and_then(|chosen| grid.cells.get(chosen))?;
            Some(grid.condition(cell))
        });
        if let Some(condition) = condition {
            navigate(&paths::devices_where(&condition), NavigateOptions::default());
        }
    };
    let open_by_click = open.clone();
    let keydown = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let key = event.key();
        match (key.as_str(), chosen.get_untracked()) {
            ("Enter" | " ", Some(_)) => open(),
            ("Escape", Some(_)) => chosen.set(None),
            (_, from) => match grid.with_value(|grid| grid.step_to(from, &key)) {
                Some(cell) => chosen.set(Some(cell)),
                None => return,
            },
        }
        event.prevent_default();
    };
    view! {
        <div
            class="skyline-field"
            node_ref=field
            role="img"
            tabindex="0"
            aria-label=label
            aria-describedby=NAME
            on:keydown=keydown
            on:blur=dom::deferred(move |_| chosen.set(None))
            on:pointermove=move |event| chosen.set(at(&event))
            on:pointerleave=dom::deferred(move |_| chosen.set(None))
            on:click=move |_| open_by_click()
        >
            <svg class="chart skyline" viewBox=view_box aria-hidden="true">
                <path class="skyline__cells" d=ground />
                {Vec::from(marks)}
                {rows}
                {columns}
                {marker}
            </svg>
        </div>
        <div class="skyline-foot">
            <p class="skyline-name" id=NAME aria-live="polite">
                {name}
            </p>
            <Legend by />
        </div>
        {incomplete}
        {worst}
    }
    .into_any()
}

/// What the sizes and colours of the marks mean.
#[component]
fn Legend(by: Measure) -> impl IntoView {
    let states: &[Outcome] = match by {
        Measure::Connection => &[Outcome::NotOnline],
        Measure::Job => &[Outcome::Failed, Outcome::TimedOut, Outcome::NotOnline],
    };
    let states: Vec<_> = states
        .iter()
        .map(|state| {
            let label = match by {
                Measure::Connection => "not connected".to_owned(),
                Measure::Job => outcome::badge(*state).label.to_lowercase(),
            };
            view! {
                <span class="skyline-legend__state">
                    <span class="swatch" data-status=state.as_str()></span>
                    {label}
                </span>
            }
        })
        .collect();
    view! {
        <div class="skyline-legend" aria-hidden="true">
            <span>"size: share, full from 50 %"</span>
            {states}
        </div>
    }
    .into_any()
}

/// One of the most affected cells, as a link to its devices.
#[component]
fn Worst(grid: Grid, cell: Cell) -> impl IntoView {
    let (part, count) = grid.counts(&cell);
    let badge = outcome::badge(state(&cell).unwrap_or(Outcome::NotOnline));
    view! {
        <li>
            <span class="status" data-status=badge.status>
                <Icon name=badge.icon />
            </span>
            <a class="link-plain" href=paths::devices_where(&grid.condition(&cell))>
                {grid.place_name(&cell)}
            </a>
            <strong>{part}</strong>
            <span class="panel__note">{count}</span>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests;
