//! An operator with a scope, over HTTP: lists, searches, counts, files and refusals have only devices inside.

use hub_wire::sas::{SasKey, resource_uri, sign_token};
use reqwest::StatusCode;
use rumqttc::Packet;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    connections::{free_address, mqtt, until_packet},
    scope::limited,
    support::{
        Server, fleetcast,
        team::{SignedIn, by_session},
    },
};

/// What a person is answered.
async fn text(server: &Server, path: &str, by: &SignedIn) -> String {
    let response = server.get_as(path, Some(by)).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.text().await.unwrap()
}

async fn json_of(server: &Server, path: &str, by: &SignedIn) -> Value {
    serde_json::from_str(&text(server, path, by).await).unwrap()
}

/// Whether an answer names the device inside, and one of those outside.
fn names(text: &str) -> (bool, bool) {
    (text.contains("door-0001"), text.contains("door-0002") || text.contains("door-0003"))
}

/// Waits until the three devices are connected.
async fn all_connected(server: &Server, priya: &SignedIn) {
    let counted = async || json_of(server, "/fn/count-devices?condition=", priya).await;
    let connected = async || counted().await["connected"] == 3;
    server.until("all devices are connected", connected).await;
}

/// A server with three devices, of which Mara has the first in her scope.
async fn start() -> (Server, SignedIn, SignedIn) {
    let (server, priya) = Server::start_team(3).await;
    all_connected(&server, &priya).await;
    let mara = limited(&server, &priya).await;
    (server, priya, mara)
}

