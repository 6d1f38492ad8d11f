//! Functions.

use super::super::ast::{Expr, ExprKind};
use super::super::columns::Attribute;
use super::super::function::Function;
use super::condition::ELEMENT;
use super::operand::{Composite, Kind, Operand, Scalar};
use super::{Lowering, SqlFragment, SqlValue};

impl Lowering<'_> {
    pub(super) fn call(self, function: Function, arguments: &[Expr]) -> Operand {
        if let (Function::ArrayContains, [list, needle]) = (function, arguments) {
            return self.array_contains(list, needle);
        }
        let operands: Vec<Operand> = arguments.iter().map(|argument| self.operand(argument)).collect();
        match (function, operands.as_slice()) {
            (Function::StartsWith, [text, part]) => two_texts("(instr({}, {}) = 1)", text, part),
            (Function::Contains, [text, part]) => two_texts("(instr({}, {}) > 0)", text, part),
            (Function::EndsWith, [text, part]) => ends_with(text, part),
            (Function::Length, [text]) => map(text, Kind::Text, "length({})", Operand::Number),
            (Function::Lower, [text]) => map(text, Kind::Text, "lower({})", Operand::Text),
            (Function::Upper, [text]) => map(text, Kind::Text, "upper({})", Operand::Text),
            (Function::Abs, [number]) => map(number, Kind::Number, "abs({})", Operand::Number),
            (Function::Concat, texts) => {
                let texts: Option<Vec<_>> = texts.iter().map(|text| text.as_kind(Kind::Text)).collect();
                texts.map_or(Operand::Undefined, |texts| {
                    Operand::Text(Scalar::Computed(SqlFragment::joined("||", texts, "''")))
                })
            }
            (_, [operand]) => Operand::computed_bool(type_test(function, operand)),
            _ => Operand::Undefined,
        }
    }

    /// `ARRAY_CONTAINS(list, x)`: undefined unless the list is an array and `x` a primitive. Elements that are objects
    /// or arrays equal nothing.
    fn array_contains(self, list: &Expr, needle: &Expr) -> Operand {
        let needle = self.operand(needle).comparable();
        // The sub-query names the needle, so that it is not written twice and nested calls do not double the text.
        if let ExprKind::Array(elements) = &list.kind {
            let elements = elements.iter().map(|element| self.operand(element).comparable());
            return Operand::computed_bool(SqlFragment::fill(
                "(SELECT CASE WHEN needle IS NOT NULL THEN ifnull(needle IN ({}), 0) END FROM (SELECT {} AS needle))",
                [SqlFragment::list(elements), needle],
            ));
        }
        let Operand::Json(json) = self.operand(list) else { return Operand::Undefined };
        let template = format!(
            "(SELECT CASE WHEN {{}} = 'array' AND needle IS NOT NULL THEN needle IN (SELECT {ELEMENT} FROM {{}} AS element \
             WHERE element.type NOT IN ('object', 'array')) END FROM (SELECT {{}} AS needle))"
        );
        Operand::computed_bool(SqlFragment::fill(
            &template,
            [json.read("{type}"), json.read("{each}"), needle],
        ))
    }

    /// Whether a call is exactly true. A prefix of a column is a range of it, which an index serves.
    pub(super) fn call_passes(self, function: Function, arguments: &[Expr]) -> SqlFragment {
        if let (Function::StartsWith, [text, part]) = (function, arguments)
            && let Operand::Text(Scalar::Column(column)) = self.operand(text)
            && let Operand::Text(Scalar::Constant(SqlValue::Text(prefix))) = self.operand(part)
            && let Some(beyond) = first_beyond(&prefix)
        {
            let bound = |text| SqlFragment::bound(SqlValue::Text(text));
            let template = format!("({column} >= {{}} AND {column} < {{}})");
            return SqlFragment::fill(&template, [bound(prefix), bound(beyond)]);
        }
        self.call(function, arguments).as_kind(Kind::Bool).unwrap_or_else(|| SqlFragment::raw("0"))
    }
}

