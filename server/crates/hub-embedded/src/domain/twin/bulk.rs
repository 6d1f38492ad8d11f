//! The change of a twin in a bulk item.

use hub_wire::{
    bulk::BulkItem,
    twin::{Object, PatchProperties, TwinPatch},
};
use serde_json::Value;

use crate::domain::RequestError;

/// The change of an item that updates a twin. A section that is null is removed.
pub fn bulk_change(item: &BulkItem) -> Result<TwinPatch, RequestError> {
    let desired = item.properties.as_ref().and_then(|properties| properties.desired.as_ref());
    Ok(TwinPatch {
        etag: None,
        tags: bulk_section("tags", item.tags.as_ref())?,
        properties: Some(PatchProperties { desired: bulk_section("properties.desired", desired)? }),
        clear_tags: item.tags == Some(Value::Null),
        clear_desired: desired == Some(&Value::Null),
    })
}

/// A section of an item; none when it is absent or null.
pub fn bulk_section(name: &str, value: Option<&Value>) -> Result<Option<Object>, RequestError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members.clone())),
        Some(_) => Err(RequestError::ArgumentInvalid(format!("{name} must be a JSON object"))),
    }
}
