//! An operator with a scope, over HTTP: which functions and routes limit the operator, and what a refusal says. What is in lists
//! is tried in `scope_lists`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    Server,
    team::{PASSWORD, SignedIn, by_session},
};

pub(crate) const SCOPE: &str = "deviceId = 'door-0001'";

/// Mara, an operator whose scope is the first device.
pub(crate) async fn limited(server: &Server, priya: &SignedIn) -> SignedIn {
    let mara = server.join("mara", "operator", priya).await;
    let fields = [("user_id", mara.user_id()), ("scope", SCOPE)];
    assert_eq!(server.call("set-scope", &fields, Some(priya)).await.status(), StatusCode::OK);
    SignedIn::of(server.sign_in("mara", PASSWORD).await).await
}

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

    let patch = json!({"tags": {"x": 2}});
    let (status, _) = send(&server, "PATCH", "/api/v1/devices/door-0001/twin", &patch, &mara).await;
    assert_eq!(status, StatusCode::OK);
    server.stop().await;
}

/// Every operation of the API's description on one device: verb and path, with other ids filled in. A job's result of a
/// device is not one of them: the job has it whether or not there is such a device.
async fn operations_on_a_device(server: &Server) -> Vec<(String, String)> {
    let all = server.description().await.operations();
    let of_devices = all.into_iter().filter(|(_, path, _)| {
        path.contains("/devices/{device_id}") && !path.ends_with("/jobs/{job_id}/devices/{device_id}")
    });
    let filled = of_devices.map(|(verb, path, _)| {
        let others = ["job_id", "module_id", "message_id", "method_name", "key"];
        let path =
            others.iter().fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), "primary"));
        (verb.to_string(), path)
    });
    filled.collect()
}

#[tokio::test]
async fn a_device_outside_is_answered_like_an_unknown_one() {
    let (server, priya) = Server::start_team(3).await;
    let mara = limited(&server, &priya).await;
    let operations = operations_on_a_device(&server).await;
    assert!(operations.len() >= 20, "{operations:?}");
    // Valid for each operation.
    let body = |path: &str| match path.rsplit('/').next() {
        Some("twin") => json!({"tags": {"x": 2}}),
        Some("messages") => json!({"body": "text"}),
        Some("status") => json!({"status": "disabled"}),
        _ => json!({}),
    };
    for (verb, path) in &operations {
        let mut answers = Vec::new();
        for id in ["door-0002", "door-9999"] {
            let path = path.replace("{device_id}", id);
            let (status, mut problem) = send(&server, verb, &path, &body(&path), &mara).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{verb} {path}: {problem}");
            problem.as_object_mut().unwrap().remove("requestId");
            answers.push(problem.to_string().replace(id, "ID"));
        }
        assert_eq!(answers[0], answers[1], "{verb} {path}");
        assert!(!answers[0].contains("scope"), "{}", answers[0]);
    }
    for page in ["/devices/ID", "/devices/ID/messages", "/devices/ID/modules/x"] {
        for id in ["door-0002", "door-9999"] {
            let response = server.get_as(&page.replace("ID", id), Some(&mara)).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{page} {id}");
            let html = response.text().await.unwrap();
            assert!(!html.contains(">door-0003<"), "no id from outside is suggested: {page} {id}");
        }
    }
    for path in ["/api/v1/devices/door-0001", "/devices/door-0001"] {
        assert_eq!(server.get_as(path, Some(&mara)).await.status(), StatusCode::OK, "{path}");
    }
    let twins = "/api/v1/compare-twins?left=door-0001&right=door-0002";
    assert_eq!(server.get_as(twins, Some(&mara)).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(server.get_as("/api/v1/devices/door-0002", Some(&priya)).await.status(), StatusCode::OK);
    server.stop().await;
}
