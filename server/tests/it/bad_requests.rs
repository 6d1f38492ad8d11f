//! Requests that no page of ours sends: bad arguments of server functions, and addresses that are not clear.

// Links the pages' server functions, which register themselves.
use app as _;
use reqwest::{Method, StatusCode, header, redirect::Policy};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::Server;

#[tokio::test]
async fn every_function_of_the_pages_refuses_bad_input_clearly() {
    const WITHOUT_ARGUMENTS: &[&str] = &[
        "/fn/approvals",
        "/fn/approvals-waiting",
        "/fn/check-audit",
        "/fn/form-sources",
        "/fn/hub",
        "/fn/overview",
        "/fn/refusals",
        "/fn/simulator",
        "/fn/wall",
    ];
    let server = Server::start(1).await;
    let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let mut functions: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    functions.sort_by_key(|(path, _)| *path);
    assert!(functions.len() >= 27, "{functions:?}");
    for (path, method) in functions {
        let json = "application/json";
        let form = "application/x-www-form-urlencoded";
        for (query, content_type, body) in [
            ("", form, ""),
            ("?x=1", form, "x=1"),
            ("?%ff=%ff&a[b", form, "%ff=%ff&a[b"),
            ("?cell=x&view=1&job_id[a]=1", form, "form=1&settings=1&cell=x"),
            ("?cell=99999999999", json, "{"),
            ("", json, "[1]"),
            ("", json, "{\"request\":7}"),
        ] {
            let request = http.request(method.clone(), format!("{}{path}{query}", server.base));
            let request = request.header(header::REFERER, "https://attacker.example/");
            let request = if method == Method::GET {
                // As a person who opens the address, or a frame of an old browser.
                request.header(header::ACCEPT, "text/html")
            } else {
                request.header(header::CONTENT_TYPE, content_type).body(body)
            };
            let response = request.send().await.unwrap();
            let status = response.status();
            let what = format!("{method} {path}{query} {body}: {status}");
            assert!(!response.headers().contains_key(header::LOCATION), "{what} leads elsewhere");
            if status == StatusCode::OK {
                assert!(WITHOUT_ARGUMENTS.contains(&path), "{what}");
                continue;
            }
            assert!(status.is_client_error(), "{what}: {}", response.text().await.unwrap());
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["status"], status.as_u16(), "{what}");
            assert!(problem["requestId"].as_str().is_some_and(|id| id.len() == 32), "{what}: {problem}");
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{what}: {problem}");
        }
    }
    for (path, status) in [
        ("/fn/job-snapshot?job_id=nobody&view[state]=&offset=0&limit=0&required=false&known=0", 404),
        ("/fn/landing-cell?job_id=nobody&cell=0", 404),
        ("/fn/job-form?from=nobody&template=&draft=", 404),
        ("/fn/job-form?from=&template=nobody&draft=", 404),
        ("/fn/job-form?from=&template=&draft=nobody", 404),
        ("/fn/device?device_id=%20", 404),
    ] {
        assert_eq!(server.get(path).await.status().as_u16(), status, "{path}");
    }
    let framed = server.http.get(format!("{}/fn/landing-cell?job_id=nobody&cell=0", server.base));
    let framed = framed.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    assert_eq!(framed.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    server.stop().await;
}

/// The first line of the answer to these bytes, which end with a request to close the connection.
async fn status_line(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_unclear_request_is_refused() {
    let server = Server::start(0).await;
    let host = server.base.strip_prefix("http://").unwrap();
    let own = format!("Host: {host}\r\n");
    for (start, hosts, status) in [
        ("GET /healthz HTTP/1.1", own.clone(), "200"),
        ("GET http://{host}/healthz HTTP/1.1", own.clone(), "200"),
        ("GET http://attacker.example/healthz HTTP/1.1", own.clone(), "400"),
        ("GET /healthz HTTP/1.1", format!("{own}Host: attacker.example\r\n"), "400"),
        ("GET /healthz HTTP/1.1", format!("Host: attacker.example\r\n{own}"), "400"),
        ("GET /healthz HTTP/1.1", String::new(), "400"),
        ("GET /healthz HTTP/1.1", "Host: attacker.example\r\n".to_owned(), "403"),
        ("CONNECT localhost:22 HTTP/1.1", "Host: localhost:22\r\n".to_owned(), "400"),
        ("CONNECT {host} HTTP/1.1", own.clone(), "400"),
        ("OPTIONS * HTTP/1.1", own.clone(), "400"),
        ("BREW /jobs HTTP/1.1", own.clone(), "405"),
    ] {
        let start = start.replace("{host}", host);
        let line = status_line(&server, &format!("{start}\r\n{hosts}Connection: close\r\n\r\n")).await;
        assert!(line.contains(status), "{start} {hosts:?}: {line}");
    }
    let figures = server.get("/metrics").await.text().await.unwrap();
    assert!(!figures.contains("BREW") && !figures.contains("CONNECT"), "a made-up verb is no label");
    let (_, log) = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}
