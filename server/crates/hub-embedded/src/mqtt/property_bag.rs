//! Property bags: `name=value` pairs joined by `&` at the end of a topic, names and values percent-encoded.
//!
//! The real hub closes the connection on a bag that is not encoded, and so does this one. Unescaped are allowed the
//! characters that RFC 2396 calls unreserved, as documented; `$`, since Java and the SDK for C write
//! `$.ct`; and `?`, which the hub takes for a part of the first name. Seen to close connections of the real hub: `:`
//! (`Azure/azure-iot-sdk-c` 869), blanks (`amenzhinsky/iothub` 54), `/` (`Azure/azure-iot-sdk-python` 153), `+`, `#` and a
//! second `=` (`Azure/azure-iot-sdk-c` 1695).
//!
//! A name without `=`, or with nothing behind it, has an empty value. Node and Python write the `$` of system properties
//! as `%24`, so names are compared after decoding.

use percent_encoding::percent_decode_str;

use super::backend::Property;

/// What is wrong with a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BagFault {
    /// A character that has to be percent-encoded.
    #[error(
        "the property bag has {character:?} at character {position}, which must be percent-encoded{}",
        escape(*character)
    )]
    Unescaped {
        /// The character.
        character: char,
        /// Where it is, from 1.
        position: usize,
    },
    /// `%` without two hexadecimal digits behind it.
    #[error("the property bag has a '%' without two hexadecimal digits at character {position}")]
    Escape {
        /// Where it is, from 1.
        position: usize,
    },
    /// A value without a name.
    #[error("the property bag has a value without a name at character {position}")]
    NoName {
        /// Where the pair begins, from 1.
        position: usize,
    },
    /// The decoded bytes are not UTF-8.
    #[error("the property bag is not UTF-8 once decoded")]
    NotText,
}

/// ` as %3A`, for a character of ASCII.
fn escape(character: char) -> String {
    if character.is_ascii() { format!(" as %{:02X}", u32::from(character)) } else { String::new() }
}

/// Reads a bag.
pub(super) fn parse(bag: &str) -> Result<Vec<Property>, BagFault> {
    check_characters(bag)?;
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| BagFault::NotText)?;
        Ok(decoded.into_owned())
    };
    let mut position = 1;
    let mut properties = Vec::new();
    for pair in bag.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let Some(second) = value.find('=') {
            let position = position + name.len() + 1 + second;
            return Err(BagFault::Unescaped { character: '=', position });
        }
        // Nothing between two `&` is no property.
        if !pair.is_empty() {
            if name.is_empty() {
                return Err(BagFault::NoName { position });
            }
            properties.push(Property { name: decode(name)?, value: decode(value)? });
        }
        // All of ASCII by now, so bytes are characters.
        position += pair.len() + 1;
    }
    Ok(properties)
}

/// Checks that every character that needs escaping is escaped.
fn check_characters(bag: &str) -> Result<(), BagFault> {
    let mut rest = bag.chars();
    let mut position = 1;
    while let Some(character) = rest.next() {
        match character {
            'A'..='Z'
            | 'a'..='z'
            | '0'..='9'
            | '-'
            | '_'
            | '.'
            | '!'
            | '~'
            | '*'
            | '\''
            | '('
            | ')'
            | '$'
            | '?'
            | '&'
            | '=' => {}
            '%' => {
                let digits = [rest.next(), rest.next()];
                if !digits.iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())) {
                    return Err(BagFault::Escape { position });
                }
                position += 2;
            }
            character => return Err(BagFault::Unescaped { character, position }),
        }
        position += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sdks_write() {
        let node = "%24.mid=7&%24.cid=c%2F1%20%26%3D&%24.ct=application%2Fjson&alert%20level=true%26false%3D%C3%BC%2F%2B";
        for (bag, expected) in [
            ("", &[][..]),
            ("a=b", &[("a", "b")]),
            ("a&b=&c=1", &[("a", ""), ("b", ""), ("c", "1")]),
            ("&a=1&&", &[("a", "1")]),
            // The SDK for C and Java leave the `$` as it is; the hub takes a `?` for a part of the name.
            (
                "$.mid=1&$.ct=application%2Fjson&$.ce=utf-8",
                &[("$.mid", "1"), ("$.ct", "application/json"), ("$.ce", "utf-8")],
            ),
            ("?a=1&b=2", &[("?a", "1"), ("b", "2")]),
            // Node's encodeURIComponent leaves these.
            ("a-_.!~*'()=A-_.!~*'()", &[("a-_.!~*'()", "A-_.!~*'()")]),
            // C's URL encoder writes small letters.
            ("%24.to=%2fdevices%2fd1", &[("$.to", "/devices/d1")]),
            ("at=2019-02-15T13%3A14%3A15Z", &[("at", "2019-02-15T13:14:15Z")]),
            (
                node,
                &[
                    ("$.mid", "7"),
                    ("$.cid", "c/1 &="),
                    ("$.ct", "application/json"),
                    ("alert level", "true&false=ü/+"),
                ],
            ),
        ] {
            let read = parse(bag).unwrap();
            let read: Vec<_> =
                read.iter().map(|property| (property.name.as_str(), property.value.as_str())).collect();
            assert_eq!(read, expected, "{bag}");
        }
    }

    #[test]
    fn refuses_what_the_hub_refuses() {
        let unescaped = |character, position| BagFault::Unescaped { character, position };
        for (bag, fault) in [
            ("at=2019-02-15T13:14:15Z", unescaped(':', 17)),
            ("$.mid=00:11:22:33", unescaped(':', 9)),
            ("$.ct=application/json", unescaped('/', 17)),
            ("te st=to st", unescaped(' ', 3)),
            ("a+b=c", unescaped('+', 2)),
            ("a=#", unescaped('#', 3)),
            ("a=1=2", unescaped('=', 4)),
            ("x=1&a=1=2", unescaped('=', 8)),
            ("a=b,c", unescaped(',', 4)),
            ("a=b;c", unescaped(';', 4)),
            ("a=me@x", unescaped('@', 5)),
            ("a=\"b\"", unescaped('"', 3)),
            ("a={1}", unescaped('{', 3)),
            ("a=grün", unescaped('ü', 5)),
            ("a=b\n", unescaped('\n', 4)),
            ("a=100%", BagFault::Escape { position: 6 }),
            ("a=%zz", BagFault::Escape { position: 3 }),
            ("a=%4", BagFault::Escape { position: 3 }),
            ("=v", BagFault::NoName { position: 1 }),
            ("a=1&=v", BagFault::NoName { position: 5 }),
            ("a=%ff", BagFault::NotText),
        ] {
            assert_eq!(parse(bag), Err(fault), "{bag}");
        }
        assert_eq!(
            unescaped(':', 17).to_string(),
            "the property bag has ':' at character 17, which must be percent-encoded as %3A"
        );
        assert_eq!(
            unescaped('\n', 1).to_string(),
            "the property bag has '\\n' at character 1, which must be percent-encoded as %0A"
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bag in ".{0,80}") {
            let _ = parse(&bag);
        }

        /// What is percent-encoded as the documentation says always passes, and reads back.
        #[test]
        fn encoded_bags_pass(name in ".{1,20}", value in ".{0,20}") {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let bag = format!(
                "{}={}",
                utf8_percent_encode(&name, NON_ALPHANUMERIC),
                utf8_percent_encode(&value, NON_ALPHANUMERIC)
            );
            proptest::prop_assert_eq!(parse(&bag), Ok(vec![Property { name, value }]));
        }
    }
}
