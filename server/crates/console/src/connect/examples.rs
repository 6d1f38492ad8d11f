//! Programs that connect a device and send a message, ready to be copied. Pure.
//!
//! They use plain MQTT libraries, which take any port: the official SDKs know only 8883. Device ids, host names and tokens are
//! printable ASCII without `"` and `\`, so a text in double quotes needs no escapes in any of the languages.

use console_wire::connect::{ConnectExample, ConnectGuide};

/// The file that the certificate authority is saved to.
const AUTHORITY_FILE: &str = "hub-ca.pem";
/// What is sent.
const BODY: &str = r#"{"temperature": 21}"#;

/// One for each tool.
pub(super) fn of(guide: &ConnectGuide) -> Vec<ConnectExample> {
    let has_authority = guide.certificate_authority.is_some();
    let beside = |needs: &str| {
        if has_authority {
            format!("{needs} Save the hub's certificate authority beside it as {AUTHORITY_FILE}.")
        } else {
            needs.to_owned()
        }
    };
    let example = |name: &str, needs: String, text: String| ConnectExample {
        name: name.to_owned(),
        needs,
        text: text.into(),
    };
    vec![
        example("mosquitto_pub", beside("Debian's package mosquitto-clients."), mosquitto(guide)),
        example("Node.js", beside("npm install mqtt; save it as device.mjs; node device.mjs."), node(guide)),
        example(
            "Python",
            beside("pip install paho-mqtt (version 2); save it as device.py; python device.py."),
            python(guide),
        ),
        example("C#", beside("dotnet add package MQTTnet (version 5); this is Program.cs."), csharp(guide)),
        example(
            "C for ESP-IDF",
            if has_authority {
                format!(
                    "Version 5 of ESP-IDF. Embed the hub's certificate authority: EMBED_TXTFILES {AUTHORITY_FILE}."
                )
            } else {
                "Version 5 of ESP-IDF.".to_owned()
            },
            esp_idf(guide),
        ),
    ]
}

/// A text for a POSIX shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn mosquitto(guide: &ConnectGuide) -> String {
    let trust = match (guide.is_encrypted, &guide.certificate_authority) {
        (false, _) => String::new(),
        (true, Some(_)) => format!(" --cafile {AUTHORITY_FILE}"),
        (true, None) => " --capath /etc/ssl/certs".to_owned(),
    };
    format!(
        "mosquitto_pub -V mqttv311 -q 1 -h {host} -p {port}{trust} \\\n  -i {client} \\\n  -u {user} \\\n  -P {token} \\\n  -t {topic} \\\n  -m {body}",
        host = shell(&guide.host_name),
        port = guide.port,
        client = shell(guide.device_id.as_str()),
        user = shell(&guide.user_name),
        token = shell(guide.token.expose()),
        topic = shell(&guide.topic),
        body = shell(BODY),
    )
}

fn node(guide: &ConnectGuide) -> String {
    let (read, trust) = if guide.certificate_authority.is_some() {
        ("import { readFileSync } from 'node:fs';\n", format!("  ca: readFileSync(\"{AUTHORITY_FILE}\"),\n"))
    } else {
        ("", String::new())
    };
    format!(
        r#"{read}import mqtt from 'mqtt';

const client = await mqtt.connectAsync({{
  protocol: "{protocol}",
  host: "{host}",
  port: {port},
{trust}  protocolVersion: 4,
  clientId: "{client}",
  username: "{user}",
  password: "{token}",
  reconnectPeriod: 0,
}}, undefined, false);
await client.publishAsync("{topic}", '{BODY}', {{ qos: 1 }});
console.log("sent");
await client.endAsync();
"#,
        protocol = if guide.is_encrypted { "mqtts" } else { "mqtt" },
        host = guide.host_name,
        port = guide.port,
        client = guide.device_id,
        user = guide.user_name,
        token = guide.token.expose(),
        topic = guide.topic,
    )
}

fn python(guide: &ConnectGuide) -> String {
    let trust = match (guide.is_encrypted, &guide.certificate_authority) {
        (false, _) => String::new(),
        (true, Some(_)) => format!("client.tls_set(\"{AUTHORITY_FILE}\")\n"),
        (true, None) => "client.tls_set()\n".to_owned(),
    };
    format!(
        r#"import paho.mqtt.client as mqtt

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="{client}", protocol=mqtt.MQTTv311)
client.username_pw_set("{user}", "{token}")
{trust}client.on_connect = lambda client, data, flags, reason, properties: print("connected:", reason)
client.connect("{host}", {port})
client.loop_start()
sent = client.publish("{topic}", '{BODY}', qos=1)
sent.wait_for_publish(10)
print("sent" if sent.is_published() else "not sent")
client.disconnect()
"#,
        host = guide.host_name,
        port = guide.port,
        client = guide.device_id,
        user = guide.user_name,
        token = guide.token.expose(),
        topic = guide.topic,
    )
}

