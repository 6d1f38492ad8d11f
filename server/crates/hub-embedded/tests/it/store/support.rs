//! A store in a temporary folder, and devices to put in it.

use std::{sync::Arc, time::Duration};

use hub_embedded::{
    clock::ManualClock,
    domain::Target,
    store::{Page, PageRequest, Store},
};
use hub_query::parse_query;
use hub_wire::{
    DeviceId, ModuleId, Timestamp,
    device::{Device, Module},
    twin::{Object, TwinPatch},
};
use serde_json::{Value, json};

pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    pub(crate) folder: tempfile::TempDir,
}

impl TestStore {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(Timestamp::parse("2026-01-01T00:00:00Z").unwrap());
        let store = Store::open(folder.path(), Arc::new(clock.clone())).await.unwrap();
        Self { store, clock, folder }
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Store::open(self.folder.path(), Arc::new(self.clock.clone())).await.unwrap();
    }

    pub(crate) fn tick(&self) {
        self.clock.advance(Duration::from_secs(1));
    }

    pub(crate) async fn query(&self, text: &str) -> Vec<Value> {
        items(&self.page(text, 1000, None).await)
    }

    pub(crate) async fn page(&self, text: &str, size: u32, continuation: Option<String>) -> Page {
        self.store.query(&parse_query(text).unwrap(), &PageRequest { size, continuation }).await.unwrap()
    }
}

pub(crate) fn items(page: &Page) -> Vec<Value> {
    serde_json::from_str(&page.items.clone().into_text()).unwrap()
}

pub(crate) fn id(text: &str) -> DeviceId {
    DeviceId::new(text).unwrap()
}

pub(crate) fn target(text: &str) -> Target {
    Target::device(id(text))
}

pub(crate) fn device(text: &str) -> Device {
    serde_json::from_value(json!({ "deviceId": text })).unwrap()
}

pub(crate) fn module(device: &str, module: &str) -> Module {
    serde_json::from_value(json!({ "deviceId": device, "moduleId": module })).unwrap()
}

pub(crate) fn module_id(text: &str) -> ModuleId {
    ModuleId::new(text).unwrap()
}

pub(crate) fn patch(value: Value) -> TwinPatch {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}
