//! Keys that are not identifiers, such as `my-key`, written as if they were: what the author means instead.
//!
//! `tags.my-key = 'v'` reads as `tags.my` minus an attribute `key`, which no document has, so that it would find nothing
//! without a word. The hub's way to write it is `tags.[[my-key]]`.

use super::ast::{Constant, Expr, ExprKind, Path, Segment, Span};
use super::function::Function;
use super::lexer::is_plain;

/// The path around a position in the text, with double brackets where they are needed; `None` when no key
/// there needs them.
pub(super) fn suggestion(text: &str, at: usize) -> Option<String> {
    let is_part = |c: char| !(c.is_whitespace() || c.is_control() || "=<>!&|,;()[]'\"`".contains(c));
    let (before, after) = (text.get(..at)?, text.get(at..)?);
    let start =
        before.len() - before.chars().rev().take_while(|c| is_part(*c)).map(char::len_utf8).sum::<usize>();
    let end = at + after.find(|c| !is_part(c)).unwrap_or(after.len());
    let word = text.get(start..end).filter(|word| !word.contains("/*") && !word.contains("--"))?;
    let names: Vec<&str> = word.split('.').collect();
    let (root, keys) = names.split_first()?;
    let is_odd = keys.iter().any(|key| !is_plain(key)) && keys.iter().all(|key| !key.is_empty());
    if !is_odd || !is_plain(root) {
        return None;
    }
    let segments = names.iter().map(|name| Segment::Key((*name).to_owned())).collect();
    Some(Path { segments, span: Span::default() }.to_string())
}

/// Refuses arithmetic that can only be a key with a sign in it.
///
/// # Errors
/// The position and the replacement.
pub(super) fn check(text: &str, expr: &Expr) -> Result<(), (Span, String)> {
    let each = |inner: &[Expr]| inner.iter().try_for_each(|expr| check(text, expr));
    let both = |left, right| check(text, left).and_then(|()| check(text, right));
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Path(_) => Ok(()),
        ExprKind::Array(inner) | ExprKind::And(inner) | ExprKind::Or(inner) => each(inner),
        ExprKind::Call(function, inner) => {
            if *function != Function::Abs {
                inner.iter().try_for_each(|argument| not_a_number(text, argument))?;
            }
            each(inner)
        }
        ExprKind::Not(inner) | ExprKind::Negate(inner) => check(text, inner),
        ExprKind::Arithmetic(_, left, right) => {
            if let ExprKind::Path(path) = &right.kind
                && is_bare(path)
            {
                as_one_token(text, expr)?;
            }
            both(left, right)
        }
        ExprKind::Compare(_, left, right) => {
            if is_text(right) {
                not_a_number(text, left)?;
            }
            if is_text(left) {
                not_a_number(text, right)?;
            }
            both(left, right)
        }
        ExprKind::In(left, right) | ExprKind::NotIn(left, right) => {
            if matches!(&right.kind, ExprKind::Array(elements) if elements.iter().any(is_text)) {
                not_a_number(text, left)?;
            }
            both(left, right)
        }
    }
}

/// Arithmetic where a text is expected, as in `tags.zone-1 = 'x'`.
fn not_a_number(text: &str, expr: &Expr) -> Result<(), (Span, String)> {
    match &expr.kind {
        ExprKind::Arithmetic(_, _, right) if matches!(right.kind, ExprKind::Constant(_)) => {
            as_one_token(text, expr)
        }
        _ => Ok(()),
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Constant(Constant::Text(_)))
}

/// Whether a path is outside of tags and properties, as `key` in `tags.my-key`.
fn is_bare(path: &Path) -> bool {
    let is_section =
        |name: &str| ["tags", "properties", "devices"].iter().any(|root| root.eq_ignore_ascii_case(name));
    matches!(path.segments.first(), Some(Segment::Key(root)) if !is_section(root))
}

/// Refuses arithmetic that is written without spaces.
fn as_one_token(text: &str, expr: &Expr) -> Result<(), (Span, String)> {
    let written = text.get(expr.span.start..expr.span.end).unwrap_or_default();
    let begins_with_path = matches!(leftmost(expr).kind, ExprKind::Path(_));
    if !begins_with_path || written.contains(|c: char| c.is_whitespace() || "()[]".contains(c)) {
        return Ok(());
    }
    match suggestion(text, expr.span.start) {
        Some(path) => Err((
            expr.span,
            format!(
                "`{written}` is read as arithmetic; write `{path}` for the key, or spaces around the sign to calculate"
            ),
        )),
        None => Ok(()),
    }
}

fn leftmost(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Arithmetic(_, left, _) => leftmost(left),
        _ => expr,
    }
}
