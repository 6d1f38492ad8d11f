//! Numbers: comma groups, shares, rates, sizes. Counts of devices are never abbreviated.

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

/// `61.2 %`; `-` of nothing.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".into();
    }
    // Tenths of a percent in whole numbers; rounding down, so that 100 % means all of them.
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// `98.6` a second, from a count in so many milliseconds; `None` while there is nothing to divide by.
pub(crate) fn rate(count: u64, millis: u64) -> Option<String> {
    let tenths = u128::from(count) * 10_000 / u128::from((millis > 0).then_some(millis)?);
    let whole = u64::try_from(tenths / 10).ok()?;
    Some(if whole >= 1000 { grouped(whole) } else { format!("{whole}.{}", tenths % 10) })
}

/// A pace a second: `3.5` below ten, whole numbers above.
pub(crate) fn pace(per_second: f64) -> String {
    if per_second < 10.0 {
        return format!("{per_second:.1}");
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
        assert_eq!((pace(3.52).as_str(), pace(3569.7).as_str()), ("3.5", "3,570"));
        for (bytes, text) in
            [(0, "0 bytes"), (1, "1 byte"), (16, "16 bytes"), (320, "0.3 kB"), (131_072, "128 kB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
