//! Filters: the tests of a condition that AND joins, such as `tags.floor = 3`. Each can be added and removed by itself.

use super::ast::{CompareOp, Constant, ExprKind};
use super::attribute::is_countable;
use super::function::Function;
use super::lexer::{self, Keyword, TokenKind};
use super::parser;

/// A test of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The attribute.
    pub path: String,
    /// The value that it must have; `None` when it must not be set.
    pub value: Option<Constant>,
}

/// Whether filters can be added to a condition: not to one that begins with FROM.
pub fn can_filter(condition: &str) -> bool {
    lexer::tokens(condition).first().is_none_or(|token| token.kind != TokenKind::Keyword(Keyword::From))
}

/// The filters of a condition. Other tests are passed over.
pub fn filters(condition: &str) -> Vec<Filter> {
    parts(condition).unwrap_or_default().into_iter().filter_map(read).collect()
}

/// The condition without its filters of an attribute.
pub fn without(condition: &str, path: &str) -> String {
    let Some(parts) = parts(condition) else { return condition.trim().to_owned() };
    let is_other = |part: &&str| read(part).is_none_or(|filter| filter.path != path);
    parts.into_iter().filter(is_other).collect::<Vec<_>>().join(" AND ")
}

/// The condition with this filter in place of those of the same attribute.
pub fn with(condition: &str, filter: &Filter) -> String {
    let path = &filter.path;
    let test = match &filter.value {
        Some(value) => format!("{path} = {value}"),
        None => format!("NOT IS_DEFINED({path})"),
    };
    and(&without(condition, path), &test)
}

/// The condition with another test that has to be true too.
pub fn and(condition: &str, test: &str) -> String {
    match parts(condition) {
        Some(parts) if parts.is_empty() => test.to_owned(),
        Some(parts) => format!("{} AND {test}", parts.join(" AND ")),
        None => format!("({}) AND {test}", condition.trim()),
    }
}

/// What AND joins at the top of a condition; `None` where OR does, and for what is not only a condition.
fn parts(condition: &str) -> Option<Vec<&str>> {
    let condition = condition.trim();
    if !can_filter(condition) {
        return None;
    }
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_u32, 0);
    for token in lexer::tokens(condition) {
        match token.kind {
            TokenKind::Sign("(") => depth += 1,
            TokenKind::Sign(")") => depth = depth.saturating_sub(1),
            TokenKind::Keyword(Keyword::Or) if depth == 0 => return None,
            TokenKind::Keyword(Keyword::And) if depth == 0 => {
                parts.push(condition[from..token.span.start].trim());
                from = token.span.end;
            }
            TokenKind::Invalid(_) => return None,
            _ => {}
        }
    }
    parts.push(condition[from..].trim());
    parts.retain(|part| !part.is_empty() && *part != "*");
    Some(parts)
}

