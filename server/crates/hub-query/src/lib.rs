//! The IoT Hub query language: text in, a tree with positions, SQLite SQL with bound values out.
//!
//! One query's way: [`parse_query`] reads a whole `SELECT …` (`POST /devices/query`), [`parse_condition`] the text after
//! WHERE that a job carries as `queryCondition`. Both give the same [`ast::Query`], already checked: functions exist
//! and have the right number of arguments, aggregates and GROUP BY fit together. [`sql::lower`] then turns it into the
//! pieces of a statement over the tables that a [`columns::Columns`] describes; the store puts them together. Nothing
//! here does I/O or reads a clock, and no text of the user ever becomes SQL text.
//!
//! The language is that of `iot-hub-devguide-query-language`; where that page is silent (types that differ, what
//! `undefined` does) the rules are those of the dialect below it:
//!
//! - a missing attribute is `undefined`, and so is whatever is computed from it, `IS_DEFINED` and its kin apart;
//! - a comparison works on primitives: with an object, an array or `undefined` it is `undefined`; values of different
//!   types are not equal and have no order;
//! - AND, OR and NOT are three-valued, and a document passes WHERE only if the value is exactly `true`;
//! - `true` is not `1`, and `null` is a value.
//!
//! In reading order: [`ast`] and its printer, `lexer`, `parser`, `check`, [`columns`], [`sql`]. For those who put queries
//! together: [`mod@write`] (the one quoter), [`attribute`], [`filter`], [`highlight`], [`mod@narrow`] (a condition within a scope),
//! [`pasted`], [`words`].

pub mod ast;
pub mod attribute;
mod check;
pub mod columns;
mod error;
pub mod filter;
mod function;
pub mod highlight;
mod lexer;
pub mod narrow;
mod parser;
pub mod pasted;
mod print;
pub mod sql;
mod unbracketed_key;
pub mod words;
pub mod write;

pub use error::QueryError;
pub use function::Function;
pub use narrow::{NarrowError, narrow};

use self::ast::Query;

/// Reads a whole query, as `POST /devices/query` takes it.
///
/// # Errors
/// [`QueryError`] with the line and column of the first thing that is wrong.
pub fn parse_query(text: &str) -> Result<Query, QueryError> {
    let query = parser::query(text)?;
    check::query(text, &query)?;
    Ok(query)
}

/// Reads a job's `queryCondition`: the text after WHERE, `*` for all devices, or `FROM devices.modules [WHERE …]`.
///
/// Lines and columns in the error are those of this text. Source of the forms: `iot-hub-devguide-jobs`; that a whole
/// SELECT is refused is what the hub is observed to do.
///
/// # Errors
/// [`QueryError`] with the line and column of the first thing that is wrong.
pub fn parse_condition(text: &str) -> Result<Query, QueryError> {
    let query = parser::condition(text)?;
    check::query(text, &query)?;
    Ok(query)
}

/// The first attribute of a condition that no document of its source has, with what may be meant; `None` for a condition
/// that does not parse. The hub takes such a condition and finds nothing.
pub fn unknown_attribute(condition: &str) -> Option<QueryError> {
    check::unknown_attribute(condition, &parse_condition(condition).ok()?)
}

