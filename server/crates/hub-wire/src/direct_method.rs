//! Direct methods (`POST /twins/{id}/methods`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Seconds the hub waits for an answer when the caller does not say.
pub const DEFAULT_RESPONSE_TIMEOUT: u32 = 30;
/// Shortest answer wait, in seconds.
pub const MIN_RESPONSE_TIMEOUT: u32 = 5;
/// Longest answer or connection wait, in seconds.
pub const MAX_TIMEOUT: u32 = 300;
/// Largest payload either way, in bytes of JSON.
pub const MAX_PAYLOAD: usize = 128 * 1024;

/// A method call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DirectMethodRequest {
    /// Printable ASCII without separators.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub method_name: String,
    /// Any JSON, up to 128 KB.
    #[serde(default)]
    pub payload: Value,
    /// How long to wait for the answer, 5 to 300 seconds; 30 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 300))]
    pub response_timeout_in_seconds: Option<u32>,
    /// How long to wait for a connection, 0 to 300 seconds, at most the wait for the answer; 0 (must be online
    /// now) when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 300))]
    pub connect_timeout_in_seconds: Option<u32>,
}

/// A method call the hub refuses before it looks up the device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMethod {
    /// The name is empty, too long, or holds a character the hub does not take.
    #[error(
        "methodName must be 1 to 128 printable ASCII characters without spaces and $ ( ) < > @ , ; : \\ \" / [ ] ? = {{ }}"
    )]
    Name,
    /// The payload is too large.
    #[error("payload is {0} bytes of JSON; at most {MAX_PAYLOAD} are allowed")]
    PayloadTooLarge(usize),
    /// The answer wait is out of range.
    #[error("responseTimeoutInSeconds is {0}; it must be {MIN_RESPONSE_TIMEOUT} to {MAX_TIMEOUT}")]
    ResponseTimeout(u32),
    /// The connection wait is out of range.
    #[error("connectTimeoutInSeconds is {0}; it must be 0 to {MAX_TIMEOUT}")]
    ConnectTimeout(u32),
    /// The connection wait is above the answer wait, which live hubs refuse with 400004.
    #[error(
        "connectTimeoutInSeconds ({connect}) cannot be longer than responseTimeoutInSeconds ({response})"
    )]
    ConnectAboveResponse {
        /// Asked connection wait.
        connect: u32,
        /// Asked or default answer wait.
        response: u32,
    },
}

impl InvalidMethod {
    /// The member of the request that is at fault, for an error shown beside its field.
    pub const fn member(&self) -> &'static str {
        match self {
            Self::Name => "methodName",
            Self::PayloadTooLarge(_) => "payload",
            Self::ResponseTimeout(_) => "responseTimeoutInSeconds",
            Self::ConnectTimeout(_) | Self::ConnectAboveResponse { .. } => "connectTimeoutInSeconds",
        }
    }
}

impl DirectMethodRequest {
    /// Answer wait in seconds, the default filled in.
    pub fn response_timeout(&self) -> u32 {
        self.response_timeout_in_seconds.unwrap_or(DEFAULT_RESPONSE_TIMEOUT)
    }

    /// Connection wait in seconds, the default filled in.
    pub fn connect_timeout(&self) -> u32 {
        self.connect_timeout_in_seconds.unwrap_or_default()
    }

    /// Checks what the hub checks before it looks up the device.
    ///
    /// # Errors
    /// The first rule that is broken. Source: `iot-hub-devguide-direct-methods.md`; the last one by live hubs.
    pub fn check(&self) -> Result<(), InvalidMethod> {
        let is_name_char = |c: char| c.is_ascii_graphic() && !"$()<>@,;:\\\"/[]?={}".contains(c);
        if self.method_name.is_empty()
            || self.method_name.len() > 128
            || !self.method_name.chars().all(is_name_char)
        {
            return Err(InvalidMethod::Name);
        }
        let (response, connect) = (self.response_timeout(), self.connect_timeout());
        if !(MIN_RESPONSE_TIMEOUT..=MAX_TIMEOUT).contains(&response) {
            return Err(InvalidMethod::ResponseTimeout(response));
        }
        if connect > MAX_TIMEOUT {
            return Err(InvalidMethod::ConnectTimeout(connect));
        }
        if connect > response {
            return Err(InvalidMethod::ConnectAboveResponse { connect, response });
        }
        let size = self.payload.to_string().len();
        if size > MAX_PAYLOAD { Err(InvalidMethod::PayloadTooLarge(size)) } else { Ok(()) }
    }
}

/// A device's answer. The call succeeded for the hub, whatever `status` is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DirectMethodResponse {
    /// The device's own status.
    pub status: i32,
    /// The device's own JSON.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub payload: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str, response: Option<u32>, connect: Option<u32>) -> DirectMethodRequest {
        DirectMethodRequest {
            method_name: name.into(),
            payload: Value::Null,
            response_timeout_in_seconds: response,
            connect_timeout_in_seconds: connect,
        }
    }

    #[test]
    fn checks() {
        for (request, member) in [
            (request("lockDoor", None, None), None),
            (request("thermostat*reboot", Some(5), Some(5)), None),
            (request("", None, None), Some("methodName")),
            (request("lock door", None, None), Some("methodName")),
            (request("a/b", None, None), Some("methodName")),
            (request("schließen", None, None), Some("methodName")),
            (request("m", Some(4), None), Some("responseTimeoutInSeconds")),
            (request("m", Some(301), None), Some("responseTimeoutInSeconds")),
            (request("m", Some(300), Some(301)), Some("connectTimeoutInSeconds")),
            (request("m", None, Some(31)), Some("connectTimeoutInSeconds")),
        ] {
            assert_eq!(request.check().err().map(|error| error.member()), member, "{request:?}");
        }
        let mut large = request("m", None, None);
        large.payload = "x".repeat(MAX_PAYLOAD).into();
        assert_eq!(large.check(), Err(InvalidMethod::PayloadTooLarge(MAX_PAYLOAD + 2)));
    }
}
