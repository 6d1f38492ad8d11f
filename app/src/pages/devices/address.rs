//! The address as the page's state: which devices, from where on, which facet is open, which columns.

use leptos_router::params::ParamsMap;

use super::columns::Columns;
use crate::paths;

/// What an address asks for; empty texts mean the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Asked {
    /// The text after WHERE.
    pub(super) condition: String,
    /// Where the page before ended.
    pub(super) after: String,
    /// The attribute whose values are counted.
    pub(super) facet: String,
    /// The table's columns.
    pub(super) columns: Columns,
    /// Columns asked for that there cannot be.
    pub(super) ignored: Vec<String>,
    /// A plain form says which query was good before; once the browser has taken over, it remembers the rows itself.
    good: String,
}

impl Asked {
    pub(super) fn from_params(params: &ParamsMap) -> Self {
        let get = |name| params.get(name).unwrap_or_default();
        let (columns, ignored) = Columns::read(&get("cols"));
        Self {
            condition: get("query"),
            after: get("after"),
            facet: get("facet"),
            columns,
            ignored,
            good: get("good"),
        }
    }

    /// Its address.
    pub(super) fn address(&self) -> String {
        paths::with_query(
            paths::DEVICES,
            &[
                ("query", &self.condition),
                ("facet", &self.facet),
                ("cols", &self.columns.text()),
                ("after", &self.after),
            ],
        )
    }

    /// The first devices that another condition matches.
    pub(super) fn matching(&self, condition: String) -> Self {
        Self { condition, after: String::new(), ..self.clone() }
    }

    /// The devices after a cursor; the first ones after an empty one.
    pub(super) fn after(&self, cursor: &str) -> Self {
        Self { after: cursor.to_owned(), ..self.clone() }
    }

    /// With this facet open; with none for an empty path.
    pub(super) fn by(&self, facet: &str) -> Self {
        Self { facet: facet.to_owned(), ..self.clone() }
    }

    /// With these columns.
    pub(super) fn showing(&self, columns: Columns) -> Self {
        Self { columns, ..self.clone() }
    }

    /// The query that was good before this one, if a plain form has told.
    pub(super) fn good_before(&self) -> Option<Self> {
        let condition = if self.good == "*" { "" } else { self.good.as_str() };
        (!self.good.is_empty()).then(|| self.matching(condition.to_owned()))
    }

    /// What a plain form is to tell of this query, which is good or not.
    pub(super) fn good_next(&self, is_good: bool) -> String {
        match (is_good, self.condition.trim()) {
            (false, _) => self.good.clone(),
            (true, "") => "*".to_owned(),
            (true, _) => self.condition.clone(),
        }
    }

    /// Whether rows that were read for another address serve for this one too.
    pub(super) fn is_served_by(&self, read: &Self) -> bool {
        self.condition == read.condition
            && self.after == read.after
            && self.columns.attributes().all(|path| read.columns.attributes().any(|other| other == path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &[(&str, &str)]) -> Asked {
        Asked::from_params(&address.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
    }

    #[test]
    fn addresses_come_back() {
        for (given, address) in [
            (&[][..], "/devices"),
            (&[("query", "a = 1"), ("facet", "tags.b")], "/devices?query=a%20%3D%201&facet=tags.b"),
            (&[("cols", "status"), ("after", "x")], "/devices?cols=status&after=x"),
            (&[("cols", "connection,place,tags,twin,status,activity"), ("good", "*")], "/devices"),
        ] {
            assert_eq!(read(given).address(), address, "{given:?}");
        }
    }

    #[test]
    fn links_keep_the_rest() {
        let asked = read(&[("query", "a"), ("facet", "tags.b"), ("cols", "tags.c"), ("after", "x")]);
        assert_eq!(asked.matching("d".into()).address(), "/devices?query=d&facet=tags.b&cols=tags.c");
        assert_eq!(asked.by("").address(), "/devices?query=a&cols=tags.c&after=x");
        assert_eq!(asked.after("").address(), "/devices?query=a&facet=tags.b&cols=tags.c");
        assert_eq!(asked.showing(Columns::default()).address(), "/devices?query=a&facet=tags.b&after=x");
    }

    #[test]
    fn what_was_good_before() {
        let asked = read(&[("query", "a"), ("good", "*")]);
        assert_eq!(asked.good_before().map(|before| before.condition), Some(String::new()));
        assert_eq!((asked.good_next(true), asked.good_next(false)), ("a".to_owned(), "*".to_owned()));
        assert_eq!((read(&[]).good_before(), read(&[]).good_next(true)), (None, "*".to_owned()));
    }

    #[test]
    fn rows_are_read_again_only_for_what_they_lack() {
        let wide = read(&[("query", "a"), ("cols", "tags.b,tags.c")]);
        for (asked, is_served) in [
            (read(&[("query", "a"), ("cols", "tags.c,status"), ("facet", "tags.b")]), true),
            (read(&[("query", "a")]), true),
            (read(&[("query", "a"), ("cols", "tags.d")]), false),
            (read(&[("query", "b"), ("cols", "tags.b")]), false),
            (read(&[("query", "a"), ("after", "x")]), false),
        ] {
            assert_eq!(asked.is_served_by(&wide), is_served);
        }
    }
}
