//! Many devices at once.

use std::sync::atomic::Ordering;

use futures::future::join_all;
use serde_json::json;

use super::{
    gateway::{TestGateway, call, device},
    raw::Raw,
};

const DEVICES: usize = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_devices_connect_answer_and_leave() {
    let gateway = TestGateway::start().await;
    let ids: Vec<String> = (0..DEVICES).map(|number| format!("device-{number:04}")).collect();
    let fleet: Vec<Raw> = join_all(ids.iter().map(|id| gateway.listening(id))).await;
    assert_eq!(gateway.connections.connected(), DEVICES);

    let devices: Vec<_> = fleet
        .into_iter()
        .map(|mut raw| {
            tokio::spawn(async move {
                let call = raw.next_publish().await;
                let body = std::str::from_utf8(&call.payload).unwrap().to_owned();
                raw.answer(&call, 200, &body).await;
                raw
            })
        })
        .collect();
    let calls = ids.iter().enumerate().map(|(number, id)| {
        let (target, call) = (device(id), call("echo", &number.to_string()));
        let connections = gateway.connections.clone();
        async move { connections.call(&target, &call).await }
    });
    for (number, answer) in join_all(calls).await.into_iter().enumerate() {
        assert_eq!(answer.unwrap().payload, json!(number));
    }
    let fleet = join_all(devices).await;

    let (hub, mut reports) = gateway.stop().await;
    drop(fleet);
    let mut last = std::collections::HashMap::new();
    while let Ok(change) = reports.changes.try_recv() {
        last.insert(change.target, change.state);
    }
    assert_eq!(last.len(), DEVICES);
    assert!(last.values().all(|state| *state == hub_wire::device::ConnectionState::Disconnected));
    let batches = hub.batches.load(Ordering::Relaxed);
    assert!(batches < DEVICES, "{batches} batches for {DEVICES} devices that came and went");
}
