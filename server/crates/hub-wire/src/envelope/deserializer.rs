//! The lenient deserializer over the text of one JSON value.

use std::{cell::RefCell, fmt};

use serde::{
    Deserialize,
    de::{
        self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;

use super::{EnvelopeError, EnvelopeFault};

/// Stands for words that are newer than this crate when answers are read; no request may use it.
const NOT_A_REQUEST_WORD: &str = "unknown";
/// Integers up to here are exact in a double.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

impl EnvelopeError {
    pub(super) fn syntax(text: impl Into<String>) -> Self {
        Self { fault: EnvelopeFault::Syntax, path: String::new(), text: text.into() }
    }

    fn invalid(text: impl Into<String>) -> Self {
        Self { fault: EnvelopeFault::Invalid, path: String::new(), text: text.into() }
    }

    /// The error of a part of the body; its position in that part would mislead.
    fn of_part(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
        if error.is_data() { Self::invalid(text) } else { Self::syntax(text) }
    }

    /// Says where, unless a member further in has done so.
    fn at(self, path: &str) -> Self {
        if self.path.is_empty() { Self { path: path.to_owned(), ..self } } else { self }
    }
}

impl de::Error for EnvelopeError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::invalid(text.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self { fault: EnvelopeFault::Missing, path: field.to_owned(), text: String::new() }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let text = format!("there is no such member; known are {}", expected.join(", "));
        Self { fault: EnvelopeFault::Unknown, path: field.to_owned(), text }
    }
}

/// One JSON value, known to be well-formed.
pub(super) struct Json<'de> {
    text: &'de str,
    path: String,
    unknown: &'de RefCell<Vec<String>>,
}

impl<'de> Json<'de> {
    /// `text` is one JSON value without white space around it.
    pub(super) fn new(text: &'de str, unknown: &'de RefCell<Vec<String>>) -> Self {
        Self { text, path: String::new(), unknown }
    }

    fn member(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// What the value is, for messages.
    fn kind(&self) -> &'static str {
        match self.text.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    fn expect(&self, wanted: &str) -> Result<(), EnvelopeError> {
        match self.kind() {
            kind if kind == wanted => Ok(()),
            "null" => Err(EnvelopeError {
                fault: EnvelopeFault::Missing,
                path: self.path.clone(),
                text: String::new(),
            }),
            kind => Err(EnvelopeError::invalid(format!("{wanted} is expected, not {kind}")).at(&self.path)),
        }
    }

    /// Reads the value as it is written.
    fn plain<T: Deserialize<'de>>(&self) -> Result<T, EnvelopeError> {
        serde_json::from_str(self.text).map_err(|error| EnvelopeError::of_part(&error).at(&self.path))
    }

    /// A number or boolean, which may be written as text.
    fn scalar(&self, wanted: &str) -> Result<String, EnvelopeError> {
        match self.kind() {
            "a string" => Ok(self.plain::<String>()?.trim().to_owned()),
            "a number" | "a boolean" => Ok(self.text.to_owned()),
            _ => self.expect(wanted).map(|()| String::new()),
        }
    }

    /// The one member of an object that is named like a variant, as in `{"percent": 10}`.
    fn variant_with_content(
        &self,
        variants: &'static [&'static str],
    ) -> Result<Option<Fields<'_, 'de>>, EnvelopeError> {
        if self.kind() != "an object" {
            return Ok(None);
        }
        let Members(members) = self.plain()?;
        let [(name, value)] = members.as_slice() else { return Ok(None) };
        let variant = variants.iter().find(|variant| variant.eq_ignore_ascii_case(name));
        Ok(variant.map(|variant| Fields {
            members: vec![((*variant).to_owned(), value.get())].into_iter(),
            value: None,
            object: self,
        }))
    }

    fn wrong<T>(&self, text: &str, wanted: &str) -> Result<T, EnvelopeError> {
        let text: String = text.chars().take(80).collect();
        Err(EnvelopeError::invalid(format!("'{text}' is not {wanted}")).at(&self.path))
    }

    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        let text = self.scalar("a number")?;
        let visited = if let Ok(number) = text.parse::<u64>() {
            visitor.visit_u64(number)
        } else if let Ok(number) = text.parse::<i64>() {
            visitor.visit_i64(number)
        } else if let Some(number) = whole(&text) {
            visitor.visit_i64(number)
        } else {
            return self.wrong(&text, "a whole number");
        };
        visited.map_err(|error: EnvelopeError| error.at(&self.path))
    }
}

