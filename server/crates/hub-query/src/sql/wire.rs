//! Columns whose wire format differs: times and etags, kept as numbers, are strings there.
//!
//! A comparison with a constant turns the constant into the column's terms, so that an index on the column serves; any
//! other use writes the column out as the wire does.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hub_wire::time::Timestamp;

use super::super::ast::CompareOp;
use super::{SqlFragment, SqlValue};

/// A time column as the wire's text, such as `2026-01-01T00:00:00.0000000Z`.
pub(super) fn time_text(column: &str) -> SqlFragment {
    // SQLite's % takes the sign of the left side; ticks before 1970 are negative.
    let fraction = format!("((({column} % 10000000) + 10000000) % 10000000)");
    SqlFragment::raw(format!(
        "(strftime('%Y-%m-%dT%H:%M:%S', ({column} - {fraction}) / 10000000, 'unixepoch') || printf('.%07dZ', {fraction}))"
    ))
}

/// A time column compared with a string. Strings compare by code point, so every string, be it `'2026-01'` or `'x'`,
/// cuts the times in two: those before it and those from it on. Where it cuts is found by bisection, which is exact
/// for any text without a rule for each way to shorten a time.
pub(super) fn compare_time(op: CompareOp, column: &str, constant: &str) -> SqlFragment {
    let from = first_time(|text| text >= constant);
    let beyond = first_time(|text| text > constant);
    let tick = |ticks| SqlFragment::bound(SqlValue::Int(ticks));
    let one = |sign: &str, ticks| SqlFragment::fill(&format!("({column} {sign} {{}})"), [tick(ticks)]);
    match op {
        CompareOp::Less => one("<", from),
        CompareOp::GreaterOrEqual => one(">=", from),
        CompareOp::LessOrEqual => one("<", beyond),
        CompareOp::Greater => one(">=", beyond),
        // A text that no time is written as leaves nothing between the two: i64::MIN is no time of a device.
        CompareOp::Equal => one("=", if from < beyond { from } else { i64::MIN }),
        CompareOp::NotEqual => one("<>", if from < beyond { from } else { i64::MIN }),
    }
}

/// The first tick whose text passes, given that all later ones pass too; one past the last time if none does.
fn first_time(passes: impl Fn(&str) -> bool) -> i64 {
    let (mut low, mut high) = (Timestamp::NEVER.ticks(), Timestamp::FAR_FUTURE.ticks() + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if passes(&Timestamp::from_ticks(middle).to_string()) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

const BASE64_ALPHABET: &str = "'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'";

/// An etag column as the wire's text: 8 bytes are ten digits of 6 bits, one of 4, and a filler.
pub(super) fn etag_text(column: &str) -> SqlFragment {
    let digit = |bits: String| format!("substr({BASE64_ALPHABET}, {bits} + 1, 1)");
    let mut digits: Vec<_> = (0..10).map(|n| digit(format!("(({column} >> {}) & 63)", 58 - 6 * n))).collect();
    digits.push(digit(format!("(({column} << 2) & 63)")));
    digits.push("'='".to_owned());
    SqlFragment::joined("||", digits.into_iter().map(SqlFragment::raw).collect(), "''")
}

/// The counter that is written as this text, if any is.
pub(super) fn etag_counter(text: &str) -> Option<i64> {
    let bytes: [u8; 8] = BASE64_STANDARD.decode(text).ok()?.try_into().ok()?;
    (BASE64_STANDARD.encode(bytes) == text).then(|| i64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(text: &str) -> i64 {
        Timestamp::parse(text).unwrap().ticks()
    }

    fn check(op: CompareOp, constant: &str, sql: &str, bound: i64) {
        let fragment = compare_time(op, "t", constant);
        assert_eq!(
            (fragment.sql.as_str(), fragment.values),
            (sql, vec![SqlValue::Int(bound)]),
            "{op:?} {constant}"
        );
    }

    #[test]
    fn a_text_splits_times_by_their_characters() {
        use CompareOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let new_year = ticks("2026-01-01T00:00:00Z");
        for shortened in ["2026", "2026-", "2026-01", "2026-01-01", "2026-01-01T00", "2026-01-01T00:00:00."] {
            check(Less, shortened, "(t < ?)", new_year);
            check(LessOrEqual, shortened, "(t < ?)", new_year);
            check(Greater, shortened, "(t >= ?)", new_year);
            check(GreaterOrEqual, shortened, "(t >= ?)", new_year);
            check(Equal, shortened, "(t = ?)", i64::MIN);
            check(NotEqual, shortened, "(t <> ?)", i64::MIN);
        }
        let whole = "2026-01-01T00:00:00.0000000Z";
        check(Equal, whole, "(t = ?)", new_year);
        check(NotEqual, whole, "(t <> ?)", new_year);
        check(Less, whole, "(t < ?)", new_year);
        check(LessOrEqual, whole, "(t < ?)", new_year + 1);
        check(Greater, whole, "(t >= ?)", new_year + 1);
        // `.` comes before `Z`: every time of that second, written with its fraction, comes before this text.
        check(GreaterOrEqual, "2026-01-01T00:00:00Z", "(t >= ?)", new_year + 10_000_000);
        check(Greater, "2026-01-01T00:00:00.12Z", "(t >= ?)", new_year + 1_300_000);
        check(Greater, "", "(t >= ?)", Timestamp::NEVER.ticks());
        check(Less, "x", "(t < ?)", Timestamp::FAR_FUTURE.ticks() + 1);
    }

    #[test]
    fn only_the_canonical_text_is_an_etag() {
        assert_eq!(etag_counter("AAAAAAAAAAE="), Some(1));
        assert_eq!(etag_counter("f/////////8="), Some(i64::MAX));
        for other in ["", "AAAAAAAAAAE", "AAAAAAAAAAF=", "AAAA", "*", "NTQ0MTQ4NzAy"] {
            assert_eq!(etag_counter(other), None, "{other}");
        }
    }
}
