//! The pages' forms in a browser without scripts: they work, and only from our pages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{StatusCode, header, redirect::Policy};

use crate::{
    html::{self, Html, page},
    support::Server,
};

/// What a browser encodes in a form's names and values.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// A browser without scripts: the cookie and the token of a page that it has loaded, and a way to post its forms.
struct Browser<'a> {
    server: &'a Server,
    http: reqwest::Client,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn open(server: &'a Server, address: &str) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let response = server.get(address).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let page = Html::parse(&response.text().await.unwrap());
        let is_post = |element: &html::Element| element.get("method") == Some("post");
        let inputs = page.within(is_post, "input");
        let tokens: Vec<_> =
            inputs.into_iter().filter(|input| input.get("name") == Some("form_token")).collect();
        assert_eq!(page.all(is_post).len(), tokens.len(), "every form has a token");
        Self { server, http, cookie }
    }

    /// The token of the form on a page that goes to this path.
    async fn token(&self, address: &str, path: &str) -> String {
        let page =
            self.http.get(format!("{}{address}", self.server.base)).header(header::COOKIE, &self.cookie);
        let page = Html::parse(&page.send().await.unwrap().text().await.unwrap());
        let is_form = |element: &html::Element| element.get("action") == Some(path);
        let inputs = page.within(is_form, "input");
        let token = inputs.into_iter().find(|input| input.get("name") == Some("form_token"));
        token.unwrap_or_else(|| panic!("{address} has a form to {path}")).get("value").unwrap().to_owned()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)], token: Option<&str>) -> reqwest::Response {
        let token = token.map(|token| ("form_token", token));
        let body: Vec<_> = token
            .iter()
            .chain(fields)
            .map(|(name, value)| {
                format!("{}={}", utf8_percent_encode(name, FORM), utf8_percent_encode(value, FORM))
            })
            .collect();
        self.http
            .post(format!("{}{path}", self.server.base))
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, &self.server.base)
            .header(header::REFERER, "https://attacker.example/page")
            .body(body.join("&"))
            .send()
            .await
            .unwrap()
    }

    async fn check(&self, from: &str, path: &str, fields: &[(&str, &str)], leads_to: &str) -> String {
        let token = self.token(from, path).await;
        let refused = self.post(path, fields, None).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} without a token");
        let shown = refused_page(refused).await;
        assert!(
            shown.id("main").text.contains("The form could not be confirmed"),
            "{}",
            shown.id("main").text
        );
        let refused = self.post(path, fields, Some(&"0".repeat(64))).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} with another token");
        let accepted = self.post(path, fields, Some(&token)).await;
        assert_eq!(accepted.status(), StatusCode::SEE_OTHER, "{path}");
        let location = accepted.headers()[header::LOCATION].to_str().unwrap().to_owned();
        assert!(location.starts_with(leads_to), "{path} leads to {location}");
        location
    }
}

/// The page that a browser shows in place of an answer.
async fn refused_page(response: reqwest::Response) -> Html {
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let text = response.text().await.unwrap();
    assert!(kind.starts_with("text/html"), "{kind}: {text}");
    Html::parse(&text)
}

#[tokio::test]
async fn a_browser_gets_a_page_where_a_program_gets_problem_details() {
    let server = Server::start(0).await;
    for (path, status, text) in [
        ("/jobs/%FF", StatusCode::NOT_FOUND, "Page not found"),
        ("/devices/a%C3%28", StatusCode::NOT_FOUND, "Page not found"),
        ("/no-such-page/%FF", StatusCode::NOT_FOUND, "Page not found"),
        ("/no-such-page", StatusCode::NOT_FOUND, "Page not found"),
    ] {
        let request = server.http.get(format!("{}{path}", server.base));
        let answer = request.header(header::ACCEPT, "text/html,*/*;q=0.8").send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let shown = refused_page(answer).await;
        assert!(shown.id("main").text.contains(text), "{path}: {}", shown.id("main").text);
    }
    let problem = server.get_json("/api/v1/jobs/%FF").await;
    assert_eq!(problem["status"], 404, "{problem}");
    // Another site's form: the browser shows the reason.
    let foreign = server.http.post(format!("{}/fn/create-job", server.base));
    let foreign = foreign.header(header::ACCEPT, "text/html").header(header::ORIGIN, "http://a.example");
    let answer = foreign.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(refused_page(answer).await.id("main").text.contains("The request comes from another site"));
    server.stop().await;
}

