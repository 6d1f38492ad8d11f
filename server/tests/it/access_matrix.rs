//! Every route × every role × signed out, as the running server answers, compared with `access_matrix.txt`. After a change on
//! purpose, `UPDATE_MATRIX=1 cargo test -p server --test it access_matrix` writes the file; read the difference.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

// Links the pages' server functions, which register themselves.
use app as _;
use reqwest::{Client, Method, Response, StatusCode, header, redirect::Policy};
use serde_json::Value;

use crate::support::{
    Server,
    team::{PASSWORD, SignedIn, by_session},
};

/// Routes that neither the API's description nor the app lists.
const OTHERS: [(&str, &str); 16] = [
    ("POST", "/api/device-authorization"),
    ("POST", "/api/token"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/callback"),
    ("GET", "/sign-in/ended"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/favicon.svg"),
    ("GET", "/hub-ca.pem"),
    ("GET", "/pkg/x"),
    ("GET", "/fonts/x"),
    ("POST", "/client-errors"),
    ("GET", "/wall/events"),
    ("GET", "/no-such-page"),
    ("GET", "/api/v1/nothing"),
];

/// Every route, with something in place of its parameters.
async fn routes(server: &Server) -> Vec<(String, String)> {
    let api = server.description().await.operations();
    let api = api.into_iter().map(|(method, path, _)| (method.to_string(), path));
    let functions = leptos::server_fn::axum::server_fn_paths();
    let functions = functions.map(|(path, method)| (method.to_string(), path.to_owned()));
    let pages = leptos_axum::generate_route_list(app::App);
    let pages = pages.iter().map(|page| ("GET".to_owned(), page.path().to_owned())).collect::<Vec<_>>();
    let others = OTHERS.map(|(method, path)| (method.to_owned(), path.to_owned()));
    let all: BTreeSet<_> = api.chain(functions).chain(pages).chain(others).collect();
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by(|(method, path), (other_method, other_path)| (path, method).cmp(&(other_path, other_method)));
    all
}

/// What an answer means for who asked: `pass` where the route itself has answered.
async fn meaning(response: Response) -> String {
    let status = response.status();
    if status.is_redirection() {
        let location = response.headers().get(header::LOCATION).map_or("", |it| it.to_str().unwrap());
        return if location.starts_with("/sign-in?next=") { "sign-in".to_owned() } else { "pass".to_owned() };
    }
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes() == b"application/problem+json");
    if !is_problem {
        return "pass".to_owned();
    }
    let problem: Value = response.json().await.unwrap();
    match (status, problem["type"].as_str().unwrap_or_default()) {
        (StatusCode::UNAUTHORIZED, "signed-out") => "401".to_owned(),
        (StatusCode::FORBIDDEN, "permission-missing") => {
            let detail = problem["detail"].as_str().unwrap();
            format!("403 {}", detail.split("permission ").nth(1).unwrap().split(',').next().unwrap())
        }
        (StatusCode::NOT_FOUND, _) if problem["detail"] == "There is nothing at this address." => {
            "404".to_owned()
        }
        _ => "pass".to_owned(),
    }
}

async fn ask(http: &Client, server: &Server, method: &str, path: &str, by: Option<&SignedIn>) -> String {
    let address = path.replace(['{', '}'], "");
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    // A body that no route takes: nothing is changed.
    let request = http.request(method, format!("{}{address}", server.base)).body("{\"x\":");
    let request = request.header(header::ACCEPT, "application/json");
    meaning(by_session(request, by).send().await.unwrap()).await
}

#[tokio::test]
async fn every_route_and_every_role() {
    let (server, priya) = Server::start_team(0).await;
    let mut people = Vec::new();
    for role in ["viewer", "operator", "approver"] {
        people.push((role, server.join(role, role, &priya).await));
    }
    people.push(("administrator", priya.clone()));
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let routes = routes(&server).await;
    assert!(routes.len() > 90, "{}", routes.len());
    let mut text = format!(
        "{:<6} {:<58} {:<10} {:<22} {:<22} {:<22} {}\n",
        "verb", "route", "signed out", "viewer", "operator", "approver", "administrator"
    );
    for (method, path) in routes {
        let mut row =
            format!("{method:<6} {path:<58} {:<10}", ask(&http, &server, &method, &path, None).await);
        for (role, person) in &people {
            // This one takes no argument, so it ends the session that asks.
            let person = if path == "/fn/sign-out" {
                let name = if *role == "administrator" { "priya" } else { role };
                SignedIn::of(server.sign_in(name, PASSWORD).await).await
            } else {
                person.clone()
            };
            let width = if *role == "administrator" { 0 } else { 22 };
            write!(row, " {:<width$}", ask(&http, &server, &method, &path, Some(&person)).await).unwrap();
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    server.stop().await;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/access_matrix.txt");
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    let changed: Vec<_> = text.lines().filter(|line| !expected.lines().any(|known| known == *line)).collect();
    let gone: Vec<_> = expected.lines().filter(|line| !text.lines().any(|known| known == *line)).collect();
    assert!(changed.is_empty() && gone.is_empty(), "new: {changed:#?}, gone: {gone:#?}");
}
