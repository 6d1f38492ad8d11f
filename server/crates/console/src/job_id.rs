//! Ids for jobs that come without one: the chosen name or the action in lower case, and four random characters:
//! `lock-door-k7q2`.

use hub_wire::{
    JobId,
    job::{JobRequest, JobType},
};
use rand::RngExt;

/// No 0, 1, i, l, o: ids are read aloud.
const ALPHABET: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
const RANDOM: usize = 4;
/// Longest part taken from the action, in characters.
const LONGEST_ACTION: usize = 40;

/// A new id for a job of this name or action.
pub(crate) fn generate(action: &str) -> JobId {
    let mut random = rand::rng();
    let suffix: String =
        (0..RANDOM).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect();
    JobId::new(format!("{}-{suffix}", slug(action, "job")))
        .expect("lower-case letters, digits and dashes, at most 45")
}

/// Another id like one that was generated.
pub(crate) fn another(id: &JobId) -> JobId {
    let (text, _) = id.as_str().rsplit_once('-').unwrap_or((id.as_str(), ""));
    generate(text)
}

/// What a job does, as text for its id.
pub(crate) fn action(request: &JobRequest) -> String {
    if let Some(method) = &request.cloud_to_device_method {
        return method.method_name.clone();
    }
    let patch = request.update_twin.iter();
    let names =
        patch.flat_map(|patch| patch.desired().into_iter().chain(&patch.tags)).flat_map(|part| part.keys());
    let names: Vec<_> = names.take(2).map(String::as_str).collect();
    if names.is_empty() {
        return match request.job_type {
            JobType::ScheduleDeviceMethod => "method".to_owned(),
            JobType::ScheduleUpdateTwin | JobType::Unknown => "twin".to_owned(),
        };
    }
    format!("set-{}", names.join("-"))
}

/// `lockDoor2` becomes `lock-door2`: the hub was observed to take lower case only. At most [`LONGEST_ACTION`] characters;
/// `empty` for a text without Latin letters and digits.
pub(crate) fn slug(action: &str, empty: &str) -> String {
    let mut slug = String::new();
    let mut before = ' ';
    for c in action.chars() {
        let begins_word = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if (begins_word || !c.is_ascii_alphanumeric()) && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    slug.truncate(LONGEST_ACTION);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { empty.to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lower_case_with_dashes() {
        for (action, expected) in [
            ("lockDoor", "lock-door"),
            ("LockDoor2now", "lock-door2now"),
            ("HTTPGet", "httpget"),
            ("set firmware.version", "set-firmware-version"),
            ("--x__", "x"),
            ("日本", "job"),
            ("", "job"),
            (&"aB".repeat(40), &"a-b".repeat(40)[..40]),
        ] {
            assert_eq!(slug(action, "job"), expected.trim_end_matches('-'), "{action}");
        }
    }

    #[test]
    fn ids_differ_and_are_lower_case() {
        let ids: std::collections::HashSet<_> = (0..100).map(|_| generate("lockDoor")).collect();
        assert!(ids.len() > 95);
        for id in ids {
            let suffix = id.as_str().strip_prefix("lock-door-").unwrap();
            assert!(suffix.len() == 4 && suffix.bytes().all(|c| ALPHABET.contains(&c)), "{id}");
        }
        let first = generate("Lock Building 43");
        let second = another(&first);
        assert!(second != first && second.as_str().starts_with("lock-building-43-"), "{first} {second}");
        assert_eq!(second.as_str().len(), first.as_str().len());
    }
}
