//! What a preview found of a list of ids, in words.

use console_wire::target::Preview;

use crate::format::number::{count_noun, devices, grouped};

/// One sentence without its full stop: `3 devices found, 2 ids do not exist, 1 duplicate (sent once)`.
pub(crate) fn summary(preview: &Preview) -> String {
    let mut parts = vec![format!("{} found", devices(preview.count))];
    if preview.unknown_count > 0 {
        parts.push(format!("{} not exist", does(preview.unknown_count)));
    }
    if let Some(limit) = preview.limit.as_ref().filter(|limit| limit.outside_count > 0) {
        parts.push(format!("{} outside your scope", grouped(limit.outside_count)));
    }
    if preview.duplicates > 0 {
        parts.push(duplicates(preview.duplicates));
    }
    if preview.unchecked_count > 0 {
        parts.push(format!("{} not looked up", grouped(preview.unchecked_count)));
    }
    parts.join(", ")
}

/// The same before the hub was asked: `3 ids, 1 duplicate (sent once)`.
pub(crate) fn typed(ids: u64, repeated: u64) -> String {
    match (ids, repeated) {
        (0, _) => "No ids yet".to_owned(),
        (ids, 0) => count_noun(ids, "id", "ids"),
        (ids, repeated) => format!("{}, {}", count_noun(ids, "id", "ids"), duplicates(repeated)),
    }
}

/// What becomes of ids that no device has, a sentence.
pub(crate) fn unknown_warning(count: u64) -> Option<String> {
    (count > 0).then(|| format!("{} not exist and will be reported as failed.", does(count)))
}

fn does(count: u64) -> String {
    format!("{} {}", count_noun(count, "id", "ids"), if count == 1 { "does" } else { "do" })
}

fn duplicates(count: u64) -> String {
    format!("{} (sent once)", count_noun(count, "duplicate", "duplicates"))
}

#[cfg(test)]
mod tests {
    use hub_wire::Timestamp;

    use super::*;

    #[test]
    fn lists_in_words() {
        for (count, unknown_count, duplicates, unchecked_count, expected) in [
            (3, 0, 0, 0, "3 devices found"),
            (3, 3, 1, 0, "3 devices found, 3 ids do not exist, 1 duplicate (sent once)"),
            (1, 1, 2, 0, "1 device found, 1 id does not exist, 2 duplicates (sent once)"),
            (0, 0, 0, 1200, "0 devices found, 1,200 not looked up"),
        ] {
            let preview = Preview {
                count,
                connected_count: 0,
                sample: Vec::new(),
                unknown: Vec::new(),
                unknown_count,
                similar: Vec::new(),
                unchecked_count,
                duplicates,
                limit: None,
                estimate: None,
                as_of: Timestamp::NEVER,
            };
            assert_eq!(summary(&preview), expected);
            assert_eq!(preview.targets(), count + unchecked_count);
        }
        assert_eq!(typed(0, 0), "No ids yet");
        assert_eq!(typed(6, 1), "6 ids, 1 duplicate (sent once)");
        assert_eq!(unknown_warning(0), None);
        assert_eq!(unknown_warning(1).unwrap(), "1 id does not exist and will be reported as failed.");
        assert_eq!(unknown_warning(3).unwrap(), "3 ids do not exist and will be reported as failed.");
    }
}
