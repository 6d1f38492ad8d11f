//! Rules between the clauses of a query that the grammar cannot say.

use super::QueryError;
use super::ast::{Expr, ExprKind, ItemValue, Path, Query, Segment, Select, Source, Span};
use super::columns::Columns;
use super::unbracketed_key;

/// Refuses a query whose parts do not fit together.
pub(super) fn query(text: &str, query: &Query) -> Result<(), QueryError> {
    let refuse = |span: Span, message: String| Err(QueryError::at(text, span, message));
    let columns = Columns::of(query.source);
    if let Some(condition) = &query.condition {
        unbracketed_key::check(text, condition).or_else(|(span, message)| refuse(span, message))?;
    }
    if query.source == Source::DeviceJobs {
        return device_jobs(query).or_else(|(span, message)| refuse(span, message.to_owned()));
    }
    let Select::Items(items) = &query.select else {
        return match query.group_by.first() {
            Some(path) => refuse(
                path.span,
                "`*` cannot be grouped; expected a select list such as COUNT() AS n before GROUP BY"
                    .to_owned(),
            ),
            None => Ok(()),
        };
    };
    if query.is_grouped() {
        let grouped: Vec<Vec<Segment>> = query.group_by.iter().map(|path| columns.canonical(path)).collect();
        for item in items {
            if let ItemValue::Path(path) = &item.value
                && !grouped.contains(&columns.canonical(path))
            {
                return refuse(
                    path.span,
                    format!("`{path}` differs within a group; expected it after GROUP BY too"),
                );
            }
        }
    }
    let names = columns.names(items);
    for (position, name) in names.iter().enumerate() {
        if names[..position].contains(name) {
            let message = format!("two columns would be called `{name}`; expected a name of its own with AS");
            return refuse(items[position].span, message);
        }
    }
    Ok(())
}

/// `devices.jobs` takes `SELECT *` only: no projection, no aggregate, no GROUP BY, no attribute of the twin.
fn device_jobs(query: &Query) -> Result<(), (Span, &'static str)> {
    if let Select::Items(items) = &query.select {
        return Err((
            items.first().map(|item| item.span).unwrap_or_default(),
            "`devices.jobs` can only be read whole; expected `*`",
        ));
    }
    if let Some(path) = query.group_by.first() {
        return Err((path.span, "`devices.jobs` cannot be grouped; expected no GROUP BY"));
    }
    query.condition.as_ref().map_or(Ok(()), without_twin)
}

fn without_twin(expr: &Expr) -> Result<(), (Span, &'static str)> {
    match &expr.kind {
        ExprKind::Path(path) if is_of_twin(path) => Err((
            path.span,
            "`devices.jobs` knows no twins; expected an attribute of the row, such as jobId or status",
        )),
        ExprKind::Constant(_) | ExprKind::Path(_) => Ok(()),
        ExprKind::Array(inner) | ExprKind::Call(_, inner) | ExprKind::And(inner) | ExprKind::Or(inner) => {
            inner.iter().try_for_each(without_twin)
        }
        ExprKind::Not(inner) | ExprKind::Negate(inner) => without_twin(inner),
        ExprKind::Arithmetic(_, left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::In(left, right)
        | ExprKind::NotIn(left, right) => without_twin(left).and_then(|()| without_twin(right)),
    }
}

/// Roots that documents of the hub have, or that it is documented to answer for, beside those in [`Columns`].
const OTHER_ROOTS: [&str; 6] =
    ["configurations", "deviceEtag", "jobs", "parentScopes", "x509Thumbprint", "connectionStateUpdatedTime"];

/// The first path whose root is no attribute of the source.
pub(super) fn unknown_attribute(text: &str, query: &Query) -> Option<QueryError> {
    let columns = Columns::of(query.source);
    let is_known = |path: &Path| match columns.canonical(path).first() {
        Some(Segment::Key(root)) => {
            let roots = columns.attributes.iter().map(|attribute| attribute.path[0]);
            roots.chain(OTHER_ROOTS).any(|known| known.eq_ignore_ascii_case(root))
        }
        _ => false,
    };
    let path = first_path(query.condition.as_ref()?, &|path| !is_known(path))?;
    let name = path.to_string();
    let meant = match path.segments.first() {
        Some(Segment::Key(root))
            if ["reported", "desired"].iter().any(|known| known.eq_ignore_ascii_case(root)) =>
        {
            format!("properties.{name}")
        }
        Some(Segment::Key(root)) if root.eq_ignore_ascii_case("property") => {
            format!("properties{}", &name[root.len()..])
        }
        Some(Segment::Key(root)) if root.eq_ignore_ascii_case("tag") => {
            format!("tags{}", &name[root.len()..])
        }
        _ => format!("tags.{name}` or `properties.reported.{name}"),
    };
    let source = query.source.as_str();
    let message = format!(
        "`{source}` has no attribute `{name}`, so this finds nothing; write a text in quotes, and an attribute in full, \
         such as `{meant}`"
    );
    Some(QueryError::at(text, path.span, message))
}

fn first_path<'a>(expr: &'a Expr, is_wanted: &impl Fn(&Path) -> bool) -> Option<&'a Path> {
    match &expr.kind {
        ExprKind::Path(path) => Some(path).filter(|path| is_wanted(path)),
        ExprKind::Constant(_) => None,
        ExprKind::Array(inner) | ExprKind::Call(_, inner) | ExprKind::And(inner) | ExprKind::Or(inner) => {
            inner.iter().find_map(|expr| first_path(expr, is_wanted))
        }
        ExprKind::Not(inner) | ExprKind::Negate(inner) => first_path(inner, is_wanted),
        ExprKind::Arithmetic(_, left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::In(left, right)
        | ExprKind::NotIn(left, right) => {
            first_path(left, is_wanted).or_else(|| first_path(right, is_wanted))
        }
    }
}

fn is_of_twin(path: &Path) -> bool {
    let canonical = Columns::of(Source::DeviceJobs).canonical(path);
    matches!(canonical.first(), Some(Segment::Key(key)) if ["tags", "properties"].iter().any(|root| root.eq_ignore_ascii_case(key)))
}
