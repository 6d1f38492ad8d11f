//! Property bags: `name=value` pairs joined by `&` at the end of a topic, names and values percent-encoded.
//!
//! A name without `=` has no value, which is not the same as an empty one. Both SDKs write the `$` of system properties
//! as `%24`, so names are compared after decoding. `+` is a plus, not a blank.

use percent_encoding::percent_decode_str;

use super::backend::Property;

/// Reads a bag; none when its bytes are not UTF-8.
pub(super) fn parse(bag: &str) -> Option<Vec<Property>> {
    let decode = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    bag.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            None => Some(Property { name: decode(pair)?, value: None }),
            Some((name, value)) => Some(Property { name: decode(name)?, value: Some(decode(value)?) }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_sdks_write() {
        let sdk = "%24.mid=7&%24.cid=c%2F1%20%26%3D&%24.ct=application%2Fjson&alert%20level=true%26false%3D%C3%BC%2F%2B";
        for (bag, expected) in [
            ("", &[][..]),
            ("a=b", &[("a", Some("b"))]),
            ("a&b=&c=1=2", &[("a", None), ("b", Some("")), ("c", Some("1=2"))]),
            ("a+b=c+d", &[("a+b", Some("c+d"))]),
            ("$.mid=1", &[("$.mid", Some("1"))]),
            ("&a=1&&", &[("a", Some("1"))]),
            ("100%=%zz", &[("100%", Some("%zz"))]),
            (
                sdk,
                &[
                    ("$.mid", Some("7")),
                    ("$.cid", Some("c/1 &=")),
                    ("$.ct", Some("application/json")),
                    ("alert level", Some("true&false=ü/+")),
                ],
            ),
        ] {
            let read = parse(bag).unwrap();
            let read: Vec<_> =
                read.iter().map(|property| (property.name.as_str(), property.value.as_deref())).collect();
            assert_eq!(read, expected, "{bag}");
        }
        assert_eq!(parse("a=%ff"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bag in ".{0,80}") {
            let _ = parse(&bag);
        }
    }
}