/// The first string after all that begin with the prefix; none for prefixes that nothing comes after.
fn first_beyond(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    let last = chars.pop()?;
    let mut codes = u32::from(last) + 1..=u32::from(char::MAX);
    // Surrogates are no characters; the next one after them is.
    chars.push(codes.find_map(char::from_u32)?);
    Some(chars.into_iter().collect())
}

fn map(operand: &Operand, kind: Kind, template: &str, made: fn(Scalar) -> Operand) -> Operand {
    match operand.as_kind(kind) {
        Some(sql) => made(Scalar::Computed(SqlFragment::fill(template, [sql]))),
        None => Operand::Undefined,
    }
}

fn two_texts(template: &str, text: &Operand, part: &Operand) -> Operand {
    match (text.as_kind(Kind::Text), part.as_kind(Kind::Text)) {
        (Some(text), Some(part)) => Operand::computed_bool(SqlFragment::fill(template, [text, part])),
        _ => Operand::Undefined,
    }
}

fn ends_with(text: &Operand, part: &Operand) -> Operand {
    let (Some(text), Some(part)) = (text.as_kind(Kind::Text), part.as_kind(Kind::Text)) else {
        return Operand::Undefined;
    };
    let template = "(SELECT length(a) >= length(b) AND substr(a, length(a) - length(b) + 1) = b \
                    FROM (SELECT {} AS a, {} AS b))";
    Operand::computed_bool(SqlFragment::fill(template, [text, part]))
}

/// `IS_DEFINED` and the questions about types; 1 or 0, never undefined.
fn type_test(function: Function, operand: &Operand) -> SqlFragment {
    let json_types = match function {
        Function::IsDefined => return is_defined(operand),
        Function::IsNull => "'null'",
        Function::IsBool => "'true', 'false'",
        Function::IsNumber => "'integer', 'real'",
        Function::IsString => "'text'",
        Function::IsArray => "'array'",
        Function::IsObject => "'object'",
        _ => "'null', 'true', 'false', 'integer', 'real', 'text'",
    };
    let holds = match (function, operand) {
        (_, Operand::Json(json)) => return json.read(&format!("(ifnull({{type}}, '') IN ({json_types}))")),
        (Function::IsArray, Operand::Array) | (Function::IsObject, Operand::Object(_)) => true,
        (Function::IsNull, _) => operand.kind() == Some(Kind::Null),
        (Function::IsBool, _) => operand.kind() == Some(Kind::Bool),
        (Function::IsNumber, _) => operand.kind() == Some(Kind::Number),
        (Function::IsString, _) => operand.kind() == Some(Kind::Text),
        (Function::IsPrimitive, _) => operand.kind().is_some(),
        _ => false,
    };
    if holds { is_defined(operand) } else { SqlFragment::raw("0") }
}

fn is_defined(operand: &Operand) -> SqlFragment {
    match operand {
        Operand::Undefined => SqlFragment::raw("0"),
        Operand::Null | Operand::Array | Operand::Object(Composite::Section(_)) => SqlFragment::raw("1"),
        Operand::Object(Composite::Members(members, _)) => {
            let present =
                |member: &Attribute| SqlFragment::raw(format!("({} IS NOT NULL)", member.column.name()));
            SqlFragment::joined("OR", members.iter().map(present).collect(), "0")
        }
        Operand::Bool(scalar) | Operand::Number(scalar) | Operand::Text(scalar) => {
            SqlFragment::fill("({} IS NOT NULL)", [scalar.bare()])
        }
        Operand::Time(column) | Operand::Etag(column) => SqlFragment::raw(format!("({column} IS NOT NULL)")),
        Operand::Json(json) => json.read("({type} IS NOT NULL)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_prefix() {
        for (prefix, beyond) in [
            ("a", Some("b")),
            ("door-9", Some("door-:")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(first_beyond(prefix).as_deref(), beyond, "{prefix:?}");
        }
    }
}
