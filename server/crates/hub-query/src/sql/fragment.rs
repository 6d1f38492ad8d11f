//! SQL text with its bound values.

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// NULL
    Null,
    /// INTEGER
    Int(i64),
    /// REAL
    Real(f64),
    /// TEXT
    Text(String),
}

/// A piece of SQL: one `?` in the text for each value, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SqlFragment {
    /// The text.
    pub sql: String,
    /// What to bind.
    pub values: Vec<SqlValue>,
}

impl SqlFragment {
    /// Text without values. Only ever our own text: a user's goes through [`SqlFragment::bound`].
    pub fn raw(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), values: Vec::new() }
    }

    /// One bound value.
    pub fn bound(value: SqlValue) -> Self {
        Self { sql: "?".to_owned(), values: vec![value] }
    }

    /// The template with each `{}` replaced by the next part.
    pub(super) fn fill<const N: usize>(template: &str, parts: [Self; N]) -> Self {
        let mut filled = Self::default();
        let mut parts = parts.into_iter();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{}") {
            filled.sql.push_str(before);
            filled.push(parts.next().unwrap_or_default());
            rest = after;
        }
        filled.sql.push_str(rest);
        debug_assert!(parts.next().is_none(), "more parts than places in {template}");
        filled
    }

    /// Parts with a comma between.
    pub(super) fn list(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut list = Self::default();
        for part in parts {
            if !list.sql.is_empty() {
                list.sql.push_str(", ");
            }
            list.push(part);
        }
        list
    }

    /// Parts with an associative operator between, as a balanced tree: SQLite allows an expression 1000 levels, and a
    /// chain of AND written flat is as deep as it is long. Without parts, `empty`.
    pub(super) fn joined(operator: &str, mut parts: Vec<Self>, empty: &str) -> Self {
        match parts.len() {
            0 => Self::raw(empty),
            1 => parts.remove(0),
            length => {
                let right = parts.split_off(length.div_ceil(2));
                let template = format!("({{}} {operator} {{}})");
                Self::fill(
                    &template,
                    [Self::joined(operator, parts, empty), Self::joined(operator, right, empty)],
                )
            }
        }
    }

    /// Appends text and values.
    pub fn push(&mut self, other: Self) {
        self.sql.push_str(&other.sql);
        self.values.extend(other.values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_in_the_order_of_the_text() {
        let int = |value| SqlFragment::bound(SqlValue::Int(value));
        let joined = SqlFragment::joined("AND", vec![int(1), int(2), SqlFragment::raw("a"), int(3)], "1");
        assert_eq!(joined.sql, "((? AND ?) AND (a AND ?))");
        assert_eq!(joined.values, [SqlValue::Int(1), SqlValue::Int(2), SqlValue::Int(3)]);
        let list = SqlFragment::list([int(4), int(5)]);
        let filled = SqlFragment::fill("{} IN ({})", [joined, list]);
        assert_eq!(filled.sql, "((? AND ?) AND (a AND ?)) IN (?, ?)");
        assert_eq!(filled.values.last(), Some(&SqlValue::Int(5)));
        assert_eq!(SqlFragment::joined("OR", Vec::new(), "0").sql, "0");
    }
}
