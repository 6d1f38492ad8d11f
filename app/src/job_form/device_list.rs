//! Device ids as people paste them: one a line, with commas or spaces between, or a table with a column of ids.
//!
//! A device id may itself hold a comma or a semicolon, though hardly any does; such a one goes in double quotes.

use std::collections::HashSet;

/// The ids of a text, in order, doubles included.
pub(crate) fn ids(text: &str) -> Vec<String> {
    match column(text) {
        Some((column, separator)) => text
            .lines()
            .skip_while(|line| line.trim().is_empty())
            .skip(1)
            .filter_map(|line| cell(line, column, separator))
            .collect(),
        None => cells(text, |c| c.is_whitespace() || c == ',' || c == ';'),
    }
}

/// The ids of a CSV file, one a line: of the column that a header names, or of the first.
pub(crate) fn from_csv(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let found = if column(text).is_some() {
        ids(text)
    } else {
        let separator = separator(text.lines().next().unwrap_or_default());
        text.lines().filter_map(|line| cell(line, 0, separator)).collect()
    };
    lines(found)
}

/// Ids as a text, one a line.
pub(crate) fn lines(ids: impl IntoIterator<Item = String>) -> String {
    let quoted = |id: String| if id.contains([',', ';']) { format!("\"{id}\"") } else { id };
    ids.into_iter().map(quoted).collect::<Vec<_>>().join("\n")
}

/// How many ids repeat an earlier one.
pub(crate) fn doubles(ids: &[String]) -> usize {
    ids.len() - ids.iter().collect::<HashSet<_>>().len()
}

/// The text without these ids, each other once.
pub(crate) fn without(text: &str, unwanted: &[String]) -> String {
    let unwanted: HashSet<_> = unwanted.iter().collect();
    let mut seen = HashSet::new();
    lines(ids(text).into_iter().filter(|id| !unwanted.contains(id) && seen.insert(id.clone())))
}

/// The column of ids and what separates columns, when the first line is a header that names one.
fn column(text: &str) -> Option<(usize, char)> {
    let header = text.lines().find(|line| !line.trim().is_empty())?;
    let separator = separator(header);
    let names = cells(header, |c| c == separator);
    let is_id = |name: &String| {
        let name: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        matches!(name.as_str(), "deviceid" | "device")
    };
    names.iter().position(is_id).map(|at| (at, separator))
}

fn separator(line: &str) -> char {
    [',', ';', '\t']
        .into_iter()
        .max_by_key(|c| line.matches(*c).count())
        .filter(|c| line.contains(*c))
        .unwrap_or(',')
}

fn cell(line: &str, column: usize, separator: char) -> Option<String> {
    split(line, |c| c == separator)
        .into_iter()
        .nth(column)
        .map(|cell| cell.trim().to_owned())
        .filter(|cell| !cell.is_empty())
}

/// What stands between separators and is not empty.
fn cells(text: &str, is_separator: impl Fn(char) -> bool) -> Vec<String> {
    let cells = split(text, is_separator).into_iter().map(|cell| cell.trim().to_owned());
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// Cuts at separators outside double quotes; a doubled quote within quotes is one.
fn split(text: &str, is_separator: impl Fn(char) -> bool) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        if c == '"' {
            is_quoted = !is_quoted;
        } else if !is_quoted && is_separator(c) {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted() {
        for (text, expected) in [
            ("", &[][..]),
            ("door-1\ndoor-2\r\n\n door-3 ", &["door-1", "door-2", "door-3"]),
            ("door-1, door-2;door-3", &["door-1", "door-2", "door-3"]),
            ("\"a,b\" c", &["a,b", "c"]),
            ("deviceId\ndoor-1", &["door-1"]),
            ("building,Device ID\n43,door-1\n44,door-2\n45,", &["door-1", "door-2"]),
            ("device\tfloor\ndoor-1\t3", &["door-1"]),
        ] {
            assert_eq!(ids(text), expected, "{text}");
        }
    }

    #[test]
    fn files() {
        for (text, expected) in [
            ("\u{feff}deviceId;floor\ndoor-1;3\n", "door-1"),
            ("door-1,3\ndoor-2,4", "door-1\ndoor-2"),
            ("floor,device_id\n3,\"a,b\"", "\"a,b\""),
        ] {
            assert_eq!(from_csv(text), expected, "{text}");
        }
    }

    #[test]
    fn doubles_and_unknown_ones_go() {
        assert_eq!(doubles(&ids("a b a a")), 2);
        assert_eq!(without("a b a c", &["c".to_owned()]), "a\nb");
        assert_eq!(lines(ids("\"a,b\"\nc")), "\"a,b\"\nc");
    }
}