/// A part as a filter. One in parentheses is the author's own and stays.
fn read(part: &str) -> Option<Filter> {
    if lexer::tokens(part).first()?.kind == TokenKind::Sign("(") {
        return None;
    }
    let (path, value) = match parser::condition(part).ok()?.condition?.kind {
        ExprKind::Compare(CompareOp::Equal, left, right) => match (left.kind, right.kind) {
            (ExprKind::Path(path), ExprKind::Constant(value)) => (path, Some(value)),
            _ => return None,
        },
        ExprKind::Not(inner) => match inner.kind {
            ExprKind::Call(Function::IsDefined, arguments) => match arguments.into_iter().next()?.kind {
                ExprKind::Path(path) => (path, None),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    let path = path.to_string();
    let is_value = !matches!(value, Some(Constant::Null | Constant::Undefined));
    (is_value && is_countable(&path)).then_some(Filter { path, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Constant {
        Constant::Text(text.to_owned())
    }

    #[test]
    fn a_test_is_added() {
        for (condition, expected) in [
            ("", "deviceId IN ['x']"),
            (" * ", "deviceId IN ['x']"),
            ("tags.a = 1", "tags.a = 1 AND deviceId IN ['x']"),
            ("a and b", "a AND b AND deviceId IN ['x']"),
            (" a OR b ", "(a OR b) AND deviceId IN ['x']"),
        ] {
            assert_eq!(and(condition, "deviceId IN ['x']"), expected, "{condition}");
        }
    }

    #[test]
    fn a_filter_is_added_and_removed_again() {
        for (condition, path, value, filtered, without_it) in [
            ("", "tags.a", text("x"), "tags.a = 'x'", ""),
            (" * ", "tags.a", Constant::Int(5), "tags.a = 5", ""),
            ("tags.b = 1", "tags.a", Constant::Bool(true), "tags.b = 1 AND tags.a = true", "tags.b = 1"),
            ("b OR c", "tags.a", Constant::Int(-2), "(b OR c) AND tags.a = -2", "(b OR c)"),
            ("(b OR c) and d", "tags.a", text("x"), "(b OR c) AND d AND tags.a = 'x'", "(b OR c) AND d"),
            ("tags.a = 'y' AND b", "tags.a", text("x"), "b AND tags.a = 'x'", "b"),
            ("tags.a > 1", "tags.a", Constant::Real(2.5), "tags.a > 1 AND tags.a = 2.5", "tags.a > 1"),
            ("b = 'x and y'", "tags.a", text("it's"), "b = 'x and y' AND tags.a = 'it\\'s'", "b = 'x and y'"),
            ("", "tags.a", text("'\"\\"), "tags.a = '\\'\"\\\\'", ""),
            (
                "tags.[[a or b]] = 1",
                "tags.[[my-key]]",
                text("x"),
                "tags.[[a or b]] = 1 AND tags.[[my-key]] = 'x'",
                "tags.[[a or b]] = 1",
            ),
            (
                "/* a OR b */ c = 1",
                "tags.a",
                Constant::Int(1),
                "/* a OR b */ c = 1 AND tags.a = 1",
                "/* a OR b */ c = 1",
            ),
        ] {
            let with_it = with(condition, &Filter { path: path.to_owned(), value: Some(value) });
            assert_eq!(with_it, filtered);
            assert_eq!(without(&with_it, path), without_it, "{filtered}");
        }
        let not_set = Filter { path: "tags.a".to_owned(), value: None };
        assert_eq!(with("b", &not_set), "b AND NOT IS_DEFINED(tags.a)");
        assert_eq!(without("b AND not is_defined(tags.a)", "tags.a"), "b");
        assert_eq!(without("a OR tags.a = 1", "tags.a"), "a OR tags.a = 1", "left alone");
    }

    #[test]
    fn filters_of_a_condition() {
        let read = |condition: &str| -> Vec<_> {
            filters(condition).into_iter().map(|filter| (filter.path, filter.value)).collect()
        };
        assert_eq!(
            read(
                "tags.a = 'it\\'s' AND NOT IS_DEFINED(tags.b) AND tags.c = -1 AND (tags.d = 1) AND deviceId = 'x'"
            ),
            [
                ("tags.a".to_owned(), Some(text("it's"))),
                ("tags.b".to_owned(), None),
                ("tags.c".to_owned(), Some(Constant::Int(-1))),
            ]
        );
        assert_eq!(
            read("connectionState = 'Connected' AND tags.a = true"),
            [
                ("connectionState".to_owned(), Some(text("Connected"))),
                ("tags.a".to_owned(), Some(Constant::Bool(true))),
            ]
        );
        assert_eq!(
            read("tags.[[my-key]] = 'x' AND NOT IS_DEFINED(tags.[[a b]].c) AND tags.d /* d */ = 1"),
            [
                ("tags.[[my-key]]".to_owned(), Some(text("x"))),
                ("tags.[[a b]].c".to_owned(), None),
                ("tags.d".to_owned(), Some(Constant::Int(1))),
            ]
        );
        for condition in [
            "",
            "*",
            "tags.a = 1 OR tags.b = 2",
            "tags.a = tags.b",
            "tags.a != 1",
            "NOT tags.a = 1",
            "tags.a = 'x",
        ] {
            assert_eq!(filters(condition), [], "{condition}");
        }
    }

    #[test]
    fn a_condition_with_from_takes_no_filter() {
        for (condition, can) in [
            ("", true),
            ("fromage = 1", true),
            ("FROM devices.modules", false),
            (" from\tdevices", false),
            ("/* a */ FROM devices.modules", false),
        ] {
            assert_eq!(can_filter(condition), can, "{condition}");
        }
    }
}
