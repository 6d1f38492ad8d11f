//! The tree of a query.
//!
//! Every node that an error may point at carries its [`Span`]. Spans take no part in equality: two queries are equal
//! when they mean the same, whatever the case of keywords and names. `Display` writes a tree back as a query that reads as the same
//! tree.

use super::function::Function;

/// A stretch of the query text, in bytes. Equal to every other span, so that trees compare by meaning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    pub(super) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A query; a job's condition is one with [`Select::Document`] and nothing but a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Most rows wanted, from `TOP n`.
    pub top: Option<u64>,
    /// What each row shows.
    pub select: Select,
    /// The queried collection.
    pub source: Source,
    /// The expression after WHERE.
    pub condition: Option<Expr>,
    /// The paths after GROUP BY.
    pub group_by: Vec<Path>,
}

impl Query {
    /// Whether rows are groups of documents rather than documents: there is an aggregate or a GROUP BY.
    pub fn is_grouped(&self) -> bool {
        let has_aggregate = match &self.select {
            Select::Document => false,
            Select::Items(items) => items.iter().any(|item| matches!(item.value, ItemValue::Aggregate(_))),
        };
        has_aggregate || !self.group_by.is_empty()
    }
}

/// The collections that can be queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `devices`: the device twins.
    Devices,
    /// `devices.modules`: the module twins.
    Modules,
    /// `devices.jobs`: each device's share of each job.
    DeviceJobs,
}

impl Source {
    /// As written after FROM.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Modules => "devices.modules",
            Self::DeviceJobs => "devices.jobs",
        }
    }
}

/// What each row of the answer is.
#[derive(Debug, Clone, PartialEq)]
pub enum Select {
    /// `*`: the whole document.
    Document,
    /// An object made of these.
    Items(Vec<Item>),
}

/// One entry of a select list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it shows.
    pub value: ItemValue,
    /// The name after AS.
    pub alias: Option<String>,
    /// Its position in the text.
    pub span: Span,
}

/// What a select list's entry shows.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemValue {
    /// An attribute.
    Path(Path),
    /// A figure over a group.
    Aggregate(Aggregate),
}

/// A figure over a group of documents.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    /// `COUNT()`: how many documents.
    Count,
    /// `AVG(path)`: mean of the numbers.
    Average(Path),
    /// `SUM(path)`: sum of the numbers.
    Sum(Path),
    /// `MIN(path)`: least number or string.
    Minimum(Path),
    /// `MAX(path)`: greatest number or string.
    Maximum(Path),
}

/// `name.name.[[any key]][0]`: the way to an attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// At least one; the first is always a key.
    pub segments: Vec<Segment>,
    /// Its position in the text.
    pub span: Span,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Member of an object.
    Key(String),
    /// Element of an array, from 0.
    Index(u32),
}

/// An expression with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its position in the text.
    pub span: Span,
}

/// The kinds of expression. AND and OR hold all operands of a chain side by side, so that a long chain is no deep tree.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A literal.
    Constant(Constant),
    /// An attribute.
    Path(Path),
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `NAME(argument, …)`.
    Call(Function, Vec<Expr>),
    /// `NOT x`.
    Not(Box<Expr>),
    /// `-x`, of anything but a number literal (that one is a negative constant).
    Negate(Box<Expr>),
    /// `a AND b AND …`, two or more.
    And(Vec<Expr>),
    /// `a OR b OR …`, two or more.
    Or(Vec<Expr>),
    /// `a + b` and the like.
    Arithmetic(ArithmeticOp, Box<Expr>, Box<Expr>),
    /// `a = b` and the like.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// `a IN b`.
    In(Box<Expr>, Box<Expr>),
    /// `a NIN b`.
    NotIn(Box<Expr>, Box<Expr>),
}

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `5`, `0x1F`
    Int(i64),
    /// `1.5`, `2e3`; always finite.
    Real(f64),
    /// `'…'`, `"…"`
    Text(String),
}

/// Arithmetic over numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl ArithmeticOp {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

/// Comparison of primitives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOp {
    /// As written, in the query language and in SQL alike.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::LessOrEqual => "<=",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The operator that is true exactly when this one is false.
    pub(super) const fn complement(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::Greater => Self::LessOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The operator that gives the same with its sides exchanged.
    pub(super) const fn mirrored(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::Greater => Self::Less,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}
