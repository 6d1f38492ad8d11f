//! The request that the current task answers: its id and its client.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tower_http::request_id::{MakeRequestId, RequestId};
use uuid::Uuid;

use crate::access::client_behind;

const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    /// The id of the request that this task answers.
    static REQUEST_ID: String;
    /// Where that request comes from, as far as it is known.
    static CLIENT: Option<IpAddr>;
}

/// The address of the client being answered; none outside a request.
pub(crate) fn client() -> Option<IpAddr> {
    CLIENT.try_with(|client| *client).unwrap_or_default()
}

/// The id of the request being answered; empty outside one.
pub(crate) fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Id and client of the request being answered, to be carried into another task.
#[derive(Debug)]
pub(crate) struct RequestContext {
    id: String,
    client: Option<IpAddr>,
}

impl RequestContext {
    /// Makes them known to `task`.
    pub(crate) fn scope<T>(self, task: impl Future<Output = T>) -> impl Future<Output = T> {
        REQUEST_ID.scope(self.id, CLIENT.scope(self.client, task))
    }
}

/// Id and client of the request being answered.
pub(crate) fn current() -> RequestContext {
    RequestContext { id: request_id(), client: client() }
}

/// Makes ids of 32 hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MakeId;

impl MakeRequestId for MakeId {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id = Uuid::new_v4().simple().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// Removes an id that the client sent: it is not trusted.
pub(crate) async fn remove_client_id(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID_HEADER);
    request
}

/// Makes id and client of a request known to everything that answers it. So many trusted proxies are in front.
pub(crate) async fn provide(State(proxies): State<u8>, request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let id = id.unwrap_or_default().to_owned();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|client| client.0.ip());
    let client = client_behind(proxies, peer, request.headers());
    RequestContext { id, client }.scope(next.run(request)).await
}
