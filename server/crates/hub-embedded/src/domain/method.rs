//! A direct method call ready to be sent, how it can fail, and the errors for the caller and for a job's row.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hub_wire::{
    device_job::DeviceJobError,
    direct_method::{DirectMethodRequest, MAX_PAYLOAD},
    error::ErrorCode,
};
use serde_json::Value;

use super::quote::quoted_start;

/// Most characters of an unusable answer that its error shows.
const SHOWN: usize = 64;

/// A method call, serialised once for many devices.
#[derive(Debug, Clone)]
pub struct MethodCall {
    /// The method.
    pub method_name: Arc<str>,
    /// JSON text; `null` when there is nothing to say, never empty, for SDKs parse it.
    pub payload: Bytes,
    /// How long to wait for the answer, from when the call is queued for the connection.
    pub response_timeout: Duration,
    /// How long to wait for an offline device; zero means no wait.
    pub connect_timeout: Duration,
}

impl From<&DirectMethodRequest> for MethodCall {
    fn from(request: &DirectMethodRequest) -> Self {
        Self {
            method_name: request.method_name.as_str().into(),
            payload: request.payload.to_string().into(),
            response_timeout: Duration::from_secs(request.response_timeout().into()),
            connect_timeout: Duration::from_secs(request.connect_timeout().into()),
        }
    }
}

/// Why a call brought no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// The device is not connected within the connect timeout, or not subscribed to methods.
    #[error(
        "The operation failed because the requested device isn't online. To learn more, see https://aka.ms/iothub404103"
    )]
    NotOnline,
    /// The device did not answer within the response wait.
    #[error("Timed out waiting for the response from device.")]
    NoAnswer,
    /// The connection ended before the device answered.
    #[error("The device's connection was closed before it answered.")]
    ConnectionClosed,
    /// The device has too many unanswered calls.
    #[error("Too many method calls are under way on this device.")]
    TooManyInFlight,
    /// What the device answered cannot be passed on.
    #[error(transparent)]
    UnreadableAnswer(#[from] AnswerFault),
}

/// Why a device's answer to a method cannot be passed on. The fault is the device's, so the text says what is wrong with the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// Larger than [`MAX_PAYLOAD`].
    #[error("The device's answer has {0} bytes; at most {MAX_PAYLOAD} are allowed.")]
    TooLarge(usize),
    /// The bytes are no text.
    #[error("The device's answer is not JSON: it is not UTF-8 text. It begins with {start}.")]
    NotText {
        /// Its first characters, quoted, with a replacement for each byte that is none.
        start: String,
    },
    /// The text is no JSON.
    #[error("The device's answer is not JSON: {why}. It begins with {start}.")]
    NotJson {
        /// What is wrong, and where.
        why: String,
        /// Its first characters, quoted.
        start: String,
    },
    /// The status in the answer's topic, quoted.
    #[error("The device's answer has the status {0}, which is not a whole number.")]
    Status(String),
}

impl AnswerFault {
    /// The fault without anything that the device sent, for the log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "it is larger than 128 KB",
            Self::NotText { .. } => "it is not UTF-8 text",
            Self::NotJson { .. } => "it is not JSON",
            Self::Status(_) => "its status is not a whole number",
        }
    }
}

/// Reads the body of a device's answer. An empty one is null: Node sends nothing for an answer without a payload.
///
/// # Errors
/// When it is too large or is not JSON.
pub fn read_answer(body: &[u8]) -> Result<Value, AnswerFault> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    if body.len() > MAX_PAYLOAD {
        return Err(AnswerFault::TooLarge(body.len()));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        let start = quoted_start(&String::from_utf8_lossy(body), SHOWN);
        return Err(AnswerFault::NotText { start });
    };
    serde_json::from_str(text)
        .map_err(|error| AnswerFault::NotJson { why: error.to_string(), start: quoted_start(text, SHOWN) })
}

impl MethodError {
    /// The hub's code.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotOnline => ErrorCode::DeviceNotOnline,
            Self::NoAnswer => ErrorCode::GatewayTimeout,
            Self::ConnectionClosed => ErrorCode::DeviceConnectionClosedRemotely,
            Self::TooManyInFlight => ErrorCode::DeviceMaximumInflightMethodExceeded,
            Self::UnreadableAnswer(_) => ErrorCode::InvalidResponseWhileProxying,
        }
    }

    /// The error of a device job's row. The pair for an offline device is as captured (`Azure/iotedge` issue 2958); the
    /// others follow it.
    pub fn device_job_error(&self) -> DeviceJobError {
        let description = match self {
            Self::NotOnline => "Timed out waiting for device to connect.".to_owned(),
            other => other.to_string(),
        };
        DeviceJobError { code: self.code().name().to_owned(), description }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let long = format!("<html>{}", "x".repeat(100));
        let too_long = " ".repeat(MAX_PAYLOAD + 1);
        for (body, expected) in [
            (&b""[..], Ok(json!(null))),
            (b"null", Ok(json!(null))),
            (b" {\"a\": [1]} ", Ok(json!({"a": [1]}))),
            (
                b"OK",
                Err(
                    "The device's answer is not JSON: expected value at line 1 column 1. It begins with \"OK\".",
                ),
            ),
            (
                b"{\"a\":\n",
                Err(
                    "The device's answer is not JSON: EOF while parsing a value at line 2 column 0. It begins with \
                     \"{\\\"a\\\":\\n\".",
                ),
            ),
            (
                b"\xff\x00\n",
                Err(
                    "The device's answer is not JSON: it is not UTF-8 text. It begins with \"\u{fffd}\\0\\n\".",
                ),
            ),
            (
                long.as_bytes(),
                Err(&*format!(
                    "The device's answer is not JSON: expected value at line 1 column 1. It begins with \"<html>{}\" \
                     and 42 more characters.",
                    "x".repeat(58)
                )),
            ),
            (too_long.as_bytes(), Err("The device's answer has 131073 bytes; at most 131072 are allowed.")),
        ] {
            let read = read_answer(body).map_err(|fault| fault.to_string());
            assert_eq!(read.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text));
        }
        assert!(matches!(read_answer(deep.as_bytes()), Err(AnswerFault::NotJson { .. })));
        let largest = format!("\"{}\"", "x".repeat(MAX_PAYLOAD - 2));
        assert!(read_answer(largest.as_bytes()).is_ok());
    }

    #[test]
    fn an_unusable_answer_is_the_devices_fault() {
        let error = MethodError::from(read_answer(b"OK").unwrap_err());
        assert_eq!(error.code().http_status(), 502);
        let row = error.device_job_error();
        assert_eq!(row.code, "InvalidResponseWhileProxying");
        assert!(row.description.starts_with("The device's answer is not JSON"), "{}", row.description);
    }
}
