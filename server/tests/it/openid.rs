//! Signing in at a provider of OpenID Connect, over HTTP: state, cookie, roles, accounts. What makes a token invalid is tested
//! in `openid-client/tests/it`; here that such a token begins no session.

use reqwest::{Client, Response, StatusCode, Url, header, redirect::Policy};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    provider::{CLIENT_ID, CLIENT_SECRET, Fault, TestProvider},
    support::{
        Server,
        team::{SignedIn, session_cookie},
    },
};

/// A browser that does not follow redirects by itself.
struct Browser {
    http: Client,
    /// The cookie of the sign-in that is under way.
    cookie: String,
}

impl Browser {
    fn new() -> Self {
        Self { http: Client::builder().redirect(Policy::none()).build().unwrap(), cookie: String::new() }
    }

    async fn get(&self, address: &str) -> Response {
        let request = self.http.get(address).header(header::ACCEPT, "text/html");
        request.header(header::COOKIE, &self.cookie).send().await.unwrap()
    }

    /// Begins to sign in; returns the address at the provider.
    async fn begin(&mut self, server: &Server, next: &str) -> String {
        let address = format!("{}/sign-in/provider?next={next}", server.base);
        let begun = self.get(&address).await;
        assert_eq!(begun.status(), StatusCode::SEE_OTHER);
        let cookie = begun.headers()[header::SET_COOKIE].to_str().unwrap();
        for attribute in ["fleetcast_provider=", "HttpOnly", "SameSite=Lax", "Max-Age=600"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        cookie.split(';').next().unwrap().clone_into(&mut self.cookie);
        location(&begun)
    }

    /// Signs in as far as the way back: the address that the provider sends the browser to.
    async fn at_provider(&mut self, server: &Server, next: &str) -> String {
        let address = self.begin(server, next).await;
        location(&self.get(&address).await)
    }

    /// The whole sign-in.
    async fn sign_in(&mut self, server: &Server, next: &str) -> Response {
        let back = self.at_provider(server, next).await;
        self.get(&back).await
    }
}

fn location(response: &Response) -> String {
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// A server with its first administrator, at which people of the provider can sign in too.
async fn start(provider: &TestProvider) -> (Server, SignedIn) {
    let issuer = provider.issuer();
    let flags = [
        "--sign-in",
        "--oidc-issuer",
        issuer.as_str(),
        "--oidc-client-id",
        CLIENT_ID,
        "--oidc-client-secret",
        CLIENT_SECRET,
        "--oidc-name",
        "Campus",
    ];
    let server = Server::start_in(TempDir::new().unwrap(), 0, &flags).await;
    let priya = server.set_up().await;
    let _ = server.session.set(priya.cookie.clone());
    (server, priya)
}

/// The person who comes from the provider, as the team's page shows it.
async fn member(server: &Server, priya: &SignedIn, user_name: &str) -> Value {
    let team: Value = server.get_as("/fn/team?made=", Some(priya)).await.json().await.unwrap();
    let members = team["team"]["members"].as_array().unwrap();
    members.iter().find(|member| member["person"]["userName"] == user_name).cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_person_signs_in_at_the_provider() {
    let provider = TestProvider::start().await;
    let (server, priya) = start(&provider).await;
    let mut browser = Browser::new();
    let page = browser.get(&format!("{}/sign-in?next=%2Fdevices", server.base)).await.text().await.unwrap();
    assert!(
        page.contains("Sign in with Campus") && page.contains("/sign-in/provider?next=%2Fdevices"),
        "{page}"
    );
    let signed_in = browser.sign_in(&server, "%2Fdevices").await;
    assert_eq!((signed_in.status(), location(&signed_in).as_str()), (StatusCode::SEE_OTHER, "/devices"));
    let forgotten = signed_in.headers().get_all(header::SET_COOKIE).iter();
    assert!(forgotten.filter_map(|cookie| cookie.to_str().ok()).any(|cookie| cookie.contains("Max-Age=0")));
    let mara = SignedIn { cookie: session_cookie(&signed_in).unwrap(), person: Value::Null };
    let job = json!({"type": "scheduleUpdateTwin", "queryCondition": "*", "updateTwin": {"tags": {"x": 1}}});
    let request = server.http.post(format!("{}/api/v1/jobs", server.base)).json(&job);
    let created = server.send(request.header(header::COOKIE, &mara.cookie)).await;
    assert_eq!(created.status(), StatusCode::CREATED, "an operator");
    assert_eq!(created.json::<Value>().await.unwrap()["createdBy"]["name"], "Mara Lindqvist");
    let account = member(&server, &priya, "mara").await;
    assert_eq!((&account["provider"], &account["state"]), (&json!(provider.issuer()), &json!("active")));

    // The role is the provider's: it is given there, also when it is less.
    let user_id = account["person"]["userId"].as_str().unwrap().to_owned();
    let fields = [("user_id", user_id.as_str()), ("role", "administrator")];
    assert_eq!(server.call("change-role", &fields, Some(&priya)).await.status(), StatusCode::CONFLICT);
    let link = server.call("new-link", &[("user_id", user_id.as_str())], Some(&priya)).await;
    assert_eq!(link.status(), StatusCode::CONFLICT, "there is no password");
    provider.inside().claims["roles"] = json!(["viewer"]);
    let again = Browser::new().sign_in(&server, "").await;
    assert_eq!(location(&again), "/");
    assert_eq!(
        server.get_as("/api/v1/hub", Some(&mara)).await.status(),
        StatusCode::UNAUTHORIZED,
        "it ended"
    );
    let account = member(&server, &priya, "mara").await;
    assert_eq!(
        (&account["person"]["userId"], &account["person"]["role"]),
        (&json!(user_id), &json!("viewer"))
    );

    // Signing out ends the session at the provider too.
    let mara = SignedIn { cookie: session_cookie(&again).unwrap(), person: Value::Null };
    let out = server.call("sign-out", &[], Some(&mara)).await;
    assert_eq!(location(&out), "/sign-in/ended");
    let ended = browser.get(&format!("{}/sign-in/ended", server.base)).await;
    let refresh = ended.headers()[header::REFRESH].to_str().unwrap();
    assert!(refresh.starts_with(&format!("0; url={}/end?client_id=", provider.issuer())), "{refresh}");
    let out = server.call("sign-out", &[], Some(&priya)).await;
    assert_eq!(location(&out), "/sign-in", "an account of the console");
    let (_, log) = server.stop().await;
    assert!(!log.contains(CLIENT_SECRET) && !log.contains("an-access-token"), "{log}");
}

#[tokio::test]
async fn a_way_back_that_was_not_begun_here_or_was_used_leads_nowhere() {
    let provider = TestProvider::start().await;
    let (server, _) = start(&provider).await;
    let mut browser = Browser::new();
    let back = browser.at_provider(&server, "").await;
    let expired = async |browser: &Browser, address: &str, what: &str| {
        let refused = browser.get(address).await;
        assert_eq!((refused.status(), session_cookie(&refused)), (StatusCode::BAD_REQUEST, None), "{what}");
        let page = refused.text().await.unwrap();
        assert!(page.contains("This sign-in cannot go on") && page.contains("/sign-in"), "{what}: {page}");
    };
    // Whoever sends a person a link to the end of a sign-in does not sign that person in.
    expired(&Browser::new(), &back, "another browser").await;
    let mut other = Browser::new();
    other.begin(&server, "").await;
    expired(&other, &back, "the cookie of another sign-in").await;
    let mut wrong = Url::parse(&back).unwrap();
    wrong.set_query(Some("code=code-1&state=made-up"));
    expired(&browser, wrong.as_str(), "another state").await;
    assert_eq!(browser.get(&back).await.status(), StatusCode::SEE_OTHER);
    expired(&browser, &back, "once more").await;
    server.stop().await;
}

#[tokio::test]
async fn nobody_is_signed_in_by_an_answer_that_cannot_be_trusted() {
    let provider = TestProvider::start().await;
    let (server, _) = start(&provider).await;
    for fault in [
        Fault::Expired,
        Fault::Tampered,
        Fault::UnknownKey,
        Fault::Unsigned,
        Fault::OtherAudience,
        Fault::OtherIssuer,
        Fault::OtherNonce,
        Fault::NoToken,
    ] {
        provider.inside().fault = fault;
        let refused = Browser::new().sign_in(&server, "").await;
        assert_eq!((refused.status(), session_cookie(&refused)), (StatusCode::FORBIDDEN, None), "{fault:?}");
        assert!(refused.text().await.unwrap().contains("cannot be trusted"), "{fault:?}");
    }
    provider.inside().fault = Fault::None;
    let mut browser = Browser::new();
    let back = browser.at_provider(&server, "").await;
    let mixed = browser.get(&format!("{back}&iss=http%3A%2F%2F127.0.0.1%3A1")).await;
    assert_eq!((mixed.status(), session_cookie(&mixed)), (StatusCode::FORBIDDEN, None), "another issuer");
    provider.inside().reports = Some("access_denied");
    let refused = Browser::new().sign_in(&server, "").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().await.unwrap().contains("It reports: access_denied."));
    server.stop().await;
}

#[tokio::test]
async fn a_person_without_a_role_gets_no_account() {
    let provider = TestProvider::start().await;
    let (server, priya) = start(&provider).await;
    for (roles, reason) in
        [(json!(["guest"]), "none of its values is a role here"), (Value::Null, "is missing")]
    {
        provider.inside().claims["roles"] = roles;
        let refused = Browser::new().sign_in(&server, "").await;
        assert_eq!((refused.status(), session_cookie(&refused)), (StatusCode::FORBIDDEN, None), "{reason}");
        let page = refused.text().await.unwrap();
        assert!(
            page.contains("You have no role here") && page.contains("`roles`") && page.contains(reason),
            "{page}"
        );
    }
    assert_eq!(member(&server, &priya, "mara").await, Value::Null);
    // An account of the console of the same name is another one.
    server.join("mara", "viewer", &priya).await;
    provider.inside().claims["roles"] = json!(["operator"]);
    assert_eq!(Browser::new().sign_in(&server, "").await.status(), StatusCode::SEE_OTHER);
    let own = member(&server, &priya, "mara").await;
    assert_eq!((&own["person"]["role"], &own["provider"]), (&json!("viewer"), &Value::Null));
    let account = member(&server, &priya, "mara-2").await;
    let user_id = account["person"]["userId"].as_str().unwrap();
    let fields = [("user_id", user_id), ("active", "false")];
    assert_eq!(server.call("set-active", &fields, Some(&priya)).await.status(), StatusCode::OK);
    let refused = Browser::new().sign_in(&server, "").await;
    assert_eq!((refused.status(), session_cookie(&refused)), (StatusCode::FORBIDDEN, None));
    assert!(refused.text().await.unwrap().contains("Your account is deactivated"));
    server.stop().await;
}

#[tokio::test]
async fn without_a_provider_its_addresses_are_not_there() {
    let (server, _) = Server::start_team(0).await;
    for path in ["/sign-in/provider", "/sign-in/callback?state=x&code=y", "/sign-in/ended"] {
        assert_eq!(server.get_as(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    server.stop().await;
}