#[tokio::test]
async fn a_form_works_without_scripts_and_only_from_our_pages() {
    let server = Server::start_connected(1).await;
    let devices = server.get_json("/api/v1/devices?limit=1").await;
    let device = devices["items"][0]["deviceId"].as_str().unwrap().to_owned();
    let browser = Browser::open(&server, "/jobs/new").await;
    let form = [
        ("form[kind]", "method"),
        ("form[method]", "lockDoor"),
        ("form[target]", "all"),
        ("form[when]", "now"),
    ];
    let form: Vec<_> = form
        .into_iter()
        .chain(["payload", "query", "devices", "device", "start", "zone"].map(|name| match name {
            "payload" => ("form[payload]", "null"),
            "query" => ("form[query]", ""),
            "devices" => ("form[devices]", ""),
            "device" => ("form[device]", ""),
            "start" => ("form[start]", ""),
            _ => ("form[zone]", "0"),
        }))
        .chain([("form[connect]", "0"), ("form[answer]", "30"), ("form[limit]", "60")])
        .collect();
    // A job on every device comes back until their number is typed.
    let asked = browser.check("/jobs/new", "/fn/create-job", &form, "/jobs/new?").await;
    assert!(page(&server, &asked).await.id("main").text.contains("Type 1, the number of devices"));
    let form: Vec<_> = form.into_iter().chain([("confirmed", "1")]).collect();
    let address = browser.check("/jobs/new", "/fn/create-job", &form, "/jobs/lock-door-").await;
    assert_eq!(
        server.get_json("/api/v1/jobs").await["items"].as_array().unwrap().len(),
        1,
        "one job, not three"
    );
    let job_id = address.strip_prefix("/jobs/").unwrap();
    server.until_ended(job_id).await;

    // A refused form comes back with its fields, and with the reason, which is not in the address.
    let wrong: Vec<_> = form
        .iter()
        .map(|(name, value)| (*name, if *name == "form[payload]" { "{oops" } else { value }))
        .collect();
    let back = browser.check("/jobs/new", "/fn/create-job", &wrong, "/jobs/new?").await;
    assert!(!back.contains("refused") && back.contains("draft="), "{back}");
    let page_back = page(&server, &back).await;
    assert!(page_back.id("main").text.contains("The form is not complete"));
    assert_eq!(page_back.id("payload").text, "{oops");

    let device_page = format!("/devices/{device}");
    let other = browser.token(&device_page, "/fn/invoke-method").await;
    let refused = browser.post("/fn/create-job", &form, Some(&other)).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN, "another form's token");

    let call = [("device_id", device.as_str()), ("method", "lockDoor"), ("payload", "null"), ("wait", "30")];
    let answered =
        browser.check(&device_page, "/fn/invoke-method", &call, &format!("/devices/{device}?")).await;
    let shown = page(&server, &answered).await;
    let is_answer = |element: &html::Element| element.get("class") == Some("invoke__answer");
    assert_eq!(shown.within(is_answer, "strong")[0].text, "200");

    let patch = [("device_id", device.as_str()), ("section", "tags"), ("patch", "{\"a\":1}"), ("etag", "")];
    browser.check(&device_page, "/fn/patch-twin", &patch, &format!("/devices/{device}")).await;
    // A refused form gets a page with the reason. The page of another site, which the request names, is not linked.
    let wrong = [("device_id", device.as_str()), ("section", "tags"), ("patch", "{oops"), ("etag", "")];
    let token = browser.token(&device_page, "/fn/patch-twin").await;
    let refused = browser.post("/fn/patch-twin", &wrong, Some(&token)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let shown = refused_page(refused).await;
    let faults = shown.within(|element| element.get("id") == Some("main"), "li");
    assert!(faults.len() == 1 && faults[0].text.starts_with("patch: "), "{}", shown.id("main").text);
    let links = shown.all(|element| element.name == "a");
    assert!(links.iter().all(|link| matches!(link.get("href"), Some("/jobs" | "/devices"))), "{links:?}");

    let group =
        [("form[name]", "Doors"), ("form[target]", "query"), ("form[query]", "tags.simulated = true")];
    let unnamed = [("form[name]", " "), ("form[target]", "list"), ("form[devices]", "</textarea>")];
    let back = browser.check("/groups/new", "/fn/save-group", &unnamed, "/groups/new?draft=").await;
    let shown = page(&server, &back).await;
    assert!(shown.id("main").text.contains("Enter a name."));
    assert_eq!(shown.id("devices").text, "</textarea>");
    let of_group = browser.check("/groups/new", "/fn/save-group", &group, "/groups/doors").await;
    let id = [("group_id", "doors")];
    browser.check(&of_group, "/fn/count-group", &id, &of_group).await;
    let renamed =
        [("group_id", "doors"), ("form[name]", "All doors"), ("form[target]", "query"), ("form[query]", "*")];
    browser.check("/groups/doors/edit", "/fn/save-group", &renamed, &of_group).await;
    assert!(page(&server, &of_group).await.id("main").text.contains("All doors"));
    browser.check("/groups/doors?delete=ask", "/fn/delete-group", &id, "/groups").await;
    assert_eq!(server.get(&of_group).await.status(), StatusCode::NOT_FOUND);

    let rerun = [("job_id", job_id), ("state", "all"), ("cause", "")];
    browser.check(&address, "/fn/rerun-job", &rerun, "/jobs/").await;
    server.stop().await;
}

