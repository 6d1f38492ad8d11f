//! Lists of devices in the formats that people have: ids one a line or with commas between, a table with a column of ids out of a
//! spreadsheet or a portal, or JSON. One parser for the form, the file picker and the API. Pure.
//!
//! A text is a table when its first line names a column of ids, when its first line is `sep=;`, or when all of its
//! lines have the same number of cells, two or more. Of a table one column is read, and [`DeviceList::column_note`] names
//! it. Any other text is ids with white space, commas or semicolons between. Quotes are those of RFC 4180, or `'`
//! in their place; white space around them, which libraries for CSV take for a part of the cell, is allowed, since
//! people write it.

use std::{borrow::Cow, collections::HashSet, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IntoDeserializer as _, SeqAccess, Visitor, value::SeqAccessDeserializer},
};
use serde_json::Value;

/// Separators of columns.
const SEPARATORS: [char; 4] = ['\t', ';', ',', '|'];

/// The ids of a list, in order, repeated ones included, and what else the text held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceList {
    /// The ids as written, without quotes. Whether a device can be called so is not checked.
    pub ids: Vec<String>,
    /// The column that they come from, when there were several or it had a name.
    pub column: Option<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the first line; `None` when that names no column of ids, and the first column was read.
    pub name: Option<String>,
    /// How many columns there are.
    pub of: usize,
}

impl DeviceList {
    /// Which column was read, as a sentence; `None` when there was no choice.
    pub fn column_note(&self) -> Option<String> {
        match self.column.as_ref()? {
            Column { name: Some(name), of: 1 } => Some(format!("Ids read from column {name}.")),
            Column { name: Some(name), of } => Some(format!("Ids read from column {name} ({of} columns).")),
            Column { name: None, of } => {
                Some(format!("Ids read from the first of {of} columns; none is called deviceId or id."))
            }
        }
    }
}

/// Reads a list that was pasted or sent.
pub fn read(text: &str) -> DeviceList {
    read_as(text, false)
}

/// Reads a file that is a table, even if it has one line or lines of different lengths.
pub fn read_table(text: &str) -> DeviceList {
    read_as(text, true)
}

fn read_as(text: &str, is_table: bool) -> DeviceList {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['[', '{'])
        && let Some(list) = serde_json::from_str(text).ok().as_ref().and_then(from_json)
    {
        return list;
    }
    // A list of another language, such as Python's, with quotes that are not JSON's.
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Some((separator, rest)) = declared_separator(text) {
        return table(&rows(rest, separator), true);
    }
    let candidates: Vec<_> =
        SEPARATORS.iter().map(|separator| (*separator, rows(text, *separator))).collect();
    let named = candidates.iter().filter(|(_, rows)| rows.len() > 1 && id_column(&rows[0]).is_some());
    if let Some((_, rows)) = named.max_by_key(|(_, rows)| rows[0].len()) {
        return table(rows, true);
    }
    let columns = |rows: &[Vec<String>]| rows.first().map_or(0, Vec::len);
    let is_even = |rows: &[Vec<String>]| {
        columns(rows) > 1 && rows.len() > 1 && rows.iter().all(|row| row.len() == columns(rows))
    };
    // Between two that fit alike, the one that comes first in the text: the other is inside of a cell.
    let place = |separator: char| text.find(separator).unwrap_or(usize::MAX);
    let best = |fits: &dyn Fn(&[Vec<String>]) -> bool| {
        let fitting = candidates.iter().filter(|(_, rows)| fits(rows));
        fitting.max_by(|(a, of_a), (b, of_b)| {
            columns(of_a).cmp(&columns(of_b)).then_with(|| place(*b).cmp(&place(*a)))
        })
    };
    if let Some((_, rows)) = best(&is_even) {
        return table(rows, false);
    }
    if is_table {
        return best(&|_| true).map(|(_, rows)| table(rows, false)).unwrap_or_default();
    }
    let words = cut(text, |c| c.is_whitespace() || c == ',' || c == ';', |_| false);
    DeviceList { ids: words.concat(), column: None }
}

