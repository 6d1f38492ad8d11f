//! Direct methods.

use std::time::Duration;

use hub_embedded::{
    domain::MethodError,
    mqtt::{CloseReason, Limits, MethodCall},
};
use hub_wire::direct_method::{DirectMethodRequest, DirectMethodResponse, MAX_PAYLOAD};
use rumqttc::{
    AsyncClient, Event, MqttOptions,
    mqttbytes::{
        QoS,
        v4::{Packet, PubAck},
    },
};
use serde_json::{Value, json};

use super::{
    gateway::{TestGateway, call, device},
    memory::TOKEN,
    raw::{Raw, publish, rid},
};

fn soon(mut call: MethodCall) -> MethodCall {
    call.response_timeout = Duration::from_millis(50);
    call
}

#[tokio::test]
async fn an_ordinary_client_is_called_and_answers() {
    let gateway = TestGateway::start().await;
    let mut options = MqttOptions::new("d1", gateway.address.ip().to_string(), gateway.address.port());
    options.set_credentials("localhost/d1/?api-version=2021-04-12", TOKEN);
    options.set_clean_session(false);
    let (client, mut events) = AsyncClient::new(options, 10);
    client.subscribe("$iothub/methods/POST/#", QoS::AtLeastOnce).await.unwrap();
    let device_side = tokio::spawn(async move {
        loop {
            let Event::Incoming(Packet::Publish(call)) = events.poll().await.unwrap() else { continue };
            let echo = format!("{{\"echo\":{}}}", std::str::from_utf8(&call.payload).unwrap());
            let topic = format!("$iothub/methods/res/201/?$rid={}", rid(&call));
            client.publish(topic, QoS::AtLeastOnce, false, echo).await.unwrap();
        }
    });
    for payload in [json!({"level": 3}), Value::Null, json!("text")] {
        let request = DirectMethodRequest {
            method_name: "lockDoor".into(),
            payload: payload.clone(),
            response_timeout_in_seconds: Some(20),
            connect_timeout_in_seconds: Some(20),
        };
        let answer = gateway.connections.invoke(&device("d1"), &request).await.unwrap();
        assert_eq!(answer, DirectMethodResponse { status: 201, payload: json!({"echo": payload}) });
    }
    device_side.abort();
}

#[tokio::test]
async fn topics_and_bodies_are_the_hubs() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    let request = DirectMethodRequest {
        method_name: "reboot".into(),
        payload: Value::Null,
        response_timeout_in_seconds: None,
        connect_timeout_in_seconds: None,
    };
    let (answer, ()) =
        tokio::join!(async { gateway.connections.invoke(&device("d1"), &request).await }, async {
            let call = raw.next_publish().await;
            assert_eq!(&call.payload[..], b"null", "never empty: Node parses it");
            assert_eq!((call.qos, call.retain), (QoS::AtMostOnce, false));
            let id = call.topic.strip_prefix("$iothub/methods/POST/reboot/?$rid=").unwrap();
            assert!(u32::from_str_radix(id, 16).is_ok(), "{id}");
            // Node answers without a body, Python at QoS 1.
            let topic = format!("$iothub/methods/res/500/?$rid={id}");
            raw.send(&publish(&topic, QoS::AtLeastOnce, "")).await;
            assert_eq!(raw.next().await, Packet::PubAck(PubAck::new(7)));
        });
    assert_eq!(answer.unwrap(), DirectMethodResponse { status: 500, payload: Value::Null });
}

#[tokio::test]
async fn offline_and_unsubscribed_devices_are_not_online() {
    let gateway = TestGateway::start().await;
    let reboot = call("reboot", "null");
    assert_eq!(gateway.connections.call(&device("d1"), &reboot).await, Err(MethodError::NotOnline));
    let mut raw = gateway.device("d1").await;
    assert_eq!(gateway.connections.call(&device("d1"), &reboot).await, Err(MethodError::NotOnline));
    raw.is_alive().await;
    let brief = MethodCall { connect_timeout: Duration::from_millis(50), ..reboot };
    assert_eq!(gateway.connections.call(&device("d1"), &brief).await, Err(MethodError::NotOnline));
}

