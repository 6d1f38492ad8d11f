//! The facade's part about devices, as the hub has them now. What reads many of them takes who asks, and has only those
//! within the person's scope.

use std::sync::Arc;

use console_wire::{
    access::Actor,
    device::{DeviceExport, DeviceFilter, DeviceJob, DeviceSummary, MethodAnswer, Telemetry},
    device_call::{DeviceCall, DeviceCalls},
    device_table::{DeviceTable, Facet},
    page::Page,
};
use futures::Stream;
use hub_wire::{
    DeviceId,
    direct_method::DirectMethodRequest,
    twin::{Twin, TwinPatch},
};

use super::Console;
use crate::{
    ConsoleError,
    device_calls::{self, CallRequester, SentCall},
    device_export::{self, DeviceFormat},
    device_search, device_table, devices, facets, scope, target_query,
};

impl Console {
    /// A page of devices, in the hub's order.
    ///
    /// # Errors
    /// `Invalid` on `q` for a condition that the hub does not take or that cannot be limited to the scope, on `cursor` and
    /// `limit` when they are not valid.
    pub async fn devices(
        &self,
        filter: &DeviceFilter,
        actor: &Actor,
    ) -> Result<Page<DeviceSummary>, ConsoleError> {
        devices::devices(&self.core, actor.scope(), filter).await
    }

    /// A page of devices with these attributes (tags or properties; others are blank), in the hub's order.
    ///
    /// # Errors
    /// As [`devices`](Self::devices).
    pub async fn device_table(
        &self,
        filter: &DeviceFilter,
        columns: &[String],
        actor: &Actor,
    ) -> Result<DeviceTable, ConsoleError> {
        device_table::device_table(&self.core, actor.scope(), filter, columns).await
    }

    /// The condition that a plain text means, such as an id, a tag's value, or `building 41`; `None` for a text that is a
    /// condition already. It has the tags of devices within the scope; whoever reads with it adds the scope.
    ///
    /// # Errors
    /// `Hub` when the hub did not answer: it is asked which tags its devices have.
    pub async fn search_condition(&self, text: &str, actor: &Actor) -> Result<Option<String>, ConsoleError> {
        device_search::condition(&self.core, actor.scope(), text).await
    }

    /// At most `limit` devices that a plain text finds by id, by a tag's value, or by a tag's name and its value; none for
    /// a text that is a condition.
    ///
    /// # Errors
    /// `Hub` when the hub did not answer.
    pub async fn search_devices(
        &self,
        text: &str,
        limit: u32,
        actor: &Actor,
    ) -> Result<Vec<DeviceSummary>, ConsoleError> {
        device_search::search(&self.core, actor.scope(), text, limit).await
    }

