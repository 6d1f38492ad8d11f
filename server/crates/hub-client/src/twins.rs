//! Device twins.

use hub_wire::{
    DeviceId,
    twin::{Twin, TwinPatch},
};
use reqwest::Method;

use crate::{
    HubClient, Result,
    call::{Call, Repeat},
    devices::segment,
};

impl HubClient {
    /// Reads a twin.
    pub async fn twin(&self, id: &DeviceId) -> Result<Twin> {
        let operation = "get twin";
        let path = ["twins", segment(operation, id)?];
        self.answer(Call::new(operation, Method::GET, &path, Repeat::Always)).await
    }

    /// Merges a change into tags and desired properties; null removes. With an etag, only if it matches.
    pub async fn patch_twin(&self, id: &DeviceId, patch: &TwinPatch, etag: Option<&str>) -> Result<Twin> {
        let operation = "patch twin";
        // A forced merge done twice is a merge; one bound to an etag would refuse itself the second time.
        let repeat = if etag.is_none_or(|etag| etag == "*") { Repeat::Always } else { Repeat::WhenRefused };
        let call = Call::new(operation, Method::PATCH, &["twins", segment(operation, id)?], repeat);
        let call = match etag {
            Some(etag) => call.if_match(etag)?,
            None => call,
        };
        self.answer(call.json(patch)?).await
    }

    /// Replaces tags and desired properties; what is not given is wiped. With an etag, only if it matches.
    pub async fn replace_twin(&self, id: &DeviceId, twin: &TwinPatch, etag: Option<&str>) -> Result<Twin> {
        let operation = "replace twin";
        let path = ["twins", segment(operation, id)?];
        let call = Call::new(operation, Method::PUT, &path, Repeat::WhenRefused);
        let call = match etag {
            Some(etag) => call.if_match(etag)?,
            None => call,
        };
        self.answer(call.json(twin)?).await
    }
}
