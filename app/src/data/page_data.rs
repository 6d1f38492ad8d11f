//! Data that comes with the page.

use std::future::Future;

use leptos::{
    prelude::*,
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};

/// Data that the server reads while it renders the page, and the browser when its source changes.
pub(crate) type PageData<T> = Resource<T, JsonBytes>;

/// Reads data with the page, and again for each value of the source. For data that stays current there is
/// [`use_read`](super::read::use_read).
pub(crate) fn page_data<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    read: impl Fn(S) -> F + Send + Sync + 'static,
) -> PageData<T>
where
    S: Clone + PartialEq + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    PageData::new_with_options(source, read, false)
}

/// JSON as answers of server functions are: decoded from bytes. Leptos' own codec decodes from a `str`, for which the WASM
/// module would have each type's deserializer a second time.
#[derive(Debug)]
pub(crate) struct JsonBytes;

impl<T: Serialize> Encoder<T> for JsonBytes {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for JsonBytes {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}
