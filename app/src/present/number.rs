//! Numbers: comma groups, shares, rates, sizes. Counts of devices are never abbreviated. All are written as whole
//! numbers: what Rust needs to write a float, or to divide 128 bits, would be a good part of a page's program.

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

/// The width that any count up to `most` fits into, for numbers that grow beside something that must not move.
pub(crate) fn room_for(most: u64) -> String {
    format!("{}ch", grouped(most).len())
}

/// `1 device`, `1,204 devices`.
pub(crate) fn devices(count: u64) -> String {
    counted(count, "device", "devices")
}

/// A count with its noun.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `2.50`: with so many decimals, at most 9. Meant for what is drawn or said; beyond 64 bits it is the largest such number.
pub(crate) fn fixed(value: f64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals.min(9));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "saturates, and the scale is small"
    )]
    let units = (value * scale as f64).round() as i64;
    let (sign, units) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    if scale == 1 {
        return format!("{sign}{units}");
    }
    // A digit before them keeps the zeros that they begin with.
    let mut part = (units % scale + scale).to_string();
    part.replace_range(..1, ".");
    format!("{sign}{}{part}", units / scale)
}

/// The same without zeros at the end: `2.5`, `3`.
pub(crate) fn trimmed(value: f64, decimals: u32) -> String {
    let text = fixed(value, decimals);
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// `61.2 %`; `-` of nothing.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".into();
    }
    // Tenths of a percent in whole numbers; rounding down, so that 100 % means all of them.
    let tenths = part.saturating_mul(1000) / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// `98.6` a second, from a count in so many milliseconds; `None` while there is nothing to divide by.
pub(crate) fn rate(count: u64, millis: u64) -> Option<String> {
    let tenths = count.saturating_mul(10_000).checked_div(millis)?;
    let whole = tenths / 10;
    Some(if whole >= 1000 { grouped(whole) } else { format!("{whole}.{}", tenths % 10) })
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
        _ => format!("{}.{} kB", bytes / 1024, bytes % 1024 * 10 / 1024),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (61_904, "61,904"), (1_000_000, "1,000,000")]
        {
            assert_eq!(grouped(count), text);
        }
        assert_eq!(devices(1), "1 device");
        assert_eq!(devices(1204), "1,204 devices");
        assert_eq!(share(612, 1000), "61.2 %");
        assert_eq!(share(999_999, 1_000_000), "99.9 %");
        assert_eq!(share(5, 5), "100.0 %");
        assert_eq!(share(0, 0), "-");
        assert_eq!(rate(986, 10_000).as_deref(), Some("98.6"));
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
        for (bytes, text) in
            [(0, "0 bytes"), (1, "1 byte"), (16, "16 bytes"), (320, "0.3 kB"), (131_072, "128 kB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
