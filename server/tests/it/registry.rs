//! The registry through the HTTP API: devices from a CSV, a building disabled and enabled again, deletions that are counted, one
//! device's status and keys, and no key where none belongs.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    Server, encoded,
    team::{PASSWORD, SignedIn, by_session},
};

const CHANGES: &str = "/api/v1/registry-changes";
const TEN: &str = "deviceId,tags.building,tags.floor:number,status\n\
    new-0,71,0,enabled\nnew-1,71,1,\nnew-2,71,2,\nnew-3,71,3,\nnew-4,71,4,\nnew-5,71,5,\nnew-6,72,6,\n\
    new-7,72,7,\nnew-8,72,8,\nnew-9,72,9,disabled\n";

async fn begin(server: &Server, change: &Value) -> Value {
    let response = server.post(CHANGES, change).await;
    let (status, location) = (response.status(), response.headers().get("location").cloned());
    let begun: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{begun}");
    assert_eq!(location.unwrap(), format!("{CHANGES}/{}", begun["changeId"]).as_str());
    until_ended(server, &begun).await
}

async fn until_ended(server: &Server, change: &Value) -> Value {
    let address = format!("{CHANGES}/{}", change["changeId"]);
    server
        .until("the change has ended", async || server.get_json(&address).await["endTime"].is_string())
        .await;
    server.get_json(&address).await
}

async fn refused(response: reqwest::Response) -> (u16, String, Value) {
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    (status, problem["errors"][0]["field"].as_str().unwrap_or_default().to_owned(), problem)
}

fn counts(change: &Value, names: &[&str]) -> Vec<u64> {
    names.iter().map(|name| change["counts"][name].as_u64().unwrap()).collect()
}

