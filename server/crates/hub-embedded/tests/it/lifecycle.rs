//! Start and stop, clean and not; listeners and their limits.

use std::{net::SocketAddr, time::Duration};

use crate::support::{TestHub, device::Device, send, token, until};
use reqwest::{Certificate, Method};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ANY_PORT: fn() -> SocketAddr = || SocketAddr::from(([127, 0, 0, 1], 0));

#[tokio::test]
async fn rest_over_tls_with_the_development_ca() {
    let hub = TestHub::start_with(|config| config.tls_listen = Some(ANY_PORT())).await;
    let ca = std::fs::read(hub.hub.ca_path()).unwrap();
    let trusting = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([Certificate::from_pem(&ca).unwrap()])
        .build()
        .unwrap();
    let port = hub.hub.addresses().rest_tls.unwrap().port();
    for host in ["localhost", "127.0.0.1"] {
        let request =
            trusting.get(format!("https://{host}:{port}/devices")).header("authorization", hub.token());
        assert_eq!(send(request).await.ok(), json!([]), "{host}");
    }
    let stranger = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    stranger.get(format!("https://localhost:{port}/devices")).send().await.unwrap_err();
    drop(trusting);
    hub.stop().await;
}

#[tokio::test]
async fn another_host_name_is_part_of_every_signature() {
    let hub = TestHub::start_with(|config| config.host_name = "Doors.example".into()).await;
    assert_eq!(hub.hub.connection_string().host_name, "Doors.example");
    hub.get("/devices").await.ok();
    let key = &hub.hub.connection_string().key;
    let url = format!("{}/devices", hub.hub.rest_url());
    for (resource, status) in [("doors.EXAMPLE", 200), ("doors.example%3A443", 200), ("localhost", 401)] {
        let token = token(key, resource, 60, Some("iothubowner"));
        let reply = send(hub.http.get(&url).header("authorization", token)).await;
        assert_eq!(reply.status, status, "{resource}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_killed_hub_leaves_no_device_connected() {
    let hub = TestHub::start().await;
    let device = Device::connect(&hub, &hub.create("d1").await).await;
    until(async || hub.get("/devices/d1").await.ok()["connectionState"] == "Connected").await;
    // What a killed process leaves: its files as they are now.
    let left = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(hub.data_dir.path()).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
        }
    }
    // Printing the connection string beside a running hub is not a start.
    hub_embedded::connection_string(hub.data_dir.path(), "localhost").await.unwrap();
    assert_eq!(hub.get("/devices/d1").await.ok()["connectionState"], "Connected");
    drop(device);
    hub.stop().await;

    let heir = TestHub::start_in(left, |_| ()).await;
    assert_eq!(heir.get("/devices/d1").await.ok()["connectionState"], "Disconnected");
    assert_eq!(heir.get("/twins/d1").await.ok()["connectionState"], "Disconnected");
    heir.stop().await;
}

#[tokio::test]
async fn a_stop_disconnects_devices_and_idle_callers() {
    let hub = TestHub::start().await;
    let device = Device::connect(&hub, &hub.create("d1").await).await;
    let mut idle = TcpStream::connect(hub.hub.addresses().rest).await.unwrap();
    let mut half = TcpStream::connect(hub.hub.addresses().rest).await.unwrap();
    half.write_all(b"GET /devices HTTP/1.1\r\nHost: ").await.unwrap();
    let folder = hub.stop().await;
    device.closed().await;
    assert_eq!(idle.read(&mut [0; 16]).await.unwrap_or(0), 0);
    assert_eq!(half.read(&mut [0; 16]).await.unwrap_or(0), 0);

    let again = TestHub::start_in(folder, |_| ()).await;
    assert_eq!(again.get("/devices/d1").await.ok()["connectionState"], "Disconnected");
    again.stop().await;
}

#[tokio::test]
async fn a_call_under_way_is_answered_before_the_stop() {
    let hub = TestHub::start().await;
    let mut device = Device::connect(&hub, &hub.create("d1").await).await;
    device.subscribe("$iothub/methods/POST/#").await;
    let call = hub.request(Method::POST, "/twins/d1/methods").json(&json!({"methodName": "m"}));
    let call = tokio::spawn(send(call));
    let asked = device.message().await;
    let stopping = tokio::spawn(hub.stop());
    let request_id = asked.topic.rsplit_once('=').unwrap().1;
    let topic = format!("$iothub/methods/res/200/?$rid={request_id}");
    device.client.publish(topic, rumqttc::QoS::AtMostOnce, false, "1").await.unwrap();
    device.closed().await;
    assert_eq!(call.await.unwrap().ok(), json!({"status": 200, "payload": 1}));
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_hub_that_is_dropped_stops_listening() {
    let TestHub { hub, data_dir, .. } = TestHub::start().await;
    let address = hub.addresses().rest;
    drop(hub);
    until(async || TcpStream::connect(address).await.is_err()).await;
    drop(data_dir);
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let hub = TestHub::start().await;
    // The hub answers and closes; a caller that is still sending may see the one or the other.
    let request = hub.request(Method::GET, "/devices").header("x-filler", "x".repeat(1024 * 1024));
    assert!(request.send().await.map_or(true, |response| response.status() == 431));
    let mut crowded = hub.request(Method::GET, "/devices");
    for n in 0..100 {
        crowded = crowded.header(format!("x-filler-{n}"), "x");
    }
    assert_eq!(crowded.send().await.unwrap().status(), 431);
    hub.get("/devices").await.ok();
    hub.stop().await;
}

#[tokio::test]
async fn a_hundred_callers_at_once() {
    let hub = TestHub::start().await;
    let calls = (0..100).map(|n| {
        let id = format!("d{n}");
        let request = hub.request(Method::PUT, &format!("/devices/{id}")).json(&json!({"deviceId": id}));
        tokio::spawn(send(request))
    });
    for call in calls.collect::<Vec<_>>() {
        tokio::time::timeout(Duration::from_secs(30), call).await.unwrap().unwrap().ok();
    }
    assert_eq!(hub.get("/statistics/devices").await.ok()["totalDeviceCount"], 100);
    hub.stop().await;
}