#[tokio::test]
async fn a_rollout_is_sent_by_a_form_without_scripts() {
    let server = Server::start_connected(4).await;
    let browser = Browser::open(&server, "/jobs/new").await;
    let form = [
        ("form[method]", "lockDoor"),
        ("form[query]", "tags.simulated = true"),
        ("form[rollout][waves][0][size]", "25"),
        ("form[rollout][waves][0][then]", "askPerson"),
        // Rows that are on the page for a further wave and were left empty.
        ("form[rollout][waves][1][size]", ""),
        ("form[rollout][rules][0][percent]", ""),
        ("form[rollout][rules][0][outcome]", "failed"),
    ];
    let wrong = form.map(|(name, value)| (name, if value == "25" { "250" } else { value }));
    let back = browser.check("/jobs/new", "/fn/create-job", &wrong, "/jobs/new?").await;
    let shown = page(&server, &back).await;
    assert_eq!(shown.id("rollout-waves-0-size").get("value"), Some("250"));
    assert!(shown.id("rollout-waves-0-size-problem").text.contains("Percent, 0 to 100"));
    assert!(shown.id("setting-waves").text.contains("Not complete"));

    let address = browser.check("/jobs/new", "/fn/create-job", &form, "/jobs/").await;
    let rollout = server.get_json(&format!("/api/v1{address}/rollout")).await;
    assert_eq!(rollout["settings"]["waves"][0]["size"]["percent"], 25.0, "{rollout}");
    let again = page(&server, &format!("/jobs/new?from={}", address.trim_start_matches("/jobs/"))).await;
    assert_eq!(again.id("rollout-waves-0-size").get("value"), Some("25"), "a copy has the settings");
    server.stop().await;
}

#[tokio::test]
async fn devices_are_created_shown_and_deleted_without_scripts() {
    let server = Server::start(0).await;
    let browser = Browser::open(&server, "/devices/new").await;
    let table = "deviceId,tags.building\nplain-1,71\nplain-2,71\n";
    let wrong = [("csv", "deviceId\nplain 1\n"), ("step", "check")];
    let refused = browser.check("/devices/new", "/fn/import-devices", &wrong, "/devices/new?draft=").await;
    let shown = page(&server, &refused).await;
    assert!(shown.id("csv-problem").text.contains("Line 2: "), "{}", shown.id("main").text);
    let fields = [("csv", table), ("step", "check")];
    let checked = browser.check("/devices/new", "/fn/import-devices", &fields, "/devices/new?draft=").await;
    let shown = page(&server, &checked).await;
    assert!(shown.id("main").text.contains("2 new devices"), "{}", shown.id("main").text);
    assert_eq!(shown.id("csv").text, table);
    let fields = [("csv", table), ("step", "create")];
    browser.check(&checked, "/fn/import-devices", &fields, "/registry-changes/1").await;
    let change = "/api/v1/registry-changes/1";
    server.until("it has ended", async || server.get_json(change).await["endTime"].is_string()).await;
    let shown = page(&server, "/registry-changes/1").await;
    assert!(shown.id("main").text.contains("2 created."), "{}", shown.id("main").text);

    let fields = [("device_id", "plain-1"), ("key", "primary")];
    let made = "/devices/plain-1?made=";
    let made = browser.check("/devices/plain-1", "/fn/show-connection-string", &fields, made).await;
    for is_there in [true, false] {
        let text = server.get(&made).await.text().await.unwrap();
        assert_eq!(text.contains("DeviceId=plain-1;SharedAccessKey="), is_there, "it is shown once");
    }
    let fields = [("device_id", "plain-1"), ("status", "disabled"), ("status_reason", "wet")];
    browser.check("/devices/plain-1", "/fn/set-device-status", &fields, "/devices/plain-1").await;
    assert_eq!(server.get_json("/api/v1/devices/plain-1").await["statusReason"], "wet");

    let from = "/registry-changes/new?kind=delete&query=tags.building%20%3D%20%2771%27";
    let form = [("form[kind]", "delete"), ("form[query]", "tags.building = '71'"), ("form[count]", "1")];
    let refused = browser.check(from, "/fn/begin-registry-change", &form, "/registry-changes/new?").await;
    let shown = page(&server, &refused).await;
    assert!(shown.id("main").text.contains("2 devices would be deleted"), "{}", shown.id("main").text);
    let form = [form[0], form[1], ("form[count]", "2")];
    browser.check(from, "/fn/begin-registry-change", &form, "/registry-changes/2").await;
    server.stop().await;
}
