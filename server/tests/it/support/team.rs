//! A server on which people sign in: the first administrator, and others who were invited.

use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde_json::Value;
use tempfile::TempDir;

use super::Server;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A person who is signed in, as a program: it sends the session's cookie.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    /// `name=value`.
    pub(crate) cookie: String,
    /// The answer: id, user name, name, role.
    pub(crate) person: Value,
}

impl SignedIn {
    /// From an answer that begins a session.
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status();
        let cookie = session_cookie(&response);
        let person: Value = response.json().await.expect("JSON");
        assert_eq!(status, StatusCode::OK, "{person}");
        Self { cookie: cookie.expect("a session"), person }
    }

    pub(crate) fn user_id(&self) -> &str {
        self.person["userId"].as_str().expect("an id")
    }
}

/// Gives a request the fields of a form.
pub(crate) fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = serde_urlencoded::to_string(fields).expect("names and values");
    request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}

/// The session's cookie that an answer sets, without its attributes.
pub(crate) fn session_cookie(response: &Response) -> Option<String> {
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let session = cookies.filter_map(|cookie| cookie.to_str().ok()).find(|cookie| is_session(cookie))?;
    session.split(';').next().map(str::to_owned)
}

fn is_session(cookie: &str) -> bool {
    cookie.starts_with("fleetcast=") || cookie.starts_with("__Host-fleetcast=")
}

impl Server {
    /// A server with sign-in, and its first administrator.
    pub(crate) async fn start_team(devices: usize) -> (Self, SignedIn) {
        let folder = TempDir::new().expect("a folder");
        let server = Self::start_in(folder, devices, &["--sign-in"]).await;
        let administrator = server.set_up().await;
        let _ = server.session.set(administrator.cookie.clone());
        (server, administrator)
    }

    /// The secret part of the link that the server has printed.
    pub(crate) fn setup_token(&self) -> Option<String> {
        let line = self.announced.iter().find(|line| line.contains("/setup?token="))?;
        line.split("token=").nth(1).map(str::to_owned)
    }

    /// Creates the first administrator.
    pub(crate) async fn set_up(&self) -> SignedIn {
        let token = self.setup_token().expect("the server has printed a link");
        let fields = [
            ("token", token.as_str()),
            ("name", "Priya Nair"),
            ("user_name", "priya"),
            ("password", PASSWORD),
        ];
        SignedIn::of(self.call("set-up", &fields, None).await).await
    }

    /// Calls a function of the pages as a program does.
    pub(crate) async fn call(
        &self,
        function: &str,
        fields: &[(&str, &str)],
        by: Option<&SignedIn>,
    ) -> Response {
        let request = form(self.http.post(format!("{}/fn/{function}", self.base)), fields);
        let request = request.header(header::ACCEPT, "application/json");
        by_session(request, by).send().await.expect("the server answers")
    }

    /// Reads as a person.
    pub(crate) async fn get_as(&self, path: &str, by: Option<&SignedIn>) -> Response {
        self.send(by_session(self.http.get(format!("{}{path}", self.base)), by)).await
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, user_name: &str, password: &str) -> Response {
        self.call("sign-in", &[("user_name", user_name), ("password", password)], None).await
    }

    /// Invites a person, who accepts and is signed in.
    pub(crate) async fn join(&self, user_name: &str, role: &str, by: &SignedIn) -> SignedIn {
        let name = format!("Name of {user_name}");
        let fields = [("name", name.as_str()), ("user_name", user_name), ("role", role)];
        let invited = self.call("invite", &fields, Some(by)).await;
        let status = invited.status();
        let invitation: Value = invited.json().await.expect("JSON");
        assert_eq!(status, StatusCode::OK, "{invitation}");
        let token = invitation["link"].as_str().expect("a link");
        let fields = [("token", token), ("password", PASSWORD)];
        SignedIn::of(self.call("accept-invitation", &fields, None).await).await
    }
}

/// A request with a person's session.
pub(crate) fn by_session(request: RequestBuilder, by: Option<&SignedIn>) -> RequestBuilder {
    match by {
        Some(by) => request.header(header::COOKIE, &by.cookie),
        None => request,
    }
}
