//! An operator with a scope, over HTTP: which functions and routes limit the operator, and what a refusal says.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    Server,
    team::{PASSWORD, SignedIn, by_session},
};

const SCOPE: &str = "deviceId = 'door-0001'";

async fn send(server: &Server, verb: &str, path: &str, body: &Value, by: &SignedIn) -> (StatusCode, Value) {
    let method = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
    let request = server.http.request(method, format!("{}{path}", server.base)).json(body);
    let response = server.send(by_session(request, Some(by))).await;
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn an_operator_with_a_scope_is_limited_on_every_way() {
    let (server, priya) = Server::start_team(3).await;
    let mara = server.join("mara", "operator", &priya).await;
    let fields = [("user_id", mara.user_id()), ("scope", "deviceId = ")];
    let refused = server.call("set-scope", &fields, Some(&priya)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json::<Value>().await.unwrap()["errors"][0]["field"], "scope");
    let fields = [("user_id", mara.user_id()), ("scope", SCOPE)];
    assert_eq!(server.call("set-scope", &fields, Some(&mara)).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(server.call("set-scope", &fields, Some(&priya)).await.status(), StatusCode::OK);
    assert_eq!(
        server.get_as("/api/v1/hub", Some(&mara)).await.status(),
        StatusCode::UNAUTHORIZED,
        "it ended"
    );
    let mara = SignedIn::of(server.sign_in("mara", PASSWORD).await).await;
    assert_eq!(mara.person["scope"], SCOPE);

    let every = json!({"queryCondition": "*"});
    let (_, preview) = send(&server, "POST", "/api/v1/targets/preview", &every, &mara).await;
    assert_eq!((&preview["count"], &preview["limit"]["outsideCount"]), (&json!(1), &json!(2)), "{preview}");
    let (_, whole) = send(&server, "POST", "/api/v1/targets/preview", &every, &priya).await;
    assert_eq!((&whole["count"], &whole["limit"]), (&json!(3), &Value::Null), "{whole}");

    let job = |condition: &str| json!({"type": "scheduleUpdateTwin", "queryCondition": condition, "updateTwin": {"tags": {"x": 1}}});
    let (status, escape) = send(&server, "POST", "/api/v1/jobs", &job("x = 1) OR (1 = 1"), &mara).await;
    assert_eq!((status, &escape["errors"][0]["column"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(6)));
    let (status, created) = send(&server, "POST", "/api/v1/jobs", &job("*"), &mara).await;
    assert_eq!((status, &created["scope"]), (StatusCode::CREATED, &json!(SCOPE)), "{created}");
    assert_eq!(created["queryCondition"], SCOPE);

    let methods = "/api/v1/devices/door-0002/methods/lockDoor";
    let twin = "/api/v1/devices/door-0002/twin";
    let patch = json!({"tags": {"x": 2}});
    for (verb, path, body) in [("POST", methods, &json!({})), ("PATCH", twin, &patch)] {
        let (status, problem) = send(&server, verb, path, body, &mara).await;
        assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("outside-scope")), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(SCOPE), "{problem}");
    }
    let (status, _) = send(&server, "PATCH", "/api/v1/devices/door-0001/twin", &patch, &mara).await;
    assert_eq!(status, StatusCode::OK);
    for (id, inside) in [("door-0001", "true"), ("door-0002", "false")] {
        let address = format!("/fn/device-scope?device_id={id}");
        assert_eq!(server.get_as(&address, Some(&mara)).await.text().await.unwrap(), inside, "{id}");
    }
    // Everybody reads every device.
    assert_eq!(server.get_as("/api/v1/devices/door-0002", Some(&mara)).await.status(), StatusCode::OK);
    server.stop().await;
}
