//! The landing map's shapes: every device of a job in the order it was sent, as cells that fill columns from left to
//! right. A state is a shape first and a colour second, and all cells of a state are one path.

use std::fmt::Write as _;

use console_wire::{landing::MAX_CELLS as MOST_CELLS, outcome::Outcome};

/// Width of the drawing in its own units; the page stretches it.
pub(crate) const WIDTH: u16 = 1392;
/// Most cells that fit: 9 rows of 232. A map has at most 1,900.
const MAX_CELLS: u16 = 2088;
/// Tallest drawing, in its own units.
const TALLEST: u16 = 56;
/// Distances between cells, best first.
const PITCHES: [u16; 5] = [14, 12, 10, 8, 6];

/// How many cells the map of so many devices has.
pub(crate) fn cells_of(devices: u64) -> u64 {
    let per_cell = devices.div_ceil(MOST_CELLS.into()).max(1);
    devices.div_ceil(per_cell)
}

/// Where cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    cells: u16,
    rows: u16,
    columns: u16,
    pitch: u16,
}

impl Grid {
    /// The largest cells with which so many fit.
    pub(crate) fn of(cells: usize) -> Self {
        let cells = u16::try_from(cells).unwrap_or(u16::MAX).min(MAX_CELLS);
        let fits = |pitch: &u16| cells.div_ceil(WIDTH / pitch) * pitch <= TALLEST;
        let pitch = PITCHES.into_iter().find(fits).unwrap_or(6);
        let rows = cells.div_ceil(WIDTH / pitch).max(1);
        Self { cells, rows, columns: cells.div_ceil(rows), pitch }
    }

    /// Height of the drawing in its own units.
    pub(crate) const fn height(self) -> u16 {
        self.rows * self.pitch
    }

    /// Left and top edge of a cell.
    pub(crate) const fn corner(self, cell: u16) -> (u16, u16) {
        (cell / self.rows * self.pitch, cell % self.rows * self.pitch)
    }

    /// Distance from one cell to the next.
    pub(crate) const fn pitch(self) -> u16 {
        self.pitch
    }

    /// Share of the width that is in use, in percent.
    pub(crate) fn share(self) -> f64 {
        f64::from(self.columns * self.pitch) / f64::from(WIDTH) * 100.0
    }

    /// The cell at a point, given in shares of width and height from 0 to 1.
    pub(crate) fn cell_at(self, x: f64, y: f64) -> Option<u16> {
        let units = |share: f64, size: u16| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to the size"
            )]
            let unit = (share.clamp(0.0, 0.999_999) * f64::from(size)) as u16;
            unit / self.pitch
        };
        let cell = units(x, WIDTH) * self.rows + units(y, self.height());
        (cell < self.cells && units(x, WIDTH) < self.columns).then_some(cell)
    }

    /// The neighbour in the direction of an arrow key; `None` for other keys. It stops at the edges.
    pub(crate) fn step(self, from: Option<u16>, key: &str) -> Option<u16> {
        let last = self.cells.checked_sub(1)?;
        let Some(from) = from else {
            return match key {
                "ArrowRight" | "ArrowDown" | "Home" => Some(0),
                "ArrowLeft" | "ArrowUp" | "End" => Some(last),
                _ => None,
            };
        };
        match key {
            "ArrowRight" => Some(from.saturating_add(self.rows).min(last)),
            "ArrowLeft" => Some(from.checked_sub(self.rows).unwrap_or(from % self.rows)),
            "ArrowDown" => Some(from.saturating_add(1).min(last)),
            "ArrowUp" => Some(from.saturating_sub(1)),
            "Home" => Some(0),
            "End" => Some(last),
            _ => None,
        }
    }

    /// The path of all cells in one state.
    pub(crate) fn path(self, cells: &[Outcome], state: Outcome) -> String {
        let mut path = String::new();
        for cell in (0..self.cells).filter(|cell| cells.get(usize::from(*cell)) == Some(&state)) {
            let (x, y) = self.corner(cell);
            shape(&mut path, state, x, y, self.pitch);
        }
        path
    }
}

