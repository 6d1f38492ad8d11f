//! Screens that show the wall: allowed by a code, revoked at once, and good for nothing else.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    scope::limited,
    support::{
        Server,
        team::{SignedIn, by_session},
    },
};

/// Longest wait for an event before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser's cookie of this name, which an answer sets.
fn cookie(response: &Response, name: &str) -> Option<String> {
    let cookies =
        response.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let start = format!("{name}=");
    let cookie =
        cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.starts_with(&start))?;
    (cookie.len() > start.len()).then(|| cookie.to_owned())
}

async fn get(server: &Server, path: &str, cookie: &str) -> Response {
    server.send(server.http.get(format!("{}{path}", server.base)).header(header::COOKIE, cookie)).await
}

/// What a screen with this cookie shows.
async fn shows(server: &Server, cookie: &str) -> Value {
    let read = get(server, "/fn/wall", cookie).await;
    assert_eq!(read.status(), StatusCode::OK);
    read.json().await.unwrap()
}

async fn post(server: &Server, function: &str, cookie: &str) -> Response {
    let request = server.http.post(format!("{}/fn/{function}", server.base)).header(header::COOKIE, cookie);
    request.header(header::ACCEPT, "application/json").send().await.unwrap()
}

/// A screen that shows a code: its cookie and the code.
async fn ask(server: &Server) -> (String, String) {
    let begun = post(server, "begin-wall", "").await;
    assert_eq!(begun.status(), StatusCode::OK);
    let held = cookie(&begun, "fleetcast-wall-code").unwrap();
    let shown = shows(server, &held).await;
    (held, shown["Code"]["code"]["userCode"].as_str().unwrap().to_owned())
}

/// A connected screen: its cookie.
async fn connect(server: &Server, name: &str, by: &SignedIn) -> String {
    let (held, code) = ask(server).await;
    let allowed = server.call("allow-wall", &[("user_code", &code), ("name", name)], Some(by)).await;
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(shows(server, &held).await["Code"]["code"]["isAllowed"], true);
    let connected = post(server, "connect-wall", &held).await;
    cookie(&connected, "fleetcast-wall").unwrap()
}

/// The event stream of a screen.
struct Views {
    response: Response,
    text: String,
}

impl Views {
    async fn open(server: &Server, cookie: &str) -> Self {
        let response = get(server, "/wall/events", cookie).await;
        assert_eq!(response.status(), StatusCode::OK);
        Self { response, text: String::new() }
    }

    /// What the screen is sent next; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let fields: BTreeMap<_, _> = block.lines().filter_map(|line| line.split_once(": ")).collect();
                let is_view = fields.get("event") == Some(&"wall");
                let view = is_view.then(|| serde_json::from_str(fields["data"]).unwrap());
                self.text = String::from(rest);
                if view.is_some() {
                    return view;
                }
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// Reads until a job is shown.
    async fn until_shown(&mut self, job_id: &str) {
        let is_shown = |view: &Value| {
            ["running", "finished"]
                .iter()
                .any(|part| view[part].as_array().unwrap().iter().any(|job| job["jobId"] == job_id))
        };
        let shown = async { while !is_shown(&self.next().await.expect("the stream goes on")) {} };
        timeout(PATIENCE, shown).await.expect("the job is shown in time");
    }

    async fn until_the_end(mut self) {
        let ended = async { while self.next().await.is_some() {} };
        timeout(Duration::from_secs(2), ended).await.expect("it ends within 2 s");
    }
}

#[tokio::test]
async fn screens_are_sent_what_changes_until_they_are_revoked() {
    let (server, priya) = Server::start_team(3).await;
    assert_eq!(get(&server, "/wall/events", "").await.status(), StatusCode::UNAUTHORIZED);
    let (lobby, stairs) = (connect(&server, "Lobby", &priya).await, connect(&server, "Stairs", &priya).await);
    let mut of_lobby = Views::open(&server, &lobby).await;
    let mut of_stairs = Views::open(&server, &stairs).await;
    for views in [&mut of_lobby, &mut of_stairs] {
        let view = timeout(PATIENCE, views.next()).await.unwrap().unwrap();
        assert!(view["hub"]["hostName"].is_string() && view["build"].is_string(), "{view}");
        assert_eq!((&view["running"], &view["finished"]), (&json!([]), &json!([])));
    }

    let job = json!({
        "jobId": "night", "type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}},
    });
    let create = server.http.post(format!("{}/api/v1/jobs", server.base)).json(&job);
    let created = by_session(create, Some(&priya)).send().await.unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);
    of_lobby.until_shown("night").await;
    of_stairs.until_shown("night").await;

    let list: Value = server.get_as("/fn/walls?code=&refused=", Some(&priya)).await.json().await.unwrap();
    assert_eq!(list["walls"][0]["screen"]["name"], "Lobby");
    let id = list["walls"][0]["screen"]["wallId"].to_string();
    assert_eq!(server.call("revoke-wall", &[("wall_id", &id)], Some(&priya)).await.status(), StatusCode::OK);
    of_lobby.until_the_end().await;
    assert_eq!(get(&server, "/wall/events", &lobby).await.status(), StatusCode::UNAUTHORIZED);
    let next = timeout(PATIENCE, of_stairs.next()).await.unwrap();
    assert!(next.is_some(), "the other one stays");
    server.stop().await;
}

