//! An error text of a device or the hub, without the parts that differ from device to device. Pure.
//!
//! Two devices that failed for the same reason report it in texts that differ in ids, counts and times. Each such part
//! becomes a placeholder, so that equal reasons are equal texts.

/// Longest normalised text, in characters.
pub(crate) const LONGEST: usize = 160;

/// A text with the device's own id, times, GUIDs, hexadecimal and decimal numbers replaced, in one line.
///
/// Digits inside a word, as in `E1042` or `MQTT5`, belong to a name and stay.
pub(crate) fn normalise(text: &str, device_id: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * LONGEST));
    let mut rest = text.trim();
    let mut before = ' ';
    let mut length = 0;
    while let Some(c) = rest.chars().next() {
        if length >= LONGEST {
            out.push('…');
            break;
        }
        let starts_word = !before.is_alphanumeric() && before != '_';
        let replacement = if starts_word { placeholder(rest, before, device_id) } else { None };
        if let Some((placeholder, length_replaced)) = replacement {
            out.push_str(placeholder);
            length += placeholder.len();
            before = '}';
            rest = &rest[length_replaced..];
            continue;
        }
        // Line breaks and indentation do not make another reason.
        let plain = if c.is_whitespace() || c.is_control() { ' ' } else { c };
        if !(plain == ' ' && out.ends_with(' ')) {
            out.push(plain);
            length += 1;
        }
        before = c;
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The placeholder for the beginning of a text that starts a word, and how many bytes it replaces.
fn placeholder(text: &str, before: char, device_id: &str) -> Option<(&'static str, usize)> {
    if !device_id.is_empty() && text.starts_with(device_id) && ends_word(&text[device_id.len()..]) {
        return Some(("{device}", device_id.len()));
    }
    let word = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    guid(text)
        .map(|length| ("{id}", length))
        .or_else(|| time(text).map(|length| ("{time}", length)))
        .or_else(|| is_hex(&text[..word]).then_some(("{hex}", word)))
        .or_else(|| number(text, before).map(|length| ("{n}", length)))
}

fn ends_word(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`
fn guid(text: &str) -> Option<usize> {
    const LENGTH: usize = 36;
    let candidate = text.get(..LENGTH)?;
    let fits = candidate.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && ends_word(&text[LENGTH..])).then_some(LENGTH)
}

/// `2026-11-23T01:02:03`, with whatever fraction and zone follow.
fn time(text: &str) -> Option<usize> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let candidate = text.as_bytes().get(..SHAPE.len())?;
    let fits = candidate.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == other,
    });
    if !fits {
        return None;
    }
    let rest = &text[SHAPE.len()..];
    let tail = rest.find(|c: char| !(c.is_ascii_digit() || "Zz.:+-".contains(c))).unwrap_or(rest.len());
    // A full stop or comma after the time ends the sentence.
    Some(SHAPE.len() + rest[..tail].trim_end_matches(['.', ':', '-', '+']).len())
}

/// `0x1f`, or eight or more hexadecimal digits that are neither a decimal number nor a word.
fn is_hex(word: &str) -> bool {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    word.len() >= 8
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// `12`, `-3`, `1.5`, `10.0.0.1`, `1,204`; units that follow stay.
fn number(text: &str, before: char) -> Option<usize> {
    // Between two numbers it is a dash.
    let may_have_sign = before == ' ' || "([=:,".contains(before);
    let sign = usize::from(may_have_sign && text.starts_with(['-', '+']));
    let digits = &text[sign..];
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut end = 0;
    let bytes = digits.as_bytes();
    while end < bytes.len() {
        let joins = matches!(bytes[end], b'.' | b',') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if !bytes[end].is_ascii_digit() && !joins {
            break;
        }
        end += 1;
    }
    Some(sign + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_parts_become_placeholders() {
        for (text, normalised) in [
            ("", ""),
            ("  the bolt   does\r\n not move ", "the bolt does not move"),
            ("no answer in 30 s", "no answer in {n} s"),
            ("no answer in 30s", "no answer in {n}s"),
            ("door-7 is jammed", "{device} is jammed"),
            ("device 'door-7' is offline", "device '{device}' is offline"),
            ("door-77 is jammed", "door-{n} is jammed"),
            ("mydoor-7", "mydoor-{n}"),
            ("door-7;door-8", "{device};door-{n}"),
            ("E1042: MQTT5 not allowed", "E1042: MQTT5 not allowed"),
            ("BOLT_7_JAMMED", "BOLT_7_JAMMED"),
            ("temperature -3.5 of 1,204.", "temperature {n} of {n}."),
            ("host 10.0.0.1:8883 refused", "host {n}:{n} refused"),
            ("0x1F at 0xZZ", "{hex} at {n}xZZ"),
            ("trace 9f86d081884c7d65 end", "trace {hex} end"),
            ("deadbeef decade facade", "deadbeef decade facade"),
            ("id 3F2504E0-4F89-11D3-9A0C-0305E82C3301, gone", "id {id}, gone"),
            ("at 2026-11-23T01:02:03.5Z. Then", "at {time}. Then"),
            ("at 2026-11-23 01:02:03+01:00", "at {time}"),
            ("on 2026-11-23", "on {n}-{n}-{n}"),
            ("größe 3 über µ", "größe {n} über µ"),
            ("-", "-"),
        ] {
            assert_eq!(normalise(text, "door-7"), normalised, "{text}");
        }
    }

    #[test]
    fn normalising_twice_changes_nothing() {
        for text in ["door-7 has 3 of 12 at 2026-11-23T01:02:03Z in 9f86d081884c7d65", "a{n}b", "{device}"] {
            let once = normalise(text, "door-7");
            assert_eq!(normalise(&once, "door-7"), once);
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let long = normalise(&"wörter ".repeat(100), "d");
        assert_eq!((long.chars().count(), long.ends_with('…')), (LONGEST + 1, true));
        assert!(normalise(&"1 ".repeat(1000), "").len() < 5 * LONGEST);
    }
}
