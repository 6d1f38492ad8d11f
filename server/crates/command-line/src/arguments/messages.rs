//! The arguments of commands about messages and twins.

use std::num::NonZeroU64;

use clap::Args;

/// A message to a device.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// The device's id.
    pub(crate) device_id: String,

    /// The body; `-` reads standard input.
    pub(crate) body: String,

    /// A property, name=value with the name in lower case; may be given more than once.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) property: Vec<String>,

    /// Media type of the body; application/json where the body is JSON, else text/plain, unless given.
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,

    /// How long the message waits for the device, 1 to 172800 seconds; an hour unless given.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) expires_in: Option<u64>,

    /// Wait until it is known what became of it. Exit code 2 if the device did not accept it.
    #[arg(long)]
    pub(crate) wait: bool,

    /// Stop waiting after so many seconds, with exit code 4. The message stays at the hub.
    #[arg(long, requires = "wait", value_name = "SECONDS")]
    pub(crate) timeout: Option<NonZeroU64>,
}

/// Messages as they arrive.
#[derive(Debug, Args)]
pub(crate) struct TelemetryArgs {
    /// The device's or group's id.
    pub(crate) id: String,

    /// End after so many messages.
    #[arg(long, value_name = "COUNT")]
    pub(crate) count: Option<NonZeroU64>,
}

/// Two twins.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The device on the left.
    pub(crate) left: String,

    /// The device on the right.
    pub(crate) right: String,

    /// Write values that are the same too.
    #[arg(long)]
    pub(crate) all: bool,
}