#[tokio::test]
async fn a_call_waits_for_its_device_to_connect_and_subscribe() {
    let gateway = TestGateway::start().await;
    let patient = MethodCall { connect_timeout: Duration::from_secs(20), ..call("reboot", "null") };
    let (connections, waiting) = (gateway.connections.clone(), patient.clone());
    let first = tokio::spawn(async move { connections.call(&device("d1"), &waiting).await });
    let (connections, waiting) = (gateway.connections.clone(), patient);
    let second = tokio::spawn(async move { connections.call(&device("d1"), &waiting).await });
    // A wait that is given up leaves the others in place.
    let brief = MethodCall { connect_timeout: Duration::from_millis(20), ..call("reboot", "null") };
    assert_eq!(gateway.connections.call(&device("d1"), &brief).await, Err(MethodError::NotOnline));

    let mut raw = gateway.device("d1").await;
    raw.is_alive().await;
    assert!(!first.is_finished());
    raw.subscribe(&["$iothub/methods/POST/#"]).await;
    for _ in 0..2 {
        let call = raw.next_publish().await;
        raw.answer(&call, 200, "true").await;
    }
    assert_eq!(first.await.unwrap().unwrap().payload, json!(true));
    assert_eq!(second.await.unwrap().unwrap().payload, json!(true));
}

#[tokio::test]
async fn unanswered_and_late_calls() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    let answer = gateway.connections.call(&device("d1"), &soon(call("reboot", "null"))).await;
    assert_eq!(answer, Err(MethodError::NoAnswer));
    let late = raw.next_publish().await;
    raw.answer(&late, 200, "1").await;
    raw.answer(&late, 200, "1").await;
    raw.send(&publish("$iothub/methods/res/200/?$rid=nobodys", QoS::AtMostOnce, "1")).await;
    raw.is_alive().await;

    let (next, reboot) = (device("d1"), call("reboot", "2"));
    let (answer, ()) = tokio::join!(gateway.connections.call(&next, &reboot), async {
        let call = raw.next_publish().await;
        assert_ne!(rid(&call), rid(&late));
        raw.answer(&late, 200, "\"late\"").await;
        raw.answer(&call, 200, "\"right\"").await;
    });
    assert_eq!(answer.unwrap().payload, json!("right"));
}

#[tokio::test]
async fn answers_may_arrive_in_any_order() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    let (target, one, two) = (device("d1"), call("one", "1"), call("two", "2"));
    let (first, second, ()) = tokio::join!(
        gateway.connections.call(&target, &one),
        gateway.connections.call(&target, &two),
        async {
            let (a, b) = (raw.next_publish().await, raw.next_publish().await);
            for call in [b, a] {
                let body = std::str::from_utf8(&call.payload).unwrap().to_owned();
                raw.answer(&call, 200, &body).await;
            }
        }
    );
    assert_eq!((first.unwrap().payload, second.unwrap().payload), (json!(1), json!(2)));
}

#[tokio::test]
async fn a_disconnect_fails_its_calls() {
    let gateway = TestGateway::start().await;
    for how in 0..3 {
        let mut raw = gateway.listening("d1").await;
        let mut newer = None;
        let (target, reboot) = (device("d1"), call("reboot", "null"));
        let (answer, ()) = tokio::join!(gateway.connections.call(&target, &reboot), async {
            raw.next_publish().await;
            match how {
                0 => drop(raw),
                1 => gateway.connections.disconnect(&device("d1"), CloseReason::Revoked),
                _ => newer = Some(gateway.device("d1").await),
            }
        });
        assert_eq!(answer, Err(MethodError::ConnectionClosed), "way {how}");
    }
}

