//! Extracts the terms of a condition that narrow the rows to read.

use hub_query::ast::{CompareOp, Constant, Expr, ExprKind, Path, Segment};
use hub_wire::Timestamp;

use super::PENDING;

/// Terms of a condition that every row of the answer fulfils.
pub(super) struct Filter<'a> {
    pub(super) job_id: Option<&'a str>,
    /// Ticks of the earliest change; the least number when there is no such term.
    pub(super) changed_since: i64,
    /// Pending rows only, or none of them; none when there is no such term.
    pub(super) waiting: Option<bool>,
    /// The other terms.
    pub(super) rest: Option<Expr>,
}

impl<'a> Filter<'a> {
    pub(super) fn of(condition: Option<&'a Expr>) -> Self {
        let mut filter = Self { job_id: None, changed_since: i64::MIN, waiting: None, rest: None };
        filter.rest = condition.and_then(|condition| filter.extract(condition));
        filter
    }

    /// Extracts a term; returns what is left of it.
    fn extract(&mut self, expr: &'a Expr) -> Option<Expr> {
        let (op, left, right) = match &expr.kind {
            ExprKind::And(terms) => {
                let mut rest: Vec<Expr> = terms.iter().filter_map(|term| self.extract(term)).collect();
                return match rest.len() {
                    0 | 1 => rest.pop(),
                    _ => Some(Expr { kind: ExprKind::And(rest), span: expr.span }),
                };
            }
            ExprKind::Compare(op, left, right) => (op, &left.kind, &right.kind),
            _ => return Some(expr.clone()),
        };
        if let (ExprKind::Path(path), ExprKind::Constant(Constant::Text(text))) = (left, right) {
            match op {
                CompareOp::Equal if ends_with(path, "jobId") && self.job_id.is_none() => {
                    self.job_id = Some(text);
                    return None;
                }
                CompareOp::Equal | CompareOp::NotEqual
                    if ends_with(path, "status") && text == PENDING && self.waiting.is_none() =>
                {
                    self.waiting = Some(*op == CompareOp::Equal);
                    return None;
                }
                CompareOp::Greater | CompareOp::GreaterOrEqual
                    if ends_with(path, "lastUpdatedDateTimeUtc") =>
                {
                    // The hub compares texts, so a time in another format has to stay in the condition.
                    if let Some(since) = Timestamp::parse(text).ok().filter(|time| time.to_string() == *text)
                    {
                        let since = since.ticks() + i64::from(*op == CompareOp::Greater);
                        self.changed_since = self.changed_since.max(since);
                        return None;
                    }
                }
                _ => {}
            }
        }
        Some(expr.clone())
    }
}

/// Whether a path is this attribute of the row, with or without the source before it.
fn ends_with(path: &Path, name: &str) -> bool {
    let is_key = |segment: &Segment, name: &str| matches!(segment, Segment::Key(key) if key.eq_ignore_ascii_case(name));
    match path.segments.as_slice() {
        [source @ .., last] => {
            is_key(last, name)
                && source.iter().zip(["devices", "jobs"]).all(|(segment, name)| is_key(segment, name))
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use hub_query::parse_query;

    use super::*;

    #[test]
    fn narrowing_terms_are_extracted_from_a_condition() {
        const AT: &str = "2026-01-01T00:00:00.0000000Z";
        let ticks = Timestamp::parse(AT).unwrap().ticks();
        let any = i64::MIN;
        for (condition, job_id, changed_since, waiting, rest) in [
            ("jobId = 'a'", Some("a"), any, None, None),
            ("jobId = 'a' AND lastUpdatedDateTimeUtc >= 'AT'", Some("a"), ticks, None, None),
            ("jobId = 'a' AND lastUpdatedDateTimeUtc > 'AT'", Some("a"), ticks + 1, None, None),
            ("jobId = 'a' AND status = 'failed'", Some("a"), any, None, Some("status = 'failed'")),
            ("jobId = 'a' AND status <> 'pending'", Some("a"), any, Some(false), None),
            (
                "devices.jobs.jobId = 'a' AND devices.jobs.status = 'pending'",
                Some("a"),
                any,
                Some(true),
                None,
            ),
            // Another attribute of that name.
            (
                "outcome.deviceMethodResponse.status = 'pending'",
                None,
                any,
                None,
                Some("outcome.deviceMethodResponse.status = 'pending'"),
            ),
            // Two jobs at once match nothing, which the second term has to ensure.
            ("jobId = 'a' AND jobId = 'b'", Some("a"), any, None, Some("jobId = 'b'")),
            // A time in another format is compared as text.
            (
                "lastUpdatedDateTimeUtc >= '2026-01-01'",
                None,
                any,
                None,
                Some("lastUpdatedDateTimeUtc >= '2026-01-01'"),
            ),
            ("jobId = 'a' OR status = 'failed'", None, any, None, Some("jobId = 'a' OR status = 'failed'")),
        ] {
            let parse = |condition: &str| {
                let text = format!("SELECT * FROM devices.jobs WHERE {}", condition.replace("AT", AT));
                parse_query(&text).unwrap().condition.unwrap()
            };
            let whole = parse(condition);
            let filter = Filter::of(Some(&whole));
            assert_eq!((filter.job_id, filter.changed_since), (job_id, changed_since), "{condition}");
            assert_eq!(filter.waiting, waiting, "{condition}");
            assert_eq!(filter.rest, rest.map(parse), "{condition}");
        }
    }
}
