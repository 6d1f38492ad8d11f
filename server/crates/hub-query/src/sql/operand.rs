//! What an expression is in SQL: how much of its type is known statically, and how it is read.

use super::super::ast::{Constant, Expr, ExprKind, Path, Segment};
use super::super::columns::{Attribute, Column, Section, Target};
use super::{Lowering, SqlFragment, SqlValue, wire};

/// A lowered expression.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Undefined,
    Null,
    /// 1 or 0, or NULL where undefined.
    Bool(Scalar),
    /// A number, or NULL where undefined.
    Number(Scalar),
    /// A string, or NULL where undefined.
    Text(Scalar),
    /// A column of ticks that is a string on the wire.
    Time(&'static str),
    /// A column with a counter that is a string on the wire.
    Etag(&'static str),
    /// A literal list.
    Array,
    /// An object put together from several columns.
    Object(Composite),
    /// A value of any type inside a JSONB column.
    Json(Json),
}

/// SQL of a known type.
#[derive(Debug, Clone)]
pub(super) enum Scalar {
    /// Bound.
    Constant(SqlValue),
    /// A bare column, which an index may serve.
    Column(&'static str),
    /// Anything else.
    Computed(SqlFragment),
}

/// An object of several columns.
#[derive(Debug, Clone)]
pub(super) enum Composite {
    Section(Section),
    Members(&'static [Attribute], usize),
}

/// The types that comparisons keep apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    Text,
}

impl Scalar {
    /// To put beside other SQL. A bare column would lend its affinity to the other side of a comparison, and a device
    /// called '5' would equal the number 5; the plus takes it off.
    pub(super) fn plain(&self) -> SqlFragment {
        match self {
            Self::Column(column) => SqlFragment::raw(format!("+{column}")),
            _ => self.bare(),
        }
    }

    /// To compare with its own type.
    pub(super) fn bare(&self) -> SqlFragment {
        match self {
            Self::Constant(value) => SqlFragment::bound(value.clone()),
            Self::Column(column) => SqlFragment::raw(*column),
            Self::Computed(sql) => sql.clone(),
        }
    }
}

/// A path inside a JSONB column.
#[derive(Debug, Clone)]
pub(super) struct Json {
    column: &'static str,
    /// In SQLite's notation, `$."a"[0]`.
    path: String,
}

impl Json {
    /// None if no document can have such a path: a twin's keys hold no control characters, and SQLite's notation has
    /// no way to write NUL.
    fn new(column: &'static str, segments: &[Segment]) -> Option<Self> {
        let mut path = "$".to_owned();
        for segment in segments {
            match segment {
                Segment::Key(key) if key.contains(|c: char| c < ' ') => return None,
                Segment::Key(key) => {
                    path.push_str(".\"");
                    path.push_str(&key.replace('\\', "\\\\").replace('"', "\\\""));
                    path.push('"');
                }
                Segment::Index(index) => {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                }
            }
        }
        Some(Self { column, path })
    }

    /// The template with `{type}`, `{value}` and `{text}` (JSON text) replaced by the calls that read them.
    pub(super) fn read(&self, template: &str) -> SqlFragment {
        let column = self.column;
        let sql = template
            .replace("{type}", &format!("json_type({column}, ?)"))
            .replace("{value}", &format!("json_extract({column}, ?)"))
            .replace("{text}", &format!("({column} -> ?)"))
            .replace("{each}", &format!("json_each({column}, ?)"));
        let values = vec![SqlValue::Text(self.path.clone()); sql.matches('?').count()];
        SqlFragment { sql, values }
    }

    /// See [`Operand::comparable`].
    pub(super) fn comparable(&self) -> SqlFragment {
        self.read(
            "CASE {type} WHEN 'true' THEN x'01' WHEN 'false' THEN x'00' WHEN 'null' THEN x'' \
             WHEN 'object' THEN NULL WHEN 'array' THEN NULL ELSE {value} END",
        )
    }

    /// The value if it is of that kind, as 1 or 0 for booleans; NULL otherwise, also for null.
    pub(super) fn only(&self, kind: Kind) -> SqlFragment {
        self.read(match kind {
            Kind::Null => "NULL",
            Kind::Bool => "CASE {type} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
            Kind::Number => "CASE WHEN {type} IN ('integer', 'real') THEN {value} END",
            Kind::Text => "CASE {type} WHEN 'text' THEN {value} END",
        })
    }
}

impl Operand {
    pub(super) fn computed_bool(sql: SqlFragment) -> Self {
        Self::Bool(Scalar::Computed(sql))
    }

    /// The one type it has when it is defined, if that is known.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Null => Some(Kind::Null),
            Self::Bool(_) => Some(Kind::Bool),
            Self::Number(_) => Some(Kind::Number),
            Self::Text(_) | Self::Time(_) | Self::Etag(_) => Some(Kind::Text),
            Self::Undefined | Self::Array | Self::Object(_) | Self::Json(_) => None,
        }
    }

    /// SQL that is equal for equal primitives and differs for all others, types included: numbers and strings are
    /// themselves, booleans and null are blobs, and NULL is used for what does not compare.
    pub(super) fn comparable(&self) -> SqlFragment {
        match self {
            Self::Undefined | Self::Array | Self::Object(_) => SqlFragment::raw("NULL"),
            Self::Null => SqlFragment::raw("x''"),
            Self::Bool(scalar) => {
                SqlFragment::fill("CASE {} WHEN 1 THEN x'01' WHEN 0 THEN x'00' END", [scalar.bare()])
            }
            Self::Number(scalar) | Self::Text(scalar) => scalar.plain(),
            Self::Time(column) => wire::time_text(column),
            Self::Etag(column) => wire::etag_text(column),
            Self::Json(json) => json.comparable(),
        }
    }

    /// The value if it is of that kind (not null), else NULL. None if it can never be.
    pub(super) fn as_kind(&self, kind: Kind) -> Option<SqlFragment> {
        match self {
            Self::Json(json) => Some(json.only(kind)),
            _ if self.kind() != Some(kind) => None,
            Self::Bool(scalar) | Self::Number(scalar) | Self::Text(scalar) => Some(scalar.plain()),
            Self::Time(column) => Some(wire::time_text(column)),
            Self::Etag(column) => Some(wire::etag_text(column)),
            Self::Undefined | Self::Null | Self::Array | Self::Object(_) => None,
        }
    }
}

