//! The pages of a console whose hub has never been reached.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::{Instant, timeout_at},
};

use crate::{html::Html, support::fleetcast};

/// The list does not claim that there are no jobs: the hub could not be asked.
#[tokio::test]
async fn the_list_says_that_the_hub_cannot_be_reached() {
    // The hub's certificate is checked by the client that the program starts with.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    // Nothing listens on this port, so every call fails at once.
    let hub = "HostName=127.0.0.1:9;SharedAccessKeyName=iothubowner;SharedAccessKey=AAAA";
    let mut child = fleetcast()
        .args(["--listen", "127.0.0.1:0", "--hub-connection-string", hub, "--data-dir"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let deadline = Instant::now() + Duration::from_mins(1);
    let base = loop {
        let line = timeout_at(deadline, lines.next_line()).await.expect("announced in time").unwrap();
        let line = line.expect("the server runs");
        if let Some(address) = line.strip_prefix("console listening on ") {
            break address.to_owned();
        }
    };
    let text = reqwest::get(format!("{base}/jobs")).await.unwrap().text().await.unwrap();
    assert!(!text.contains("No jobs yet"), "it is not known whether there are jobs");
    let page = Html::parse(&text);
    let counts = page.all(|element| element.get("class") == Some("tabs__count"));
    assert_eq!(counts.len(), 4);
    assert!(counts.iter().all(|count| count.text.is_empty()), "an unknown count is no zero: {counts:?}");
    let alerts = page.all(|element| element.get("role") == Some("alert"));
    assert!(alerts.iter().any(|alert| alert.text.contains("hub")), "{alerts:?}");
    let again = page.all(|element| element.name == "a" && element.text == "Try again");
    // An empty address is the page itself.
    assert_eq!(again.iter().map(|link| link.get("href")).collect::<Vec<_>>(), [Some("")]);
    child.kill().await.unwrap();
}
