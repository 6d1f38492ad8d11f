//! The functions of conditions, with their names and numbers of arguments.
//!
//! For twins and jobs the documentation has only `IS_DEFINED`. `ARRAY_CONTAINS` is what `az iot hub device-identity
//! children list` sends to live hubs. The others are those of message routing (`iot-hub-devguide-routing-query-syntax`)
//! that cost nothing to offer; customers use STARTSWITH on device ids.

/// A function of the query language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Whether the value is anything but `undefined`; `null` is defined.
    IsDefined,
    /// Whether it is `null`.
    IsNull,
    /// Whether it is a boolean.
    IsBool,
    /// Whether it is a number.
    IsNumber,
    /// Whether it is a string.
    IsString,
    /// Whether it is an array.
    IsArray,
    /// Whether it is an object.
    IsObject,
    /// Whether it is a string, a number, a boolean or `null`.
    IsPrimitive,
    /// Whether a string begins with another.
    StartsWith,
    /// Whether a string ends with another.
    EndsWith,
    /// Whether a string holds another.
    Contains,
    /// Whether an array has an element that is equal to a string, number, boolean or `null`.
    ArrayContains,
    /// Characters of a string.
    Length,
    /// A string with ASCII characters in lower case.
    Lower,
    /// A string with ASCII characters in upper case.
    Upper,
    /// Strings joined.
    Concat,
    /// A number without its sign.
    Abs,
}

struct Entry {
    function: Function,
    /// The first is how it is printed.
    names: &'static [&'static str],
    /// Least and most arguments.
    arguments: (usize, usize),
}

const fn entry(function: Function, names: &'static [&'static str], least: usize, most: usize) -> Entry {
    Entry { function, names, arguments: (least, most) }
}

const TABLE: [Entry; 17] = [
    entry(Function::IsDefined, &["IS_DEFINED"], 1, 1),
    entry(Function::IsNull, &["IS_NULL"], 1, 1),
    entry(Function::IsBool, &["IS_BOOL"], 1, 1),
    entry(Function::IsNumber, &["IS_NUMBER"], 1, 1),
    entry(Function::IsString, &["IS_STRING"], 1, 1),
    entry(Function::IsArray, &["IS_ARRAY"], 1, 1),
    entry(Function::IsObject, &["IS_OBJECT"], 1, 1),
    entry(Function::IsPrimitive, &["IS_PRIMITIVE"], 1, 1),
    entry(Function::StartsWith, &["STARTS_WITH", "STARTSWITH"], 2, 2),
    entry(Function::EndsWith, &["ENDS_WITH", "ENDSWITH"], 2, 2),
    entry(Function::Contains, &["CONTAINS"], 2, 2),
    entry(Function::ArrayContains, &["ARRAY_CONTAINS"], 2, 2),
    entry(Function::Length, &["LENGTH"], 1, 1),
    entry(Function::Lower, &["LOWER"], 1, 1),
    entry(Function::Upper, &["UPPER"], 1, 1),
    entry(Function::Concat, &["CONCAT"], 2, usize::MAX),
    entry(Function::Abs, &["ABS"], 1, 1),
];

impl Function {
    /// The function of that name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let entry =
            TABLE.iter().find(|entry| entry.names.iter().any(|known| known.eq_ignore_ascii_case(name)))?;
        Some(entry.function)
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|entry| entry.function == self)
    }

    /// The name, in capitals.
    pub fn name(self) -> &'static str {
        self.entry().and_then(|entry| entry.names.first()).copied().unwrap_or_default()
    }

    /// Least and most arguments it takes.
    pub(super) fn arguments(self) -> (usize, usize) {
        self.entry().map_or((0, usize::MAX), |entry| entry.arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_names_match_in_any_case() {
        for entry in &TABLE {
            for name in entry.names {
                assert_eq!(Function::named(&name.to_lowercase()), Some(entry.function), "{name}");
            }
            assert_eq!(entry.function.name(), entry.names[0]);
            assert_eq!(entry.function.arguments(), entry.arguments);
        }
        assert_eq!(Function::named("POWER"), None);
    }
}