/// The ids of a table: of the column that its first line names, or of the first.
fn table(rows: &[Vec<String>], may_have_header: bool) -> DeviceList {
    let Some(first) = rows.first() else { return DeviceList::default() };
    let named = if may_have_header { id_column(first) } else { None };
    let (index, rows) = named.map_or((0, rows), |index| (index, &rows[1..]));
    let ids = rows.iter().filter_map(|row| row.get(index)).filter(|cell| !cell.is_empty()).cloned().collect();
    let name = named.map(|index| first[index].clone());
    let column = (name.is_some() || first.len() > 1).then_some(Column { name, of: first.len() });
    DeviceList { ids, column }
}

/// `sep=;`, by which a spreadsheet declares the separator of columns, and the text after that line.
fn declared_separator(text: &str) -> Option<(char, &str)> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim_end_matches('\r').trim_matches('"');
    let (key, value) = line.split_at_checked("sep=".len())?;
    let mut characters = value.chars();
    let separator = characters.next().filter(|_| key.eq_ignore_ascii_case("sep="))?;
    characters.as_str().is_empty().then_some((separator, rest))
}

/// How clearly a name means a column of ids; the higher, the better.
fn rank(name: &str) -> Option<u8> {
    let name: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    match name.as_str() {
        "deviceid" => Some(4),
        // `IOTC_DEVICEID`, `IoT Hub device id`.
        name if name.ends_with("deviceid") => Some(3),
        "id" | "ids" | "deviceids" => Some(2),
        "device" | "devices" | "devicename" => Some(1),
        _ => None,
    }
}

fn id_column(header: &[String]) -> Option<usize> {
    let ranked = header.iter().enumerate().filter_map(|(index, name)| Some((rank(name)?, index)));
    ranked.max_by_key(|(rank, index)| (*rank, usize::MAX - index)).map(|(_, index)| index)
}

/// The rows of a table that hold anything.
fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let rows = cut(text, |c| c == separator, |c| c == '\n' || c == '\r');
    rows.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).collect()
}

/// Cuts a text into rows and cells, outside quotes. Where words are cut, at white space, there are no empty cells.
fn cut(text: &str, is_separator: impl Fn(char) -> bool, ends_row: impl Fn(char) -> bool) -> Vec<Vec<String>> {
    let is_words = is_separator(' ');
    let mut rows = vec![Vec::new()];
    let mut rest = text;
    loop {
        let ends = |c: char| is_separator(c) || ends_row(c);
        let (cell, after) = quoted(rest, ends).unwrap_or_else(|| {
            let end = rest.find(ends).unwrap_or(rest.len());
            (Cow::Borrowed(rest[..end].trim()), &rest[end..])
        });
        if let Some(row) = rows.last_mut()
            && !(is_words && cell.is_empty())
        {
            row.push(cell.into_owned());
        }
        let mut characters = after.chars();
        match characters.next() {
            None => return rows,
            Some(c) if ends_row(c) => rows.push(Vec::new()),
            Some(_) => {}
        }
        rest = characters.as_str();
    }
}

/// A cell in quotes at the beginning of a text, and the text behind it; a doubled quote inside is one. `None` when there
/// is none, or its end is missing, or more than white space follows: then the quote is an ordinary character.
fn quoted(text: &str, ends: impl Fn(char) -> bool) -> Option<(Cow<'_, str>, &str)> {
    let begin = text.trim_start_matches(|c: char| c.is_whitespace() && !ends(c));
    let quote = begin.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = &begin[quote.len_utf8()..];
    let doubled: String = [quote, quote].iter().collect();
    let mut at = 0;
    let end = loop {
        let next = at + inner[at..].find(quote)?;
        if !inner[next..].starts_with(&doubled) {
            break next;
        }
        at = next + doubled.len();
    };
    let after = &inner[end + quote.len_utf8()..];
    let after = after.trim_start_matches(|c: char| c.is_whitespace() && !ends(c));
    if !(after.is_empty() || after.starts_with(ends)) {
        return None;
    }
    let cell = inner[..end].trim();
    Some((Cow::Owned(cell.replace(&doubled, &quote.to_string())), after))
}