/// Their figures are others, so their page asks by itself.
#[tokio::test]
async fn people_with_a_scope_have_no_stream_of_the_wall() {
    let (server, priya) = Server::start_team(2).await;
    let mara = limited(&server, &priya).await;
    assert_eq!(server.get_as("/wall/events", Some(&mara)).await.status(), StatusCode::NO_CONTENT);
    assert!(shows(&server, &mara.cookie).await["Shown"].is_object());
    assert_eq!(server.get_as("/wall/events", Some(&priya)).await.status(), StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn a_screen_reads_the_wall_and_nothing_else() {
    let (server, priya) = Server::start_team(3).await;
    let nothing = shows(&server, "").await;
    assert_eq!(nothing["NotConnected"]["was_revoked"], false);
    let wall = connect(&server, "Lobby", &priya).await;
    let shown = shows(&server, &wall).await;
    assert!(shown["Shown"]["hub"]["hostName"].is_string(), "{shown}");
    let page = get(&server, "/wall", &wall).await.text().await.unwrap();
    assert!(page.contains("Running now") && !page.contains("Sign out"), "{page}");
    for path in
        ["/api/v1/jobs", "/api/v1/me", "/api/v1/events", "/fn/account", "/fn/jobs", "/fn/walls", "/metrics"]
    {
        assert_eq!(get(&server, path, &wall).await.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/jobs", "/", "/walls", "/account"] {
        let page = get(&server, path, &wall).await;
        assert!(page.url().path().starts_with("/sign-in"), "{path} leads to {}", page.url());
    }
    for function in ["create-job", "revoke-wall", "allow-wall", "sign-out"] {
        assert_eq!(post(&server, function, &wall).await.status(), StatusCode::UNAUTHORIZED, "{function}");
    }
    // The code of a session is none of a screen.
    let token = wall.split('=').nth(1).unwrap();
    let as_session = get(&server, "/fn/account", &format!("fleetcast={token}")).await;
    assert_eq!(as_session.status(), StatusCode::UNAUTHORIZED);
    server.stop().await;
}

#[tokio::test]
async fn a_revoked_screen_sees_nothing_more_and_a_restart_revokes_none() {
    let (server, priya) = Server::start_team(0).await;
    let (lobby, stairs) = (connect(&server, "Lobby", &priya).await, connect(&server, "Stairs", &priya).await);
    let (folder, _) = server.stop().await;
    let server = Server::start_in(folder, 0, &["--sign-in"]).await;
    assert!(shows(&server, &lobby).await["Shown"].is_object(), "it survives a restart");

    let list: Value = server.get_as("/fn/walls?code=&refused=", Some(&priya)).await.json().await.unwrap();
    let walls = list["walls"].as_array().unwrap();
    assert_eq!(walls.iter().map(|wall| &wall["screen"]["name"]).collect::<Vec<_>>(), ["Lobby", "Stairs"]);
    assert_eq!(walls[0]["createdBy"]["name"], "Priya Nair");
    let id = walls[0]["screen"]["wallId"].to_string();
    assert_eq!(server.call("revoke-wall", &[("wall_id", &id)], Some(&priya)).await.status(), StatusCode::OK);
    assert_eq!(shows(&server, &lobby).await["NotConnected"]["was_revoked"], true);
    assert!(shows(&server, &stairs).await["Shown"].is_object(), "the other one stays");
    let again = server.call("revoke-wall", &[("wall_id", &id)], Some(&priya)).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);

    let audit = server.http.get(format!("{}/api/v1/audit?action=wall:write", server.base));
    let audit: Value = by_session(audit, Some(&priya)).send().await.unwrap().json().await.unwrap();
    let rows = audit["items"].as_array().unwrap();
    let names: Vec<_> = rows.iter().filter_map(|row| row["subjectName"].as_str()).collect();
    assert!(names.contains(&"Lobby") && names.contains(&"Stairs"), "{audit}");
    server.stop().await;
}

#[tokio::test]
async fn only_an_administrator_allows_a_screen_and_only_once() {
    let (server, priya) = Server::start_team(0).await;
    let mara = server.join("mara", "operator", &priya).await;
    let (held, code) = ask(&server).await;
    let fields = [("user_code", code.as_str()), ("name", "Lobby")];
    assert_eq!(server.call("allow-wall", &fields, Some(&mara)).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(server.get_as("/fn/walls?code=&refused=", Some(&mara)).await.status(), StatusCode::NOT_FOUND);
    let early = post(&server, "connect-wall", &held).await;
    assert_eq!(cookie(&early, "fleetcast-wall"), None, "nobody has allowed it");
    for (fields, field) in [
        ([("user_code", code.as_str()), ("name", " ")], "name"),
        ([("user_code", "WDJB-MJHT"), ("name", "Lobby")], "userCode"),
        ([("user_code", "x"), ("name", "Lobby")], "userCode"),
    ] {
        let refused = server.call("allow-wall", &fields, Some(&priya)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    assert_eq!(server.call("allow-wall", &fields, Some(&priya)).await.status(), StatusCode::OK);
    let twice = server.call("allow-wall", &fields, Some(&priya)).await;
    assert_eq!(twice.status(), StatusCode::UNPROCESSABLE_ENTITY, "it was allowed before");
    let connected = post(&server, "connect-wall", &held).await;
    assert!(cookie(&connected, "fleetcast-wall").is_some());
    let second = post(&server, "connect-wall", &held).await;
    assert_eq!(cookie(&second, "fleetcast-wall"), None, "it is connected once");
    let (_, other) = ask(&server).await;
    let same_name =
        server.call("allow-wall", &[("user_code", &other), ("name", "Lobby")], Some(&priya)).await;
    assert_eq!(same_name.status(), StatusCode::UNPROCESSABLE_ENTITY);
    server.stop().await;
}

/// While sign-in is off the wall is open, as every page is.
#[tokio::test]
async fn without_sign_in_the_wall_is_open() {
    let server = Server::start(2).await;
    assert!(shows(&server, "").await["Shown"].is_object());
    assert!(Views::open(&server, "").await.next().await.is_some());
    assert_eq!(server.get("/walls").await.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}
