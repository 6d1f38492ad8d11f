//! The geometry of the devices by the values of two tags. The size of a mark is a share, its colour the most frequent state.

use std::{collections::BTreeMap, fmt::Write as _};

use console_wire::{
    outcome::Outcome,
    overview::{MAX_COLUMNS, MatrixCell, Measure, TagMatrix},
};
use serde_json::Value;

use super::tag_lines::{Line, lines, narrow};
use crate::format::{
    condition, device,
    number::{devices, fixed, grouped, share},
    outcome,
    sentence::capitalised,
};

/// Width of the drawing in its own units.
pub(crate) const WIDTH: f64 = 922.0;
/// Most rows; more values are grouped.
const MAX_ROWS: usize = 24;
/// Height of a row, and of the cell in it.
const ROW: f64 = 15.0;
const CELL: f64 = 12.0;
/// Widest column.
const WIDEST: f64 = 84.0;
/// Space between two cells.
const SPACE: f64 = 3.0;
/// Space for the names of the columns.
const FOOT: f64 = 17.0;
/// About how wide a letter of a name is.
const CHARACTER: f64 = 6.2;
/// Most characters of a row's name.
const ROW_CHARACTERS: usize = 10;
/// Most characters of a column's name.
const COLUMN_CHARACTERS: usize = 12;
/// The smallest mark.
const SMALLEST: f64 = 3.0;
/// The share from which a mark fills its cell.
const FULL: f64 = 0.5;
/// Cells named below the drawing.
const WORST: usize = 4;

/// A cell of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    column: usize,
    /// From the bottom.
    row: usize,
    pub(crate) devices: u64,
    pub(crate) affected: u64,
    outcome: Option<Outcome>,
}

/// The drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    columns: Vec<Line>,
    rows: Vec<Line>,
    /// By column, then by row.
    pub(crate) cells: Vec<Cell>,
    paths: (String, String),
    by: Measure,
}

impl Grid {
    /// The drawing of a matrix.
    pub(crate) fn of(matrix: &TagMatrix) -> Self {
        let columns = lines(matrix.cells.iter().map(|cell| &cell.column), MAX_COLUMNS);
        let rows = lines(matrix.cells.iter().map(|cell| &cell.row), MAX_ROWS);
        let place =
            |lines: &[Line], value: &Option<Value>| lines.iter().position(|line| line.values.contains(value));
        let mut sums = BTreeMap::<(usize, usize), (u64, u64, BTreeMap<Outcome, u64>)>::new();
        for cell in &matrix.cells {
            let MatrixCell { column, row, devices, affected, outcome } = cell;
            if let (Some(column), Some(row)) = (place(&columns, column), place(&rows, row)) {
                let sum = sums.entry((column, row)).or_default();
                sum.0 += devices;
                sum.1 += affected;
                if let Some(outcome) = outcome {
                    *sum.2.entry(*outcome).or_default() += affected;
                }
            }
        }
        let cells = sums.into_iter().map(|((column, row), (devices, affected, outcomes))| Cell {
            column,
            row,
            devices,
            affected,
            outcome: outcomes.into_iter().max_by_key(|(_, count)| *count).map(|(outcome, _)| outcome),
        });
        let cells = cells.collect();
        Self { columns, rows, cells, paths: (matrix.columns.clone(), matrix.rows.clone()), by: matrix.by }
    }

    fn left(&self) -> f64 {
        let characters = self
            .rows
            .iter()
            .map(|row| row.name.chars().count().min(ROW_CHARACTERS))
            .max()
            .unwrap_or_default();
        float(characters) * CHARACTER + 8.0
    }

    fn step(&self) -> f64 {
        ((WIDTH - self.left()) / float(self.columns.len().max(1))).min(WIDEST)
    }

    /// Height of the drawing in its own units.
    pub(crate) fn height(&self) -> f64 {
        float(self.rows.len()) * ROW + FOOT
    }

