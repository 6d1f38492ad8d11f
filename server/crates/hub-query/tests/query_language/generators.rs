//! Random conditions, queries, documents and texts.

use hub_query::Function;
use hub_query::ast::{
    ArithmeticOp, CompareOp, Constant, Expr, ExprKind, Path, Query, Segment, Select, Source, Span,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::documents::Device;

pub(crate) fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}

fn path() -> impl Strategy<Value = Path> {
    let tags = |name: &str| vec![key("tags"), key(name)];
    let desired = |name: &str| vec![key("Properties"), key("desired"), key(name)];
    let mut paths = vec![
        vec![key("deviceId")],
        vec![key("devices"), key("DEVICEID")],
        vec![key("status")],
        vec![key("statusReason")],
        vec![key("lastActivityTime")],
        vec![key("etag")],
        vec![key("version")],
        vec![key("capabilities"), key("iotEdge")],
        vec![key("capabilities")],
        vec![key("nothing"), key("x")],
        vec![key("tags")],
        vec![key("tags"), key("l"), Segment::Index(0)],
        vec![key("tags"), key("o"), key("k")],
        vec![key("tags"), key("odd \"key\\")],
        vec![key("tags"), key("my-key")],
        vec![key("tags"), key("GROUP")],
        vec![key("properties"), key("desired")],
        desired("$version"),
        desired("a"),
        desired("b"),
        vec![key("properties"), key("desired"), key("$metadata"), key("$lastUpdated")],
    ];
    paths.extend(["a", "a", "a", "a", "a", "b", "b", "b", "b", "l", "l", "o"].map(tags));
    select(paths).prop_map(|segments| Path { segments, span: Span::default() })
}

const TEXTS: [&str; 16] = [
    "",
    "a",
    "b",
    "ab",
    "A",
    "5",
    "1",
    "true",
    "null",
    "ä😀",
    "{\"k\":1}",
    "[1]",
    "it's \\",
    "enabled",
    "2026-01",
    "AAAAAAAAAAI=",
];
/// Full of those that SQLite gives for booleans.
const INTS: [i64; 8] = [-2, 0, 0, 1, 1, 2, 3, 5];
const REALS: [f64; 6] = [0.0, 1.0, 0.5, 2.5, -1.5, 1e3];

fn constant() -> impl Strategy<Value = Constant> {
    prop_oneof![
        1 => Just(Constant::Undefined),
        1 => Just(Constant::Null),
        2 => any::<bool>().prop_map(Constant::Bool),
        3 => select(INTS.as_slice()).prop_map(Constant::Int),
        1 => select(REALS.as_slice()).prop_map(Constant::Real),
        4 => select(TEXTS.as_slice()).prop_map(|text| Constant::Text(text.to_owned())),
    ]
}

/// Any expression where a condition should be: mostly conditions that can be true, about operands that are mostly
/// attributes and constants, so that chance spends its time on what matters.
pub(crate) fn condition() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        12 => comparison(simple()),
        3 => test_of_type(simple()),
        3 => membership(simple()),
        2 => two_texts(simple()),
        2 => array_contains(simple()),
        1 => simple(),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let operand = prop_oneof![6 => simple(), 3 => computed(simple()), 1 => inner.clone()];
        prop_oneof![
            4 => comparison(operand.clone()),
            3 => vec(inner.clone(), 2..4).prop_map(|operands| expr(ExprKind::And(operands))),
            3 => vec(inner.clone(), 2..4).prop_map(|operands| expr(ExprKind::Or(operands))),
            4 => inner.clone().prop_map(|operand| expr(ExprKind::Not(Box::new(operand)))),
            1 => comparison(inner),
            2 => membership(operand.clone()),
            1 => test_of_type(operand.clone()),
            1 => two_texts(operand.clone()),
            1 => array_contains(operand.clone()),
            1 => computed(operand),
        ]
    })
}

fn simple() -> impl Strategy<Value = Expr> + Clone {
    prop_oneof![
        3 => path().prop_map(|path| expr(ExprKind::Path(path))),
        2 => constant().prop_map(|constant| expr(ExprKind::Constant(constant))),
    ]
    .boxed()
}