async fn status_of(server: &Server, condition: &str) -> BTreeSet<(String, String)> {
    let devices = server.get_json(&format!("/api/v1/devices?q={}", encoded(condition))).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    devices["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| (text(&device["deviceId"]), text(&device["status"])))
        .collect()
}

#[tokio::test]
async fn ten_devices_from_a_csv_and_a_building_disabled_and_undone() {
    let server = Server::start(0).await;
    let create = json!({"kind": "create", "csv": TEN});
    let preview: Value = server.post(&format!("{CHANGES}/preview"), &create).await.json().await.unwrap();
    assert_eq!((&preview["count"], &preview["createdDisabled"]), (&json!(10), &json!(1)));
    assert_eq!(server.get_json("/api/v1/devices").await["items"], json!([]), "a preview creates nothing");

    let created = begin(&server, &create).await;
    assert_eq!(counts(&created, &["succeeded", "failed"]), [10, 0]);
    let device = server.get_json("/api/v1/devices/new-9").await;
    assert_eq!(device["tags"], json!({"building": "72", "floor": 9}));
    assert_eq!(device["status"], "disabled");

    // One id more, and those that exist are named; the new one is not created either.
    let again = json!({"kind": "create", "csv": format!("{TEN}new-10,72,10,\n")});
    let (status, field, problem) = refused(server.post(CHANGES, &again).await).await;
    assert_eq!((status, field.as_str()), (422, "csv"));
    let message = problem["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("10 devices exist already: new-0, new-1"), "{message}");
    assert_eq!(server.get("/api/v1/devices/new-10").await.status(), StatusCode::NOT_FOUND);

    server.put("/api/v1/devices/new-0/status", &json!({"status": "disabled", "statusReason": "wet"})).await;
    let building =
        json!({"kind": "disable", "queryCondition": "tags.building = '71'", "statusReason": "closed"});
    let preview: Value = server.post(&format!("{CHANGES}/preview"), &building).await.json().await.unwrap();
    assert_eq!((&preview["count"], &preview["unchangedCount"]), (&json!(6), &json!(1)));
    let disabled = begin(&server, &building).await;
    assert_eq!(counts(&disabled, &["succeeded", "unchanged", "failed"]), [5, 1, 0]);
    let of_building = status_of(&server, "tags.building = '71'").await;
    assert!(of_building.iter().all(|(_, status)| status == "disabled"), "{of_building:?}");
    assert_eq!(server.get_json("/api/v1/devices/new-1").await["statusReason"], "closed");

    let undo = format!("{CHANGES}/{}/undo", disabled["changeId"]);
    let response = server.post(&undo, &json!({})).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let undone = until_ended(&server, &response.json().await.unwrap()).await;
    assert_eq!((&undone["kind"], &undone["undoOf"]), (&json!("enable"), &disabled["changeId"]));
    assert_eq!(counts(&undone, &["succeeded"]), [5]);
    let of_building = status_of(&server, "tags.building = '71' AND status = 'disabled'").await;
    assert_eq!(of_building, [("new-0".to_owned(), "disabled".to_owned())].into(), "it was disabled before");
    assert_eq!(server.post(&undo, &json!({})).await.status(), StatusCode::CONFLICT, "once is enough");
    let list = server.get_json(CHANGES).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert_eq!(list["items"][1]["undoneBy"], undone["changeId"]);

    let audit = server.get_json("/api/v1/audit").await;
    let actions: Vec<_> =
        audit["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(actions.iter().filter(|action| **action == "device:write").count() >= 4, "{actions:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_deletion_is_counted_and_what_fails_can_be_done_again() {
    let server = Server::start(0).await;
    begin(&server, &json!({"kind": "create", "csv": TEN})).await;
    let mut delete = json!({"kind": "delete", "deviceIds": ["new-1", "new-2", "nobody"]});
    for (count, is_refused) in [(None, true), (Some(2), true), (Some(3), false)] {
        delete["confirmedCount"] = count.map_or(Value::Null, Value::from);
        let response = server.post(CHANGES, &delete).await;
        if is_refused {
            let (status, field, _) = refused(response).await;
            assert_eq!((status, field.as_str()), (422, "confirmedCount"));
            continue;
        }
        let ended = until_ended(&server, &response.json().await.unwrap()).await;
        assert_eq!(counts(&ended, &["succeeded", "failed"]), [2, 1]);
        let id = &ended["changeId"];
        let failed = server.get_json(&format!("{CHANGES}/{id}/devices?state=failed")).await;
        assert_eq!(failed["items"][0]["deviceId"], "nobody");
        assert_eq!(failed["items"][0]["errorCode"], "DeviceNotFound");
        assert!(failed["items"][0]["error"].as_str().unwrap().contains("does not know"), "{failed}");
        let undo = server.post(&format!("{CHANGES}/{id}/undo"), &json!({})).await;
        assert_eq!(undo.status(), StatusCode::CONFLICT);

        server.post("/api/v1/devices", &json!({"deviceId": "nobody"})).await;
        let rerun = server.post(&format!("{CHANGES}/{id}/rerun"), &json!({"confirmedCount": 1})).await;
        let ended = until_ended(&server, &rerun.json().await.unwrap()).await;
        assert_eq!((counts(&ended, &["succeeded"]), &ended["rerunOf"]), (vec![1], id));
    }
    assert_eq!(status_of(&server, "*").await.len(), 8);
    // An undo of a creation deletes, so it is counted too.
    let undo = format!("{CHANGES}/1/undo");
    let (status, field, _) = refused(server.post(&undo, &json!({})).await).await;
    assert_eq!((status, field.as_str()), (422, "confirmedCount"));
    let response = server.post(&undo, &json!({"confirmedCount": 10})).await;
    let ended = until_ended(&server, &response.json().await.unwrap()).await;
    assert_eq!(counts(&ended, &["succeeded", "failed"]), [8, 2]);
    assert!(status_of(&server, "*").await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn one_device_and_its_keys() {
    let server = Server::start(0).await;
    let new = json!({"deviceId": "door-1", "tags": {"building": "43"}, "desired": {"interval": 60}});
    let response = server.post("/api/v1/devices", &new).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let created: Value = response.json().await.unwrap();
    assert_eq!((&created["status"], &created["authenticationType"]), (&json!("enabled"), &json!("sas")));
    let (status, field, _) = refused(server.post("/api/v1/devices", &new).await).await;
    assert_eq!((status, field.as_str()), (422, "deviceId"));

    let string = async |key: &str| -> String {
        let response = server.post("/api/v1/devices/door-1/connection-string", &json!({"key": key})).await;
        assert_eq!(response.headers()["cache-control"], "no-store");
        let shown: Value = response.json().await.unwrap();
        shown["connectionString"].as_str().unwrap().to_owned()
    };
    let (primary, secondary) = (string("primary").await, string("secondary").await);
    assert!(primary.contains(";DeviceId=door-1;SharedAccessKey="), "it names the device");
    let disabled = json!({"status": "disabled", "statusReason": "lost"});
    assert!(server.put("/api/v1/devices/door-1/status", &disabled).await.status().is_success());
    assert_eq!(string("primary").await, primary, "a change of the status keeps the keys");
    assert!(server.post("/api/v1/devices/door-1/keys/primary", &json!({})).await.status().is_success());
    let replaced = string("primary").await;
    assert_ne!(replaced, primary);
    assert_eq!(string("secondary").await, secondary, "the other key stays");
    let identity = server.get_json("/api/v1/devices/door-1/identity").await;
    assert_eq!((&identity["status"], &identity["statusReason"]), (&json!("disabled"), &json!("lost")));

    // No key is anywhere else: not in other answers, pages, or the audit log.
    let keys: Vec<_> = [&primary, &secondary, &replaced]
        .into_iter()
        .map(|text| text.rsplit_once("SharedAccessKey=").unwrap().1.to_owned())
        .collect();
    for path in [
        "/api/v1/devices",
        "/api/v1/devices.csv",
        "/api/v1/devices/door-1",
        "/api/v1/devices/door-1/identity",
        "/api/v1/registry-changes",
        "/api/v1/audit.json",
        "/devices/door-1",
        "/devices/new",
        "/registry-changes",
        "/audit",
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let text = response.text().await.unwrap();
        assert!(keys.iter().all(|key| !text.contains(key.as_str())), "{path} holds a key");
    }
    let audit = server.get_json("/api/v1/audit").await;
    let shown = audit["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "device:keys");
    assert!(shown.count() >= 4, "{audit}");
    let delete = server.http.delete(format!("{}/api/v1/devices/door-1", server.base));
    assert_eq!(server.send(delete).await.status(), StatusCode::OK);
    assert_eq!(server.get("/api/v1/devices/door-1/identity").await.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}

#[tokio::test]
async fn bad_input_is_refused_and_changes_nothing() {
    let server = Server::start(0).await;
    for (change, field) in [
        (json!({"kind": "create", "csv": "deviceId\na b\n"}), "csv"),
        (json!({"kind": "create"}), "devices"),
        (json!({"kind": "disable", "queryCondition": "tags.a = "}), "queryCondition"),
        (json!({"kind": "disable", "queryCondition": "FROM devices.modules"}), "queryCondition"),
        (json!({"kind": "disable", "queryCondition": "tags.a = 1"}), "queryCondition"),
        (json!({"kind": "disable", "queryCondition": "*", "csv": "deviceId\na\n"}), "csv"),
        (json!({"kind": "move", "queryCondition": "*"}), "kind"),
        (json!({"kind": "disable", "queryCondition": "*", "other": 1}), "other"),
    ] {
        let (status, named, problem) = refused(server.post(CHANGES, &change).await).await;
        assert_eq!(status, 422, "{problem}");
        assert!(named.contains(field) || problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    let bad_line = json!({"kind": "create", "csv": "deviceId,tags.n:number\na,1\nb,x\n"});
    let (_, _, problem) = refused(server.post(CHANGES, &bad_line).await).await;
    assert_eq!(problem["errors"][0]["line"], 3);
    assert_eq!(server.get("/api/v1/devices/a").await.status(), StatusCode::NOT_FOUND, "nothing half done");
    for path in ["/x", "/99", "/99/devices"] {
        let status = server.get(&format!("{CHANGES}{path}")).await.status().as_u16();
        assert!(matches!(status, 404 | 422), "{path}: {status}");
    }
    let key = server.post("/api/v1/devices/a/keys/third", &json!({})).await;
    assert_eq!(key.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        server.post(&format!("{CHANGES}/99/cancel"), &json!({})).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(server.get_json(CHANGES).await["items"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn roles_and_scopes_limit_the_registry() {
    let (server, priya) = Server::start_team(2).await;
    let (vic, mara) =
        (server.join("vic", "viewer", &priya).await, server.join("mara", "operator", &priya).await);
    let send = async |path: &str, body: &Value, by: &SignedIn| {
        let request = server.http.post(format!("{}{path}", server.base)).json(body);
        server.send(by_session(request, Some(by))).await
    };
    let key = "/api/v1/devices/door-0001/connection-string";
    let disable = json!({"kind": "disable", "queryCondition": "*"});
    for (path, body) in [(key, json!({})), (CHANGES, disable.clone())] {
        let response = send(path, &body, &vic).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let fields = [("user_id", mara.user_id()), ("scope", "deviceId = 'door-0001'")];
    assert!(server.call("set-scope", &fields, Some(&priya)).await.status().is_success());
    let mara = SignedIn::of(server.sign_in("mara", PASSWORD).await).await;
    assert!(send(key, &json!({}), &mara).await.status().is_success());
    let (status, _, problem) =
        refused(send("/api/v1/devices/door-0002/connection-string", &json!({}), &mara).await).await;
    assert_eq!((status, &problem["type"]), (404, &json!("not-found")));
    let create = json!({"kind": "create", "csv": TEN});
    assert_eq!(send(CHANGES, &create, &mara).await.status(), StatusCode::FORBIDDEN, "it cannot be checked");

    let listed = json!({"kind": "disable", "deviceIds": ["door-0001", "door-0002"]});
    for (change, expected) in [(&listed, [1, 0, 1]), (&disable, [0, 1, 0])] {
        let begun: Value = send(CHANGES, change, &mara).await.json().await.unwrap();
        let address = format!("{CHANGES}/{}", begun["changeId"]);
        let read = async || server.get_as(&address, Some(&priya)).await.json::<Value>().await.unwrap();
        server.until("it has ended", async || read().await["endTime"].is_string()).await;
        let ended = read().await;
        assert_eq!(counts(&ended, &["succeeded", "unchanged", "failed"]), expected, "{ended}");
        assert_eq!(ended["createdBy"]["name"], "Name of mara");
    }
    let twin: Value = server.get_as("/api/v1/devices/door-0002", Some(&priya)).await.json().await.unwrap();
    assert_eq!(twin["status"], "enabled");
    server.stop().await;
}
