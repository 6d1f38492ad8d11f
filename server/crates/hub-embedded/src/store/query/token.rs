//! Continuation tokens: opaque to clients, and only good for the query they came with.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hub_query::sql::SqlValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::HubError;

/// Where a page ended.
#[derive(Debug, Default, PartialEq)]
pub(in crate::store) struct Token {
    /// Items served so far, for TOP and for pages by offset.
    pub(in crate::store) served: u64,
    /// Key of the last item; empty at the beginning.
    pub(in crate::store) key: Vec<SqlValue>,
}

impl Token {
    /// reads the token of a page, or starts at the first. `identity` is the query's text in canonical form.
    pub(in crate::store) fn read(text: Option<&str>, identity: &str) -> Result<Self, HubError> {
        match text.filter(|text| !text.is_empty()) {
            None => Ok(Self::default()),
            Some(text) => Self::decode(text, identity).ok_or_else(|| {
                HubError::argument_invalid("the continuation token does not belong to this query")
            }),
        }
    }

    /// As the client gets it.
    pub(in crate::store) fn write(&self, identity: &str) -> String {
        let key: Vec<Value> = self
            .key
            .iter()
            .map(|value| match value {
                SqlValue::Int(number) => json!(number),
                SqlValue::Real(number) => json!(number),
                SqlValue::Text(text) => json!(text),
                SqlValue::Null => Value::Null,
            })
            .collect();
        BASE64.encode(json!([fingerprint(identity), self.served, key]).to_string())
    }

    fn decode(text: &str, identity: &str) -> Option<Self> {
        let (of, served, key): (String, u64, Vec<Value>) =
            serde_json::from_slice(&BASE64.decode(text).ok()?).ok()?;
        if of != fingerprint(identity) {
            return None;
        }
        let key = key
            .into_iter()
            .map(|value| match value {
                Value::Number(number) => number.as_i64().map(SqlValue::Int),
                Value::String(text) => Some(SqlValue::Text(text)),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?;
        // A hand-made token of another shape would otherwise make a statement that SQLite refuses.
        (key.len() <= 2).then_some(Self { served, key })
    }
}

fn fingerprint(identity: &str) -> String {
    BASE64.encode(&Sha256::digest(identity.as_bytes())[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_for_its_own_query_only() {
        let token = Token { served: 7, key: vec![SqlValue::Text("d'1".into()), SqlValue::Int(-3)] };
        let text = token.write("SELECT * FROM devices");
        assert_eq!(Token::read(Some(&text), "SELECT * FROM devices").unwrap(), token);
        for (text, identity) in [
            (text.as_str(), "SELECT * FROM devices.modules"),
            ("garbage!", "SELECT * FROM devices"),
            ("e30", "SELECT * FROM devices"),
        ] {
            let error = Token::read(Some(text), identity).unwrap_err();
            assert_eq!(error.code().name(), "ArgumentInvalid");
        }
        assert_eq!(Token::read(None, "x").unwrap(), Token::default());
        assert_eq!(Token::read(Some(""), "x").unwrap(), Token::default());
    }
}
