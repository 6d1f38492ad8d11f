//! Numbers as text: grouped digits, shares, rates, sizes. Counts of devices are never abbreviated.

/// `61,904`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether a text is this count, with or without separators between its digits.
pub(crate) fn is_typed(text: &str, count: u64) -> bool {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && !",.'_".contains(*c)).collect();
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse() == Ok(count)
}

/// A CSS width that fits every count up to `most`, so that a growing number moves nothing beside it.
pub(crate) fn width_for(most: u64) -> String {
    format!("{}ch", grouped(most).len())
}

/// `1 device`, `1,204 devices`.
pub(crate) fn devices(count: u64) -> String {
    count_noun(count, "device", "devices")
}

/// A count with its noun.
pub(crate) fn count_noun(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `2.50`: rounded to a number of decimals; NaN is 0.
pub(crate) fn fixed(value: f64, decimals: u32) -> String {
    let value = if value.is_nan() { 0.0 } else { value };
    let scale = 10_f64.powf(f64::from(decimals));
    // Adding zero turns -0 into 0.
    let rounded = (value * scale).round() / scale + 0.0;
    format!("{rounded:.*}", decimals as usize)
}

/// The same without trailing zeros: `2.5`, `3`.
pub(crate) fn trimmed(value: f64, decimals: u32) -> String {
    let text = fixed(value, decimals);
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A number as JSON writes it, or one like `.5`, `+2` or `1.`.
pub(crate) fn parse(text: &str) -> Option<f64> {
    // Rust also parses `inf` and `NaN`.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || b".+-eE".contains(&byte)) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// `61.2 %`, rounded; `-` of nothing. Only all of them are `100.0 %`, and only none of them `0.0 %`.
pub(crate) fn share(part: u64, whole: u64) -> String {
    match rounded(part, 1000, whole) {
        None => "-".into(),
        Some(0) if part > 0 => "< 0.1 %".into(),
        Some(1000) if part < whole => "> 99.9 %".into(),
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// `part * times / whole`, rounded to the nearest; `None` of nothing.
fn rounded(part: u64, times: u64, whole: u64) -> Option<u64> {
    let (part, times, whole) = (u128::from(part), u128::from(times), u128::from(whole));
    let rounded = (2 * part * times + whole).checked_div(2 * whole)?;
    Some(u64::try_from(rounded).unwrap_or(u64::MAX))
}

/// `98.6` a second, from a count in so many milliseconds; `None` while there is nothing to divide by.
pub(crate) fn rate(count: u64, millis: u64) -> Option<String> {
    let tenths = rounded(count, 10_000, millis)?;
    Some(if tenths >= 10_000 {
        grouped(rounded(count, 1_000, millis)?)
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    })
}

/// A pace a second: `3.5` below ten, whole numbers above.
pub(crate) fn pace(per_second: f64) -> String {
    if per_second < 10.0 {
        return fixed(per_second, 1);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pace is far below 2^53")]
    let whole = per_second.round() as u64;
    grouped(whole)
}

/// `16 bytes`, `0.3 kB`, `128 kB`.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".into(),
        0..=199 => format!("{bytes} bytes"),
        _ if bytes.is_multiple_of(1024) => format!("{} kB", bytes / 1024),
        _ => {
            let tenths = rounded(bytes as u64, 10, 1024).unwrap_or_default();
            format!("{}.{} kB", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_text() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (61_904, "61,904"), (1_000_000, "1,000,000")]
        {
            assert_eq!(grouped(count), text);
        }
        for (text, count, expected) in [
            ("1204", 1204, true),
            (" 1,204 ", 1204, true),
            ("1 204", 1204, true),
            ("1.204", 1204, true),
            ("1205", 1204, false),
            ("+1204", 1204, false),
            ("", 0, false),
            ("0", 0, true),
        ] {
            assert_eq!(is_typed(text, count), expected, "{text}");
        }
        assert_eq!(devices(1), "1 device");
        assert_eq!(devices(1204), "1,204 devices");
        for (part, whole, text) in [
            (612, 1000, "61.2 %"),
            (37, 44, "84.1 %"),
            (2, 3, "66.7 %"),
            (1, 2000, "0.1 %"),
            (1, 100_000, "< 0.1 %"),
            (999_999, 1_000_000, "> 99.9 %"),
            (5, 5, "100.0 %"),
            (0, 5, "0.0 %"),
            (0, 0, "-"),
            (u64::MAX, u64::MAX, "100.0 %"),
        ] {
            assert_eq!(share(part, whole), text);
        }
        assert_eq!(rate(986, 10_000).as_deref(), Some("98.6"));
        assert_eq!(rate(2, 300).as_deref(), Some("6.7"));
        assert_eq!(rate(99_996, 100_000).as_deref(), Some("1,000"));
        assert_eq!(rate(20_500, 10_000).as_deref(), Some("2,050"));
        assert_eq!(rate(1, 0), None);
        for (value, decimals, text) in [
            (0.0, 1, "0.0"),
            (-0.01, 1, "0.0"),
            (0.06, 1, "0.1"),
            (0.05, 2, "0.05"),
            (2.5, 2, "2.50"),
            (-2.345, 1, "-2.3"),
            (99.96, 1, "100.0"),
            (640.0, 0, "640"),
            (9_007_199_254_740_991.0, 0, "9007199254740991"),
            (f64::NAN, 1, "0.0"),
        ] {
            assert_eq!(fixed(value, decimals), text);
        }
        assert_eq!(
            (trimmed(2.5, 2), trimmed(30.0, 2), trimmed(10.0, 0)),
            ("2.5".into(), "30".into(), "10".into())
        );
        assert_eq!((pace(3.52).as_str(), pace(3569.7).as_str()), ("3.5", "3,570"));
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (16, "16 bytes"),
            (320, "0.3 kB"),
            (2000, "2.0 kB"),
            (131_072, "128 kB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