#[tokio::test]
async fn no_list_of_the_api_has_a_device_outside() {
    let (server, priya, mara) = start().await;
    // Every reading operation that needs no id, so that a new one is tried too. Streams do not end.
    let all = server.description().await.operations();
    let lists: Vec<_> = all
        .into_iter()
        .filter(|(verb, path, _)| verb == "GET" && !path.contains('{') && !path.ends_with("/events"))
        .map(|(_, path, _)| path)
        .collect();
    assert!(lists.len() >= 15, "{lists:?}");
    for path in &lists {
        let response = server.get_as(path, Some(&mara)).await;
        let answer = response.text().await.unwrap();
        assert!(!names(&answer).1, "{path}: {answer}");
    }
    for path in [
        "/api/v1/devices",
        "/api/v1/devices?q=true",
        "/api/v1/devices.csv",
        "/api/v1/devices.json",
        "/api/v1/devices.csv?content=identities",
        "/api/v1/devices.json?content=identities",
        "/api/v1/devices.json?content=twins",
    ] {
        assert_eq!(names(&text(&server, path, &mara).await), (true, false), "{path}");
        assert_eq!(names(&text(&server, path, &priya).await), (true, true), "{path}");
    }
    let escape = "/api/v1/devices?q=x+%3D+1%29+OR+%281+%3D+1";
    let refused = server.get_as(escape, Some(&mara)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!((&problem["errors"][0]["field"], &problem["errors"][0]["column"]), (&json!("q"), &json!(6)));
    server.stop().await;
}

#[tokio::test]
async fn no_list_of_the_pages_has_a_device_outside() {
    let (server, priya, mara) = start().await;
    let group = json!({"name": "Doors", "deviceIds": ["door-0001", "door-0002"]});
    let request = server.http.post(format!("{}/api/v1/groups", server.base)).json(&group);
    let made = server.send(by_session(request, Some(&priya))).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    for path in [
        "/fn/devices?condition=&after=&columns=",
        "/fn/devices?condition=door-000&after=&columns=status",
        "/fn/find?words=door-000",
        "/fn/find?words=oor-000",
        "/fn/group?group_id=doors&after=0",
        "/fn/nearest-devices?device_id=door-0009",
        "/devices",
        "/devices?query=door-000",
        "/groups/doors",
    ] {
        assert_eq!(names(&text(&server, path, &mara).await), (true, false), "{path}");
        assert_eq!(names(&text(&server, path, &priya).await), (true, true), "{path}");
    }
    let unknown = "/compare-twins?left=door-0001&right=door-0002";
    assert!(!names(&text(&server, "/fn/compare-twins?left=door-0001&right=door-0009", &mara).await).1);
    let of_mara = json_of(&server, &format!("/fn{unknown}"), &mara).await;
    let of_priya = json_of(&server, &format!("/fn{unknown}"), &priya).await;
    assert_eq!(of_mara["Unknown"]["device_id"], "door-0002", "{of_mara}");
    assert!(of_priya["Twins"].is_object(), "{of_priya}");
    server.stop().await;
}

#[tokio::test]
async fn counts_are_of_devices_inside() {
    let (server, priya, mara) = start().await;
    let cells = |matrix: &Value| -> u64 {
        let cells = matrix["cells"].as_array().unwrap().iter();
        cells.map(|cell| cell["devices"].as_u64().unwrap()).sum()
    };
    for (by, count) in [(&priya, 3), (&mara, 1)] {
        let counted = json_of(&server, "/fn/count-devices?condition=", by).await;
        assert_eq!((&counted["count"], &counted["connected"]), (&json!(count), &json!(count)), "{counted}");
        let facet = json_of(&server, "/fn/device-facet?condition=&path=status", by).await;
        assert_eq!(facet["values"][0]["count"], count, "{facet}");
        let html = text(&server, "/devices", by).await;
        assert_eq!(html.contains("door-0003"), count == 3);

        let fleet = json_of(&server, "/api/v1/overview", by).await["fleet"].take();
        assert_eq!((&fleet["devices"], &fleet["connected"]), (&json!(count), &json!(count)), "{fleet}");
        let page = json_of(&server, "/fn/overview", by).await["overview"]["fleet"].take();
        assert_eq!((&page["devices"], &page["connected"]), (&json!(count), &json!(count)), "{page}");
        let matrix = json_of(&server, "/api/v1/overview/matrix", by).await;
        assert_eq!(cells(&matrix), count, "{matrix}");
        let matrix = "/fn/tag-matrix?query%5Bby%5D=connection&waits=true";
        let matrix = json_of(&server, matrix, by).await;
        assert_eq!(cells(&matrix), count, "{matrix}");
        let overview = text(&server, "/", by).await;
        assert_eq!(overview.contains("of the whole fleet"), count == 1, "the page says what is not limited");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_token_has_the_scope_of_its_owner() {
    let (server, priya, mara) = start().await;
    for (by, role, has_others) in
        [(&mara, "operator", false), (&mara, "viewer", false), (&priya, "viewer", true)]
    {
        let made = server.make_token(role, by).await;
        let token = made["token"].as_str().unwrap();
        for arguments in [&["device", "export", "--content", "identities"][..], &["device", "export", "true"]]
        {
            let mut program = fleetcast();
            program.args(arguments).env("FLEETCAST_SERVER", &server.base).env("FLEETCAST_TOKEN", token);
            let output = program.env("XDG_CONFIG_HOME", "/nonexistent").output().await.unwrap();
            assert!(output.status.success(), "{output:?}");
            let file = String::from_utf8(output.stdout).unwrap();
            assert_eq!(names(&file), (true, has_others), "{role} {arguments:?}: {file}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn refused_devices_are_those_inside() {
    let address = free_address();
    let flags = ["--sign-in", "--mqtt-listen", &address];
    let server = Server::start_in(TempDir::new().unwrap(), 3, &flags).await;
    let priya = server.set_up().await;
    let _ = server.session.set(priya.cookie.clone());
    all_connected(&server, &priya).await;
    let mara = limited(&server, &priya).await;
    for id in ["door-0001", "door-0002", "door-9999"] {
        let wrong = SasKey::from_bytes(vec![1; 32]);
        let resource = resource_uri(&["localhost", "devices", id]);
        let password = sign_token(&wrong, &resource, 4_000_000_000, None);
        let (_client, mut events) = mqtt(&address, id, password.expose_secret());
        until_packet(&mut events, |packet| matches!(packet, Packet::ConnAck(_))).await.unwrap_err();
    }
    let refused = async |by: &SignedIn| {
        let refusals = json_of(&server, "/api/v1/refusals", by).await;
        let items = refusals["items"].as_array().unwrap().iter();
        let mut ids: Vec<_> = items.map(|item| item["deviceId"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let all = ["door-0001", "door-0002", "door-9999"];
    server.until("the hub has noted them", async || refused(&priya).await == all).await;
    assert_eq!(refused(&mara).await, ["door-0001"]);
    for path in
        ["/fn/refusals", "/fn/devices?condition=&after=&columns=&refused=true", "/devices?refused=lately"]
    {
        let of_mara = text(&server, path, &mara).await;
        assert_eq!(names(&of_mara), (true, false), "{path}");
        assert!(!of_mara.contains("door-9999"), "{path}");
        assert_eq!(names(&text(&server, path, &priya).await), (true, true), "{path}");
    }
    let count = async |by: &SignedIn| {
        let overview = json_of(&server, "/api/v1/overview", by).await;
        let mut attention = overview["attention"].as_array().unwrap().iter();
        attention.find(|entry| entry["kind"] == "devicesRefused").map(|entry| entry["count"].clone())
    };
    server.until("the overview counts them", async || count(&priya).await == Some(json!(2))).await;
    assert_eq!(count(&mara).await, Some(json!(1)));
    server.stop().await;
}
