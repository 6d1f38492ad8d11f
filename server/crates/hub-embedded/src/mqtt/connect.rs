//! Parses CONNECT: the claimed identity and the session options. Pure; authorisation is done elsewhere.

use std::time::Duration;

use hub_wire::{DeviceId, ModuleId};
use percent_encoding::percent_decode_str;
use rumqttc::mqttbytes::{
    QoS,
    v4::{Connect, LastWill},
};
use secrecy::SecretString;

use super::{
    backend::{ConnectionCause, Property, TelemetryMessage},
    disconnect::{DisconnectReason, Violation},
    limits::MAX_KEEP_ALIVE_TIMEOUT,
    property_bag,
    topic::{self, Incoming},
};
use crate::domain::{Target, quote::quoted};

/// A parsed CONNECT.
pub(super) struct ConnectRequest {
    pub(super) target: Target,
    pub(super) token: SecretString,
    /// Whether the session is deleted, before and after.
    pub(super) is_clean: bool,
    /// The device is disconnected when nothing is received for this long.
    pub(super) keep_alive_timeout: Duration,
    /// The model id that the device announces.
    pub(super) model_id: Option<String>,
    /// Published as telemetry when the connection ends without DISCONNECT.
    pub(super) will: Option<TelemetryMessage>,
}

/// Parses a CONNECT. A refusal holds the claimed target, as far as it is readable.
pub(super) fn read_connect(connect: Connect) -> Result<ConnectRequest, (Option<Target>, DisconnectReason)> {
    let Some(target) = client_target(&connect.client_id) else {
        let client_id = quoted(&connect.client_id);
        let reason = format!("the client id {client_id} is neither 'deviceId' nor 'deviceId/moduleId'");
        return Err((None, DisconnectReason::Refused(ConnectionCause::BadConnect, reason)));
    };
    let refused = |reason: String| {
        Err((Some(target.clone()), DisconnectReason::Refused(ConnectionCause::BadConnect, reason)))
    };
    let Some(login) = connect.login else {
        return refused("CONNECT has no user name".to_owned());
    };
    let Some(parameters) = user_parameters(&login.username, &connect.client_id) else {
        // The user name is not in the text: people put tokens there by mistake.
        return refused(format!(
            "the user name does not agree with the client id; it must be '{{host}}/{target}/?api-version=…'"
        ));
    };
    if login.password.is_empty() {
        return refused("CONNECT has no password, which must be the device's token".to_owned());
    }
    let will = match connect.last_will.map(|will| will_message(&target, will)).transpose() {
        Ok(will) => will,
        Err(violation) => return Err((Some(target), violation.into())),
    };
    Ok(ConnectRequest {
        token: login.password.into(),
        is_clean: connect.clean_session,
        keep_alive_timeout: keep_alive_timeout(connect.keep_alive),
        model_id: model_id(parameters),
        will,
        target,
    })
}

/// `device` or `device/module`.
fn client_target(client_id: &str) -> Option<Target> {
    let (device_id, module_id) = match client_id.split_once('/') {
        None => (client_id, None),
        Some((device_id, module_id)) => (device_id, Some(ModuleId::new(module_id).ok()?)),
    };
    Some(Target { device_id: DeviceId::new(device_id).ok()?, module_id })
}

/// What follows the client id in `{host}/{client id}/?api-version=…`. The host is ignored: it may be a gateway's
/// or have a port. Older clients leave the `?`, or all of the rest, out.
fn user_parameters<'a>(user_name: &'a str, client_id: &str) -> Option<&'a str> {
    let (_host, rest) = user_name.split_once('/')?;
    let rest = rest.strip_prefix(client_id)?;
    if rest.is_empty() || rest.starts_with(['/', '?']) {
        Some(rest.trim_start_matches(['/', '?']))
    } else {
        None
    }
}

/// The Node SDK does not encode the model id, the Python SDK does.
fn model_id(parameters: &str) -> Option<String> {
    let encoded = parameters.split('&').find_map(|pair| pair.strip_prefix("model-id="))?;
    let model_id = percent_decode_str(encoded).decode_utf8().ok()?;
    (!model_id.is_empty()).then(|| model_id.into_owned())
}

/// One and a half times the keep-alive.
fn keep_alive_timeout(keep_alive_seconds: u16) -> Duration {
    match keep_alive_seconds {
        0 => MAX_KEEP_ALIVE_TIMEOUT,
        seconds => (Duration::from_secs(seconds.into()) * 3 / 2).min(MAX_KEEP_ALIVE_TIMEOUT),
    }
}