/// The text without the white space and the comments before it.
pub fn without_leading_comments(text: &str) -> &str {
    lexer::blank(text).map_or(text, |length| &text[length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the text reads as, printed in the one canonical way, or the error.
    fn read(parse: fn(&str) -> Result<Query, QueryError>, text: &str) -> String {
        match parse(text) {
            Ok(query) => query.to_string(),
            Err(error) => format!("{}:{}: {}", error.line, error.column, error.message),
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(read(parse_query, text), expected, "{text}");
    }

    fn check_condition(text: &str, expected: &str) {
        assert_eq!(read(parse_condition, text), expected, "{text}");
    }

    #[test]
    fn queries() {
        for text in [
            "SELECT * FROM devices",
            "SELECT TOP 10 * FROM devices.modules WHERE moduleId = 'm'",
            "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'job-1' AND devices.jobs.status = 'failed'",
            "SELECT deviceId, tags.site AS place FROM devices",
            "SELECT COUNT() AS n, AVG(tags.a) AS mean, tags.site FROM devices GROUP BY tags.site",
            "SELECT top FROM devices",
            "SELECT deviceId AS [[select]] FROM devices",
            "SELECT tags.[[my-key]] AS [[my-name]], COUNT() AS n FROM devices GROUP BY tags.[[my-key]]",
        ] {
            check(text, text);
        }
        check("select Top 0x10 *\nfrom Devices where TRUE", "SELECT TOP 16 * FROM devices WHERE true");
        check(
            "SELECT count(*) FROM devices GROUP BY Status, STATUS",
            "SELECT COUNT() FROM devices GROUP BY Status, STATUS",
        );
    }

    #[test]
    fn conditions() {
        check_condition("*", "SELECT * FROM devices");
        check_condition("FROM devices.modules", "SELECT * FROM devices.modules");
        for (text, expected) in [
            ("a=1 or b=2 and not c=3", "a = 1 OR b = 2 AND NOT c = 3"),
            ("(a OR b) AND c", "(a OR b) AND c"),
            ("(a AND b) AND c", "(a AND b) AND c"),
            ("a<>1", "a != 1"),
            ("1+2*3-4 = (1+2)*3", "1 + 2 * 3 - 4 = (1 + 2) * 3"),
            ("a - (b - c) > -5", "a - (b - c) > -5"),
            ("a-1 = - 1", "a - 1 = -1"),
            ("a = - -1", "a = 1"),
            ("a = -(-b)", "a = -(-b)"),
            ("tags.[[group]].name = 'x'", "tags.[[group]].name = 'x'"),
            ("tags.[[my-key]] = tags . [[5g]]", "tags.[[my-key]] = tags.[[5g]]"),
            ("configurations.[[fw-1]].status='Applied'", "configurations.[[fw-1]].status = 'Applied'"),
            ("is_defined(tags.[[a/b]].[[c'd]])", "IS_DEFINED(tags.[[a/b]].[[c'd]])"),
            ("array_contains(tags.roles,'door')", "ARRAY_CONTAINS(tags.roles, 'door')"),
            ("x IN [ [1], [2]]", "x IN [ [1], [2]]"),
            ("/* all */ a = /* one */ 1 /* and no more */", "a = 1"),
            ("tags.a - key = 1", "tags.a - key = 1"),
            ("tags.ring-1 = 2 AND tags.a-tags.b > 0", "tags.ring - 1 = 2 AND tags.a - tags.b > 0"),
            ("a = -(b)", "a = -b"),
            ("a = +5 + 0x1F", "a = 5 + 31"),
            ("a = 2.50e1", "a = 25.0"),
            ("a IN ['x', \"y\"]", "a IN ['x', 'y']"),
            ("a nin []", "a NIN []"),
            ("'x' IN tags.list", "'x' IN tags.list"),
            ("NOT a IN [1]", "NOT a IN [1]"),
            ("a = \"it's \\u0041\\\\\"", r"a = 'it\'s A\\'"),
            (
                "tags.select = TRUE AND tags.[[a b]][0].[[c]].d = Null",
                "tags.[[select]] = true AND tags.[[a b]][0].c.d = null",
            ),
            ("startswith(deviceId,'x')", "STARTS_WITH(deviceId, 'x')"),
            ("is_defined(tags.a) = (b = c)", "IS_DEFINED(tags.a) = (b = c)"),
            ("a = b = c", "a = b = c"),
            ("FROM devices WHERE undefined", "undefined"),
        ] {
            check_condition(text, &format!("SELECT * FROM devices WHERE {expected}"));
        }
        check_condition("FROM devices.modules WHERE a", "SELECT * FROM devices.modules WHERE a");
    }

    #[test]
    fn errors_of_queries() {
        const VALUE: &str = "a value: an attribute, a string, a number, true, false, null, a function or “(”";
        for (text, expected) in [
            ("", "1:1: Unexpected end; expected a query that begins with SELECT."),
            ("tags.a = 1", "1:1: Unexpected `tags`; expected a query that begins with SELECT."),
            ("SELECT", "1:7: Unexpected end; expected “*”, an attribute such as deviceId, or COUNT()."),
            ("SELECT * FORM devices", "1:10: Unexpected `FORM`; expected “,” or FROM."),
            ("SELECT deviceId id FROM devices", "1:17: Unexpected `id`; expected “,” or FROM."),
            ("SELECT * FROM c", "1:15: Unexpected `c`; expected devices, devices.modules or devices.jobs."),
            (
                "SELECT * FROM devices.twins",
                "1:23: Unexpected `twins`; expected devices, devices.modules or devices.jobs.",
            ),
            (
                "SELECT *\nFROM devices\n  ORDER BY deviceId",
                "3:3: `ORDER` is not part of the IoT Hub query language; expected WHERE, GROUP BY or the end of the query.",
            ),
            ("SELECT DISTINCT a FROM devices", "1:17: Unexpected `a`; expected “,” or FROM."),
            ("SELECT TOP -1 * FROM devices", "1:12: Unexpected “-”; expected a whole number after TOP."),
            ("SELECT TOP 1.5 * FROM devices", "1:12: Unexpected `1.5`; expected a whole number after TOP."),
            ("SELECT a AS 'b' FROM devices", "1:13: Unexpected `'b'`; expected a name after AS."),
            (
                "SELECT LOWER(a) FROM devices",
                "1:8: `LOWER` cannot be selected; expected an attribute or one of COUNT, AVG, SUM, MIN, MAX.",
            ),
            (
                "SELECT COUNT(a) FROM devices",
                "1:14: Unexpected `a`; expected “)”, as COUNT takes no argument.",
            ),
            ("SELECT SUM() FROM devices", "1:12: Unexpected “)”; expected an attribute such as tags.site."),
            ("SELECT * FROM devices WHERE", &format!("1:28: Unexpected end; expected {VALUE}.")),
            ("SELECT * FROM devices WHERE tags.a = ", &format!("1:37: Unexpected end; expected {VALUE}.")),
            (
                "SELECT * FROM devices WHERE a = 1 2",
                "1:35: Unexpected `2`; expected an operator, GROUP BY or the end of the query.",
            ),
            ("SELECT * FROM devices GROUP a", "1:29: Unexpected `a`; expected BY."),
            (
                "SELECT * FROM devices GROUP BY a",
                "1:32: “*” cannot be grouped; expected a select list such as COUNT() AS n before GROUP BY.",
            ),
            (
                "SELECT deviceId, COUNT() AS n FROM devices",
                "1:8: `deviceId` differs within a group; expected it after GROUP BY too.",
            ),
            (
                "SELECT tags.a, tags.b FROM devices GROUP BY tags.a",
                "1:16: `tags.b` differs within a group; expected it after GROUP BY too.",
            ),
            (
                "SELECT tags.a, properties.desired.a FROM devices",
                "1:16: Two columns would be called `a`; expected a name of its own with AS.",
            ),
            ("SELECT jobId FROM devices.jobs", "1:8: `devices.jobs` can only be read whole; expected “*”."),
            ("SELECT COUNT() FROM devices.jobs", "1:8: `devices.jobs` can only be read whole; expected “*”."),
            (
                "SELECT * FROM devices.jobs GROUP BY jobId",
                "1:37: `devices.jobs` cannot be grouped; expected no GROUP BY.",
            ),
            (
                "SELECT * FROM devices.jobs WHERE NOT (jobId = 'j' AND IS_DEFINED(Tags.a))",
                "1:66: `devices.jobs` knows no twins; expected an attribute of the row, such as jobId or status.",
            ),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn unknown_attributes() {
        for (text, column, meant) in [
            ("a = 1", 1, "`tags.a` or `properties.reported.a`"),
            ("tags.a = 1 AND tags.b = c", 25, "`tags.c` or"),
            ("tags.a - key = 1", 10, "`tags.key` or"),
            ("reported.a = 1", 1, "`properties.reported.a`"),
            ("IS_DEFINED(Property.reported.a)", 12, "`properties.reported.a`"),
            ("NOT tag.[[a-b]] IN [1]", 5, "`tags.[[a-b]]`"),
            ("status = 'x' AND moduleId = 'm'", 18, "`tags.moduleId` or"),
        ] {
            let error = unknown_attribute(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((error.line, error.column), (1, column), "{text}");
            assert!(error.message.contains(meant), "{text}: {error}");
        }
        for text in [
            "tags.a = 1 AND DEVICES.DeviceId = 'x' AND properties.reported.$version = 1",
            "configurations.[[a]].status = 'Applied' OR capabilities.iotEdge",
            "FROM devices.modules WHERE moduleId = 'm' AND devices.modules.deviceId = 'x'",
            "*",
            "a = = 1",
        ] {
            assert_eq!(unknown_attribute(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_that_is_not_an_identifier() {
        for (text, written, path) in [
            ("tags.my-key = 'v'", "tags.my-key", "tags.[[my-key]]"),
            ("tags.my-long-key.x = 1", "tags.my-long-key.x", "tags.[[my-long-key]].x"),
            ("tags.my-key.sub-key = 1", "tags.my-key.sub-key", "tags.[[my-key]].[[sub-key]]"),
            (
                "1 = properties.reported.fw-version",
                "properties.reported.fw-version",
                "properties.reported.[[fw-version]]",
            ),
            ("NOT IS_DEFINED(tags.my-key)", "tags.my-key", "tags.[[my-key]]"),
            ("IS_DEFINED(tags.zone-1)", "tags.zone-1", "tags.[[zone-1]]"),
            ("tags.zone-1 = 'x'", "tags.zone-1", "tags.[[zone-1]]"),
            ("tags.zone-1 IN ['x']", "tags.zone-1", "tags.[[zone-1]]"),
            ("STARTSWITH(tags.zone-1, 'x')", "tags.zone-1", "tags.[[zone-1]]"),
            ("tags.a/b = 1", "tags.a/b", "tags.[[a/b]]"),
            ("tags.a+b = 1", "tags.a+b", "tags.[[a+b]]"),
        ] {
            let error = parse_condition(text).unwrap_err();
            assert_eq!(usize::try_from(error.column).unwrap(), text.find(written).unwrap() + 1, "{text}");
            let expected = format!(
                "`{written}` is read as arithmetic; write `{path}` for the key, or spaces around the sign to calculate."
            );
            assert_eq!(error.message, expected, "{text}");
        }
        for (text, path) in [
            ("tags.fw.v1-2beta = 'x'", "tags.fw.[[v1-2beta]]"),
            ("tags.a@b = 1", "tags.[[a@b]]"),
            ("tags.a:b = 1", "tags.[[a:b]]"),
        ] {
            let error = parse_condition(text).unwrap_err();
            assert!(error.message.ends_with(&format!("is written as in `{path}`.")), "{text}: {error}");
        }
        for text in
            ["SELECT tags.my-key FROM devices", "SELECT COUNT() AS n FROM devices GROUP BY tags.my-key"]
        {
            let error = parse_query(text).unwrap_err();
            assert!(error.message.ends_with("is written as in `tags.[[my-key]]`."), "{text}: {error}");
        }
    }

    #[test]
    fn errors_of_conditions() {
        const VALUE: &str = "a value: an attribute, a string, a number, true, false, null, a function or “(”";
        const EQUALS_TWICE: &str =
            "1:3: “==” is not an operator of the query language, which compares with a single “=”.";
        let instead = "expected only what follows WHERE, such as tags.site = 'a', or “*” for all devices";
        for (text, expected) in [
            ("  ", &*format!("1:1: Unexpected end; expected {VALUE}.")),
            ("SELECT * FROM devices", &format!("1:1: Unexpected `SELECT`; {instead}.")),
            (
                "SELECT TOP 5 * FROM devices WHERE a = 1",
                "1:1: TOP takes some of the devices that match, and a condition means all of them; write only the \
                 condition, what follows WHERE.",
            ),
            (
                "SELECT COUNT() AS n FROM devices",
                "1:1: This query gives numbers, not devices; write only the condition, what follows WHERE.",
            ),
            ("\n where a", &format!("2:2: Unexpected `WHERE`; {instead}.")),
            (
                "* AND a",
                "1:3: Unexpected `AND`; expected the end of the condition after “*”, which means all devices.",
            ),
            ("a GROUP BY a", "1:3: Unexpected `GROUP`; expected an operator or the end of the condition."),
            ("FROM devices.modules a", "1:22: Unexpected `a`; expected WHERE or the end of the condition."),
            (
                "FROM devices.jobs WHERE a",
                "1:6: A job can only have devices or devices.modules as its targets.",
            ),
            ("a IN (1, 2)", "1:6: Unexpected “(”; expected square brackets after IN, as in IN ['a', 'b']."),
            ("a NIN 'x'", "1:7: NIN needs a list; expected square brackets, as in NIN ['a', 'b']."),
            ("a IN [1", "1:8: Unexpected end; expected an operator, “,” or “]”."),
            ("a = [1,]", &format!("1:8: Unexpected “]”; expected {VALUE}.")),
            ("a == 1", EQUALS_TWICE),
            (
                "tags.a = 'x' AND tags.b==",
                "1:24: “==” is not an operator of the query language, which compares with a single “=”.",
            ),
            ("(a = 1", "1:7: Unexpected end; expected an operator or “)”."),
            (
                "ä LIKE 'b%'",
                "1:3: `LIKE` is not part of the IoT Hub query language; expected an operator or the end of the condition.",
            ),
            ("a = 'b", "1:5: This string has no closing '."),
            ("a = 5g", "1:5: `5g` is not a number."),
            ("tags. = 1", "1:7: Unexpected “=”; expected a name after “.”."),
            (
                "tags[-1] = 1",
                "1:6: Unexpected “-”; expected a position in the array; a key that is no word is written as in \
                 `tags.[[my-key]]`.",
            ),
            (
                "tags['a b'].c = 1",
                "1:6: A key in quotes is not part of the IoT Hub query language; write `tags.[[a b]]`.",
            ),
            (
                "tags.a[\"b\"] = 1",
                "1:8: A key in quotes is not part of the IoT Hub query language; write `tags.a.b`.",
            ),
            (
                "a AND tags.Group.name = 'x'",
                "1:12: `Group` is a keyword of the query language; write `tags.[[Group]]`.",
            ),
            ("tags[[a]] = 1", "1:5: Unexpected `[[a]]`; expected “.” before “[[”."),
            ("tags.[[a = 1", "1:6: This “[[” has no closing “]]”."),
            ("tags.[[]] = 1", "1:6: “[[]]” names no key."),
            ("a = 1 AND /* b", "1:11: This comment has no closing “*/”."),
            ("a = 1\n  /* b", "2:3: This comment has no closing “*/”."),
            (
                "a = 1 -- b",
                "1:7: “--” begins no comment in the query language; write `/* … */`, or a space between two minus signs.",
            ),
            (
                "POWER(a, 2) = 4",
                "1:1: There is no function `POWER`; expected one such as IS_DEFINED or STARTS_WITH.",
            ),
            ("COUNT() > 1", "1:1: COUNT is an aggregate; expected it between SELECT and FROM only."),
            ("a = IS_DEFINED()", "1:5: Wrong number of arguments for IS_DEFINED (0); expected one argument."),
            (
                "CONCAT('a') = 'a'",
                "1:1: Wrong number of arguments for CONCAT (1); expected at least 2 arguments.",
            ),
            // The first mistake is reported, though a later one would stop the lexer.
            ("a a 'b", "1:3: Unexpected `a`; expected an operator or the end of the condition."),
        ] {
            check_condition(text, expected);
        }
        let long = format!("a = '{}'", "ä".repeat(8190));
        check_condition(&long, "1:8193: The query has 8196 characters; expected at most 8192.");
    }
}
