//! The table's columns, as in the address: `cols=connection,place,tags.wing`.

use hub_query::attribute::{self, is_attribute};

use crate::format::device;

/// Most attributes as columns: more would be too narrow to read.
pub(super) const MOST_ATTRIBUTES: usize = 6;
/// The parameter's value without columns.
const NONE: &str = "none";

/// The width of the columns that every table has, in rem.
const CHECK_AND_ID: u32 = 16;
/// Windows below this, in rem, stack a row's cells, and above this none is too narrow for a table.
const NARROWEST: u32 = 48;
/// The widest window for which the style has a rule, in rem.
const WIDEST: u32 = 112;
/// Between two such rules.
const STEP: u32 = 4;

/// A column beside the device's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Connection,
    Place,
    Tags,
    /// A tag or a property, by its path in a query.
    Attribute(String),
    Twin,
    Status,
    Activity,
}

/// The default columns: the column, its name in the address, its head.
const FIXED: [(Column, &str, &str); 6] = [
    (Column::Connection, "connection", "Connection"),
    (Column::Place, "place", "Place"),
    (Column::Tags, "tags", "Tags"),
    (Column::Twin, "twin", "Twin"),
    (Column::Status, "status", "Status"),
    (Column::Activity, "activity", "Last activity"),
];
/// The index of the first attribute among them.
const BEFORE_TWIN: usize = 3;

impl Column {
    fn from_word(word: &str) -> Option<Self> {
        let fixed = FIXED.into_iter().find(|(_, known, _)| *known == word).map(|(column, ..)| column);
        fixed.or_else(|| is_attribute(word).then(|| Self::Attribute(word.to_owned())))
    }

    /// What it is called in an address.
    pub(super) fn word(&self) -> String {
        match self {
            Self::Attribute(path) => path.clone(),
            fixed => {
                FIXED.iter().find(|(column, ..)| column == fixed).map_or("", |(_, word, _)| word).to_owned()
            }
        }
    }

    /// What it is called on the page.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Attribute(path) => device::attribute(path),
            fixed => {
                FIXED.iter().find(|(column, ..)| column == fixed).map_or("", |(.., name)| name).to_owned()
            }
        }
    }

    /// The width that it needs, in rem.
    const fn rem(&self) -> u32 {
        match self {
            Self::Connection | Self::Activity => 9,
            Self::Place => 12,
            Self::Tags => 10,
            Self::Attribute(_) => 8,
            Self::Twin | Self::Status => 7,
        }
    }

    /// The class that gives it its width.
    pub(super) const fn class(&self) -> &'static str {
        match self {
            Self::Connection => "devices-table__connection",
            Self::Place => "devices-table__place",
            Self::Tags | Self::Attribute(_) => "",
            Self::Twin => "devices-table__twin",
            Self::Status => "devices-table__status",
            Self::Activity => "devices-table__activity",
        }
    }
}

/// The columns of a table, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns(Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        Self(FIXED.into_iter().map(|(column, ..)| column).collect())
    }
}

impl Columns {
    /// Reads the parameter; returns unknown columns too. Empty means the default.
    pub(super) fn read(text: &str) -> (Self, Vec<String>) {
        let (mut columns, mut unknown) = (Self(Vec::new()), Vec::new());
        if text.is_empty() {
            return (Self::default(), unknown);
        }
        for word in attribute::list(text).into_iter().filter(|word| *word != NONE) {
            match Column::from_word(word) {
                Some(column) if columns.holds(&column) => {}
                Some(column) if columns.can_hold(&column) => columns.add(column),
                _ => unknown.push(word.to_owned()),
            }
        }
        (columns, unknown)
    }

    /// The parameter; empty for the default.
    pub(super) fn text(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let words: Vec<_> = self.0.iter().map(Column::word).collect();
        if words.is_empty() { NONE.to_owned() } else { words.join(",") }
    }

    pub(super) fn holds(&self, column: &Column) -> bool {
        self.0.contains(column)
    }

    /// Whether one more fits.
    pub(super) fn can_hold(&self, column: &Column) -> bool {
        !matches!(column, Column::Attribute(_)) || self.attributes().count() < MOST_ATTRIBUTES
    }

    /// With a column or, when it is there, without it.
    pub(super) fn toggled(&self, column: &Column) -> Self {
        let mut columns = self.clone();
        if self.holds(column) {
            columns.0.retain(|other| other != column);
        } else {
            columns.add(column.clone());
        }
        columns
    }

    /// Default columns keep their order; attributes are in the order in which they were added.
    fn add(&mut self, column: Column) {
        let place = |column: &Column| match FIXED.iter().position(|(fixed, ..)| fixed == column) {
            Some(index) if index < BEFORE_TWIN => index,
            Some(index) => index + 1,
            None => BEFORE_TWIN,
        };
        let at = self.0.partition_point(|other| place(other) <= place(&column));
        self.0.insert(at, column);
    }