/// A whole number written with a fraction or an exponent, such as `30.0`.
#[expect(clippy::cast_possible_truncation, reason = "whole and within range")]
fn whole(text: &str) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    (number.fract() == 0.0 && number.abs() <= MAX_EXACT).then_some(number as i64)
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
            self.integer(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Json<'de> {
    type Error = EnvelopeError;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    /// What is the user's: untouched.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        // So that an error names the element.
        if self.kind() == "an array" {
            return self.deserialize_seq(visitor);
        }
        let mut plain = serde_json::Deserializer::from_str(self.text);
        plain.deserialize_any(visitor).map_err(|error| EnvelopeError::of_part(&error).at(&self.path))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        self.expect("an object")?;
        self.deserialize_any(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        let text = self.scalar("a boolean")?;
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" => visitor.visit_bool(true),
            "false" | "0" => visitor.visit_bool(false),
            _ => self.wrong(&text, "a boolean"),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        let text = self.scalar("a number")?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => self.wrong(&text, "a number"),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        self.expect("a string")?;
        self.deserialize_any(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        if self.text == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, EnvelopeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        self.expect("an array")?;
        let items: Vec<&'de RawValue> = self.plain()?;
        visitor.visit_seq(Items { items: items.into_iter().enumerate(), array: self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, EnvelopeError> {
        self.expect("an object")?;
        let Members(members) = self.plain()?;
        let mut read: Vec<(String, &'de str)> = Vec::with_capacity(members.len());
        for (name, value) in members {
            let field = fields.iter().find(|field| field.eq_ignore_ascii_case(&name));
            let name = field.map_or_else(|| name.chars().take(80).collect(), |field| (*field).to_owned());
            if field.is_none() {
                // The type ignores it, or refuses it (`deny_unknown_fields`).
                self.unknown.borrow_mut().push(self.member(&name));
            }
            // The last one counts.
            read.retain(|(earlier, _)| *earlier != name);
            read.push((name, value.get()));
        }
        let fields = Fields { members: read.into_iter(), value: None, object: &self };
        visitor.visit_map(fields).map_err(|error: EnvelopeError| match error.fault {
            // Serde names the member without the object that lacks it, or should not have it.
            EnvelopeFault::Missing | EnvelopeFault::Unknown if !error.path.contains('.') => {
                EnvelopeError { path: self.member(&error.path), ..error }
            }
            _ => error.at(&self.path),
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, EnvelopeError> {
        if let Some(fields) = self.variant_with_content(variants)? {
            let visited = visitor.visit_enum(MapAccessDeserializer::new(fields));
            return visited.map_err(|error: EnvelopeError| error.at(&self.path));
        }
        self.expect("a string")?;
        let word: String = self.plain()?;
        let mut allowed = variants.iter().filter(|word| **word != NOT_A_REQUEST_WORD);
        if let Some(variant) = allowed.clone().find(|variant| variant.eq_ignore_ascii_case(word.trim())) {
            let variant: StrDeserializer<'static, EnvelopeError> = (*variant).into_deserializer();
            return visitor.visit_enum(variant);
        }
        let first = allowed.next().copied().unwrap_or_default().to_owned();
        let list = allowed.fold(first, |list, word| format!("{list}, {word}"));
        self.wrong(&word, &format!("one of {list}"))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, EnvelopeError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

/// An object's members in the order of the text; of two with one name, both.
struct Members<'de>(Vec<(String, &'de RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

struct Fields<'o, 'de> {
    members: std::vec::IntoIter<(String, &'de str)>,
    value: Option<(String, &'de str)>,
    object: &'o Json<'de>,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = EnvelopeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, EnvelopeError> {
        self.value = self.members.next();
        let Some((name, _)) = &self.value else { return Ok(None) };
        let name: StrDeserializer<'_, EnvelopeError> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, EnvelopeError> {
        let (name, text) = self.value.take().expect("serde asks for a value after its key");
        let path = self.object.member(&name);
        let value = Json { text, path: path.clone(), unknown: self.object.unknown };
        seed.deserialize(value).map_err(|error| error.at(&path))
    }
}

struct Items<'de> {
    items: std::iter::Enumerate<std::vec::IntoIter<&'de RawValue>>,
    array: Json<'de>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = EnvelopeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, EnvelopeError> {
        let Some((index, item)) = self.items.next() else { return Ok(None) };
        let path = format!("{}[{index}]", self.array.path);
        let value = Json { text: item.get(), path: path.clone(), unknown: self.array.unknown };
        seed.deserialize(value).map(Some).map_err(|error| error.at(&path))
    }
}
