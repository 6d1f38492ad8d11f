//! Which columns the table has, as the address says it: `cols=connection,place,tags.wing`.

use console_wire::device_table::is_attribute;

use crate::present::device;

/// Most attributes as columns: more would be too narrow to read.
pub(super) const MOST_ATTRIBUTES: usize = 6;
/// What the address says when there are none.
const NONE: &str = "none";

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

/// Those that every device has: the column, its word in an address, its name. Shown unless the address says otherwise.
const FIXED: [(Column, &str, &str); 6] = [
    (Column::Connection, "connection", "Connection"),
    (Column::Place, "place", "Place"),
    (Column::Tags, "tags", "Tags"),
    (Column::Twin, "twin", "Twin"),
    (Column::Status, "status", "Status"),
    (Column::Activity, "activity", "Last activity"),
];
/// Where attributes stand among them.
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
    /// Reads what the address says, and tells the words in it that mean nothing. Empty means the default.
    pub(super) fn read(text: &str) -> (Self, Vec<String>) {
        let (mut columns, mut ignored) = (Self(Vec::new()), Vec::new());
        if text.is_empty() {
            return (Self::default(), ignored);
        }
        for word in text.split(',').filter(|word| !word.is_empty() && *word != NONE) {
            match Column::from_word(word) {
                Some(column) if columns.holds(&column) => {}
                Some(column) if columns.can_hold(&column) => columns.add(column),
                _ => ignored.push(word.to_owned()),
            }
        }
        (columns, ignored)
    }

    /// What the address says; empty for the default.
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

    /// Whether there is room for it.
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

    /// Fixed ones stand where they always do, attributes in the order in which they were chosen.
    fn add(&mut self, column: Column) {
        let place = |column: &Column| match FIXED.iter().position(|(fixed, ..)| fixed == column) {
            Some(index) if index < BEFORE_TWIN => index,
            Some(index) => index + 1,
            None => BEFORE_TWIN,
        };
        let at = self.0.partition_point(|other| place(other) <= place(&column));
        self.0.insert(at, column);
    }

    /// The class that gives the id's column its width: what has none of its own takes what is left, and something has to.
    pub(super) fn id_class(&self) -> &'static str {
        let has_attribute = self.attributes().next().is_some();
        match (has_attribute, self.holds(&Column::Tags)) {
            (true, _) => "devices-table__device",
            (false, true) => "devices-table__device devices-table__device--grows",
            (false, false) => "",
        }
    }

    /// The paths of those that are attributes.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &String> {
        self.0.iter().filter_map(|column| match column {
            Column::Attribute(path) => Some(path),
            _ => None,
        })
    }

    /// Each column and when it gives way in a narrow window: the lowest number first, never without one.
    pub(super) fn with_drops(&self) -> Vec<(Column, Option<&'static str>)> {
        let mut attributes = 0;
        let drop = |column: &Column| match column {
            Column::Connection | Column::Twin => None,
            Column::Tags => Some("1"),
            Column::Status => Some("2"),
            Column::Place => Some("3"),
            Column::Activity => Some("4"),
            Column::Attribute(_) => {
                attributes += 1;
                [None, None, Some("4"), Some("3")].get(attributes - 1).copied().unwrap_or(Some("1"))
            }
        };
        let drops: Vec<_> = self.0.iter().map(drop).collect();
        self.0.iter().cloned().zip(drops).collect()
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
    fn addresses_come_back() {
        for (text, again, ignored) in [
            ("", "", &[][..]),
            ("connection,place,tags,twin,status,activity", "", &[]),
            ("status,place", "place,status", &[]),
            ("none", "none", &[]),
            ("none,twin", "twin", &[]),
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
            let (columns, told) = Columns::read(text);
            assert_eq!(columns.text(), again);
            assert_eq!(told, ignored);
        }
    }

    #[test]
    fn a_column_goes_and_comes_back_to_its_place() {
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
    fn what_is_offered() {
        let names = ["tags.wing", "properties.reported.battery", "properties.desired.mode"].map(String::from);
        let (chosen, _) = Columns::read("tags.gone,properties.desired.mode");
        let words: Vec<_> = offered(&names, &chosen).iter().skip(6).map(Column::name).collect();
        assert_eq!(words, ["wing", "reported battery", "gone", "desired mode"]);
    }

    #[test]
    fn the_first_two_attributes_stay() {
        let (columns, _) = Columns::read("tags.a,tags.b,tags.c,tags.d,tags.e,twin");
        let drops: Vec<_> = columns.with_drops().into_iter().map(|(_, drop)| drop).collect();
        assert_eq!(drops, [None, None, Some("4"), Some("3"), Some("1"), None]);
    }
}
