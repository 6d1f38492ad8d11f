//! `fleetcast device`.

use serde_json::json;

use super::{run, run_with};
use crate::support::Server;

#[tokio::test]
async fn devices_are_listed_called_and_changed() {
    let server = Server::start_connected(3).await;
    let devices = run(&server, &["device", "query", "--json"]).await.json();
    assert_eq!(devices.as_array().unwrap().len(), 3);
    let door = devices[0]["deviceId"].as_str().unwrap();
    assert_eq!(
        run(&server, &["device", "query", "--limit", "2", "--json"]).await.json().as_array().unwrap().len(),
        2
    );
    let table = run(&server, &["device", "query", &format!("deviceId = '{door}'")]).await.out;
    assert!(
        table.starts_with("DEVICE") && table.lines().count() == 2 && table.contains("Connected"),
        "{table}"
    );

    let changed =
        run(&server, &["device", "patch", door, "--tags", "{\"wing\": \"n\"}", "--desired", "{\"b\": 2}"])
            .await
            .json();
    assert_eq!((&changed["tags"]["wing"], &changed["properties"]["desired"]["b"]), (&json!("n"), &json!(2)));
    assert_eq!(run(&server, &["device", "show", door]).await.json()["tags"]["wing"], "n");

    let answer =
        run(&server, &["device", "invoke", door, "lockDoor", "--payload", "{\"mode\": 1}", "--json"])
            .await
            .json();
    assert_eq!(answer["status"], 200);
    server.patch("/api/v1/simulator", &json!({"errorShare": 1})).await;
    assert_eq!(run(&server, &["device", "invoke", door, "lockDoor"]).await.code, 2);
    server.patch("/api/v1/simulator", &json!({"count": 0})).await;
    server.until_connected(0).await;
    let offline = run(&server, &["device", "invoke", door, "lockDoor"]).await;
    assert!(offline.code == 2 && !offline.out.is_empty(), "{} {}", offline.code, offline.errors);
    server.stop().await;
}

#[tokio::test]
async fn a_device_says_why_it_is_silent_and_how_to_connect_it() {
    let server = Server::start_connected(1).await;
    let connections = run(&server, &["device", "connections", "door-0001"]).await;
    assert_eq!(connections.code, 0, "{}", connections.errors);
    assert!(connections.out.starts_with("Connected.\nConnected since "), "{}", connections.out);
    assert!(
        connections.out.contains("TIME") && connections.out.contains("127.0.0.1:"),
        "{}",
        connections.out
    );
    let json = run(&server, &["device", "connections", "door-0001", "--json"]).await.json();
    assert_eq!(json["explanation"], "Connected.");
    assert_eq!(run(&server, &["device", "refused", "--json"]).await.json(), json!([]));
    assert_eq!(run(&server, &["device", "module", "list", "door-0001", "--json"]).await.json(), json!([]));
    let missing = run(&server, &["device", "module", "show", "door-0001", "lock"]).await;
    assert!(missing.code == 1 && missing.errors.contains("door-0001/lock"), "{}", missing.errors);

    let python =
        run(&server, &["device", "connect", "door-0001", "--tool", "python", "--lifetime", "60"]).await;
    assert!(python.out.starts_with("import paho.mqtt.client"), "{}", python.out);
    assert!(python.errors.contains("pip install paho-mqtt"), "{}", python.errors);
    let command = run(&server, &["device", "connect", "door-0001"]).await;
    assert!(command.out.starts_with("mosquitto_pub "), "{}", command.out);
    let guide = run(&server, &["device", "connect", "door-0001", "--json"]).await.json();
    assert!(guide["token"].as_str().unwrap().starts_with("SharedAccessSignature "), "{guide}");
    let unknown = run(&server, &["device", "connect", "door-0001", "--tool", "fortran"]).await;
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""), "{}", unknown.errors);
    let short = run(&server, &["device", "connect", "door-0001", "--lifetime", "5"]).await;
    assert!(short.code == 1 && short.errors.contains("lifetimeSeconds"), "{}", short.errors);
    server.stop().await;
}

