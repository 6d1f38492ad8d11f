//! What rows show: attributes and figures as JSON text, and the keys of groups.

use super::super::ast::{Aggregate, Item, ItemValue, Path, Segment};
use super::super::columns::Attribute;
use super::operand::{Composite, Kind, Operand};
use super::{Lowering, OutputColumn, SqlFragment};

/// Up to here a whole number is summed as one. A sum over 2 million of them stays within 63 bits; beyond that SQLite
/// would end the statement with an error, so greater ones count as reals.
const EXACT_SUMMAND: i64 = 1 << 42;

impl Lowering<'_> {
    /// The columns of a select list.
    pub(super) fn output(self, items: &[Item]) -> Vec<OutputColumn> {
        let names = self.columns.names(items);
        let sql = |item: &Item| match &item.value {
            ItemValue::Path(path) => self.json_text(path),
            ItemValue::Aggregate(aggregate) => self.aggregate(aggregate),
        };
        items.iter().zip(names).map(|(item, name)| OutputColumn { name, sql: sql(item) }).collect()
    }

    /// Equal for documents of the same group; NULL for those without the attribute, which form one too.
    pub(super) fn group_key(self, path: &Path) -> SqlFragment {
        match self.path(path) {
            // 1 and 1.0 are one number, "1" is none.
            Operand::Json(json) => {
                json.read("CASE WHEN {type} IN ('integer', 'real') THEN {value} ELSE {text} END")
            }
            _ => self.json_text(path),
        }
    }

    /// An attribute as JSON text, NULL if undefined.
    fn json_text(self, path: &Path) -> SqlFragment {
        match self.path(path) {
            Operand::Undefined | Operand::Array => SqlFragment::raw("NULL"),
            Operand::Null => SqlFragment::raw("'null'"),
            Operand::Bool(scalar) => {
                SqlFragment::fill("CASE {} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", [scalar.bare()])
            }
            Operand::Json(json) => json.read("{text}"),
            Operand::Object(Composite::Section(section)) => SqlFragment::raw(format!(
                "json_set({}, '$.\"$metadata\"', json({}), '$.\"$version\"', {})",
                section.document, section.metadata, section.version
            )),
            Operand::Object(Composite::Members(members, depth)) => self.object(members, depth),
            operand => quoted(operand.comparable()),
        }
    }

    fn object(self, members: &[Attribute], depth: usize) -> SqlFragment {
        let mut parts = Vec::new();
        for member in members {
            let Some(name) = member.path.get(depth) else { continue };
            let segments = member.path.iter().map(|name| Segment::Key((*name).to_owned())).collect();
            let value = self.json_text(&Path { segments, span: super::super::ast::Span::default() });
            parts.push(SqlFragment::fill(&format!("'{name}', json({{}})"), [value]));
        }
        SqlFragment::fill("json_object({})", [SqlFragment::list(parts)])
    }

    fn aggregate(self, aggregate: &Aggregate) -> SqlFragment {
        let Some(path) = aggregate.path() else { return SqlFragment::raw("CAST(count(*) AS TEXT)") };
        let operand = self.path(path);
        let figure = match aggregate {
            Aggregate::Count => return SqlFragment::raw("CAST(count(*) AS TEXT)"),
            Aggregate::Average(_) => operand.as_kind(Kind::Number).map(|x| SqlFragment::fill("avg({})", [x])),
            Aggregate::Sum(_) => summand(&operand).map(|x| SqlFragment::fill("sum({})", [x])),
            Aggregate::Minimum(_) => ordered(&operand).map(|x| SqlFragment::fill("min({})", [x])),
            Aggregate::Maximum(_) => ordered(&operand).map(|x| SqlFragment::fill("max({})", [x])),
        };
        figure.map_or_else(|| SqlFragment::raw("NULL"), quoted)
    }
}

fn summand(operand: &Operand) -> Option<SqlFragment> {
    match operand {
        Operand::Json(json) => Some(json.read(&format!(
            "CASE {{type}} WHEN 'real' THEN {{value}} WHEN 'integer' THEN CASE WHEN {{value}} \
             BETWEEN -{EXACT_SUMMAND} AND {EXACT_SUMMAND} THEN {{value}} ELSE {{value}} * 1.0 END END"
        ))),
        _ => operand.as_kind(Kind::Number),
    }
}

/// The operand of MIN and MAX: numbers and strings, numbers first; other values are skipped.
fn ordered(operand: &Operand) -> Option<SqlFragment> {
    match operand {
        Operand::Json(json) => {
            Some(json.read("CASE WHEN {type} IN ('integer', 'real', 'text') THEN {value} END"))
        }
        _ => operand.as_kind(Kind::Number).or_else(|| operand.as_kind(Kind::Text)),
    }
}

/// A number or string as JSON text. SQLite writes NULL as null and an infinite sum as 9.0e+999; both are undefined
/// here, and no string can look like them, having quotes.
fn quoted(sql: SqlFragment) -> SqlFragment {
    SqlFragment::fill("nullif(nullif(nullif(json_quote({}), 'null'), '9.0e+999'), '-9.0e+999')", [sql])
}
