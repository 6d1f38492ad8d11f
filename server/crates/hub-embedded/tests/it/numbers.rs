//! Numbers go through as they are written: in twins, jobs and methods, over REST and MQTT.

use crate::support::{TestHub, device::Device, send};
use reqwest::Method;

/// Written forms that a double, or reading and writing again, would change.
const NUMBERS: &[&str] = &[
    "1795941955.8379803",
    "1.0",
    "1.50",
    "-0.0",
    "1e+5",
    "0.1000000000000000055511151231257827",
    "4503599627370495",
];
/// Beyond what a twin takes, and fine in a payload.
const LARGE: &[&str] = &["18446744073709551616", "123456789012345678901234567890", "1e+400"];

async fn write(hub: &TestHub, method: Method, path: &str, body: String) -> String {
    let reply = send(hub.request(method, path).body(body)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.text
}

#[tokio::test]
async fn numbers_in_twins() {
    let hub = TestHub::start().await;
    let mut device = Device::connect(&hub, &hub.create("d").await).await;
    device.subscribe("$iothub/twin/PATCH/properties/desired/#").await;
    for number in NUMBERS {
        let body = format!(
            r#"{{"tags":{{"n":{number},"l":[{number}]}},"properties":{{"desired":{{"n":{number}}}}}}}"#
        );
        let written = write(&hub, Method::PATCH, "/twins/d", body).await;
        let read = hub.get("/twins/d").await.text;
        for text in [&written, &read] {
            assert_eq!(text.matches(&format!("\"n\":{number}")).count(), 2, "{number}: {text}");
            assert!(text.contains(&format!("[{number}]")), "{number}: {text}");
        }
        let push = device.message().await;
        let push = std::str::from_utf8(&push.payload).unwrap();
        assert!(push.contains(&format!("\"n\":{number}")), "{push}");
        let query = r#"{"query":"SELECT tags.n AS n FROM devices"}"#.to_owned();
        let rows = write(&hub, Method::POST, "/devices/query", query).await;
        assert_eq!(rows, format!("[{{\"n\":{number}}}]"));
        let query = r#"{"query":"SELECT * FROM devices"}"#.to_owned();
        let rows = write(&hub, Method::POST, "/devices/query", query).await;
        assert!(rows.contains(&format!("[{number}]")), "{number}: {rows}");
    }
    for number in LARGE {
        let body = format!(r#"{{"tags":{{"n":{number}}}}}"#);
        send(hub.request(Method::PATCH, "/twins/d").body(body)).await.refused(400, "ArgumentInvalid");
    }
    hub.stop().await;
}

#[tokio::test]
async fn numbers_in_methods_and_jobs() {
    let hub = TestHub::start().await;
    let mut device = Device::connect(&hub, &hub.create("d").await).await;
    device.subscribe("$iothub/methods/POST/#").await;
    for (index, number) in NUMBERS.iter().chain(LARGE).enumerate() {
        let call = format!(r#"{{"methodName":"m","payload":{{"n":{number}}}}}"#);
        let (answer, ()) = tokio::join!(
            write(&hub, Method::POST, "/twins/d/methods", call.clone()),
            echo(&mut device, number)
        );
        assert_eq!(answer, format!(r#"{{"status":200,"payload":{{"n":{number}}}}}"#));

        let job =
            format!(r#"{{"type":"scheduleDeviceMethod","queryCondition":"*","cloudToDeviceMethod":{call}}}"#);
        let path = format!("/jobs/v2/j{index}");
        write(&hub, Method::PUT, &path, job).await;
        echo(&mut device, number).await;
        crate::support::until(async || hub.get(&path).await.ok()["status"] == "completed").await;
        assert!(hub.get(&path).await.text.contains(&format!("\"n\":{number}")), "{number}");
        let query =
            format!(r#"{{"query":"SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j{index}'"}}"#);
        let rows = write(&hub, Method::POST, "/devices/query", query).await;
        assert!(rows.contains(&format!("\"n\":{number}")), "{rows}");
    }
    hub.stop().await;
}

/// Answers a call with its own payload, which holds the number as it was sent.
async fn echo(device: &mut Device, number: &str) {
    let call = device.message().await;
    let payload = std::str::from_utf8(&call.payload).unwrap();
    assert_eq!(payload, format!("{{\"n\":{number}}}"));
    let rid = call.topic.rsplit_once("$rid=").unwrap().1.to_owned();
    device.send(&format!("$iothub/methods/res/200/?$rid={rid}"), payload).await;
}
