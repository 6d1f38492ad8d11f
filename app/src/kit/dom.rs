//! Access to the browser, by subject. On the server each function does nothing or returns what a browser without stored
//! settings would, so that both render the same first frame.

#[cfg(feature = "hydrate")]
pub(crate) mod arrival;
pub(crate) mod caret;
mod deferred;
mod dialog;
mod file;
mod focus;
mod hydration;
#[cfg(feature = "hydrate")]
pub(crate) mod keyboard;
mod page;
#[cfg(feature = "hydrate")]
pub(crate) mod panic;
#[cfg(feature = "hydrate")]
mod places;
mod pointer;
mod print;
mod rows;
mod scroll;
mod storage;
mod time;
mod unsaved_changes;
mod visibility;
#[cfg(feature = "hydrate")]
mod window_listener;

#[cfg(feature = "hydrate")]
pub(crate) use self::hydration::mark_hydrated;
pub(crate) use self::{
    deferred::deferred,
    dialog::{close_details, on_press_outside, sync_dialog},
    file::{read_dropped_file, read_selected_file},
    focus::{focus, has_focus_or_selection},
    hydration::{is_hydrated, use_interactive},
    page::{
        absolute_url, apply_theme, copy_to_clipboard, has_link, page_title, page_url, reload, set_favicon,
        show_times,
    },
    pointer::{capture_pointer, on_user_input, position_within},
    print::on_print,
    rows::{
        RowMetrics, RowPlace, blur_rows, focus_row, focus_selected_row, focused_row, rotate_rows,
        row_metrics, row_place,
    },
    scroll::{on_scroll_or_resize, root_font_size, scroll_by, scroll_into_view, set_root_length},
    storage::{load_setting, save_setting},
    time::{now_millis, on_interval, zone_name, zone_offset_at_local, zone_offset_minutes},
    unsaved_changes::{Leaving, go_back, guard_history, guard_navigation, is_guarded},
    visibility::{is_hidden, on_visible},
};
