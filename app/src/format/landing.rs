//! The geometry of the landing map: every device of a job in the order it was sent, as cells that fill columns from left
//! to right. The columns share the whole width, so cells of a small job are wider than high. Each state has a shape of its own besides its colour, and all cells of a state are one path.

use std::fmt::Write as _;

use console_wire::{landing::MAX_CELLS as MAX_MAP_CELLS, outcome::Outcome};

/// Width of the drawing in its own units; the page stretches it.
pub(crate) const WIDTH: u16 = 1392;
/// Most cells that fit: 9 rows of 232. A map has at most 1,900.
const MAX_CELLS: u16 = 2088;
/// Greatest height of the drawing, in its own units.
const MAX_HEIGHT: u16 = 56;
/// Heights of cells, best first.
const PITCHES: [u16; 5] = [14, 12, 10, 8, 6];

/// The number of cells for a number of devices.
pub(crate) fn cell_count(devices: u64) -> u64 {
    let per_cell = devices.div_ceil(MAX_MAP_CELLS.into()).max(1);
    devices.div_ceil(per_cell)
}

/// The layout of the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    cells: u16,
    rows: u16,
    columns: u16,
    pitch: u16,
}

impl Grid {
    /// The layout with the largest cells that fit.
    pub(crate) fn for_cells(cells: usize) -> Self {
        let cells = u16::try_from(cells).unwrap_or(u16::MAX).min(MAX_CELLS);
        let fits = |pitch: &u16| cells.div_ceil(WIDTH / pitch) * pitch <= MAX_HEIGHT;
        let pitch = PITCHES.into_iter().find(fits).unwrap_or(6);
        let rows = cells.div_ceil(WIDTH / pitch).max(1);
        Self { cells, rows, columns: cells.div_ceil(rows), pitch }
    }

    /// Height of the drawing in its own units.
    pub(crate) const fn height(self) -> u16 {
        self.rows * self.pitch
    }

    /// A cell with the gaps to its neighbours.
    pub(crate) fn area(self, cell: u16) -> Area {
        let (column, row) = (cell / self.rows, cell % self.rows);
        let x = self.left(column);
        Area { x, y: row * self.pitch, width: self.left(column + 1) - x, height: self.pitch }
    }

    /// The left edge of a column. Widths differ by one unit where the columns do not divide the whole.
    fn left(self, column: u16) -> u16 {
        let units = u32::from(column) * u32::from(WIDTH) / u32::from(self.columns.max(1));
        u16::try_from(units).unwrap_or(WIDTH)
    }

    /// The cell at a point, given in shares of width and height from 0 to 1.
    pub(crate) fn cell_at(self, x: f64, y: f64) -> Option<u16> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the count")]
        let place = |share: f64, count: u16| (share.clamp(0.0, 0.999_999) * f64::from(count)) as u16;
        let cell = place(x, self.columns) * self.rows + place(y, self.rows);
        (cell < self.cells).then_some(cell)
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
            shape(&mut path, state, self.area(cell));
        }
        path
    }
}

/// A rectangle in the drawing's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    /// Left edge.
    pub(crate) x: u16,
    /// Upper edge.
    pub(crate) y: u16,
    /// With the gap to the next column.
    pub(crate) width: u16,
    /// With the gap to the next row.
    pub(crate) height: u16,
}

fn shape(path: &mut String, state: Outcome, Area { x, y, width, height }: Area) {
    let (full, high) = (width - 1, height - 1);
    let (bar, low) = (width / 3, height / 3);
    let centred = |path: &mut String, wide: u16, tall: u16| {
        let (left, top) = (halves(2 * x + width - wide), halves(2 * y + height - tall));
        write!(path, "M{left} {top}h{wide}v{tall}h-{wide}z")
    };
    // Writing to a string cannot fail.
    let _ = match state {
        Outcome::Succeeded => centred(path, width / 2, height / 2),
        Outcome::Failed => write!(path, "M{x} {y}h{full}v{high}h-{full}z"),
        Outcome::TimedOut => {
            let second = x + full - bar;
            write!(path, "M{x} {y}h{bar}v{high}h-{bar}zM{second} {y}h{bar}v{high}h-{bar}z")
        }
        Outcome::Interrupted => {
            let second = y + high - low;
            write!(path, "M{x} {y}h{full}v{low}h-{full}zM{x} {second}h{full}v{low}h-{full}z")
        }
        Outcome::NotOnline => {
            let (half, tall, middle) = (halves(full), halves(high), halves(2 * x + full));
            write!(path, "M{middle} {y}l{half} {tall}l-{half} {tall}l-{half}-{tall}z")
        }
        Outcome::InFlight => centred(path, width - 2, height - 2),
        Outcome::Queued => centred(path, bar, low),
        Outcome::Cancelled => write!(path, "M{} {}h{bar}", x + bar, y + height / 2),
    };
}

/// A count of half units: `3` or `3.5`.
fn halves(count: u16) -> String {
    format!("{}{}", count / 2, if count.is_multiple_of(2) { "" } else { ".5" })
}

/// A cell's name in a filter, counted from one.
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
            assert_eq!(
                Grid::for_cells(cells),
                Grid { cells: u16::try_from(cells).unwrap(), rows, columns, pitch }
            );
        }
        for cells in 1..=2088 {
            let grid = Grid::for_cells(cells);
            assert!(grid.columns * 6 <= WIDTH && grid.height() <= MAX_HEIGHT, "{grid:?}");
            assert!(usize::from(grid.columns * grid.rows) >= cells, "{grid:?}");
            let last = grid.area(u16::try_from(cells - 1).unwrap());
            assert_eq!(last.x + last.width, WIDTH, "the columns of {cells} cells fill the width");
        }
    }

    #[test]
    fn devices_share_cells() {
        for (devices, cells) in [(0, 0), (120, 120), (1900, 1900), (1901, 951), (61_904, 1876)] {
            assert_eq!(cell_count(devices), cells);
        }
    }

    #[test]
    fn points_and_keys_find_cells() {
        let grid = Grid::for_cells(100);
        for cell in 0..100 {
            let Area { x, y, .. } = grid.area(cell);
            let share = |edge: u16, size: u16| (f64::from(edge) + 5.0) / f64::from(size);
            assert_eq!(grid.cell_at(share(x, WIDTH), share(y, grid.height())), Some(cell));
        }
        assert_eq!(Grid::for_cells(1900).cell_at(0.9999, 0.99), None, "the last column is not full");
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
    fn each_state_has_a_shape() {
        let cells = [Outcome::Failed, Outcome::Succeeded, Outcome::NotOnline];
        let grid = Grid::for_cells(cells.len());
        assert_eq!(grid.path(&cells, Outcome::Failed), "M0 0h463v13h-463z");
        assert_eq!(grid.path(&cells, Outcome::Succeeded), "M580 3.5h232v7h-232z");
        assert_eq!(grid.path(&cells, Outcome::TimedOut), "");
    }
}
