//! `fleetcast device`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    ConnectionArgs,
    messages::{CompareArgs, SendArgs, TelemetryArgs},
    registry::{ChangeArgs, CreateDeviceArgs, DeviceExportArgs, KeyArgs},
};

/// `fleetcast device`.
#[derive(Debug, Args)]
pub struct DeviceArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(subcommand)]
    pub(crate) command: DeviceCommand,
}

/// What to do with devices.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Lists devices by a query condition.
    Query {
        /// The text after WHERE; `*` for every device.
        #[arg(default_value = "*")]
        condition: String,
        /// Most devices.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Shows a device's twin.
    Show {
        /// The device's id.
        device_id: String,
    },
    /// Calls a direct method, and writes the answer. Exit code 2 if the device answers 400 or more, or not at all.
    Invoke {
        /// The device's id.
        device_id: String,
        /// The method.
        method: String,
        /// Payload, JSON.
        #[arg(long)]
        payload: Option<String>,
        /// How long to wait for the answer, 5 to 300 seconds.
        #[arg(long, value_name = "SECONDS")]
        response_timeout: Option<u32>,
    },
    /// Merges tags and desired properties into a device's twin; null removes.
    Patch {
        /// The device's id.
        device_id: String,
        /// Tags, a JSON object.
        #[arg(long, required_unless_present = "desired")]
        tags: Option<String>,
        /// Desired properties, a JSON object.
        #[arg(long)]
        desired: Option<String>,
    },
    /// Sends a message to a device, which waits at the hub while the device is away.
    Send(SendArgs),
    /// Lists the messages that were sent to a device, newest first.
    Messages {
        /// The device's id.
        device_id: String,
        /// Most messages, 1 to 500.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
    },
    /// Writes messages from a device: the last ones, then each as it arrives. Only with the embedded hub.
    Telemetry(TelemetryArgs),
    /// Compares two devices' twins.
    Compare(CompareArgs),
    /// Says whether a device is connected and why, and what happened to its connections lately.
    Connections {
        /// The device's id.
        device_id: String,
        /// Of this module of the device.
        #[arg(long)]
        module: Option<String>,
    },
    /// Lists who was refused in the last hour. Only with the embedded hub.
    Refused,
    /// Makes a token with which a device connects, and shows a program that uses it.
    Connect {
        /// The device's id.
        device_id: String,
        /// How long the token is valid, 60 to 604800 seconds.
        #[arg(long, value_name = "SECONDS")]
        lifetime: Option<u32>,
        /// The program to show.
        #[arg(long, value_enum, default_value_t = ConnectTool::Mosquitto)]
        tool: ConnectTool,
        /// Also writes the hub's certificate authority to this file, if the hub has one of its own.
        #[arg(long, value_name = "FILE")]
        ca_file: Option<PathBuf>,
    },
    /// Modules of a device.
    Module {
        #[command(subcommand)]
        command: ModuleCommand,
    },
    /// Creates a device. The hub makes its keys.
    Create(CreateDeviceArgs),
    /// Creates the devices of a CSV file, and follows until each has a result. None is created if an id exists.
    Import {
        /// The file, with a head: deviceId, status, statusReason, tags.NAME, desired.NAME; `-` reads standard input.
        file: PathBuf,
        /// Only check it.
        #[arg(long)]
        dry_run: bool,
    },
    /// Enables devices, and follows until each has a result.
    Enable {
        #[command(flatten)]
        change: ChangeArgs,
        /// Why; kept by the hub for each device.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Disables devices, which disconnects them, and follows until each has a result.
    Disable {
        #[command(flatten)]
        change: ChangeArgs,
        /// Why; kept by the hub for each device.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Deletes devices with their twins and keys, and follows until each has a result. Nothing brings them back.
    Delete {
        #[command(flatten)]
        change: ChangeArgs,
        /// How many devices are to be deleted; refused if there are more or fewer.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
    },
    /// Does the opposite to the devices that a registry change has changed.
    Undo {
        /// The change's number.
        change_id: u64,
        /// Where devices will be deleted, how many.
        #[arg(long, value_name = "N")]
        count: Option<u64>,
    },
    /// Replaces one of a device's keys by a new random one. The other key still works.
    RotateKey(KeyArgs),
    /// Writes a device's connection string, which holds a key. Every call is in the audit log.
    ConnectionString(KeyArgs),
    /// Writes devices as CSV or JSON.
    Export(DeviceExportArgs),
}

/// A program that connects a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ConnectTool {
    /// A command with `mosquitto_pub`.
    Mosquitto,
    /// A program for Node.js.
    Node,
    /// A program in Python.
    Python,
    /// A program in C#.
    Csharp,
    /// A part of a program in C for ESP-IDF.
    EspIdf,
}

impl ConnectTool {
    /// What the server calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mosquitto => "mosquitto_pub",
            Self::Node => "Node.js",
            Self::Python => "Python",
            Self::Csharp => "C#",
            Self::EspIdf => "C for ESP-IDF",
        }
    }
}

/// What to do with modules of a device.
#[derive(Debug, Subcommand)]
pub(crate) enum ModuleCommand {
    /// Lists the modules of a device.
    List {
        /// The device's id.
        device_id: String,
    },
    /// Shows a module's twin.
    Show {
        /// The device's id.
        device_id: String,
        /// The module's id.
        module_id: String,
    },
    /// Merges tags and desired properties into a module's twin; null removes.
    Patch {
        /// The device's id.
        device_id: String,
        /// The module's id.
        module_id: String,
        /// Tags, a JSON object.
        #[arg(long, required_unless_present = "desired")]
        tags: Option<String>,
        /// Desired properties, a JSON object.
        #[arg(long)]
        desired: Option<String>,
    },
    /// Calls a direct method of a module, and writes the answer. Exit code 2 if it answers 400 or more, or not at all.
    Invoke {
        /// The device's id.
        device_id: String,
        /// The module's id.
        module_id: String,
        /// The method.
        method: String,
        /// Payload, JSON.
        #[arg(long)]
        payload: Option<String>,
        /// How long to wait for the answer, 5 to 300 seconds.
        #[arg(long, value_name = "SECONDS")]
        response_timeout: Option<u32>,
    },
}