fn pair(operand: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = (Box<Expr>, Box<Expr>)> {
    (operand.clone(), operand).prop_map(|(left, right)| (Box::new(left), Box::new(right)))
}

fn comparison(operand: impl Strategy<Value = Expr> + Clone + 'static) -> BoxedStrategy<Expr> {
    use CompareOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    (select(vec![Equal, NotEqual, Less, Greater, LessOrEqual, GreaterOrEqual]), pair(operand))
        .prop_map(|(op, (left, right))| expr(ExprKind::Compare(op, left, right)))
        .boxed()
}

fn membership(operand: impl Strategy<Value = Expr> + Clone + 'static) -> BoxedStrategy<Expr> {
    let list = prop_oneof![
        3 => vec(constant().prop_map(|constant| expr(ExprKind::Constant(constant))), 0..5)
            .prop_map(|elements| expr(ExprKind::Array(elements))),
        2 => vec(operand.clone(), 0..4).prop_map(|elements| expr(ExprKind::Array(elements))),
        2 => path().prop_map(|path| expr(ExprKind::Path(path))),
    ];
    (any::<bool>(), operand, list)
        .prop_map(|(negated, needle, list)| {
            let (needle, list) = (Box::new(needle), Box::new(list));
            expr(if negated { ExprKind::NotIn(needle, list) } else { ExprKind::In(needle, list) })
        })
        .boxed()
}

fn test_of_type(operand: impl Strategy<Value = Expr> + 'static) -> BoxedStrategy<Expr> {
    use Function::{IsArray, IsBool, IsDefined, IsNull, IsNumber, IsObject, IsPrimitive, IsString};
    let tests = vec![IsDefined, IsNull, IsBool, IsNumber, IsString, IsArray, IsObject, IsPrimitive];
    (select(tests), operand)
        .prop_map(|(function, argument)| expr(ExprKind::Call(function, vec![argument])))
        .boxed()
}

fn array_contains(operand: impl Strategy<Value = Expr> + Clone + 'static) -> BoxedStrategy<Expr> {
    let list = prop_oneof![
        3 => path().prop_map(|path| expr(ExprKind::Path(path))),
        1 => vec(operand.clone(), 0..4).prop_map(|elements| expr(ExprKind::Array(elements))),
        1 => operand.clone(),
    ];
    (list, operand)
        .prop_map(|(list, needle)| expr(ExprKind::Call(Function::ArrayContains, vec![list, needle])))
        .boxed()
}

fn two_texts(operand: impl Strategy<Value = Expr> + Clone + 'static) -> BoxedStrategy<Expr> {
    (select(vec![Function::StartsWith, Function::EndsWith, Function::Contains]), operand.clone(), operand)
        .prop_map(|(function, left, right)| expr(ExprKind::Call(function, vec![left, right])))
        .boxed()
}

/// Expressions that are no conditions.
fn computed(operand: impl Strategy<Value = Expr> + Clone + 'static) -> BoxedStrategy<Expr> {
    use ArithmeticOp::{Add, Divide, Multiply, Remainder, Subtract};
    use Function::{Abs, Length, Lower, Upper};
    prop_oneof![
        4 => (select(vec![Add, Subtract, Multiply, Divide, Remainder]), pair(operand.clone()))
            .prop_map(|(op, (left, right))| expr(ExprKind::Arithmetic(op, left, right))),
        3 => (select(vec![Abs, Length, Lower, Upper]), operand.clone())
            .prop_map(|(function, argument)| expr(ExprKind::Call(function, vec![argument]))),
        1 => vec(operand.clone(), 2..4)
            .prop_map(|arguments| expr(ExprKind::Call(Function::Concat, arguments))),
        1 => path().prop_map(|path| {
            let inner = expr(ExprKind::Negate(Box::new(expr(ExprKind::Path(path)))));
            expr(ExprKind::Negate(Box::new(inner)))
        }),
        // A minus before a literal would be read as part of it.
        1 => path().prop_map(|path| expr(ExprKind::Negate(Box::new(expr(ExprKind::Path(path)))))),
        1 => vec(operand, 0..3).prop_map(|elements| expr(ExprKind::Array(elements))),
    ]
    .boxed()
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        3 => any::<bool>().prop_map(Value::from),
        4 => select(INTS.as_slice()).prop_map(Value::from),
        2 => select(REALS.as_slice()).prop_map(Value::from),
        4 => select(TEXTS.as_slice()).prop_map(Value::from),
        1 => select(vec![json!({"k": 1}), json!({}), json!([1]), json!(["a", true, 2.5]), json!([]), json!([[1], 1])]),
    ]
}

fn section() -> impl Strategy<Value = Value> {
    let names = select(vec!["a", "a", "b", "b", "l", "o", "odd \"key\\", "my-key", "GROUP"]);
    vec((names, value()), 2..7)
        .prop_map(|members| {
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()
        })
        .prop_map(Value::Object)
}

pub(crate) fn devices() -> impl Strategy<Value = Vec<Device>> {
    let times = select(vec!["0001-01-01T00:00:00Z", "2025-12-31T23:59:59.9999999Z", "2026-01-01T00:00:00Z"]);
    let device = (
        select(vec!["enabled", "disabled"]),
        option::of(select(TEXTS.as_slice())),
        times,
        1_i64..4,
        any::<bool>(),
        section(),
        section(),
    );
    vec(device, 7).prop_map(|rows| {
        let ids = ["5", "a", "b", "enabled", "2026-01", "x1", "x2"];
        let device =
            |(row, (status, reason, last_activity, version, iot_edge, tags, desired)): (usize, _)| Device {
                id: ids[row].to_owned(),
                status,
                status_reason: Option::<&str>::map(reason, str::to_owned),
                last_activity,
                version,
                iot_edge,
                tags,
                desired,
            };
        rows.into_iter().enumerate().map(device).collect()
    })
}

pub(crate) fn query(condition: Expr) -> Query {
    Query {
        top: None,
        select: Select::Document,
        source: Source::Devices,
        condition: Some(condition),
        group_by: Vec::new(),
    }
}

/// Pieces that together look like queries often enough to get deep into the parser.
pub(crate) fn almost_query() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        select(vec![
            "SELECT",
            "*",
            "FROM",
            "devices",
            ".modules",
            ".jobs",
            "WHERE",
            "GROUP",
            "BY",
            "TOP",
            "AS",
            "AND",
            "OR",
            "NOT",
            "IN",
            "NIN",
            "COUNT",
            "AVG",
            "(",
            ")",
            "[",
            "]",
            ",",
            ".",
            "=",
            "<>",
            "-",
            "tags.a",
            "'a'",
            "5",
            "0x",
            "1e",
            "'",
            "\\",
            "\u{0}",
            "true",
            "undefined",
            "IS_DEFINED",
            "ARRAY_CONTAINS",
            "[[",
            "]]",
            "[[a-b]]",
            "tags.[[",
            "tags.a-b",
            "/*",
            "*/",
            "--",
            "+",
            "%",
            "ä",
            "$",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.join(" "))
}

/// What may stand between two words of a query without a meaning.
pub(crate) fn blank() -> impl Strategy<Value = String> {
    select(vec![" ", "\n", "/**/", " /* it's */ ", "/* [[ */", "/* -- * / */\t"]).prop_map(str::to_owned)
}