fn will_message(target: &Target, will: LastWill) -> Result<TelemetryMessage, Violation> {
    if will.qos == QoS::ExactlyOnce {
        return Err(Violation::ExactlyOnce);
    }
    let Some(Incoming::Telemetry { bag }) = topic::incoming(target, &will.topic) else {
        return Err(Violation::Topic(quoted(&will.topic)));
    };
    let mut properties = property_bag::parse(bag)?;
    properties.push(Property { name: "iothub-MessageType".into(), value: "Will".into() });
    if will.retain {
        properties.push(retained());
    }
    Ok(TelemetryMessage { payload: will.message, properties })
}

/// The hub keeps no retained messages; it passes the flag on as a property.
pub(super) fn retained() -> Property {
    Property { name: "mqtt-retain".into(), value: "true".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names() {
        for (user_name, client_id, parameters) in [
            (
                "localhost/dev1/?api-version=2021-04-12&DeviceClientType=x",
                "dev1",
                Some("api-version=2021-04-12&DeviceClientType=x"),
            ),
            ("localhost:9883/dev1/?api-version=1", "dev1", Some("api-version=1")),
            ("h/dev1/mod/?a=b", "dev1/mod", Some("a=b")),
            ("h/dev1/api-version=2016-11-14", "dev1", Some("api-version=2016-11-14")),
            ("h/dev1?a", "dev1", Some("a")),
            ("h/dev1", "dev1", Some("")),
            ("h/de?v/?a=b", "de?v", Some("a=b")),
            ("h/dev12/?a=b", "dev1", None),
            ("h/Dev1/?a=b", "dev1", None),
            ("dev1", "dev1", None),
            ("", "dev1", None),
        ] {
            assert_eq!(user_parameters(user_name, client_id), parameters, "{user_name}");
        }
    }

    #[test]
    fn client_ids() {
        for (client_id, expected) in [
            ("d1", Some("d1")),
            ("d1/m1", Some("d1/m1")),
            ("d#$1", Some("d#$1")),
            ("", None),
            ("d1/", None),
            ("/m", None),
            ("d1/m/x", None),
            ("d 1", None),
        ] {
            let target = client_target(client_id).map(|target| target.to_string());
            assert_eq!(target.as_deref(), expected, "{client_id}");
        }
    }

    #[test]
    fn models_and_keep_alives() {
        let model = Some("dtmi:com:example:Thermo;1".to_owned());
        assert_eq!(model_id("a=b&model-id=dtmi:com:example:Thermo;1&DeviceClientType=x"), model);
        assert_eq!(model_id("a=b&model-id=dtmi%3Acom%3Aexample%3AThermo%3B1"), model);
        assert_eq!(model_id("a=b"), None);
        for (keep_alive, seconds) in
            [(60, 90), (1, 1), (1177, 1765), (1200, 1767), (0, 1767), (u16::MAX, 1767)]
        {
            assert_eq!(keep_alive_timeout(keep_alive).as_secs(), seconds, "{keep_alive}");
        }
    }

    #[test]
    fn wills() {
        let target = client_target("d1").unwrap();
        let will = |topic: &str, qos| LastWill::new(topic, "gone", qos, true);
        let message =
            will_message(&target, will("devices/d1/messages/events/a=b", QoS::AtLeastOnce)).unwrap();
        assert_eq!(message.property("iothub-MessageType"), Some("Will"));
        assert_eq!(message.property("mqtt-retain"), Some("true"));
        assert_eq!(message.property("a"), Some("b"));
        let elsewhere = will_message(&target, will("devices/d2/messages/events/", QoS::AtLeastOnce));
        assert_eq!(elsewhere.unwrap_err(), Violation::Topic("\"devices/d2/messages/events/\"".into()));
        let unescaped = will_message(&target, will("devices/d1/messages/events/at=1:2", QoS::AtLeastOnce));
        assert!(matches!(unescaped.unwrap_err(), Violation::PropertyBag(_)));
        let twice = will_message(&target, will("devices/d1/messages/events/", QoS::ExactlyOnce));
        assert_eq!(twice.unwrap_err(), Violation::ExactlyOnce);
    }

    proptest::proptest! {
        #[test]
        fn any_connect_is_read_or_refused(
            client_id in ".{0,40}",
            user_name in ".{0,80}",
            password in ".{0,40}",
            will_topic in ".{0,80}",
        ) {
            let mut connect = Connect::new(client_id.clone());
            connect.set_login(user_name, password.clone());
            let _ = read_connect(connect);
            let mut connect = Connect::new("d1/m");
            connect.set_login(format!("h/d1/m/?model-id={client_id}"), "x");
            connect.last_will = Some(LastWill::new(will_topic, password, QoS::AtLeastOnce, true));
            let _ = read_connect(connect);
        }
    }
}