    /// Left, top, width and height of a cell.
    pub(crate) fn area(&self, cell: &Cell) -> [f64; 4] {
        let step = self.step();
        let top = float(self.rows.len() - 1 - cell.row) * ROW;
        [self.left() + float(cell.column) * step, top, (step - SPACE).max(2.0), CELL]
    }

    /// The path of all cells.
    pub(crate) fn ground(&self) -> String {
        self.cells.iter().fold(String::new(), |path, cell| rectangle(path, self.area(cell)))
    }

    /// The path of the marks of a state.
    pub(crate) fn marks(&self, outcome: Outcome) -> String {
        let of_state = self.cells.iter().filter(|cell| cell.outcome == Some(outcome) && cell.affected > 0);
        of_state.fold(String::new(), |path, cell| rectangle(path, mark(self.area(cell), part(cell))))
    }

    /// Names of columns with their middle; as many as have room.
    pub(crate) fn column_names(&self) -> Vec<(String, String)> {
        let step = self.step();
        let characters =
            self.columns.iter().map(|line| line.name.chars().count().min(COLUMN_CHARACTERS)).max();
        let width = float(characters.unwrap_or_default()) * CHARACTER + 6.0;
        let every = (1..=self.columns.len().max(1)).find(|every| float(*every) * step >= width).unwrap_or(1);
        let names = self.columns.iter().enumerate().filter(|(index, _)| index.is_multiple_of(every));
        names
            .map(|(index, line)| {
                let middle = self.left() + float(index) * step + (step - SPACE) / 2.0;
                (fixed(middle, 1), cut(&line.name, COLUMN_CHARACTERS))
            })
            .collect()
    }

    /// Names of rows with their base line.
    pub(crate) fn row_names(&self) -> Vec<(String, String)> {
        let count = self.rows.len();
        let name = |(index, line): (usize, &Line)| {
            (fixed(float(count - 1 - index) * ROW + 10.0, 1), cut(&line.name, ROW_CHARACTERS))
        };
        self.rows.iter().enumerate().map(name).collect()
    }

    /// Where the names of rows end.
    pub(crate) fn names_end(&self) -> String {
        fixed(self.left() - 6.0, 1)
    }

    /// The cell at a place, in shares of width and height.
    pub(crate) fn cell_at(&self, x: f64, y: f64) -> Option<usize> {
        let (x, y) = (x * WIDTH, y * self.height());
        self.cells.iter().position(|cell| {
            let [left, top, width, height] = self.area(cell);
            (left..left + width + SPACE).contains(&x) && (top..top + height + SPACE).contains(&y)
        })
    }

