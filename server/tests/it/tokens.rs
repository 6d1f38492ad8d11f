//! API tokens over HTTP: the `Authorization` header, refusals, streams, pages without scripts.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    html::Html,
    support::{
        Server,
        team::{PASSWORD, SignedIn, by_session, form, session_cookie},
    },
};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

impl Server {
    /// Makes a token; returns the answer.
    pub(crate) async fn make_token(&self, role: &str, by: &SignedIn) -> Value {
        let body = json!({"name": "ci-deploy", "role": role, "days": 30});
        let request = self.http.post(format!("{}/api/v1/tokens", self.base)).json(&body);
        let made = self.send(by_session(request, Some(by))).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        assert_eq!(made.headers()[header::CACHE_CONTROL], "no-store");
        made.json().await.unwrap()
    }

    async fn get_by(&self, path: &str, token: &str) -> Response {
        self.send(self.http.get(format!("{}{path}", self.base)).bearer_auth(token)).await
    }
}

fn text(made: &Value) -> &str {
    made["token"].as_str().unwrap()
}

async fn problem(response: Response) -> (u16, String, String) {
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    (status, problem["type"].as_str().unwrap().to_owned(), problem["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_token_is_used_by_request_until_it_is_revoked() {
    let (server, priya) = Server::start_team(1).await;
    let mara = server.join("mara", "operator", &priya).await;
    let made = server.make_token("viewer", &mara).await;
    let token = text(&made);
    let hub = server.get_by("/api/v1/hub", token).await;
    assert_eq!(hub.status(), StatusCode::OK);
    assert_eq!(hub.headers()[header::CACHE_CONTROL], "no-store");
    let me: Value = server.get_by("/api/v1/me", token).await.json().await.unwrap();
    assert_eq!((&me["person"]["userName"], &me["person"]["role"]), (&json!("mara"), &json!("viewer")));
    assert_eq!(me["token"]["tokenId"], made["info"]["tokenId"]);
    assert_eq!(server.get_by("/metrics", token).await.status(), StatusCode::OK);

    // Its role counts, also beside a cookie that would permit more.
    let job = json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"a": 1}}});
    let create = |request: RequestBuilder| server.send(request.json(&job));
    let post = || server.http.post(format!("{}/api/v1/jobs", server.base));
    for by in [None, Some(&priya)] {
        let (status, kind, _) = problem(create(by_session(post().bearer_auth(token), by)).await).await;
        assert_eq!((status, kind.as_str()), (403, "permission-missing"));
    }
    let operator = server.make_token("operator", &mara).await;
    let created = create(post().bearer_auth(text(&operator))).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let created: Value = created.json().await.unwrap();
    assert_eq!(created["createdBy"]["name"], "Name of mara");

    // Pages and their functions look at the cookie only; other Authorization headers mean nothing.
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let page = http.get(format!("{}/jobs", server.base)).bearer_auth(token).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    assert_eq!(server.get_by("/fn/hub", token).await.status(), StatusCode::UNAUTHORIZED);
    for other in ["Basic YTpi", "Bearer eyJhbGciOi"] {
        let request =
            server.http.get(format!("{}/api/v1/hub", server.base)).header(header::AUTHORIZATION, other);
        let by_cookie = server.send(by_session(request, Some(&priya))).await;
        assert_eq!(by_cookie.status(), StatusCode::OK, "{other}");
    }
    // No form token is needed: a browser adds no such header by itself.
    let preview = server.http.post(format!("{}/api/v1/targets/preview", server.base)).bearer_auth(token);
    let preview = preview.header(header::ACCEPT, HTML).header("sec-fetch-mode", "navigate");
    let preview = preview.header("sec-fetch-site", "cross-site").body("{\"queryCondition\": \"*\"}");
    assert_eq!(server.send(preview).await.status(), StatusCode::OK);

    let id = made["info"]["tokenId"].as_u64().unwrap();
    let delete = |number: u64| server.http.delete(format!("{}/api/v1/tokens/{number}", server.base));
    let of_priya = server.make_token("viewer", &priya).await;
    let other = of_priya["info"]["tokenId"].as_u64().unwrap();
    assert_eq!(problem(server.send(delete(other).bearer_auth(token)).await).await.0, 404, "somebody else's");
    assert_eq!(server.send(delete(id).bearer_auth(token)).await.status(), StatusCode::OK, "by itself");
    let revoked = server.get_by("/api/v1/hub", token).await;
    assert_eq!(revoked.headers()[header::WWW_AUTHENTICATE], "Bearer");
    let (status, kind, detail) = problem(revoked).await;
    assert_eq!((status, kind.as_str()), (401, "token-not-valid"));
    assert!(detail.contains("revoked"), "{detail}");
    let (_, log) = server.stop().await;
    assert!(!log.contains(token), "{log}");
}