#[tokio::test]
async fn messages_are_sent_followed_and_twins_compared() {
    let server = Server::start_connected(2).await;
    let send =
        ["device", "send", "door-0001", "-", "--property", "site=43", "--wait", "--timeout", "60", "--json"];
    let sent = run_with(&server, &send, r#"{"show": 1}"#).await.json();
    assert_eq!((&sent["state"], &sent["properties"]), (&json!("accepted"), &json!({"site": "43"})));
    let listed = run(&server, &["device", "messages", "door-0001"]).await;
    assert!(listed.out.starts_with("MESSAGE ") && listed.out.contains("accepted"), "{}", listed.out);
    for path in [["device", "telemetry", "door-0001"], ["group", "telemetry", "doors"]] {
        if path[0] == "group" {
            let group = json!({"name": "Doors", "queryCondition": "deviceId = 'door-0001'"});
            assert!(server.post("/api/v1/groups", &group).await.status().is_success());
        }
        let followed = run(&server, &[&path[..], &["--count", "1", "--json"]].concat()).await.json();
        assert_eq!(
            (&followed["deviceId"], &followed["body"]["received"]),
            (&json!("door-0001"), &json!({"show": 1}))
        );
    }
    let refused = run(&server, &["device", "send", "door-0001", "x", "--property", "Site=43"]).await;
    assert!(refused.code == 1 && refused.errors.contains("'Site'"), "{}", refused.errors);
    let patch = ["device", "patch", "door-0001", "--tags", r#"{"wing": "north"}"#];
    assert_eq!(run(&server, &patch).await.code, 0);
    let compared = run(&server, &["device", "compare", "door-0001", "door-0002"]).await;
    assert!(compared.out.contains("tags.wing") && !compared.out.contains("  same"), "{}", compared.out);
    let itself = run(&server, &["device", "compare", "door-0001", "door-0001"]).await;
    assert_eq!((itself.code, itself.out.trim()), (0, "No differences."));
    server.stop().await;
}

#[tokio::test]
async fn devices_are_imported_disabled_undone_and_deleted() {
    let server = Server::start(0).await;
    let table = "deviceId,tags.building\nd-1,71\nd-2,71\n";
    let checked = run_with(&server, &["device", "import", "-", "--dry-run"], table).await;
    assert!(checked.code == 0 && checked.out.contains("would create 2 devices"), "{}", checked.errors);
    let bad = run_with(&server, &["device", "import", "-"], "deviceId\nd 1\n").await;
    assert!(bad.code == 1 && bad.errors.contains("invalid device id"), "{}", bad.errors);
    let created = run_with(&server, &["device", "import", "-"], table).await;
    assert_eq!((created.code, created.out.trim()), (0, "change 1, create: 2 succeeded of 2 devices"));

    let disabled = run(&server, &["device", "disable", "d-1", "nobody", "--reason", "wet"]).await;
    assert_eq!(disabled.code, 2, "{}", disabled.errors);
    assert!(disabled.out.contains("1 succeeded, 1 failed of 2 devices"), "{}", disabled.out);
    assert!(disabled.out.contains("nobody  failed  DeviceNotFound"), "{}", disabled.out);
    let undone = run(&server, &["device", "undo", "2"]).await;
    assert!(undone.code == 0 && undone.out.contains("enable: 1 succeeded"), "{}", undone.errors);

    let string = run(&server, &["device", "connection-string", "d-1", "--key", "secondary"]).await;
    assert!(string.out.contains(";DeviceId=d-1;SharedAccessKey="), "{}", string.errors);
    let rotated = run(&server, &["device", "rotate-key", "d-1", "--key", "secondary"]).await;
    assert_eq!((rotated.code, rotated.out.trim()), (0, "d-1 has a new secondary key, enabled"));
    let again = run(&server, &["device", "connection-string", "d-1", "--key", "secondary"]).await;
    assert_ne!(again.out, string.out);
    let export = run(&server, &["device", "export", "deviceId = 'd-1'", "--content", "identities"]).await;
    assert!(
        export.out.contains("authenticationType,iotEdge") && export.out.contains(",sas,false"),
        "{}",
        export.out
    );

    let uncounted = run(&server, &["device", "delete", "--query", "*"]).await;
    assert!(
        uncounted.code == 1 && uncounted.errors.contains("2 devices would be deleted"),
        "{}",
        uncounted.errors
    );
    let deleted = run(&server, &["device", "delete", "--query", "*", "--count", "2"]).await;
    assert!(deleted.code == 0 && deleted.out.contains("delete: 2 succeeded"), "{}", deleted.errors);
    let made = run(&server, &["device", "create", "d-3", "--disabled", "--reason", "new"]).await;
    assert_eq!((made.code, made.out.trim()), (0, "d-3 created, disabled"));
    let (_, log) = server.stop().await;
    let key = string.out.trim().rsplit_once("SharedAccessKey=").unwrap().1;
    assert!(!log.contains(key), "a key is in the log");
}