#[tokio::test]
async fn unanswered_calls_of_a_device_are_bounded() {
    let gateway = TestGateway::with(Limits { calls_in_flight: 2, ..Limits::default() }).await;
    let mut raw = gateway.listening("d1").await;
    let reboot = call("reboot", "null");
    let mut under_way = Vec::new();
    for _ in 0..2 {
        let (connections, reboot) = (gateway.connections.clone(), reboot.clone());
        under_way.push(tokio::spawn(async move { connections.call(&device("d1"), &reboot).await }));
    }
    let calls = [raw.next_publish().await, raw.next_publish().await];
    let third = gateway.connections.call(&device("d1"), &reboot).await;
    assert_eq!(third, Err(MethodError::TooManyInFlight));
    for call in &calls {
        raw.answer(call, 200, "null").await;
    }
    for task in under_way {
        assert!(task.await.unwrap().is_ok());
    }
    let target = device("d1");
    let (answer, ()) = tokio::join!(gateway.connections.call(&target, &reboot), async {
        let call = raw.next_publish().await;
        raw.answer(&call, 200, "null").await;
    });
    assert!(answer.is_ok(), "there is room again");
}

#[tokio::test]
async fn unreadable_answers_end_the_call_and_not_the_connection() {
    let gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    let too_long = format!("\"{}\"", "x".repeat(MAX_PAYLOAD));
    let (target, reboot) = (device("d1"), call("reboot", "null"));
    for (body, text) in [
        ("{", "It begins with \"{\"."),
        ("nonsense\n", "It begins with \"nonsense\\n\"."),
        (&too_long, "has 131074 bytes"),
    ] {
        let (answer, ()) = tokio::join!(gateway.connections.call(&target, &reboot), async {
            let call = raw.next_publish().await;
            raw.answer(&call, 200, body).await;
        });
        let error = answer.unwrap_err();
        assert!(matches!(error, MethodError::UnreadableAnswer(_)), "{error:?}");
        assert!(error.to_string().contains(text), "{error}");
    }
    raw.is_alive().await;
}

#[tokio::test]
async fn an_answer_whose_status_is_no_number_ends_the_call_and_the_connection() {
    let mut gateway = TestGateway::start().await;
    let mut raw = gateway.listening("d1").await;
    let (target, reboot) = (device("d1"), call("reboot", "null"));
    let (answer, ()) = tokio::join!(gateway.connections.call(&target, &reboot), async {
        let call = raw.next_publish().await;
        let topic = format!("$iothub/methods/res/OK/?$rid={}", rid(&call));
        raw.send(&publish(&topic, QoS::AtMostOnce, "1")).await;
    });
    let text = "The device's answer has the status \"OK\", which is not a whole number.";
    assert_eq!(answer.unwrap_err().to_string(), text);
    raw.is_closed().await;
    assert_eq!(
        gateway.next_disconnect().await.reason,
        "the method answer's status \"OK\" is not a whole number"
    );
}

#[tokio::test]
async fn a_device_is_called_through_the_filters_that_it_has() {
    let gateway = TestGateway::start().await;
    let (target, reboot, lock) = (device("d1"), call("reboot", "null"), call("lock", "null"));
    for filter in ["$iothub/methods/#", "$iothub/methods/POST/reboot/#", "$iothub/#"] {
        let mut raw = gateway.device("d1").await;
        raw.subscribe(&[filter]).await;
        let (answer, ()) = tokio::join!(gateway.connections.call(&target, &reboot), async {
            let call = raw.next_publish().await;
            raw.answer(&call, 200, "1").await;
        });
        assert_eq!(answer.unwrap().payload, json!(1), "{filter}");
        raw.is_alive().await;
    }
    let mut narrow = gateway.device("d1").await;
    narrow.subscribe(&["$iothub/methods/POST/reboot/#"]).await;
    assert_eq!(gateway.connections.call(&target, &lock).await, Err(MethodError::NotOnline));
}

#[tokio::test]
async fn modules_are_called_too() {
    let gateway = TestGateway::start().await;
    let mut raw = Raw::open(gateway.address).await;
    raw.enter("d1/m1", true).await;
    raw.subscribe(&["$iothub/methods/POST/#"]).await;
    let (target, reboot) = (super::gateway::module("d1", "m1"), call("reboot", "null"));
    let (answer, ()) = tokio::join!(gateway.connections.call(&target, &reboot), async {
        let call = raw.next_publish().await;
        raw.answer(&call, 200, "[]").await;
    });
    assert_eq!(answer.unwrap().payload, json!([]));
    assert_eq!(gateway.connections.call(&device("d1"), &reboot).await, Err(MethodError::NotOnline));
}
