//! A whole query where only its condition belongs: people paste what they have.

use super::ast::Source;
use super::lexer::{self, Keyword, Token, TokenKind};

/// The condition of `SELECT … FROM devices WHERE …` or of `WHERE …`, as a job takes it; `*` when the query has none.
/// `None` for a text that is a condition already, and for a query that is about something else than a set of devices
/// or modules (TOP, a figure, GROUP BY, `devices.jobs`).
pub fn condition(text: &str) -> Option<String> {
    let text = text.trim_end().trim_end_matches(';');
    let tokens = lexer::tokens(text);
    let is = |at: usize, keyword: Keyword| {
        tokens.get(at).is_some_and(|token| token.kind == TokenKind::Keyword(keyword))
    };
    if is(0, Keyword::Where) {
        return Some(after(text, &tokens[0])).filter(|condition| !condition.is_empty()).map(str::to_owned);
    }
    if !is(0, Keyword::Select) {
        return None;
    }
    let from = tokens.iter().position(|token| token.kind == TokenKind::Keyword(Keyword::From))?;
    let is_figure = |token: &Token| matches!(token.kind, TokenKind::Sign("(") | TokenKind::Literal(_));
    if tokens[..from].iter().any(is_figure)
        || tokens.iter().any(|token| token.kind == TokenKind::Keyword(Keyword::Group))
    {
        return None;
    }
    let (source, next) = source(&tokens, from + 1)?;
    let condition = match &tokens.get(next)?.kind {
        TokenKind::End => None,
        TokenKind::Keyword(Keyword::Where) => Some(after(text, &tokens[next])),
        _ => return None,
    };
    match (source, condition) {
        (Source::Devices, None) => Some("*".to_owned()),
        (Source::Devices, Some(condition)) => Some(condition.to_owned()),
        (Source::Modules, None) => Some("FROM devices.modules".to_owned()),
        (Source::Modules, Some(condition)) => Some(format!("FROM devices.modules WHERE {condition}")),
        (Source::DeviceJobs, _) => None,
    }
}

/// Why [`condition`] takes none from a whole query, as a phrase; `None` for a query that it reads, and for any other text.
pub(crate) fn refusal(text: &str) -> Option<&'static str> {
    let tokens = lexer::tokens(text);
    let find = |keyword: Keyword| tokens.iter().position(|token| token.kind == TokenKind::Keyword(keyword));
    if find(Keyword::Select) != Some(0) {
        return None;
    }
    let from = find(Keyword::From)?;
    let has = |sign: fn(&TokenKind) -> bool| tokens[..from].iter().any(|token| sign(&token.kind));
    if find(Keyword::Group).is_some() || has(|kind| *kind == TokenKind::Sign("(")) {
        return Some("this query gives numbers, not devices");
    }
    if has(|kind| matches!(kind, TokenKind::Literal(_))) {
        return Some("TOP takes some of the devices that match, and a condition means all of them");
    }
    let is_about_jobs = match source(&tokens, from + 1) {
        None => tokens.get(from + 3).is_some_and(
            |token| matches!(&token.kind, TokenKind::Name(name) if name.eq_ignore_ascii_case("jobs")),
        ),
        Some(_) => false,
    };
    is_about_jobs.then_some("devices.jobs holds the results of jobs, not devices")
}

/// Whether a condition is about modules: it begins with `FROM devices.modules`. It need not be complete.
pub fn is_about_modules(condition: &str) -> bool {
    let tokens = lexer::tokens(condition);
    tokens.first().is_some_and(|token| token.kind == TokenKind::Keyword(Keyword::From))
        && matches!(source(&tokens, 1), Some((Source::Modules, _)))
}

fn after<'a>(text: &'a str, token: &Token) -> &'a str {
    text.get(token.span.end..).unwrap_or_default().trim()
}

/// The collection that is named from this token on, and the token after it.
fn source(tokens: &[Token], at: usize) -> Option<(Source, usize)> {
    let word = |at: usize| match &tokens.get(at)?.kind {
        TokenKind::Name(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    };
    if word(at)? != "devices" {
        return None;
    }
    if tokens.get(at + 1).is_none_or(|token| token.kind != TokenKind::Sign(".")) {
        return Some((Source::Devices, at + 1));
    }
    (word(at + 2)? == "modules").then_some((Source::Modules, at + 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_queries() {
        for (text, expected) in [
            ("SELECT * FROM devices WHERE tags.a = 'x'", Some("tags.a = 'x'")),
            (" select  deviceId, tags.a from Devices\n where a = 1 ;\n", Some("a = 1")),
            ("/* all */ SELECT * FROM devices", Some("*")),
            ("SELECT * FROM devices WHERE a = 'FROM; WHERE' AND", Some("a = 'FROM; WHERE' AND")),
            ("WHERE a = 1", Some("a = 1")),
            (
                "SELECT * FROM devices.modules WHERE moduleId = 'm'",
                Some("FROM devices.modules WHERE moduleId = 'm'"),
            ),
            ("SELECT moduleId FROM devices.modules", Some("FROM devices.modules")),
            ("WHERE", None),
            ("a = 1", None),
            ("*", None),
            ("selected = 1", None),
            ("FROM devices.modules WHERE a = 1", None),
            ("SELECT TOP 5 * FROM devices WHERE a = 1", None),
            ("SELECT COUNT() AS n FROM devices WHERE a = 1", None),
            ("SELECT a FROM devices WHERE a = 1 GROUP BY a", None),
            ("SELECT * FROM devices.jobs WHERE jobId = 'j'", None),
            ("SELECT * FROM c", None),
            ("SELECT * FROM", None),
            ("SELECT", None),
            ("", None),
        ] {
            assert_eq!(condition(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn queries_that_select_no_devices_are_named() {
        for (text, word) in [
            ("SELECT COUNT() AS n FROM devices WHERE a = 1", Some("numbers")),
            ("select avg(tags.a) from devices", Some("numbers")),
            ("SELECT tags.a FROM devices GROUP BY tags.a", Some("numbers")),
            ("SELECT TOP 5 * FROM devices WHERE a = 1", Some("TOP")),
            ("SELECT * FROM devices.jobs WHERE jobId = 'j'", Some("results of jobs")),
            ("SELECT * FROM devices WHERE a = 1", None),
            ("SELECT * FROM c", None),
            ("SELECT", None),
            ("a = 1", None),
            ("", None),
        ] {
            let refused = refusal(text);
            assert_eq!(refused.is_some(), word.is_some(), "{text}");
            assert!(refused.unwrap_or_default().contains(word.unwrap_or_default()), "{text}: {refused:?}");
            assert!(refused.is_none() || condition(text).is_none(), "{text}");
        }
    }

    #[test]
    fn conditions_about_modules() {
        for (text, expected) in [
            ("FROM devices.modules", true),
            ("/* a */ from Devices . Modules where", true),
            ("FROM devices", false),
            ("devices.modules = 1", false),
            ("", false),
        ] {
            assert_eq!(is_about_modules(text), expected, "{text}");
        }
    }
}
