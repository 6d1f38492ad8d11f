//! Plain text where a condition belongs: people type an id, a tag's value, or a tag's name and its value. Such a text becomes
//! a condition on the id and the tags.

use super::lexer::{self, Keyword, TokenKind};
use super::write;

/// Most words of a text; more are no search.
const MAX_WORDS: usize = 6;
/// Most characters of a text.
const MAX_LENGTH: usize = 200;
/// Characters that belong to conditions and to no plain text.
const OF_CONDITIONS: [char; 10] = ['\'', '"', '(', ')', '[', ']', '<', '>', '!', ';'];
/// Attributes of a device itself. A text that begins with one of them is a condition, complete or not.
const ATTRIBUTES: [&str; 14] = [
    "deviceid",
    "moduleid",
    "etag",
    "version",
    "status",
    "statusreason",
    "statusupdatetime",
    "connectionstate",
    "lastactivitytime",
    "cloudtodevicemessagecount",
    "authenticationtype",
    "generationid",
    "tags",
    "properties",
];
/// Sections that are written with a dot behind them: with a path in it, a text is a condition.
const SECTIONS: [&str; 7] = ["tags", "tag", "properties", "property", "reported", "desired", "capabilities"];

/// The words of a plain text; `None` for a condition, for a whole query, and for an empty text. `building = 41` and
/// `building:41` are two words each, since no device has an attribute called so.
pub fn words(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if text.is_empty() || text == "*" || text.chars().count() > MAX_LENGTH || text.contains(OF_CONDITIONS) {
        return None;
    }
    let tokens = lexer::tokens(text);
    let is_condition = tokens.iter().enumerate().any(|(at, token)| match &token.kind {
        TokenKind::Keyword(keyword) => {
            let is_operator = matches!(keyword, Keyword::And | Keyword::Or | Keyword::In | Keyword::Nin);
            let is_first = matches!(keyword, Keyword::Select | Keyword::From | Keyword::Where | Keyword::Not);
            is_operator && at > 0 || is_first && at == 0
        }
        TokenKind::Name(name) => {
            let name = name.to_ascii_lowercase();
            let next = tokens.get(at + 1).map(|token| &token.kind);
            let has_path = next == Some(&TokenKind::Sign("."));
            // Behind a dot it is a part of a path.
            let is_root = at == 0 || tokens[at - 1].kind != TokenKind::Sign(".");
            // `status-door` is an id.
            let is_whole = !matches!(next, Some(TokenKind::Sign(sign)) if *sign != "=");
            let is_attribute = ATTRIBUTES.contains(&name.as_str()) && is_whole;
            let is_compared = next == Some(&TokenKind::Sign("="));
            is_root
                && (has_path && SECTIONS.contains(&name.as_str()) || is_attribute && (at == 0 || is_compared))
        }
        _ => false,
    });
    if is_condition {
        return None;
    }
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c == '=')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    (1..=MAX_WORDS).contains(&words.len()).then_some(words)
}

/// The condition for devices that have all of these words: each in the id, or as the value of one of these tags
/// (`tags.building`). A tag's name with a word behind it is a test of this tag.
pub fn condition(words: &[String], tags: &[String]) -> String {
    let mut tests: Vec<Vec<String>> = Vec::new();
    let mut rest = words;
    while let [word, after @ ..] = rest {
        let (word, value, after) = match (word.split_once(':'), after) {
            (Some((name, value)), _) if !value.is_empty() && !named(name, tags).is_empty() => {
                (name, Some(value), after)
            }
            (_, [value, later @ ..]) if !named(word, tags).is_empty() => {
                (word.as_str(), Some(value.as_str()), later)
            }
            _ => (word.as_str(), None, after),
        };
        tests.push(match value {
            Some(value) => named(word, tags).into_iter().flat_map(|tag| equals(tag, value)).collect(),
            None => anywhere(word, tags),
        });
        rest = after;
    }
    let is_alone = tests.len() == 1;
    let tests = tests.into_iter().map(|test| match test.as_slice() {
        [one] => one.clone(),
        several if is_alone => several.join(" OR "),
        several => format!("({})", several.join(" OR ")),
    });
    tests.collect::<Vec<_>>().join(" AND ")
}