impl Lowering<'_> {
    pub(super) fn operand(self, expr: &Expr) -> Operand {
        match &expr.kind {
            ExprKind::Constant(constant) => constant_operand(constant),
            ExprKind::Path(path) => self.path(path),
            ExprKind::Array(_) => Operand::Array,
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Negate(inner) => match self.operand(inner).as_kind(Kind::Number) {
                Some(number) => Operand::Number(Scalar::Computed(SqlFragment::fill("(- {})", [number]))),
                None => Operand::Undefined,
            },
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(*op, left, right),
            ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::In(..)
            | ExprKind::NotIn(..) => Operand::computed_bool(self.value(expr)),
        }
    }

    pub(super) fn path(self, path: &Path) -> Operand {
        match self.columns.resolve(path) {
            Target::Scalar(Column::Text(column)) => Operand::Text(Scalar::Column(column)),
            Target::Scalar(Column::Integer(column)) => Operand::Number(Scalar::Column(column)),
            Target::Scalar(Column::Flag(column)) => Operand::Bool(Scalar::Column(column)),
            Target::Scalar(Column::Time(column)) => Operand::Time(column),
            Target::Scalar(Column::Etag(column)) => Operand::Etag(column),
            Target::Json(column, rest) => Json::new(column, rest).map_or(Operand::Undefined, Operand::Json),
            Target::Section(section) => Operand::Object(Composite::Section(section)),
            Target::Object(members, depth) => Operand::Object(Composite::Members(members, depth)),
            Target::Undefined | Target::Scalar(Column::Json(_) | Column::Section(_)) => Operand::Undefined,
        }
    }
}

fn constant_operand(constant: &Constant) -> Operand {
    match constant {
        Constant::Undefined => Operand::Undefined,
        Constant::Null => Operand::Null,
        Constant::Bool(value) => Operand::Bool(Scalar::Constant(SqlValue::Int(i64::from(*value)))),
        Constant::Int(value) => Operand::Number(Scalar::Constant(SqlValue::Int(*value))),
        Constant::Real(value) => Operand::Number(Scalar::Constant(SqlValue::Real(*value))),
        Constant::Text(value) => Operand::Text(Scalar::Constant(SqlValue::Text(value.clone()))),
    }
}