#[tokio::test]
async fn a_token_that_cannot_be_used_is_refused_with_the_reason() {
    let (server, priya) = Server::start_team(0).await;
    let mara = server.join("mara", "operator", &priya).await;
    let made = server.make_token("operator", &mara).await;
    let token = text(&made);
    let swapped: String = token
        .chars()
        .take(4)
        .chain(token.chars().skip(4).map(|c| if c == 'a' { 'b' } else { 'a' }))
        .collect();
    for (wrong, reason) in [(&token[..50], "53 characters"), (swapped.as_str(), "checksum")] {
        let (status, kind, detail) = problem(server.get_by("/api/v1/hub", wrong).await).await;
        assert_eq!((status, kind.as_str()), (401, "token-not-valid"));
        assert!(detail.contains(reason), "{detail}");
    }
    for (body, field) in [
        (json!({"name": "a", "role": "root", "days": 1}), "role"),
        (json!({"name": "", "role": "viewer", "days": 1}), "name"),
        (json!({"name": "a", "role": "viewer", "days": 366}), "days"),
        (json!({"name": "a", "role": "viewer", "days": 70_000}), "days"),
        (json!({"name": "a", "role": "viewer"}), "days"),
        (json!({"name": "a", "role": "viewer", "days": 1, "scope": "*"}), "scope"),
    ] {
        let request = server.http.post(format!("{}/api/v1/tokens", server.base)).json(&body);
        let refused = server.send(by_session(request, Some(&mara))).await;
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["status"], 422, "{body}: {problem}");
        assert!(problem["errors"].to_string().contains(field), "{body}: {problem}");
    }
    // A token cannot make another one, whatever its role.
    let administrator = server.make_token("administrator", &priya).await;
    let again = server.http.post(format!("{}/api/v1/tokens", server.base)).bearer_auth(text(&administrator));
    let again = server.send(again.json(&json!({"name": "b", "role": "viewer", "days": 1}))).await;
    let (status, kind, _) = problem(again).await;
    assert_eq!((status, kind.as_str()), (403, "session-needed"));

    let user_id = mara.user_id().to_owned();
    let change = async |function: &str, fields: &[(&str, &str)]| {
        let fields: Vec<_> =
            [("user_id", user_id.as_str())].into_iter().chain(fields.iter().copied()).collect();
        assert_eq!(server.call(function, &fields, Some(&priya)).await.status(), StatusCode::OK, "{function}");
    };
    change("change-role", &[("role", "viewer")]).await;
    let job = server.http.post(format!("{}/api/v1/jobs", server.base)).bearer_auth(token);
    assert_eq!(problem(server.send(job.json(&json!({}))).await).await.0, 403, "its owner may do less now");
    change("set-active", &[("active", "false")]).await;
    let (status, _, detail) = problem(server.get_by("/api/v1/hub", token).await).await;
    assert!(status == 401 && detail.contains("deactivated"), "{detail}");

    for _ in 0..28 {
        server.get_by("/api/v1/hub", "fct_wrong").await;
    }
    let (status, kind, _) = problem(server.get_by("/api/v1/hub", text(&administrator)).await).await;
    // A slow machine takes longer than a minute over them.
    if status != 200 {
        assert_eq!((status, kind.as_str()), (429, "too-many-wrong-tokens"));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stream_ends_when_its_token_is_revoked() {
    let (server, priya) = Server::start_team(0).await;
    let made = server.make_token("viewer", &priya).await;
    let mut stream = server.get_by("/api/v1/events", text(&made)).await;
    assert_eq!(stream.status(), StatusCode::OK);
    let fields = [("token_id", made["info"]["tokenId"].to_string())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(server.call("revoke-token", &fields, Some(&priya)).await.status(), StatusCode::OK);
    let ended =
        timeout(Duration::from_secs(2), async { while stream.chunk().await.unwrap().is_some() {} }).await;
    assert!(ended.is_ok(), "it ends within 2 s");
    server.stop().await;
}

#[tokio::test]
async fn service_accounts_and_their_tokens_are_made_over_the_api() {
    let (server, priya) = Server::start_team(0).await;
    let mara = server.join("mara", "operator", &priya).await;
    let accounts = format!("{}/api/v1/service-accounts", server.base);
    let new = json!({"name": "Deployment", "userName": "deploy", "role": "operator"});
    let create = |by| server.send(by_session(server.http.post(&accounts).json(&new), Some(by)));
    assert_eq!(problem(create(&mara).await).await.1, "permission-missing");
    let made: Value = create(&priya).await.json().await.unwrap();
    assert_eq!(problem(create(&priya).await).await.0, 409);
    let body = json!({"name": "ci", "role": "operator", "days": 365, "userId": made["account"]["userId"]});
    let request = server.http.post(format!("{}/api/v1/tokens", server.base)).json(&body);
    let token: Value = server.send(by_session(request, Some(&priya))).await.json().await.unwrap();
    let me: Value = server.get_by("/api/v1/me", text(&token)).await.json().await.unwrap();
    assert_eq!(me["person"]["userName"], "deploy");
    for (path, count) in
        [("/api/v1/tokens?all=true", 1), ("/api/v1/tokens", 0), ("/api/v1/service-accounts", 1)]
    {
        let listed: Value = server.get_as(path, Some(&priya)).await.json().await.unwrap();
        assert_eq!(listed["items"].as_array().unwrap().len(), count, "{path}");
    }
    assert_eq!(problem(server.get_as("/api/v1/service-accounts", Some(&mara)).await).await.0, 404);
    assert_eq!(
        problem(server.get_as("/api/v1/tokens?all=true", Some(&mara)).await).await.1,
        "permission-missing"
    );
    assert_eq!(server.sign_in("deploy", "").await.status(), StatusCode::UNAUTHORIZED);
    server.stop().await;
}

/// A page in a browser without scripts, and a way to post its forms.
struct Browser<'a> {
    server: &'a Server,
    http: Client,
    cookies: String,
}

impl<'a> Browser<'a> {
    async fn open(server: &'a Server, by: &SignedIn) -> Self {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        let first = http.get(format!("{}/account", server.base)).header(header::COOKIE, &by.cookie);
        let first = first.send().await.unwrap();
        let of_forms =
            first.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { server, http, cookies: format!("{}; {of_forms}", by.cookie) }
    }

    async fn load(&self, address: &str) -> Html {
        let page =
            self.http.get(format!("{}{address}", self.server.base)).header(header::COOKIE, &self.cookies);
        let page = page.send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{address}");
        Html::parse(&page.text().await.unwrap())
    }

    /// Posts a form of a page with its token; returns where it leads, and the answer.
    async fn post(&self, page: &str, function: &str, fields: &[(&str, &str)]) -> (String, Response) {
        let path = format!("/fn/{function}");
        let page = self.load(page).await;
        let inputs = page.within(|element| element.get("action") == Some(path.as_str()), "input");
        let token = inputs.into_iter().find(|input| input.get("name") == Some("form_token")).unwrap();
        let token = token.get("value").unwrap().to_owned();
        let fields: Vec<_> =
            [("form_token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let request = form(self.http.post(format!("{}{path}", self.server.base)), &fields);
        let request = request.header(header::ACCEPT, HTML).header(header::ORIGIN, &self.server.base);
        let answer = request.header(header::COOKIE, &self.cookies).send().await.unwrap();
        let location =
            answer.headers().get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
        (location, answer)
    }
}

#[tokio::test]
async fn the_page_of_ones_account_works_without_scripts() {
    let (server, priya) = Server::start_team(0).await;
    let ken = server.join("ken", "viewer", &priya).await;
    let browser = Browser::open(&server, &ken).await;
    let new = [("name", "wall-lobby"), ("role", "viewer"), ("days", "30")];
    let (made, _) = browser.post("/account", "create-token", &new).await;
    assert!(made.starts_with("/account?made="), "{made}");
    let page = browser.load(&made).await;
    let codes = page.all(|element| element.name == "code");
    let token =
        codes.iter().map(|code| code.text.clone()).find(|text| text.len() == 53).expect("it is shown");
    assert_eq!(server.get_by("/api/v1/hub", &token).await.status(), StatusCode::OK);
    let again = browser.load(&made).await;
    assert!(!again.id("main").text.contains(&token) && again.id("main").text.contains("wall-lobby"), "once");
    let more = [("name", "x"), ("role", "operator"), ("days", "30")];
    let (_, refused) = browser.post("/account", "create-token", &more).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let me: Value = server.get_by("/api/v1/me", &token).await.json().await.unwrap();
    let id = me["token"]["tokenId"].to_string();
    let (back, _) = browser.post("/account", "revoke-token", &[("token_id", &id), ("back", "account")]).await;
    assert_eq!(back, "/account");
    assert_eq!(server.get_by("/api/v1/hub", &token).await.status(), StatusCode::UNAUTHORIZED);

    // Another session is ended, then the password is changed.
    let elsewhere = SignedIn::of(server.sign_in("ken", PASSWORD).await).await;
    let account: Value =
        server.get_as("/fn/account?made=&refused=", Some(&elsewhere)).await.json().await.unwrap();
    let session = account["sessions"][0]["sessionId"].to_string();
    let (back, _) =
        browser.post("/account", "revoke-session", &[("session_id", &session), ("back", "account")]).await;
    assert_eq!(back, "/account");
    assert_eq!(server.get_as("/api/v1/hub", Some(&elsewhere)).await.status(), StatusCode::UNAUTHORIZED);
    let wrong = [("current_password", "wrong wrong wrong"), ("password", "another correct horse")];
    let (refused, _) = browser.post("/account", "change-password", &wrong).await;
    let page = browser.load(&refused).await;
    assert!(page.id("current-password-problem").text.contains("not your password"));
    let right = [("current_password", PASSWORD), ("password", "another correct horse")];
    let (back, changed) = browser.post("/account", "change-password", &right).await;
    let cookie = session_cookie(&changed).expect("a new session");
    assert_eq!((back.as_str(), cookie == ken.cookie), ("/account", false));
    assert_eq!(server.get_as("/api/v1/hub", Some(&ken)).await.status(), StatusCode::UNAUTHORIZED);
    server.stop().await;
}

#[tokio::test]
async fn device_authorisation_answers_as_the_rfc_says() {
    const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

    let (server, priya) = Server::start_team(0).await;
    let post = async |path: &str, fields: &[(&str, &str)]| -> (u16, Value) {
        let request = form(server.http.post(format!("{}{path}", server.base)), fields);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };
    let new_login = async || {
        post("/api/device-authorization", &[("client_id", "fleetcast"), ("machine", "build-7")]).await.1
    };
    let begun = new_login().await;
    let code = begun["user_code"].as_str().unwrap();
    assert_eq!(begun["verification_uri"], format!("{}/activate", server.base));
    assert_eq!(begun["verification_uri_complete"], format!("{}/activate?user_code={code}", server.base));
    assert_eq!((&begun["expires_in"], &begun["interval"]), (&json!(600), &json!(5)));
    let poll = async |begun: &Value| {
        let code = begun["device_code"].as_str().unwrap();
        post("/api/token", &[("client_id", "fleetcast"), ("grant_type", GRANT), ("device_code", code)]).await
    };
    for expected in ["authorization_pending", "slow_down"] {
        let (status, answer) = poll(&begun).await;
        assert_eq!((status, answer["error"].as_str()), (400, Some(expected)));
        assert!(answer["error_description"].as_str().unwrap().len() > 10);
    }
    for (path, fields, status, error) in [
        ("/api/device-authorization", &[][..], 401, "invalid_client"),
        ("/api/token", &[("client_id", "other")], 401, "invalid_client"),
        (
            "/api/token",
            &[("client_id", "fleetcast"), ("grant_type", "password")],
            400,
            "unsupported_grant_type",
        ),
        ("/api/token", &[("client_id", "fleetcast"), ("grant_type", GRANT)], 400, "invalid_request"),
        ("/api/token", &[("client_id", "a"), ("client_id", "b")], 400, "invalid_request"),
        (
            "/api/token",
            &[("client_id", "fleetcast"), ("grant_type", GRANT), ("device_code", "x")],
            400,
            "invalid_grant",
        ),
    ] {
        let (answered, answer) = post(path, fields).await;
        assert_eq!((answered, answer["error"].as_str()), (status, Some(error)), "{path} {fields:?}");
    }

    // Without scripts: the person types the code, sees which machine asks, and allows it.
    let browser = Browser::open(&server, &priya).await;
    let wrong = browser.load("/activate?user_code=BCDF-GHJK").await;
    assert!(wrong.id("user-code-problem").text.contains("not a code"));
    let address = format!("/activate?user_code={}", code.to_lowercase());
    assert!(browser.load(&address).await.id("main").text.contains("build-7"));
    let allow = [("user_code", code), ("decision", "allow"), ("role", "viewer")];
    let (back, _) = browser.post(&address, "decide-device-login", &allow).await;
    assert_eq!(back, format!("/activate?user_code={code}"));
    assert!(browser.load(&back).await.id("main").text.contains("is signed in with the role Viewer"));
    let (status, granted) = poll(&begun).await;
    assert_eq!(
        (status, &granted["token_type"], &granted["expires_in"]),
        (200, &json!("Bearer"), &json!(7_776_000))
    );
    let token = granted["access_token"].as_str().unwrap();
    let me: Value = server.get_by("/api/v1/me", token).await.json().await.unwrap();
    assert_eq!((&me["person"]["userName"], &me["person"]["role"]), (&json!("priya"), &json!("viewer")));
    assert_eq!(poll(&begun).await.1["error"], "invalid_grant", "it is handed out once");

    let denied = new_login().await;
    let deny = [("user_code", denied["user_code"].as_str().unwrap()), ("decision", "deny")];
    assert_eq!(server.call("decide-device-login", &deny, Some(&priya)).await.status(), StatusCode::OK);
    assert_eq!(poll(&denied).await.1["error"], "access_denied");
    server.stop().await;
}