    /// The class that gives the id's column its width: it takes what is left when no other column does.
    pub(super) fn id_class(&self) -> &'static str {
        let takes_the_rest = |column: &Column| matches!(column, Column::Tags | Column::Attribute(_));
        if self.0.iter().any(takes_the_rest) { "devices-table__device" } else { "" }
    }

    /// The paths of those that are attributes.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &String> {
        self.0.iter().filter_map(|column| match column {
            Column::Attribute(path) => Some(path),
            _ => None,
        })
    }

    /// Each column with the least width of the window, in rem, in which it has room; `None` for one that is always shown.
    ///
    /// The more important a column is, the narrower the window in which it is still shown. None is hidden while there is
    /// room for it.
    pub(super) fn with_widths(&self) -> Vec<(Column, Option<u32>)> {
        let mut attributes = 0;
        let ranks: Vec<_> = self
            .0
            .iter()
            .map(|column| {
                if matches!(column, Column::Attribute(_)) {
                    attributes += 1;
                }
                rank(column, attributes)
            })
            .collect();
        // With the checkbox and the id. Two columns of the same rank come in their order.
        let needed = |at: usize| {
            let before = ranks.iter().enumerate().filter(|(other, rank)| (**rank, *other) <= (ranks[at], at));
            CHECK_AND_ID + before.map(|(other, _)| self.0[other].rem()).sum::<u32>()
        };
        let from = |at: usize| {
            // The style has a rule for every fourth rem.
            let from = needed(at).next_multiple_of(STEP);
            (ranks[at] > 0 && from > NARROWEST).then_some(from.min(WIDEST))
        };
        self.0.iter().cloned().enumerate().map(|(at, column)| (column, from(at))).collect()
    }
}

/// How soon a column is hidden, 0 never. `attributes` are those so far.
const fn rank(column: &Column, attributes: usize) -> u8 {
    match column {
        Column::Connection | Column::Twin => 0,
        Column::Activity => 1,
        Column::Place => 2,
        Column::Tags => 4,
        Column::Status => 5,
        Column::Attribute(_) => match attributes {
            0..=2 => 0,
            3..=4 => 3,
            _ => 6,
        },
    }
}

/// Every column that can be chosen: the fixed ones, then the tags and what is reported.
pub(super) fn offered(names: &[String], chosen: &Columns) -> Vec<Column> {
    let is_offered = |path: &&String| !path.starts_with("properties.desired.");
    let mut offered: Vec<_> = FIXED.into_iter().map(|(column, ..)| column).collect();
    for path in names.iter().filter(is_offered).chain(chosen.attributes()) {
        let column = Column::Attribute(path.clone());
        if !offered.contains(&column) {
            offered.push(column);
        }
    }
    offered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_written() {
        for (text, again, expected_unknown) in [
            ("", "", &[][..]),
            ("connection,place,tags,twin,status,activity", "", &[]),
            ("status,place", "place,status", &[]),
            ("none", "none", &[]),
            ("none,twin", "twin", &[]),
            ("tags.[[a,b]],twin", "tags.[[a,b]],twin", &[]),
            ("tags.[[a,b", "none", &["tags.[[a,b"]),
            (
                "twin,tags.b,connection,properties.reported.x,tags.b",
                "connection,tags.b,properties.reported.x,twin",
                &[],
            ),
            ("place,size,deviceId,tags.a b", "place", &["size", "deviceId", "tags.a b"]),
            (
                "tags.a,tags.b,tags.c,tags.d,tags.e,tags.f,tags.g",
                "tags.a,tags.b,tags.c,tags.d,tags.e,tags.f",
                &["tags.g"],
            ),
        ] {
            let (columns, unknown) = Columns::read(text);
            assert_eq!(columns.text(), again);
            assert_eq!(unknown, expected_unknown);
        }
    }

    #[test]
    fn a_column_that_is_shown_again_is_in_its_old_place() {
        let all = Columns::default();
        for (column, without) in [
            (Column::Connection, "place,tags,twin,status,activity"),
            (Column::Tags, "connection,place,twin,status,activity"),
            (Column::Activity, "connection,place,tags,twin,status"),
        ] {
            let fewer = all.toggled(&column);
            assert_eq!(fewer.text(), without);
            assert_eq!(fewer.toggled(&column), all);
        }
        let wing = Column::Attribute("tags.wing".into());
        assert_eq!(all.toggled(&wing).text(), "connection,place,tags,tags.wing,twin,status,activity");
        assert_eq!(all.toggled(&wing).toggled(&wing), all);
    }

    #[test]
    fn the_menu_offers_known_columns() {
        let names = ["tags.wing", "properties.reported.battery", "properties.desired.mode"].map(String::from);
        let (chosen, _) = Columns::read("tags.gone,properties.desired.mode");
        let words: Vec<_> = offered(&names, &chosen).iter().skip(6).map(Column::name).collect();
        assert_eq!(words, ["wing", "reported battery", "gone", "desired mode"]);
    }

    #[test]
    fn columns_are_hidden_only_without_room() {
        for (text, widths) in [
            // 16 + 9 + 7 + 9 + 12 + 10 + 7.
            ("", &[None, Some(56), Some(64), None, Some(72), None][..]),
            ("connection,tags,twin", &[None, None, None]),
            ("connection,place,twin,status,activity", &[None, Some(56), None, Some(60), None]),
            ("tags.a,tags.b,tags.c,tags.d,tags.e,twin", &[None, None, None, Some(56), Some(64), None]),
            (
                "connection,place,tags,tags.a,tags.b,tags.c,tags.d,tags.e,tags.f,twin,status,activity",
                &[
                    None,
                    Some(72),
                    Some(96),
                    None,
                    None,
                    Some(80),
                    Some(88),
                    Some(112),
                    Some(112),
                    None,
                    Some(104),
                    Some(60),
                ],
            ),
        ] {
            let (columns, _) = Columns::read(text);
            let found: Vec<_> = columns.with_widths().into_iter().map(|(_, from)| from).collect();
            assert_eq!(found, widths, "{text}");
        }
    }
}
