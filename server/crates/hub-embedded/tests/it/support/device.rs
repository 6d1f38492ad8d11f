//! A device as an SDK makes one: MQTT with a token of its own key.

use std::{collections::VecDeque, time::Duration};

use hub_wire::sas::{SasKey, resource_uri};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS};
use serde_json::Value;

use super::{TestHub, token};

/// Nothing here takes longer; a test that waits so long has failed.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A connected device. Its events are read only while a test waits on it.
pub struct Device {
    pub client: AsyncClient,
    events: EventLoop,
    /// Messages that came while the test waited for something else.
    unread: VecDeque<Publish>,
}

impl Device {
    /// Connects the device of an identity that the registry answered.
    pub async fn connect(hub: &TestHub, identity: &Value) -> Self {
        Self::try_connect(hub, identity).await.expect("the device connects")
    }

    /// Likewise, telling when the hub refuses.
    pub async fn try_connect(hub: &TestHub, identity: &Value) -> Result<Self, rumqttc::ConnectionError> {
        Self::connect_as(hub, identity, |_| ()).await
    }

    /// Likewise, with a session that outlives the connection, acknowledging by itself only what the test says.
    pub async fn resume(hub: &TestHub, identity: &Value) -> Self {
        let options = |options: &mut MqttOptions| {
            options.set_clean_session(false).set_manual_acks(true);
        };
        Self::connect_as(hub, identity, options).await.expect("the device connects")
    }

    /// Likewise, with other options.
    pub async fn connect_as(
        hub: &TestHub,
        identity: &Value,
        change: impl FnOnce(&mut MqttOptions),
    ) -> Result<Self, rumqttc::ConnectionError> {
        let device_id = identity["deviceId"].as_str().unwrap();
        let (client_id, segments) = match identity["moduleId"].as_str() {
            None => (device_id.to_owned(), vec!["localhost", "devices", device_id]),
            Some(module_id) => (
                format!("{device_id}/{module_id}"),
                vec!["localhost", "devices", device_id, "modules", module_id],
            ),
        };
        let key = identity["authentication"]["symmetricKey"]["primaryKey"].as_str().unwrap();
        let key = SasKey::from_base64(key).unwrap();
        let address = hub.hub.addresses().mqtt;
        let mut options = MqttOptions::new(&client_id, address.ip().to_string(), address.port());
        options
            .set_credentials(
                format!("localhost/{client_id}/?api-version=2021-04-12"),
                token(&key, &resource_uri(&segments), 3600, None),
            )
            .set_clean_session(true);
        change(&mut options);
        let (client, mut events) = AsyncClient::new(options, 16);
        loop {
            if let Event::Incoming(Packet::ConnAck(_)) = within(events.poll()).await? {
                return Ok(Self { client, events, unread: VecDeque::new() });
            }
        }
    }

    /// Subscribes, and waits until the hub has said so.
    pub async fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        self.wait_for(|event| matches!(event, Event::Incoming(Packet::SubAck(_)))).await;
    }

    /// The next message.
    pub async fn message(&mut self) -> Publish {
        while self.unread.is_empty() {
            self.next().await;
        }
        self.unread.pop_front().unwrap()
    }

    /// Sends a message to the cloud, and waits until the hub has it.
    pub async fn send(&mut self, topic: &str, body: &str) {
        self.client.publish(topic, QoS::AtLeastOnce, false, body).await.unwrap();
        self.wait_for(|event| matches!(event, Event::Incoming(Packet::PubAck(_)))).await;
    }

    /// Acknowledges a message, and waits until that has gone out.
    pub async fn acknowledge(&mut self, message: &Publish) {
        self.client.ack(message).await.unwrap();
        self.wait_for(|event| matches!(event, Event::Outgoing(rumqttc::Outgoing::PubAck(_)))).await;
    }

    /// Sends DISCONNECT, and waits until the hub has closed.
    pub async fn leave(self) {
        self.client.disconnect().await.unwrap();
        self.closed().await;
    }

    /// Answers the next method call; gives its name and payload.
    pub async fn answer(&mut self, status: i32, payload: &str) -> (String, Value) {
        let call = self.message().await;
        let rest = call.topic.strip_prefix("$iothub/methods/POST/").unwrap();
        let (name, request_id) = rest.split_once("/?$rid=").unwrap();
        let topic = format!("$iothub/methods/res/{status}/?$rid={request_id}");
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.unwrap();
        self.wait_for(|event| matches!(event, Event::Incoming(Packet::PubAck(_)))).await;
        (name.to_owned(), serde_json::from_slice(&call.payload).unwrap())
    }

    /// Waits until the hub has closed the connection.
    pub async fn closed(mut self) {
        while within(self.events.poll()).await.is_ok() {}
    }

    async fn wait_for(&mut self, what: impl Fn(&Event) -> bool) {
        while !what(&self.next().await) {}
    }

    async fn next(&mut self) -> Event {
        let event = within(self.events.poll()).await.unwrap();
        if let Event::Incoming(Packet::Publish(publish)) = &event {
            self.unread.push_back(publish.clone());
        }
        event
    }
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, what).await.expect("it happens in time")
}
