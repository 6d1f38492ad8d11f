//! The page's state in the address: query, cursor, open facet, columns.

use leptos_router::params::ParamsMap;

use super::columns::Columns;
use crate::paths;

/// The parameters of the address; empty ones mean the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct UrlState {
    /// The text after WHERE.
    pub(super) condition: String,
    /// The cursor at which the page begins.
    pub(super) after: String,
    /// Whether only devices are listed that were refused lately.
    pub(super) is_refused: bool,
    /// The attribute whose values are counted.
    pub(super) facet: String,
    /// The table's columns.
    pub(super) columns: Columns,
    /// Unknown or surplus columns.
    pub(super) unknown_columns: Vec<String>,
    /// The last good query, sent by a plain form. A hydrated page keeps the last good rows itself.
    good: String,
}

/// All parameters of the page.
pub(super) const PARAMETERS: [&str; 7] = ["query", "refused", "facet", "cols", "after", "good", "selected"];

impl UrlState {
    pub(super) fn from_params(params: &ParamsMap) -> Self {
        let get = |name| params.get(name).unwrap_or_default();
        let (columns, unknown_columns) = Columns::read(&get("cols"));
        Self {
            condition: pasted(get("query")),
            after: get("after"),
            is_refused: get("refused") == paths::REFUSED_LATELY,
            facet: get("facet"),
            columns,
            unknown_columns,
            good: get("good"),
        }
    }

    /// Its address.
    pub(super) fn address(&self) -> String {
        paths::with_query(
            paths::DEVICES,
            &[
                ("query", &self.condition),
                ("refused", if self.is_refused { paths::REFUSED_LATELY } else { "" }),
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

    /// The first devices, only those that were refused lately or also the others.
    pub(super) fn refused(&self, is_refused: bool) -> Self {
        Self { is_refused, after: String::new(), ..self.clone() }
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

    /// The last good query, if a plain form has sent it.
    pub(super) fn good_before(&self) -> Option<Self> {
        let condition = if self.good == "*" { "" } else { self.good.as_str() };
        (!self.good.is_empty()).then(|| self.matching(condition.to_owned()))
    }

    /// The last good query for the plain form to send, given whether this one is good.
    pub(super) fn good_next(&self, is_good: bool) -> String {
        match (is_good, self.condition.trim()) {
            (false, _) => self.good.clone(),
            (true, "") => "*".to_owned(),
            (true, _) => self.condition.clone(),
        }
    }

    /// Whether the rows of another address have all that this one shows.
    pub(super) fn is_served_by(&self, read: &Self) -> bool {
        self.condition == read.condition
            && self.is_refused == read.is_refused
            && self.after == read.after
            && self.columns.attributes().all(|path| read.columns.attributes().any(|other| other == path))
    }
}

/// The condition, unwrapped if a whole query was pasted. Empty means every device.
fn pasted(text: String) -> String {
    match hub_query::pasted::condition(&text) {
        Some(condition) if condition == "*" => String::new(),
        Some(condition) => condition,
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &[(&str, &str)]) -> UrlState {
        UrlState::from_params(&address.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
    }

    #[test]
    fn addresses_are_read_and_written() {
        for (given, address) in [
            (&[][..], "/devices"),
            (&[("query", "a = 1"), ("facet", "tags.b")], "/devices?query=a%20%3D%201&facet=tags.b"),
            (&[("query", "SELECT * FROM devices WHERE a = 1")], "/devices?query=a%20%3D%201"),
            (&[("query", "SELECT * FROM devices")], "/devices"),
            (&[("refused", "lately"), ("query", "a = 1")], "/devices?query=a%20%3D%201&refused=lately"),
            (&[("refused", "other")], "/devices"),
            (&[("cols", "status"), ("after", "x")], "/devices?cols=status&after=x"),
            (&[("cols", "connection,place,tags,twin,status,activity"), ("good", "*")], "/devices"),
        ] {
            assert_eq!(read(given).address(), address, "{given:?}");
        }
    }

    #[test]
    fn links_keep_other_parameters() {
        let url = read(&[("query", "a"), ("facet", "tags.b"), ("cols", "tags.c"), ("after", "x")]);
        assert_eq!(url.matching("d".into()).address(), "/devices?query=d&facet=tags.b&cols=tags.c");
        assert_eq!(url.refused(true).address(), "/devices?query=a&refused=lately&facet=tags.b&cols=tags.c");
        assert_eq!(url.refused(true).refused(false), url.after(""));
        assert_eq!(url.by("").address(), "/devices?query=a&cols=tags.c&after=x");
        assert_eq!(url.after("").address(), "/devices?query=a&facet=tags.b&cols=tags.c");
        assert_eq!(url.showing(Columns::default()).address(), "/devices?query=a&facet=tags.b&after=x");
    }

    #[test]
    fn the_last_good_query() {
        let url = read(&[("query", "a"), ("good", "*")]);
        assert_eq!(url.good_before().map(|before| before.condition), Some(String::new()));
        assert_eq!((url.good_next(true), url.good_next(false)), ("a".to_owned(), "*".to_owned()));
        assert_eq!((read(&[]).good_before(), read(&[]).good_next(true)), (None, "*".to_owned()));
    }

    #[test]
    fn rows_serve_addresses_that_need_no_more() {
        let wide = read(&[("query", "a"), ("cols", "tags.b,tags.c")]);
        for (url, is_served) in [
            (read(&[("query", "a"), ("cols", "tags.c,status"), ("facet", "tags.b")]), true),
            (read(&[("query", "a")]), true),
            (read(&[("query", "a"), ("cols", "tags.d")]), false),
            (read(&[("query", "b"), ("cols", "tags.b")]), false),
            (read(&[("query", "a"), ("after", "x")]), false),
            (read(&[("query", "a"), ("refused", "lately")]), false),
        ] {
            assert_eq!(url.is_served_by(&wide), is_served);
        }
    }
}
