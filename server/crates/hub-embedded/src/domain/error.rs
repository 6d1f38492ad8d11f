//! Requests that break a rule of the hub. Knows the contract's [`ErrorCode`], nothing of HTTP or the store.

use hub_wire::{
    envelope::{EnvelopeError, EnvelopeFault},
    error::ErrorCode,
    twin::MisplacedMembers,
};

/// Why a request is refused by a rule.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// A member has a value that the hub does not accept.
    #[error("{0}")]
    ArgumentInvalid(String),
    /// A member is missing.
    #[error("'{0}' is missing")]
    ArgumentNull(&'static str),
    /// The request is contradictory or unknown to the hub.
    #[error("{0}")]
    BadRequest(String),
    /// The request's body cannot be read.
    #[error("BadRequest: {0}")]
    Envelope(Box<EnvelopeError>),
    /// A twin's change has its members at the wrong place.
    #[error("{0}")]
    Misplaced(#[from] MisplacedMembers),
    /// A cloud-to-device message is too large.
    #[error("the message has {size} bytes; at most {max} are allowed")]
    MessageTooLarge {
        /// Its size, or that of its topic.
        size: usize,
        /// The limit.
        max: usize,
    },
}

impl From<EnvelopeError> for RequestError {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(Box::new(error))
    }
}

impl RequestError {
    /// The hub's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::ArgumentInvalid(_) | Self::Misplaced(_) => ErrorCode::ArgumentInvalid,
            Self::ArgumentNull(_) => ErrorCode::ArgumentNull,
            Self::BadRequest(_) => ErrorCode::GenericBadRequest,
            // Live hubs have codes of their own for bad JSON, a missing member and a bad value.
            Self::Envelope(error) => match error.fault {
                EnvelopeFault::Syntax => ErrorCode::IotHubFormatError,
                EnvelopeFault::Missing => ErrorCode::ArgumentNull,
                EnvelopeFault::Invalid | EnvelopeFault::Unknown => ErrorCode::ArgumentInvalid,
            },
            Self::MessageTooLarge { .. } => ErrorCode::MessageTooLarge,
        }
    }
}