/// The tags with this name: `building` is `tags.building` and `tags.site.building`.
fn named<'a>(name: &str, tags: &'a [String]) -> Vec<&'a String> {
    let own = |tag: &str| tag.rsplit('.').next().unwrap_or(tag).trim_matches(['[', ']']).to_lowercase();
    tags.iter().filter(|tag| own(tag) == name.to_lowercase()).collect()
}

/// A word in the id, or as the value of any tag.
fn anywhere(word: &str, tags: &[String]) -> Vec<String> {
    let mut tests = vec![format!("CONTAINS(deviceId, {})", write::text(word))];
    // Ids are case-sensitive, and most have no capitals.
    let lower = word.to_lowercase();
    if lower != word {
        tests.push(format!("CONTAINS(deviceId, {})", write::text(&lower)));
    }
    tests.extend(tags.iter().flat_map(|tag| equals(tag, word)));
    tests
}

/// Tests of a tag for a typed value: as a text, and as the number or boolean that it may be.
fn equals(tag: &str, value: &str) -> Vec<String> {
    let mut tests = vec![format!("{tag} = {}", write::text(value))];
    let is_number = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    if is_number || ["true", "false"].contains(&value) {
        tests.push(format!("{tag} = {value}"));
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_and_conditions() {
        for (text, expected) in [
            ("door-0042", Some(&["door-0042"][..])),
            (" 0042 ", Some(&["0042"])),
            ("building 41", Some(&["building", "41"])),
            ("building = 41", Some(&["building", "41"])),
            ("building=41", Some(&["building", "41"])),
            ("building == 41", Some(&["building", "41"])),
            ("building:41 north", Some(&["building:41", "north"])),
            ("dev.001", Some(&["dev.001"])),
            ("sensor@north_2#a", Some(&["sensor@north_2#a"])),
            ("Ю", Some(&["Ю"])),
            ("status-door", Some(&["status-door"])),
            ("where", None),
            ("", None),
            ("*", None),
            ("deviceId", None),
            ("deviceId = 5", None),
            ("version=5", None),
            ("status enabled", None),
            ("tags.building = 41", None),
            ("tags.", None),
            ("Tags.building", None),
            ("reported.mode = 1", None),
            ("building = '41'", None),
            ("IS_DEFINED(tags.a)", None),
            ("a = 1 AND b = 2", None),
            ("SELECT * FROM devices", None),
            ("FROM devices.modules", None),
            ("NOT a", None),
            ("a > 5", None),
            ("a != 5", None),
            ("a b c d e f g", None),
        ] {
            let words = words(text);
            let words: Option<Vec<&str>> =
                words.as_ref().map(|words| words.iter().map(String::as_str).collect());
            assert_eq!(words.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn conditions_of_words() {
        let tags = ["tags.building", "tags.[[my-key]]", "tags.site.wing"].map(String::from);
        for (text, expected) in [
            ("building 41", "tags.building = '41' OR tags.building = 41"),
            ("BUILDING = 041", "tags.building = '041'"),
            ("my-key:x", "tags.[[my-key]] = 'x'"),
            ("building 41 wing B", "(tags.building = '41' OR tags.building = 41) AND tags.site.wing = 'B'"),
            (
                "Door-1",
                "CONTAINS(deviceId, 'Door-1') OR CONTAINS(deviceId, 'door-1') OR tags.building = 'Door-1' OR \
                 tags.[[my-key]] = 'Door-1' OR tags.site.wing = 'Door-1'",
            ),
            (
                "true",
                "CONTAINS(deviceId, 'true') OR tags.building = 'true' OR tags.building = true OR \
                 tags.[[my-key]] = 'true' OR tags.[[my-key]] = true OR tags.site.wing = 'true' OR tags.site.wing = true",
            ),
            (
                "building 41 north",
                "(tags.building = '41' OR tags.building = 41) AND (CONTAINS(deviceId, 'north') OR \
                 tags.building = 'north' OR tags.[[my-key]] = 'north' OR tags.site.wing = 'north')",
            ),
        ] {
            let condition = condition(&words(text).unwrap(), &tags);
            assert_eq!(condition, expected, "{text}");
            assert!(crate::parse_condition(&condition).is_ok(), "{condition}");
        }
        assert_eq!(condition(&["door-0042".to_owned()], &[]), "CONTAINS(deviceId, 'door-0042')");
    }
}
