//! Arguments of the commands that change the registry.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// A new device.
#[derive(Debug, Args)]
pub(crate) struct CreateDeviceArgs {
    /// Its id.
    pub(crate) device_id: String,

    /// Tags, a JSON object.
    #[arg(long)]
    pub(crate) tags: Option<String>,

    /// Desired properties, a JSON object.
    #[arg(long)]
    pub(crate) desired: Option<String>,

    /// It may not connect until it is enabled.
    #[arg(long)]
    pub(crate) disabled: bool,

    /// Why it has its status.
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// Devices to change.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("changed").required(true).args(["device_ids", "query", "devices"]))]
pub(crate) struct ChangeArgs {
    /// The devices' ids.
    pub(crate) device_ids: Vec<String>,

    /// The devices by a query condition, the text after WHERE; `*` for every device.
    #[arg(long, short)]
    pub(crate) query: Option<String>,

    /// The devices in a file: ids, or CSV with a column of ids; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) devices: Option<PathBuf>,

    /// Only count them.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A key of a device.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// The device's id.
    pub(crate) device_id: String,

    /// Which of its two keys.
    #[arg(long, value_enum, default_value_t = Key::Primary)]
    pub(crate) key: Key,
}

/// One of the two keys of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Key {
    /// The first key.
    Primary,
    /// The second key.
    Secondary,
}

impl Key {
    /// The API's word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

/// Devices to write.
#[derive(Debug, Args)]
pub(crate) struct DeviceExportArgs {
    /// The text after WHERE; `*` for every device.
    #[arg(default_value = "*")]
    pub(crate) condition: String,

    /// The format.
    #[arg(long, value_enum, default_value_t = DeviceFileFormat::Csv)]
    pub(crate) format: DeviceFileFormat,

    /// Tags and properties beside what every device has, with commas between.
    #[arg(long)]
    pub(crate) columns: Option<String>,

    /// Whole identities or twins instead of what the devices page lists.
    #[arg(long, value_enum)]
    pub(crate) content: Option<Content>,

    /// The file; standard output unless given. An existing one is not overwritten.
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
}

/// The format of a file of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceFileFormat {
    /// A line for each device.
    Csv,
    /// One array.
    Json,
}

/// What is written of each device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Content {
    /// Status, reason, authentication, and other parts of the identity, without keys.
    Identities,
    /// Tags, desired and reported properties.
    Twins,
}

impl Content {
    /// The API's word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identities => "identities",
            Self::Twins => "twins",
        }
    }
}