/// `["a", "b"]`, `[{"deviceId": "a"}]`, or an object with nothing but such a list.
fn from_json(value: &Value) -> Option<DeviceList> {
    let items = match value {
        Value::Array(items) => items,
        Value::Object(members) if members.len() == 1 => members.values().next()?.as_array()?,
        _ => return None,
    };
    let mut list = DeviceList::default();
    for item in items {
        match item {
            Value::String(id) => list.ids.push(id.trim().to_owned()),
            Value::Number(id) => list.ids.push(id.to_string()),
            Value::Object(members) => {
                let names: Vec<String> = members.keys().cloned().collect();
                let name = &names[id_column(&names)?];
                list.ids.push(members.get(name)?.as_str()?.trim().to_owned());
                list.column = Some(Column { name: Some(name.clone()), of: names.len() });
            }
            _ => return None,
        }
    }
    Some(list)
}

/// Ids as a text, one a line, that [`read`] reads as the same ids.
pub fn to_lines(ids: impl IntoIterator<Item = String>) -> String {
    let is_plain = |id: &str| !id.contains([',', ';', '|']) && !id.starts_with(['"', '\'', '[', '{']);
    let written = |id: String| if is_plain(&id) { id } else { format!("\"{}\"", id.replace('"', "\"\"")) };
    let mut lines: Vec<String> = ids.into_iter().map(written).collect();
    // A device that is named like a column would be read as one.
    if lines.first().is_some_and(|first| rank(first).is_some()) {
        lines.insert(0, "deviceId".to_owned());
    }
    lines.join("\n")
}

/// How many ids repeat an earlier one.
pub fn count_repeated(ids: &[String]) -> usize {
    ids.len() - ids.iter().collect::<HashSet<_>>().len()
}

/// The text without these ids, each other once.
pub fn without(text: &str, unwanted: &[String]) -> String {
    let unwanted: HashSet<_> = unwanted.iter().collect();
    let mut seen = HashSet::new();
    to_lines(read(text).ids.into_iter().filter(|id| !unwanted.contains(id) && seen.insert(id.clone())))
}

/// The text with other ids in place of some, each once: pairs of the id as it is written and the one to use.
pub fn replaced(text: &str, ids: &[(String, String)]) -> String {
    let mut seen = HashSet::new();
    let right =
        |id: String| ids.iter().find(|(written, _)| *written == id).map_or(id, |(_, use_)| use_.clone());
    to_lines(read(text).ids.into_iter().map(right).filter(|id| seen.insert(id.clone())))
}

/// The JSON forms that [`deserialize`] reads.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "stands for the forms in the description of the API")]
pub(crate) enum JsonDeviceList {
    /// The ids, at most 100,000.
    List(Vec<String>),
    /// The text of a list: ids with white space or commas between, or a CSV file, of which the column `deviceId`, `id` or
    /// the like counts, or the first.
    Text(String),
}

/// Reads a JSON member that is a list of ids, or a text that [`read`] reads, such as a whole CSV file.
///
/// # Errors
/// When it is neither, or an element is not what the list is of.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    struct ListOrText<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for ListOrText<T> {
        type Value = Option<Vec<T>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of device ids, or the text of one")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list)).map(Some)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            let ids = read(text).ids.into_iter().map(|id| T::deserialize(id.into_deserializer()));
            ids.collect::<Result<_, _>>().map(Some)
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }

    deserializer.deserialize_any(ListOrText(PhantomData))
}

#[cfg(test)]
mod tests;
