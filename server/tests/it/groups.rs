//! Groups of devices through the HTTP API: their counts, jobs on them, and what keeps them from being deleted.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Server;

const GROUPS: &str = "/api/v1/groups";

async fn create(server: &Server, group: &Value) -> Value {
    let response = server.post(GROUPS, group).await;
    let (status, location) = (response.status(), response.headers().get("location").cloned());
    let created: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let address = format!("{GROUPS}/{}", created["groupId"].as_str().unwrap());
    assert_eq!(location.unwrap(), address.as_str());
    created
}

async fn refused(response: reqwest::Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    let field = problem["errors"][0]["field"].as_str().unwrap_or_default().to_owned();
    (status, field, problem["detail"].as_str().unwrap().to_owned())
}

async fn delete(server: &Server, group_id: &str) -> reqwest::Response {
    server.send(server.http.delete(format!("{}{GROUPS}/{group_id}", server.base))).await
}

fn lock_on(group_id: &str) -> Value {
    json!({"type": "scheduleDeviceMethod", "cloudToDeviceMethod": {"methodName": "lockDoor"}, "groupId": group_id})
}

#[tokio::test]
async fn a_job_on_a_group_says_its_name_and_keeps_its_devices() {
    let server = Server::start_connected(5).await;
    let new =
        json!({"name": " All Doors ", "description": "Every one", "queryCondition": "tags.simulated = true"});
    let group = create(&server, &new).await;
    assert_eq!((&group["groupId"], &group["name"]), (&json!("all-doors"), &json!("All Doors")));
    assert_eq!((&group["count"]["devices"], &group["count"]["connected"]), (&json!(5), &json!(5)));
    assert_eq!(group["history"][0]["devices"], 5);

    let preview = server.post("/api/v1/targets/preview", &json!({"groupId": "all-doors"})).await;
    assert_eq!(preview.json::<Value>().await.unwrap()["count"], 5);
    let job = server.create_job(&lock_on("all-doors")).await;
    assert_eq!(job["name"], "lockDoor on All Doors");
    let job_id = job["jobId"].as_str().unwrap();
    let ended = server.until_ended(job_id).await;
    assert_eq!(ended["outcomes"]["succeeded"], 5);
    assert_eq!(ended["group"], json!({"groupId": "all-doors", "name": "All Doors"}));
    assert_eq!(ended["queryCondition"], "tags.simulated = true");

    let changed = json!({"name": "No doors", "queryCondition": "deviceId = 'nobody'"});
    let changed: Value = server.put(&format!("{GROUPS}/all-doors"), &changed).await.json().await.unwrap();
    assert_eq!((&changed["name"], &changed["count"]["devices"]), (&json!("No doors"), &json!(0)));
    assert_eq!(changed["description"], Value::Null);
    let again = server.get_json(&format!("/api/v1/jobs/{job_id}")).await;
    assert_eq!(
        (&again["group"]["name"], &again["queryCondition"]),
        (&json!("All Doors"), &json!("tags.simulated = true"))
    );
    let of_group = server.get_json("/api/v1/jobs?group=all-doors").await;
    assert_eq!(of_group["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.get_json("/api/v1/jobs?group=other").await["items"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_group_is_kept_while_a_job_a_template_or_a_schedule_needs_it() {
    let server = Server::start_connected(2).await;
    create(&server, &json!({"name": "Doors", "queryCondition": "*"})).await;
    let mut later = lock_on("doors");
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::DAY;
    later["startTime"] = hub_wire::Timestamp::from(tomorrow).to_string().into();
    let job_id = server.create_job(&later).await["jobId"].as_str().unwrap().to_owned();
    assert!(server.put("/api/v1/templates/Evening", &lock_on("doors")).await.status().is_success());
    let spec = json!({"rule": {"type": "cron", "expression": "30 2 * * *"}, "zone": "Europe/Berlin"});
    let night = json!({"name": "Night", "spec": spec, "job": lock_on("doors")});
    assert_eq!(server.post("/api/v1/schedules", &night).await.status(), StatusCode::CREATED);
    let listed = server.get_json(GROUPS).await;
    let night = json!({"scheduleId": "night", "name": "Night"});
    let expected =
        json!({"openJobs": 1, "endedJobs": 0, "templates": ["Evening"], "schedules": [night], "scopes": 0});
    assert_eq!(listed["items"][0]["usedBy"], expected);
    let (status, _, detail) = refused(delete(&server, "doors").await).await;
    assert_eq!(status, 409);
    let users = "1 job that has not ended and the template Evening and the schedule Night";
    assert!(detail.contains(users), "{detail}");

    // A template keeps the group, not its devices of that day.
    let template = server.get_json("/api/v1/templates/Evening").await;
    assert_eq!((&template["job"]["groupId"], template["job"].get("queryCondition")), (&json!("doors"), None));
    let cancel = format!("/api/v1/jobs/{job_id}/cancel");
    server
        .until("the job can be cancelled", async || {
            server.post(&cancel, &json!({})).await.status().is_success()
        })
        .await;
    server
        .until("the job has ended", async || {
            let group = server.get_json(&format!("{GROUPS}/doors")).await;
            group["usedBy"]["endedJobs"] == 1
        })
        .await;
    assert_eq!(
        delete(&server, "doors").await.status(),
        StatusCode::CONFLICT,
        "template and schedule are left"
    );
    let night = server.http.delete(format!("{}/api/v1/schedules/night", server.base));
    assert!(server.send(night).await.status().is_success());
    assert_eq!(delete(&server, "doors").await.status(), StatusCode::CONFLICT, "the template is left");
    let template = server.http.delete(format!("{}/api/v1/templates/Evening", server.base));
    assert!(server.send(template).await.status().is_success());
    assert_eq!(delete(&server, "doors").await.status(), StatusCode::OK);
    assert_eq!(server.get(&format!("{GROUPS}/doors")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(server.get_json(&format!("/api/v1/jobs/{job_id}")).await["group"]["name"], "Doors");

    let second = create(&server, &json!({"name": "Doors", "queryCondition": "*"})).await;
    assert_eq!(second["groupId"], "doors-2", "the id of a group that a job names is not used again");
    assert_eq!(second["usedBy"]["endedJobs"], 0);
    server.stop().await;
}

#[tokio::test]
async fn a_list_from_a_file_is_a_group() {
    let server = Server::start_connected(3).await;
    let devices = server.get_json("/api/v1/devices").await;
    let ids: Vec<&str> = devices["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["deviceId"].as_str().unwrap())
        .collect();
    let file =
        format!("wing;deviceId\nnorth;{}\nsouth;{}\nsouth;{}\nsouth;no-such-door\n", ids[0], ids[1], ids[1]);
    let group = create(&server, &json!({"name": "Pilot", "deviceIds": file})).await;
    assert_eq!(group["listedDevices"], 3);
    assert_eq!(group["deviceIds"], json!([ids[0], ids[1], "no-such-door"]));
    let count = &group["count"];
    assert_eq!(
        (&count["devices"], &count["unknown"], &count["unchecked"]),
        (&json!(2), &json!(1), &json!(0))
    );
    assert_eq!(server.get_json(GROUPS).await["items"][0].get("deviceIds"), None, "the list has no ids");

    let job = server.create_job(&lock_on("pilot")).await;
    assert_eq!((&job["name"], &job["targetDevices"]), (&json!("lockDoor on Pilot"), &json!(3)));
    let ended = server.until_ended(job["jobId"].as_str().unwrap()).await;
    assert_eq!((&ended["outcomes"]["succeeded"], &ended["group"]["groupId"]), (&json!(2), &json!("pilot")));
    server.stop().await;
}

#[tokio::test]
async fn bad_input_is_refused_and_changes_nothing() {
    let server = Server::start_connected(1).await;
    create(&server, &json!({"name": "Doors", "queryCondition": "*"})).await;
    let many: Vec<_> = (0..=10_000).map(|number| format!("door-{number}")).collect();
    for (group, field) in [
        (json!({"queryCondition": "*"}), "name"),
        (json!({"name": "", "queryCondition": "*"}), "name"),
        (json!({"name": "DOORS", "queryCondition": "*"}), "name"),
        (json!({"name": "x".repeat(65), "queryCondition": "*"}), "name"),
        (json!({"name": "a", "description": "x".repeat(501), "queryCondition": "*"}), "description"),
        (json!({"name": "a"}), "queryCondition"),
        (json!({"name": "a", "queryCondition": "tags.a =="}), "queryCondition"),
        (json!({"name": "a", "queryCondition": "SELECT * FROM devices"}), "queryCondition"),
        (json!({"name": "a", "queryCondition": "*", "deviceIds": ["a"]}), "deviceIds"),
        (json!({"name": "a", "deviceIds": []}), "deviceIds"),
        (json!({"name": "a", "deviceIds": many}), "deviceIds"),
        (json!({"name": "a", "deviceIds": ["not an id"]}), "deviceIds[0]"),
        (json!({"name": "a", "queryCondition": "*", "colour": "red"}), "colour"),
    ] {
        let (status, named, detail) = refused(server.post(GROUPS, &group).await).await;
        assert_eq!((status, named.as_str()), (422, field), "{detail}");
    }
    create(&server, &json!({"name": "Other", "queryCondition": "*"})).await;
    let taken = json!({"name": "doors", "queryCondition": "*"});
    let (status, field, _) = refused(server.put(&format!("{GROUPS}/other"), &taken).await).await;
    assert_eq!((status, field.as_str()), (422, "name"));
    for (job, field) in [
        (lock_on("nothing"), "groupId"),
        (
            json!({"type": "scheduleUpdateTwin", "updateTwin": {"tags": {"a": 1}}, "groupId": "doors", "queryCondition": "*"}),
            "groupId",
        ),
    ] {
        let (status, named, _) = refused(server.post("/api/v1/jobs", &job).await).await;
        assert_eq!((status, named.as_str()), (422, field), "{job}");
    }
    for preview in [json!({"groupId": "nothing"}), json!({"groupId": "doors", "deviceIds": ["a"]})] {
        let (status, field, _) = refused(server.post("/api/v1/targets/preview", &preview).await).await;
        assert_eq!((status, field.as_str()), (422, "groupId"), "{preview}");
    }
    let (status, field, _) = refused(server.put("/api/v1/templates/t", &lock_on("nothing")).await).await;
    assert_eq!((status, field.as_str()), (422, "groupId"));
    assert_eq!(server.get(&format!("{GROUPS}/nothing")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        server.post(&format!("{GROUPS}/nothing/count"), &json!({})).await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(server.put(&format!("{GROUPS}/nothing"), &taken).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(delete(&server, "nothing").await.status(), StatusCode::NOT_FOUND);
    let names: Vec<_> = server.get_json(GROUPS).await["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["name"].clone())
        .collect();
    assert_eq!(names, ["Doors", "Other"]);
    assert_eq!(server.get_json("/api/v1/jobs").await["items"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_group_counts_again_on_request() {
    let server = Server::start_connected(2).await;
    let group = create(&server, &json!({"name": "North", "queryCondition": "tags.wing = 'north'"})).await;
    assert_eq!(group["count"]["devices"], 0);
    let device =
        server.get_json("/api/v1/devices?limit=1").await["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let moved =
        server.patch(&format!("/api/v1/devices/{device}/twin"), &json!({"tags": {"wing": "north"}})).await;
    assert_eq!(moved.status(), StatusCode::OK);
    // A count that is some seconds old is returned as it is, so this asks until it is older.
    server
        .until("the group has the device", async || {
            let counted = server.post(&format!("{GROUPS}/north/count"), &json!({})).await;
            counted.json::<Value>().await.unwrap()["count"]["devices"] == 1
        })
        .await;
    assert_eq!(server.get_json(GROUPS).await["items"][0]["history"].as_array().unwrap().len(), 1);
    server.stop().await;
}
