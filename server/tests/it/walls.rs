//! Screens that show the wall: allowed by a code, revoked at once, and good for nothing else.

use reqwest::{Response, StatusCode, header};
use serde_json::Value;

use crate::support::{
    Server,
    team::{SignedIn, by_session},
};

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

/// Where nobody signs in the wall is open, as every page is.
#[tokio::test]
async fn without_sign_in_the_wall_is_open() {
    let server = Server::start(2).await;
    assert!(shows(&server, "").await["Shown"].is_object());
    assert_eq!(server.get("/walls").await.status(), StatusCode::NOT_FOUND);
    server.stop().await;
}
