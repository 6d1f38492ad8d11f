//! How a page asks a server function: as `leptos::server_fn::Http` does, to the byte, but small in the browser. There all
//! functions share what sends and waits, and answers are read as text, as is what comes within a page: else the program
//! would hold every decoder twice.

use std::{marker::PhantomData, pin::Pin};

use http::Method;
use leptos::server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType, Http, Protocol,
    client::Client,
    codec::{Encoding, FromReq, IntoReq, JsonEncoding, Post},
    error::{FromServerFnError, IntoAppError, ServerFnErrorErr},
    redirect::call_redirect_hook,
    response::ClientRes,
    server::Server,
};
use serde::{Serialize, de::DeserializeOwned};

use super::ApiError;

/// Asks with what `Input` makes of the arguments, and answers in JSON.
pub(crate) struct Ask<Input>(PhantomData<Input>);

type Answer = Pin<Box<dyn Future<Output = Result<String, ApiError>> + Send>>;

impl<Way, Input, Output, Browser, Backend> Protocol<Input, Output, Browser, Backend, ApiError> for Ask<Way>
where
    Way: Encoding,
    Input: IntoReq<Way, Browser::Request, ApiError> + FromReq<Way, Backend::Request, ApiError> + Send,
    Output: Serialize + DeserializeOwned + Send,
    Browser: Client<ApiError>,
    Backend: Server<ApiError>,
{
    const METHOD: Method = Way::METHOD;

    fn run_server<F, Running>(
        request: Backend::Request,
        server_fn: F,
    ) -> impl Future<Output = Result<Backend::Response, ApiError>> + Send
    where
        F: Fn(Input) -> Running + Send,
        Running: Future<Output = Result<Output, ApiError>> + Send,
    {
        <Http<Way, Post<TextEncoding>> as Protocol<Input, Output, Browser, Backend, ApiError>>::run_server(
            request, server_fn,
        )
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, ApiError> {
        let request = input.into_req(path, TextEncoding::CONTENT_TYPE)?;
        let text = ask::<Browser>(request).await?;
        serde_json::from_str(&text).map_err(unreadable)
    }
}

/// Sends a request and waits for the answer's text, or for the refusal. Boxed, so that a function holds none of it.
fn ask<Browser: Client<ApiError>>(request: Browser::Request) -> Answer {
    Box::pin(async move {
        let answer = Browser::send(request).await?;
        let (status, location, is_elsewhere) = (answer.status(), answer.location(), answer.has_redirect());
        let text = answer.try_into_string().await?;
        if (400..=599).contains(&status) {
            return Err(ApiError::de(text.into()));
        }
        if (300..=399).contains(&status) || is_elsewhere {
            call_redirect_hook(&location);
        }
        Ok(text)
    })
}

fn unreadable(error: serde_json::Error) -> ApiError {
    ServerFnErrorErr::Deserialization(error.to_string()).into_app_error()
}

/// What `JsonEncoding` writes, read as text.
pub(crate) struct TextEncoding;

impl ContentType for TextEncoding {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for TextEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for TextEncoding {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        JsonEncoding::encode(output)
    }
}

impl<T: DeserializeOwned> Decodes<T> for TextEncoding {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).map_err(serde::de::Error::custom)?;
        serde_json::from_str(text)
    }
}
