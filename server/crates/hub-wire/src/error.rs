//! The hub's errors: a number, a name, an HTTP status, and three formats of the body.
//!
//! The number's first three digits are the HTTP status. Source: `troubleshoot-error-codes.md`, checked against the
//! C# SDK's enums.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;

/// Answer header with the error's name; C#'s client wants it to agree with the body.
pub const ERROR_CODE_HEADER: &str = "iothub-errorcode";
/// The answer headers with the error's name. Header names match in any case: the second is C#'s `IotHubErrorCode`, by
/// which its client distinguishes a failed bulk request from other errors.
pub const ERROR_CODE_HEADERS: [&str; 2] = [ERROR_CODE_HEADER, "iothuberrorcode"];

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// A known error. `as u32` is the hub's number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum ErrorCode { $($(#[$doc])* $name = $number,)* }

        impl ErrorCode {
            /// Every known error.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The hub's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

error_codes! {
    /// The request makes no sense, without more.
    GenericBadRequest = 400_000,
    /// The api-version is not one the hub speaks.
    InvalidProtocolVersion = 400_001,
    /// The call makes no sense here.
    InvalidOperation = 400_003,
    /// A member has a value that is not allowed.
    ArgumentInvalid = 400_004,
    /// A member is missing.
    ArgumentNull = 400_005,
    /// The body is not JSON of the right shape.
    IotHubFormatError = 400_006,
    /// The body could not be read.
    DeserializationError = 400_012,
    /// Some items of a bulk request were refused.
    BulkRegistryOperationFailure = 400_013,
    /// A newer connection of the same device took over.
    ConnectionForcefullyClosedOnNewConnection = 400_027,
    /// Missing, wrong or insufficient credentials.
    IotHubUnauthorizedAccess = 401_002,
    /// Likewise, where the hub logs it so.
    IotHubUnauthorized = 401_003,
    /// The day's message quota is used up.
    IotHubQuotaExceeded = 403_002,
    /// An import or export job is running already.
    JobQuotaExceeded = 403_003,
    /// Fifty cloud-to-device messages wait already.
    DeviceMaximumQueueDepthExceeded = 403_004,
    /// The tier does not have this.
    OperationNotAvailableInCurrentTier = 403_010,
    /// The device is disabled.
    DeviceDisabled = 403_012,
    /// Too many calls are under way on one device.
    DeviceMaximumInflightMethodExceeded = 403_800,
    /// No such thing.
    GenericNotFound = 404_000,
    /// No such device, or a disabled one where it is called.
    DeviceNotFound = 404_001,
    /// No such job.
    JobNotFound = 404_002,
    /// No such module.
    ModuleNotFound = 404_010,
    /// The device is not connected, or does not listen to methods.
    DeviceNotOnline = 404_103,
    /// The device's connection ended during the call.
    DeviceConnectionClosedRemotely = 404_104,
    /// The path does not take this verb.
    GenericMethodNotAllowed = 405_000,
    /// The job has begun or ended.
    OperationNotAllowedInCurrentState = 405_102,
    /// The id is taken.
    DeviceAlreadyExists = 409_001,
    /// The job id is taken.
    JobAlreadyExists = 409_104,
    /// The module id is taken.
    ModuleAlreadyExistsOnDevice = 409_301,
    /// The etag does not match.
    PreconditionFailed = 412_001,
    /// The message's lock has gone.
    DeviceMessageLockLost = 412_002,
    /// The body or message is too large.
    MessageTooLarge = 413_001,
    /// The hub is full.
    TooManyDevices = 413_002,
    /// The device has 50 modules already.
    TooManyModulesOnDevice = 413_003,
    /// The body is not JSON by its content type.
    GenericUnsupportedMediaType = 415_000,
    /// Too many requests.
    ThrottlingException = 429_001,
    /// Too many requests waited too long.
    ThrottlingBacklogTimeout = 429_003,
    /// Too many active jobs.
    ThrottlingMaxActiveJobCountExceeded = 429_004,
    /// A fault of the hub.
    ServerError = 500_001,
    /// Not built.
    NotImplemented = 501_000,
    /// What the device answered cannot be passed on, such as a method's answer that is not JSON. The name is the hub's
    /// (`Azure/azure-iot-sdk-c` 6); the number is not published, so it is ours, formed as those of 404103 and 504101.
    InvalidResponseWhileProxying = 502_101,
    /// The hub is stopping or cannot reach its store.
    ServiceUnavailable = 503_001,
    /// The hub is busy.
    ServerBusy = 503_005,
    /// The device did not answer in time.
    GatewayTimeout = 504_101,
}

impl ErrorCode {
    /// The hub's number.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The HTTP status.
    pub const fn http_status(self) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "three digits")]
        {
            (self.number() / 1000) as u16
        }
    }

    /// By name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// By number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }
}

/// Envelope A: the format of nearly every refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorBody {
    /// `ErrorCode:<Name>;<text>`, or a [`NestedError`] as text.
    pub message: String,
    /// `Tracking ID:<hex>-TimeStamp:<when>`.
    #[serde(default)]
    pub exception_message: String,
}