    /// The cell that an arrow key leads to.
    pub(crate) fn step_to(&self, from: Option<usize>, key: &str) -> Option<usize> {
        let is_arrow = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].contains(&key);
        let Some(cell) = from.and_then(|from| self.cells.get(from)) else {
            return (is_arrow && !self.cells.is_empty()).then_some(0);
        };
        let nearest = |is_candidate: &dyn Fn(&Cell) -> bool| {
            let candidates = self.cells.iter().enumerate().filter(|(_, other)| is_candidate(other));
            candidates
                .min_by_key(|(_, other)| (other.column.abs_diff(cell.column), other.row.abs_diff(cell.row)))
                .map(|(index, _)| index)
        };
        let found = match key {
            "ArrowLeft" => nearest(&|other| other.column < cell.column),
            "ArrowRight" => nearest(&|other| other.column > cell.column),
            "ArrowUp" => nearest(&|other| other.column == cell.column && other.row > cell.row),
            "ArrowDown" => nearest(&|other| other.column == cell.column && other.row < cell.row),
            "Home" => Some(0),
            "End" => self.cells.len().checked_sub(1),
            _ => return None,
        };
        found.or(from)
    }

    /// `Building 7, floor 2`.
    pub(crate) fn place_name(&self, cell: &Cell) -> String {
        let name = |path: &str, lines: &[Line], index: usize| {
            let value = lines.get(index).map(|line| line.name.as_str()).unwrap_or_default();
            format!("{} {value}", device::attribute(path))
        };
        let text = format!(
            "{}, {}",
            name(&self.paths.0, &self.columns, cell.column),
            name(&self.paths.1, &self.rows, cell.row)
        );
        capitalised(&text)
    }

    /// `46.1 %`, and `118 of 256 timed out`.
    pub(crate) fn counts(&self, cell: &Cell) -> (String, String) {
        let state = match (self.by, cell.outcome) {
            (Measure::Connection, _) => "not connected".to_owned(),
            (Measure::Job, Some(outcome)) => {
                format!("failed, most {}", outcome::badge(outcome).label.to_lowercase())
            }
            (Measure::Job, None) => "failed".to_owned(),
        };
        (
            share(cell.affected, cell.devices),
            format!("{} of {} {state}", grouped(cell.affected), grouped(cell.devices)),
        )
    }

    /// A cell in words.
    pub(crate) fn words(&self, cell: &Cell) -> String {
        format!("{}: {}", self.place_name(cell), self.counts(cell).1)
    }

    /// The condition that selects the devices that a cell counts: those that are not connected, or all of the cell.
    pub(crate) fn condition(&self, cell: &Cell) -> String {
        let (columns, rows) = (&self.columns[cell.column].values, &self.rows[cell.row].values);
        let narrowed = narrow(&narrow("", &self.paths.0, columns), &self.paths.1, rows);
        if self.by == Measure::Connection && cell.affected > 0 {
            condition::with(&narrowed, condition::CONNECTION, Some(&"Disconnected".into()))
        } else {
            narrowed
        }
    }

    /// The most affected cells, the worst first.
    pub(crate) fn worst(&self) -> Vec<&Cell> {
        let mut affected: Vec<_> = self.cells.iter().filter(|cell| cell.affected > 0).collect();
        affected.sort_by(|a, b| part(b).total_cmp(&part(a)).then(b.affected.cmp(&a.affected)));
        affected.truncate(WORST);
        affected
    }

    /// Devices of all cells, and how many of them are affected.
    pub(crate) fn totals(&self) -> (u64, u64) {
        self.cells.iter().fold((0, 0), |sum, cell| (sum.0 + cell.devices, sum.1 + cell.affected))
    }

    /// The drawing in a sentence, for a reader who does not see it.
    pub(crate) fn summary(&self) -> String {
        let (all, affected) = self.totals();
        let what = match self.by {
            Measure::Connection => "not connected",
            Measure::Job => "failed in the last job",
        };
        let worst =
            self.worst().first().map_or_else(String::new, |cell| format!(". Most: {}", self.words(cell)));
        format!(
            "{} by {} and {}: {} {what}{worst}",
            devices(all),
            device::attribute(&self.paths.0),
            device::attribute(&self.paths.1),
            grouped(affected)
        )
    }
}

/// The state that most devices of a cell have, for its icon.
pub(crate) const fn state(cell: &Cell) -> Option<Outcome> {
    cell.outcome
}

/// The affected share of a cell.
fn part(cell: &Cell) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing is rounded to pixels")]
    let part = cell.affected as f64 / cell.devices.max(1) as f64;
    part
}

/// The mark of a share within a cell: a square, or the whole cell from one half on.
fn mark([left, top, width, height]: [f64; 4], share: f64) -> [f64; 4] {
    if share >= FULL {
        return [left, top, width, height];
    }
    let most = height.min(width);
    let side = (SMALLEST + (most - SMALLEST) * (share / FULL).sqrt()).min(most);
    [left + (width - side) / 2.0, top + (height - side) / 2.0, side, side]
}

fn rectangle(mut path: String, [left, top, width, height]: [f64; 4]) -> String {
    let (left, top, width, height) = (fixed(left, 1), fixed(top, 1), fixed(width, 1), fixed(height, 1));
    let _ = write!(path, "M{left} {top}h{width}v{height}h-{width}z");
    path
}

fn cut(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let begin: String = name.chars().take(most - 1).collect();
    format!("{begin}…")
}

fn float(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a drawing has a few thousand cells")]
    let float = count as f64;
    float
}

#[cfg(test)]
mod tests;
