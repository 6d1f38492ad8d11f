//! Pages of answers.

use hub_wire::query::ItemType;

/// Which page of an answer is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Most items, from 1; more than 1,000 is cut to that, but for rows of a twin job, which are small: 10,000. REST
    /// limits it to what the contract allows.
    pub size: u32,
    /// The token of the previous page.
    pub continuation: Option<String>,
}

/// One page of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The items.
    pub items: JsonArray,
    /// What they are.
    pub item_type: ItemType,
    /// Token of the next page; none on the last.
    pub continuation: Option<String>,
}

/// A JSON array under construction, as text: most answers are concatenated from text that SQLite returns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonArray {
    /// Without the last bracket.
    text: String,
    len: usize,
}

impl JsonArray {
    /// How many items it has.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reserves memory for so many items of so many bytes.
    pub(super) fn reserve(&mut self, items: usize, bytes: usize) {
        self.text.reserve(items.saturating_mul(bytes));
    }

    /// Adds an item, JSON text.
    pub(super) fn push(&mut self, json: &str) {
        self.push_parts(&[json]);
    }

    /// Adds an item, JSON text in parts.
    pub(super) fn push_parts(&mut self, parts: &[&str]) {
        self.text.push(if self.len == 0 { '[' } else { ',' });
        for part in parts {
            self.text.push_str(part);
        }
        self.len += 1;
    }

    /// The array's text.
    pub fn into_text(mut self) -> String {
        self.text.push_str(if self.len == 0 { "[]" } else { "]" });
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays() {
        for (items, text) in [(&[][..], "[]"), (&["1"], "[1]"), (&["1", "{}", "\"a\""], "[1,{},\"a\"]")] {
            let mut array = JsonArray::default();
            for item in items {
                array.push(item);
            }
            assert_eq!((array.len(), array.is_empty()), (items.len(), items.is_empty()));
            assert_eq!(array.into_text(), text);
        }
    }
}