fn shape(path: &mut String, state: Outcome, x: u16, y: u16, pitch: u16) {
    let full = pitch - 1;
    let bar = pitch / 3;
    let square = |path: &mut String, side: u16| {
        let gap = pitch - side;
        write!(path, "M{} {}h{side}v{side}h-{side}z", halves(2 * x + gap), halves(2 * y + gap))
    };
    // Writing to a string cannot fail.
    let _ = match state {
        Outcome::Succeeded => square(path, pitch / 2),
        Outcome::Failed => write!(path, "M{x} {y}h{full}v{full}h-{full}z"),
        Outcome::TimedOut => {
            let second = x + full - bar;
            write!(path, "M{x} {y}h{bar}v{full}h-{bar}zM{second} {y}h{bar}v{full}h-{bar}z")
        }
        Outcome::Interrupted => {
            let second = y + full - bar;
            write!(path, "M{x} {y}h{full}v{bar}h-{full}zM{x} {second}h{full}v{bar}h-{full}z")
        }
        Outcome::NotOnline => {
            let (half, middle) = (halves(full), halves(2 * x + full));
            write!(path, "M{middle} {y}l{half} {half}l-{half} {half}l-{half}-{half}z")
        }
        Outcome::InFlight => square(path, pitch - 2),
        Outcome::Queued => square(path, bar),
        Outcome::Cancelled => write!(path, "M{} {}h{bar}", x + bar, y + pitch / 2),
    };
}

/// So many halves of a unit: `3` or `3.5`.
fn halves(count: u16) -> String {
    format!("{}{}", count / 2, if count.is_multiple_of(2) { "" } else { ".5" })
}

/// A cell as a filter says it; people count from one.
pub(crate) fn cell_name(cell: u32) -> String {
    format!("cell {} of the map", super::number::grouped(u64::from(cell) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_fits() {
        for (cells, rows, columns, pitch) in
            [(1, 1, 1, 14), (50, 1, 50, 14), (100, 2, 50, 14), (1204, 7, 172, 8), (1856, 8, 232, 6)]
        {
            assert_eq!(Grid::of(cells), Grid { cells: u16::try_from(cells).unwrap(), rows, columns, pitch });
        }
        for cells in 1..=2088 {
            let grid = Grid::of(cells);
            assert!(grid.columns * grid.pitch <= WIDTH && grid.height() <= TALLEST, "{grid:?}");
            assert!(usize::from(grid.columns * grid.rows) >= cells, "{grid:?}");
        }
    }

    #[test]
    fn devices_share_cells() {
        for (devices, cells) in [(0, 0), (120, 120), (1900, 1900), (1901, 951), (61_904, 1876)] {
            assert_eq!(cells_of(devices), cells);
        }
    }

    #[test]
    fn points_and_keys_find_cells() {
        let grid = Grid::of(100);
        for cell in 0..100 {
            let (x, y) = grid.corner(cell);
            let share = |edge: u16, size: u16| (f64::from(edge) + 5.0) / f64::from(size);
            assert_eq!(grid.cell_at(share(x, WIDTH), share(y, grid.height())), Some(cell));
        }
        assert_eq!(grid.cell_at(0.9, 0.5), None);
        for (from, key, to) in [
            (None, "ArrowRight", Some(0)),
            (Some(0), "ArrowRight", Some(2)),
            (Some(99), "ArrowRight", Some(99)),
            (Some(1), "ArrowLeft", Some(1)),
            (Some(5), "ArrowUp", Some(4)),
            (Some(5), "End", Some(99)),
            (Some(5), "a", None),
        ] {
            assert_eq!(grid.step(from, key), to, "{from:?} {key}");
        }
    }

    #[test]
    fn a_state_is_a_shape() {
        let cells = [Outcome::Failed, Outcome::Succeeded, Outcome::NotOnline];
        let grid = Grid::of(cells.len());
        assert_eq!(grid.path(&cells, Outcome::Failed), "M0 0h13v13h-13z");
        assert_eq!(grid.path(&cells, Outcome::Succeeded), "M17.5 3.5h7v7h-7z");
        assert_eq!(grid.path(&cells, Outcome::TimedOut), "");
    }
}
