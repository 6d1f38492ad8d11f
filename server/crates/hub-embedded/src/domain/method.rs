//! A direct method call made ready to be sent, how it can fail, and what the caller and a job's row are told.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hub_wire::{device_job::DeviceJobError, direct_method::DirectMethodRequest, error::ErrorCode};

/// A method call made ready once, to go to many devices.
#[derive(Debug, Clone)]
pub struct MethodCall {
    /// The method.
    pub method_name: Arc<str>,
    /// JSON text; `null` when there is nothing to say, never empty, for SDKs parse it.
    pub payload: Bytes,
    /// How long to wait for the answer, from the moment the call is handed to the connection.
    pub response_timeout: Duration,
    /// How long to wait for a device that is away; zero means it must be there.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// The device is not connected, did not come within the connection wait, or does not listen to methods.
    #[error(
        "The operation failed because the requested device isn't online. To learn more, see https://aka.ms/iothub404103"
    )]
    NotOnline,
    /// The device did not answer within the response wait.
    #[error("Timed out waiting for the response from device.")]
    NoAnswer,
    /// The connection ended while the device owed its answer.
    #[error("The device's connection was closed before it answered.")]
    ConnectionClosed,
    /// The device owes too many answers already.
    #[error("Too many method calls are under way on this device.")]
    TooManyInFlight,
    /// What the device answered cannot be handed on.
    #[error("The device's answer is not JSON, or is larger than 128 KB.")]
    UnreadableAnswer,
}

impl MethodError {
    /// The hub's code.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::NotOnline => ErrorCode::DeviceNotOnline,
            Self::NoAnswer => ErrorCode::GatewayTimeout,
            Self::ConnectionClosed => ErrorCode::DeviceConnectionClosedRemotely,
            Self::TooManyInFlight => ErrorCode::DeviceMaximumInflightMethodExceeded,
            Self::UnreadableAnswer => ErrorCode::ServerError,
        }
    }

    /// What a device job's row says. The pair for an offline device is as captured (`Azure/iotedge` issue 2958); the
    /// others follow it.
    pub fn device_job_error(self) -> DeviceJobError {
        let description = match self {
            Self::NotOnline => "Timed out waiting for device to connect.".to_owned(),
            other => other.to_string(),
        };
        DeviceJobError { code: self.code().name().to_owned(), description }
    }
}