/// Envelope B: alone over MQTT and for modules, inside envelope A for direct methods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NestedError {
    /// The hub's number.
    pub error_code: u32,
    /// Text for a person.
    pub message: String,
    /// For support.
    #[serde(default)]
    pub tracking_id: String,
    /// When.
    #[serde(default)]
    pub timestamp_utc: String,
    /// Always null from us: C#'s client cannot read an object here.
    #[serde(default)]
    pub info: Option<Value>,
}

impl NestedError {
    /// An error with its tracking id and time filled in.
    pub fn new(code: ErrorCode, message: impl Into<String>, tracking_id: &str, at: Timestamp) -> Self {
        Self {
            error_code: code.number(),
            message: message.into(),
            tracking_id: tracking_id.to_owned(),
            timestamp_utc: at.to_string(),
            info: None,
        }
    }
}

impl ErrorBody {
    /// Envelope A with plain text.
    pub fn new(code: ErrorCode, text: &str, tracking_id: &str, at: Timestamp) -> Self {
        Self {
            message: format!("ErrorCode:{};{text}", code.name()),
            exception_message: format!("Tracking ID:{tracking_id}-TimeStamp:{at}"),
        }
    }

    /// Envelope B as text inside envelope A.
    pub fn nesting(nested: &NestedError) -> Self {
        let message = serde_json::to_string(nested).expect("plain fields always serialise");
        Self { message, exception_message: String::new() }
    }
}

/// What a client can learn from a refusal's body, whichever envelope it came in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadError {
    /// The error's name, if the body or a known number gave it.
    pub name: Option<String>,
    /// The number, if the body or a known name gave it.
    pub number: Option<u32>,
    /// Text for a person; empty if there was none.
    pub message: String,
}

/// Reads a refusal's body: envelope A, B, B in A, or anything else as plain text cut to 500 characters.
pub fn read_error(body: &str) -> ReadError {
    if let Ok(nested) = serde_json::from_str::<NestedError>(body) {
        return from_nested(nested);
    }
    let Ok(outer) = serde_json::from_str::<ErrorBody>(body) else {
        return ReadError { message: body.chars().take(500).collect(), ..ReadError::default() };
    };
    if let Ok(nested) = serde_json::from_str::<NestedError>(&outer.message) {
        return from_nested(nested);
    }
    let Some((name, text)) = outer.message.strip_prefix("ErrorCode:").and_then(|rest| rest.split_once(';'))
    else {
        return ReadError { message: outer.message, ..ReadError::default() };
    };
    ReadError {
        name: Some(name.to_owned()),
        number: ErrorCode::from_name(name).map(ErrorCode::number),
        message: text.to_owned(),
    }
}

fn from_nested(nested: NestedError) -> ReadError {
    ReadError {
        name: ErrorCode::from_number(nested.error_code).map(|code| code.name().to_owned()),
        number: Some(nested.error_code),
        message: nested.message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, name: Option<&str>, number: Option<u32>, message: &str) {
        let read = read_error(body);
        assert_eq!((read.name.as_deref(), read.number, read.message.as_str()), (name, number, message));
    }

    #[test]
    fn every_envelope_is_read() {
        check(
            r#"{"Message":"ErrorCode:DeviceNotFound;d1","ExceptionMessage":"Tracking ID:1-TimeStamp:2"}"#,
            Some("DeviceNotFound"),
            Some(404_001),
            "d1",
        );
        check(
            r#"{"Message":"{\"errorCode\":404103,\"message\":\"offline\",\"trackingId\":\"\",\"timestampUtc\":\"\",\"info\":{\"timeout\":\"00:00:00\"}}","ExceptionMessage":""}"#,
            Some("DeviceNotOnline"),
            Some(404_103),
            "offline",
        );
        check(
            r#"{"errorCode":409301,"message":"taken","trackingId":"x","timestampUtc":"y"}"#,
            Some("ModuleAlreadyExistsOnDevice"),
            Some(409_301),
            "taken",
        );
        check(r#"{"Message":"Something new"}"#, None, None, "Something new");
        check("<html>502</html>", None, None, "<html>502</html>");
    }

    #[test]
    fn what_we_write_is_what_we_read() {
        let nested = NestedError::new(ErrorCode::GatewayTimeout, "late", "abc", Timestamp::NEVER);
        let body = serde_json::to_string(&ErrorBody::nesting(&nested)).unwrap();
        assert!(body.contains(r#"\"info\":null"#), "{body}");
        check(&body, Some("GatewayTimeout"), Some(504_101), "late");
        for code in ErrorCode::ALL {
            let body = ErrorBody::new(*code, "why", "abc", Timestamp::NEVER);
            check(&serde_json::to_string(&body).unwrap(), Some(code.name()), Some(code.number()), "why");
            assert!((400..=504).contains(&code.http_status()));
        }
    }
}
