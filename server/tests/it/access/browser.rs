//! A browser without scripts.

use reqwest::{Client, Response, StatusCode, header, redirect::Policy};

use super::HTML;
use crate::{
    html::Html,
    support::{Server, team::form},
};

/// A client that shows where an answer leads.
pub(super) fn client() -> Client {
    Client::builder().redirect(Policy::none()).danger_accept_invalid_certs(true).build().unwrap()
}

pub(super) fn location(response: &Response) -> &str {
    response.headers().get(header::LOCATION).map_or("", |location| location.to_str().unwrap())
}

/// The first cookie that an answer sets, without its attributes.
pub(super) fn first_cookie(response: &Response) -> Option<String> {
    let cookie = response.headers().get(header::SET_COOKIE)?.to_str().unwrap();
    cookie.split(';').next().map(str::to_owned)
}

/// A browser without scripts on a page: its cookies, and the token of a form.
pub(super) struct Browser {
    http: Client,
    pub(super) cookie: String,
    pub(super) page: Html,
}

impl Browser {
    pub(super) async fn open(server: &Server, address: &str) -> Self {
        let http = client();
        let mut cookies = Vec::new();
        let mut response = http.get(format!("{}{address}", server.base)).send().await.unwrap();
        if response.status().is_redirection() {
            // A one-time link.
            cookies.extend(first_cookie(&response));
            let next = http.get(format!("{}{}", server.base, location(&response)));
            response = next.header(header::COOKIE, &cookies[0]).send().await.unwrap();
        }
        assert_eq!(response.status(), StatusCode::OK, "{address}");
        cookies.extend(first_cookie(&response));
        Self { http, cookie: cookies.join("; "), page: Html::parse(&response.text().await.unwrap()) }
    }

    pub(super) async fn load(&mut self, server: &Server, address: &str) {
        let request = self.http.get(format!("{}{address}", server.base)).header(header::COOKIE, &self.cookie);
        self.page = Html::parse(&request.send().await.unwrap().text().await.unwrap());
    }

    /// Sends the form of the page that goes to a function.
    pub(super) async fn post(
        &self,
        server: &Server,
        function: &str,
        fields: &[(&str, &str)],
        has_token: bool,
    ) -> Response {
        let path = format!("/fn/{function}");
        let inputs = self.page.within(|element| element.get("action") == Some(path.as_str()), "input");
        let hidden = inputs.into_iter().filter(|input| input.get("type") == Some("hidden"));
        let hidden: Vec<_> = hidden
            .map(|input| {
                (input.get("name").unwrap().to_owned(), input.get("value").unwrap_or_default().to_owned())
            })
            .filter(|(name, _)| has_token || name != "form_token")
            .collect();
        let fields: Vec<_> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(fields.iter().copied())
            .collect();
        form(self.http.post(format!("{}{path}", server.base)), &fields)
            .header(header::ACCEPT, HTML)
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, &server.base)
            .send()
            .await
            .unwrap()
    }
}