    /// All devices that a condition matches as a file in chunks, with these columns.
    ///
    /// # Errors
    /// `Invalid` on `q` for a condition that the hub does not take or that matches more devices than a file holds, on
    /// `columns`; `Hub` when it did not answer.
    pub async fn export_devices(
        &self,
        export: &DeviceExport,
        format: DeviceFormat,
        actor: &Actor,
    ) -> Result<impl Stream<Item = Result<String, ConsoleError>> + Send + 'static + use<>, ConsoleError> {
        let columns = device_export::check(&self.core, actor.scope(), export).await?;
        Ok(device_export::export(Arc::clone(&self.core), actor.scope(), export, columns, format))
    }

    /// How many devices a condition selects, and how many of them are connected.
    ///
    /// # Errors
    /// `Invalid` when the hub does not take the condition; `Hub` when it did not answer.
    pub async fn count_devices(&self, condition: &str, actor: &Actor) -> Result<(u64, u64), ConsoleError> {
        let condition = scope::within(actor.scope(), condition)?;
        target_query::count_devices(&self.core, &condition).await
    }

    /// The values of an attribute among the devices that a condition selects, as of now or a moment ago: 5 s with the
    /// embedded hub, a minute with one that limits its queries.
    ///
    /// # Errors
    /// `Invalid` on `facet` for what is neither a tag, a property, `connectionState` nor `status`, on `q` for a
    /// condition that the hub does not take; `Hub` when it did not answer.
    pub async fn facet(&self, condition: &str, path: &str, actor: &Actor) -> Result<Facet, ConsoleError> {
        facets::facet(&self.core, actor.scope(), condition, path).await
    }

    /// The same for a page that is about to be sent; `None` when the hub takes longer than a second.
    ///
    /// # Errors
    /// As [`facet`](Self::facet).
    pub async fn facet_soon(
        &self,
        condition: &str,
        path: &str,
        actor: &Actor,
    ) -> Result<Option<Facet>, ConsoleError> {
        facets::facet_soon(&self.core, actor.scope(), condition, path).await
    }

    /// Refuses to show a device that is outside a person's scope, as one that the hub does not know. Everything that reads
    /// about one device for a person comes after it; what acts on a device checks the scope by itself.
    ///
    /// # Errors
    /// `NotFound`; `Hub` when the hub did not answer. It is asked only for an operator with a scope.
    pub async fn check_visible(&self, id: &DeviceId, actor: &Actor) -> Result<(), ConsoleError> {
        scope::check_visible(&self.core, id, actor).await
    }

    /// A device's twin.
    ///
    /// # Errors
    /// `NotFound` when the hub does not know the device.
    pub async fn device(&self, id: &DeviceId) -> Result<Twin, ConsoleError> {
        devices::device(&self.core, id).await
    }

    /// The jobs that addressed a device, newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that is not valid.
    pub async fn device_jobs(
        &self,
        id: &DeviceId,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Page<DeviceJob>, ConsoleError> {
        devices::device_jobs(&self.core, id, cursor, limit).await
    }

    /// The last messages of a device, newest first.
    ///
    /// # Errors
    /// `NotFound` for the device; `NotHere` when the hub is not the embedded one, which alone keeps any.
    pub async fn device_telemetry(&self, id: &DeviceId) -> Result<Telemetry, ConsoleError> {
        devices::device_telemetry(&self.core, id).await
    }

    /// Merges a change into a twin: null removes. With an etag in the patch only if the twin still has it. Written down
    /// before it is sent.
    ///
    /// # Errors
    /// `Invalid` with the member at fault, `NotFound` outside the scope, `Store` when it cannot be written down: nothing was
    /// sent then. Inside, `NotFound`; `Conflict` when the twin has changed meanwhile; `OutcomeUnknown`; `Hub`.
    pub async fn patch_twin(
        &self,
        id: &DeviceId,
        patch: &TwinPatch,
        requester: impl Into<CallRequester> + Send,
    ) -> Result<SentCall<Twin>, ConsoleError> {
        device_calls::patch_twin(&self.core, id, patch, &requester.into()).await
    }

    /// Calls a device now and waits for its answer. Never repeated: when the answer got lost, the device may have
    /// acted. Written down before it is sent.
    ///
    /// # Errors
    /// `Invalid` with the member at fault, `NotFound` outside the scope, `Store` when it cannot be written down: nothing was
    /// sent then. Inside, `NotFound`; `OutcomeUnknown`; `Hub` when the device is not online or does not answer.
    pub async fn invoke_method(
        &self,
        id: &DeviceId,
        request: &DirectMethodRequest,
        requester: impl Into<CallRequester> + Send,
    ) -> Result<SentCall<MethodAnswer>, ConsoleError> {
        device_calls::invoke_method(&self.core, id, None, request, &requester.into()).await
    }

    /// The direct method calls of a device and its modules, and the changes of its twin, that this console sent, newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor or limit that is not valid.
    pub async fn device_calls(
        &self,
        id: &DeviceId,
        cursor: Option<&str>,
        limit: Option<u32>,
    ) -> Result<DeviceCalls, ConsoleError> {
        device_calls::device_calls(&self.core, id, cursor, limit).await
    }

    /// One of them; `None` when it is not kept any more, or is another device's.
    pub async fn device_call(&self, id: &DeviceId, call_id: u64) -> Result<Option<DeviceCall>, ConsoleError> {
        device_calls::device_call(&self.core, id, call_id).await
    }
}