fn csharp(guide: &ConnectGuide) -> String {
    let (using, trust) = match (guide.is_encrypted, &guide.certificate_authority) {
        (false, _) => ("", String::new()),
        (true, Some(_)) => (
            "using System.Security.Cryptography.X509Certificates;\n",
            format!(
                "    .WithTlsOptions(tls => tls.UseTls().WithTrustChain(new X509Certificate2Collection(\n        \
                 X509Certificate2.CreateFromPem(File.ReadAllText(\"{AUTHORITY_FILE}\")))))\n"
            ),
        ),
        (true, None) => ("", "    .WithTlsOptions(tls => tls.UseTls())\n".to_owned()),
    };
    format!(
        r#"{using}using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

var options = new MqttClientOptionsBuilder()
    .WithTcpServer("{host}", {port})
    .WithProtocolVersion(MqttProtocolVersion.V311)
    .WithClientId("{client}")
    .WithCredentials("{user}", "{token}")
{trust}    .Build();
using var client = new MqttClientFactory().CreateMqttClient();
await client.ConnectAsync(options);
await client.PublishStringAsync("{topic}", "{body}", MqttQualityOfServiceLevel.AtLeastOnce);
Console.WriteLine("sent");
await client.DisconnectAsync();
"#,
        host = guide.host_name,
        port = guide.port,
        client = guide.device_id,
        user = guide.user_name,
        token = guide.token.expose(),
        topic = guide.topic,
        body = BODY.replace('"', "\\\""),
    )
}

fn esp_idf(guide: &ConnectGuide) -> String {
    let (include, authority, trust) = match (guide.is_encrypted, &guide.certificate_authority) {
        (false, _) => ("", "", ""),
        (true, Some(_)) => (
            "",
            "extern const char hub_ca[] asm(\"_binary_hub_ca_pem_start\");\n\n",
            "        .broker.verification.certificate = hub_ca,\n",
        ),
        (true, None) => (
            "#include \"esp_crt_bundle.h\"\n",
            "",
            "        .broker.verification.crt_bundle_attach = esp_crt_bundle_attach,\n",
        ),
    };
    format!(
        r#"{include}#include "mqtt_client.h"

{authority}static void on_connected(void *unused, esp_event_base_t base, int32_t id, void *data)
{{
    esp_mqtt_event_handle_t event = data;
    esp_mqtt_client_publish(event->client, "{topic}", "{body}", 0, 1, 0);
}}

/* Call it when the network is up. */
void connect_to_hub(void)
{{
    const esp_mqtt_client_config_t config = {{
        .broker.address.hostname = "{host}",
        .broker.address.port = {port},
        .broker.address.transport = {transport},
{trust}        .credentials.client_id = "{client}",
        .credentials.username = "{user}",
        .credentials.authentication.password = "{token}",
        .session.protocol_ver = MQTT_PROTOCOL_V_3_1_1,
    }};
    esp_mqtt_client_handle_t client = esp_mqtt_client_init(&config);
    esp_mqtt_client_register_event(client, MQTT_EVENT_CONNECTED, on_connected, NULL);
    esp_mqtt_client_start(client);
}}
"#,
        transport = if guide.is_encrypted { "MQTT_TRANSPORT_OVER_SSL" } else { "MQTT_TRANSPORT_OVER_TCP" },
        host = guide.host_name,
        port = guide.port,
        client = guide.device_id,
        user = guide.user_name,
        token = guide.token.expose(),
        topic = guide.topic,
        body = BODY.replace('"', "\\\""),
    )
}

#[cfg(test)]
mod tests {
    use hub_wire::{DeviceId, Timestamp};

    use super::*;

    fn guide(id: &str, is_encrypted: bool, authority: Option<&str>) -> ConnectGuide {
        ConnectGuide {
            device_id: DeviceId::new(id).unwrap(),
            host_name: "hub.example".into(),
            port: 8884,
            is_encrypted,
            user_name: format!("hub.example/{id}/?api-version=2021-04-12"),
            token: "SharedAccessSignature sr=x&sig=y&se=1".to_owned().into(),
            expires: Timestamp::from_unix_millis(0),
            topic: format!("devices/{id}/messages/events/"),
            certificate_authority: authority.map(str::to_owned),
            notes: Vec::new(),
            examples: Vec::new(),
        }
    }

    #[test]
    fn each_program_has_all_that_it_needs() {
        for (is_encrypted, authority, trusts) in [
            (false, None, ["", "", "", "", ""]),
            (true, Some("PEM"), [AUTHORITY_FILE, AUTHORITY_FILE, AUTHORITY_FILE, AUTHORITY_FILE, "hub_ca"]),
            (true, None, ["--capath", "mqtts", "tls_set()", "UseTls()", "crt_bundle"]),
        ] {
            let guide = guide("d1", is_encrypted, authority);
            let examples = of(&guide);
            for (example, trust) in examples.iter().zip(trusts) {
                let text = example.text.expose();
                let has_all =
                    ["hub.example", "8884", guide.token.expose(), &guide.user_name, &guide.topic, trust]
                        .into_iter()
                        .all(|part| text.contains(part));
                assert!(has_all, "{}: {text}", example.name);
                assert_eq!(
                    text.contains(AUTHORITY_FILE) || text.contains("hub_ca"),
                    authority.is_some(),
                    "{text}"
                );
            }
            assert_eq!(examples.len(), 5);
        }
    }

    #[test]
    fn an_id_with_an_apostrophe_ends_no_text() {
        let guide = guide("d'1", true, None);
        let command = mosquitto(&guide);
        assert!(command.contains(r"-i 'd'\''1'"), "{command}");
        assert!(node(&guide).contains("clientId: \"d'1\""));
    }
}
