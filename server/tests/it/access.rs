//! Signing in and out over HTTP: cookies, redirects, forms, refusals, streams.

mod browser;

use std::time::Duration;

use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use self::browser::{Browser, client, location};
use crate::support::{
    Server, encoded,
    team::{PASSWORD, SignedIn, by_session, session_cookie},
};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn problem(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    (status, response.json().await.unwrap())
}

#[tokio::test]
async fn a_client_that_is_not_signed_in_learns_nothing_but_the_sign_in_page() {
    let (server, _) = Server::start_team(2).await;
    server.until("the hub is known", async || server.get("/readyz").await.status().is_success()).await;
    let http = client();
    for (path, next) in [
        ("/", "%2F"),
        ("/jobs?tab=all", "%2Fjobs%3Ftab%3Dall"),
        ("/jobs/nobody", "%2Fjobs%2Fnobody"),
        ("/devices/door-0001", "%2Fdevices%2Fdoor-0001"),
        ("/team", "%2Fteam"),
        ("/no-such-page", "%2Fno-such-page"),
    ] {
        let response = http.get(format!("{}{path}", server.base)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(location(&response), format!("/sign-in?next={next}"), "{path}");
    }
    for path in
        ["/api/v1/jobs", "/api/v1/nothing", "/api/v1/openapi.json", "/api/v1/events", "/fn/hub", "/metrics"]
    {
        let (status, problem) =
            problem(http.get(format!("{}{path}", server.base)).send().await.unwrap()).await;
        assert_eq!(
            (status, problem["type"].as_str()),
            (StatusCode::UNAUTHORIZED, Some("signed-out")),
            "{path}"
        );
    }
    let page = http.get(format!("{}/sign-in", server.base)).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let text = page.text().await.unwrap();
    for secret in ["localhost", "embedded", "door-", "priya", "Priya", "connected"] {
        assert!(!text.contains(secret), "the sign-in page says {secret}");
    }
    let (status, unknown) = problem(server.sign_in("nobody", PASSWORD).await).await;
    let (_, wrong) = problem(server.sign_in("priya", "wrong wrong wrong").await).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(unknown["detail"], wrong["detail"], "the answer does not say which was wrong");
    server.stop().await;
}

#[tokio::test]
async fn metrics_have_an_address_that_asks_nobody_to_sign_in() {
    let folder = TempDir::new().unwrap();
    let flags = ["--sign-in", "--metrics-listen", "127.0.0.1:0"];
    let server = Server::start_in(folder, 0, &flags).await;
    let address = server.announced.iter().find_map(|line| line.strip_prefix("metrics at ")).unwrap();
    let metrics = client().get(address).send().await.unwrap();
    assert_eq!(metrics.status(), StatusCode::OK);
    assert!(metrics.text().await.unwrap().contains("fleetcast_build_info"));
    for path in ["/jobs", "/api/v1/hub", "/sign-in"] {
        let other = client().get(address.replace("/metrics", path)).send().await.unwrap();
        assert_eq!(other.status(), StatusCode::NOT_FOUND, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_session_is_a_new_cookie_and_ends_with_sign_out() {
    let (server, priya) = Server::start_team(0).await;
    // A cookie that an attacker planted is not taken over.
    let planted = SignedIn { cookie: format!("fleetcast={}", "a".repeat(43)), person: Value::Null };
    assert_eq!(server.get_as("/api/v1/hub", Some(&planted)).await.status(), StatusCode::UNAUTHORIZED);
    let fields = [("user_name", "priya"), ("password", PASSWORD)];
    let response = server.call("sign-in", &fields, Some(&planted)).await;
    let header = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(header.contains(attribute), "{header}");
    }
    let session = SignedIn::of(response).await;
    assert_ne!(session.cookie, planted.cookie);
    // Signing in again in the same browser ends the session that it had.
    let again = SignedIn::of(server.call("sign-in", &fields, Some(&session)).await).await;
    assert_eq!(server.get_as("/api/v1/hub", Some(&session)).await.status(), StatusCode::UNAUTHORIZED);
    let kept = server.get_as("/api/v1/hub", Some(&again)).await;
    assert_eq!(kept.status(), StatusCode::OK);
    assert_eq!(kept.headers()[header::CACHE_CONTROL], "no-store");

    let signed_out = server.call("sign-out", &[], Some(&again)).await;
    let forgotten = signed_out.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(forgotten.starts_with("fleetcast=;") && forgotten.contains("Max-Age=0"), "{forgotten}");
    assert_eq!(server.get_as("/api/v1/hub", Some(&again)).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(server.get_as("/api/v1/hub", Some(&priya)).await.status(), StatusCode::OK);
    // Sessions outlive a restart.
    let (folder, log) = server.stop().await;
    assert!(!log.contains(PASSWORD) && !log.contains(&again.cookie), "{log}");
    let server = Server::start_in(folder, 0, &["--sign-in"]).await;
    let _ = server.session.set(priya.cookie.clone());
    assert_eq!(server.setup_token(), None, "there is an administrator");
    assert_eq!(server.get_as("/api/v1/hub", Some(&priya)).await.status(), StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn people_sign_in_without_scripts() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_in(folder, 0, &["--sign-in"]).await;
    let setup = format!("/setup?token={}", server.setup_token().unwrap());
    let mut browser = Browser::open(&server, &setup).await;
    let fields = |password| [("name", "Priya Nair"), ("user_name", "priya"), ("password", password)];
    let foreign = browser.post(&server, "set-up", &fields(PASSWORD), false).await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "a form of another page has no token");
    let weak = browser.post(&server, "set-up", &fields("short"), true).await;
    assert_eq!(weak.status(), StatusCode::SEE_OTHER);
    browser.load(&server, location(&weak)).await;
    assert_eq!(browser.page.id("name").get("value"), Some("Priya Nair"), "what was typed is kept");
    assert_eq!(browser.page.id("password").get("value").unwrap_or_default(), "", "except the password");
    assert!(
        browser.page.id("password-problem").text.contains("at least 12"),
        "the reason is beside the field"
    );
    let done = browser.post(&server, "set-up", &fields(PASSWORD), true).await;
    assert_eq!((done.status(), location(&done)), (StatusCode::SEE_OTHER, "/team"));
    assert!(session_cookie(&done).is_some());

    // Sign-in leads only to pages of ours.
    for (next, leads_to) in [
        ("/devices?q=a", "/devices?q=a"),
        ("//attacker.example/", "/"),
        ("https://attacker.example/", "/"),
        ("/\\attacker.example", "/"),
        ("/fn/sign-out", "/"),
    ] {
        let mut browser = Browser::open(&server, &format!("/sign-in?next={}", encoded(next))).await;
        let wrong = [("user_name", "priya"), ("password", "wrong wrong wrong")];
        let wrong = browser.post(&server, "sign-in", &wrong, true).await;
        assert_eq!(wrong.status(), StatusCode::SEE_OTHER);
        assert!(location(&wrong).starts_with("/sign-in?"), "{}", location(&wrong));
        assert_eq!(session_cookie(&wrong), None);
        browser.load(&server, location(&wrong)).await;
        assert!(browser.page.id("main").text.contains("do not match"), "{next}");
        assert_eq!(browser.page.id("user-name").get("value"), Some("priya"));
        let good = [("user_name", "priya"), ("password", PASSWORD)];
        let good = browser.post(&server, "sign-in", &good, true).await;
        assert_eq!((good.status(), location(&good)), (StatusCode::SEE_OTHER, leads_to), "{next}");
        // Who is signed in goes on at once, to the same places.
        let request = client().get(format!("{}/sign-in?next={}", server.base, encoded(next)));
        let at_once = request.header(header::COOKIE, session_cookie(&good).unwrap()).send().await.unwrap();
        assert_eq!(location(&at_once), leads_to, "{next}");
    }
    // A plain form whose session has ended is not sent; the page says so.
    let mut browser = Browser::open(&server, "/sign-in").await;
    browser.load(&server, "/sign-in").await;
    let lost = browser.post(&server, "cancel-job", &[("job_id", "x")], false).await;
    assert_eq!(lost.status(), StatusCode::UNAUTHORIZED);
    assert!(lost.text().await.unwrap().contains("href=\"/sign-in\""));
    server.stop().await;
}

#[tokio::test]
async fn the_token_of_a_link_leaves_the_address() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_in(folder, 0, &["--sign-in"]).await;
    let token = server.setup_token().unwrap();
    let http = client();
    let get = async |path: &str, cookie: &str| {
        let request = http.get(format!("{}{path}", server.base)).header(header::COOKIE, cookie);
        request.send().await.unwrap()
    };
    let first = get(&format!("/setup?token={token}"), "").await;
    assert_eq!((first.status(), location(&first)), (StatusCode::SEE_OTHER, "/setup"));
    let cookie = first.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=3600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let page = get("/setup", cookie).await;
    assert_eq!(page.status(), StatusCode::OK);
    let text = page.text().await.unwrap();
    assert!(text.contains("Create the first administrator") && !text.contains(&token));
    for (path, cookie) in [("/setup", ""), ("/invitation", ""), ("/setup", "fleetcast-link=none")] {
        let dead = get(path, cookie).await;
        assert_eq!(dead.status(), StatusCode::GONE, "{path} {cookie}");
        assert!(dead.text().await.unwrap().contains("This link does not work"), "{path} {cookie}");
    }
    // A text that is no token makes the browser forget the one that it has.
    let other = get("/invitation?token=none", cookie).await;
    assert!(other.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("fleetcast-link=;"));
    // The link has been used, so its cookie is forgotten.
    let browser = Browser::open(&server, &format!("/setup?token={token}")).await;
    let fields = [("name", "Priya Nair"), ("user_name", "priya"), ("password", PASSWORD)];
    let done = browser.post(&server, "set-up", &fields, true).await;
    let cookies: Vec<_> = done.headers().get_all(header::SET_COOKIE).iter().collect();
    let is_forgotten = |cookie: &&header::HeaderValue| {
        cookie.to_str().is_ok_and(|cookie| cookie.starts_with("fleetcast-link=;"))
    };
    assert!(cookies.iter().any(is_forgotten), "{cookies:?}");
    let (_, log) = server.stop().await;
    assert!(!log.contains(&token), "{log}");
}

#[tokio::test]
async fn attempts_are_slowed_down() {
    let (server, _) = Server::start_team(0).await;
    for _ in 0..5 {
        assert_eq!(server.sign_in("priya", "wrong wrong wrong").await.status(), StatusCode::UNAUTHORIZED);
    }
    let (status, problem) = problem(server.sign_in("priya", PASSWORD).await).await;
    // A slow machine takes longer over the five than the first wait is long.
    if status != StatusCode::OK {
        assert_eq!(
            (status, problem["type"].as_str()),
            (StatusCode::TOO_MANY_REQUESTS, Some("too-many-attempts"))
        );
        assert!(problem["detail"].as_str().unwrap().contains("Next try in 1 s"), "{problem}");
    }
    server.stop().await;
}

/// Reads an event stream until it ends; returns how it ended.
async fn until_the_end(mut stream: Response) -> Result<(), reqwest::Error> {
    while stream.chunk().await?.is_some() {}
    Ok(())
}

#[tokio::test]
async fn a_stream_ends_when_its_session_is_revoked() {
    let (server, priya) = Server::start_team(0).await;
    let mara = server.join("mara", "operator", &priya).await;
    let stays = server.get_as("/api/v1/events", Some(&priya)).await;
    for how in ["revoked", "role", "deactivated"] {
        let mara = if how == "revoked" {
            mara.clone()
        } else {
            SignedIn::of(server.sign_in("mara", PASSWORD).await).await
        };
        let stream = server.get_as("/api/v1/events", Some(&mara)).await;
        assert_eq!(stream.status(), StatusCode::OK);
        let user_id = mara.user_id().to_owned();
        let done = match how {
            "revoked" => {
                let team: Value = server.get_as("/fn/team?made=", Some(&priya)).await.json().await.unwrap();
                let members = team["team"]["members"].as_array().unwrap();
                let member = members.iter().find(|member| member["person"]["userId"] == user_id).unwrap();
                let session = member["sessions"][0]["sessionId"].to_string();
                server.call("revoke-session", &[("session_id", &session)], Some(&priya)).await
            }
            "role" => {
                server.call("change-role", &[("user_id", &user_id), ("role", "approver")], Some(&priya)).await
            }
            _ => server.call("set-active", &[("user_id", &user_id), ("active", "false")], Some(&priya)).await,
        };
        assert_eq!(done.status(), StatusCode::OK, "{how}");
        let ended = timeout(Duration::from_secs(2), until_the_end(stream)).await;
        assert!(ended.expect("it ends within 2 s").is_ok(), "{how}");
        assert_eq!(
            server.get_as("/api/v1/hub", Some(&mara)).await.status(),
            StatusCode::UNAUTHORIZED,
            "{how}"
        );
    }
    let goes_on = timeout(Duration::from_millis(200), until_the_end(stays)).await;
    assert!(goes_on.is_err(), "another person's stream goes on");
    server.stop().await;
}

#[tokio::test]
async fn the_api_says_who_did_what_and_refuses_by_name() {
    let (server, priya) = Server::start_team(1).await;
    let mara = server.join("mara", "operator", &priya).await;
    let ken = server.join("ken", "viewer", &priya).await;
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::DAY;
    let job = json!({
        "jobId": "lock", "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor"},
        "startTime": hub_wire::Timestamp::from(tomorrow).to_string(),
    });
    let create = async |by: &SignedIn| {
        let request = server.http.post(format!("{}/api/v1/jobs", server.base)).json(&job);
        problem(server.send(by_session(request, Some(by))).await).await
    };
    let (status, refused) = create(&ken).await;
    assert_eq!((status, refused["type"].as_str()), (StatusCode::FORBIDDEN, Some("permission-missing")));
    assert!(refused["detail"].as_str().unwrap().contains("job:create"), "{refused}");
    let (status, created) = create(&mara).await;
    assert_eq!((status, created["createdBy"]["name"].as_str()), (StatusCode::CREATED, Some("Name of mara")));
    server
        .until("it can be cancelled", async || {
            let request = server.http.post(format!("{}/api/v1/jobs/lock/cancel", server.base));
            server.send(by_session(request, Some(&priya))).await.status().is_success()
        })
        .await;
    let seen: Value = server.get_as("/api/v1/jobs/lock", Some(&ken)).await.json().await.unwrap();
    assert_eq!(
        (seen["createdBy"]["userId"].as_str(), seen["cancelledBy"]["name"].as_str()),
        (Some(mara.user_id()), Some("Priya Nair"))
    );
    // What one may not see is not there.
    let (status, hidden) = problem(server.get_as("/fn/team?made=", Some(&ken)).await).await;
    assert_eq!((status, hidden["type"].as_str()), (StatusCode::NOT_FOUND, Some("not-found")));
    // Pages that are shared between requests are not shared between people.
    for (person, name) in [(&mara, "Name of mara"), (&ken, "Name of ken"), (&priya, "Priya Nair")] {
        let page = server.get_as("/jobs", Some(person)).await.text().await.unwrap();
        assert!(page.contains(&format!("Account of {name}")), "{name}");
    }
    server.stop().await;
}

#[tokio::test]
async fn without_sign_in_the_console_is_open_and_has_no_accounts() {
    let server = Server::start(0).await;
    let http = client();
    assert_eq!(server.setup_token(), None);
    for path in ["/sign-in", "/setup?token=x", "/invitation?token=x"] {
        let response = http.get(format!("{}{path}", server.base)).send().await.unwrap();
        assert_eq!((response.status(), location(&response)), (StatusCode::SEE_OTHER, "/"), "{path}");
    }
    assert_eq!(server.sign_in("priya", PASSWORD).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(server.get("/team").await.status(), StatusCode::NOT_FOUND);
    let page = server.get("/jobs").await.text().await.unwrap();
    assert!(page.contains("Open to this machine only"), "a quiet note");
    server.stop().await;
}

#[tokio::test]
async fn an_export_arrives_whole_when_it_is_compressed() {
    let (server, priya) = Server::start_team(1).await;
    let file =
        server.http.get(format!("{}/api/v1/jobs.csv", server.base)).header(header::ACCEPT_ENCODING, "gzip");
    let answer = by_session(file, Some(&priya)).send().await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
    assert!(answer.bytes().await.unwrap().len() > 20, "its end arrives");
    let (_, log) = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}
