//! Where the attributes of each source live: which column of which table, and as what.
//!
//! The store's tables are described here as data, so that the lowering handles kinds of columns, not names. Attributes
//! of the system match in any case (`DeviceId`); keys under `tags` and `properties` only as they are written.

use super::ast::{Aggregate, Item, ItemValue, Path, Segment, Source};

/// One source's attributes.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// The source described.
    pub source: Source,
    /// Its table.
    pub table: &'static str,
    /// Every attribute; none's path is the beginning of another's.
    pub attributes: &'static [Attribute],
}

/// An attribute of the document and the column that holds it.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Names from the document's root, as the wire writes them.
    pub path: &'static [&'static str],
    /// Where and how it is kept.
    pub column: Column,
}

/// How a value is kept. SQL NULL means that the document has no such attribute.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// A string.
    Text(&'static str),
    /// A whole number.
    Integer(&'static str),
    /// A boolean, as 0 or 1.
    Flag(&'static str),
    /// A time in ticks of 100 ns since the Unix epoch; a string on the wire (`hub_wire::time::Timestamp`).
    Time(&'static str),
    /// A counter; on the wire base64 of its 8 bytes, most significant first.
    Etag(&'static str),
    /// Any value, as JSONB or JSON text.
    Json(&'static str),
    /// A section of a twin, whose `$metadata` and `$version` are kept apart from it.
    Section(Section),
}

impl Column {
    /// The column that has a value exactly when the attribute is there.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text(name)
            | Self::Integer(name)
            | Self::Flag(name)
            | Self::Time(name)
            | Self::Etag(name)
            | Self::Json(name)
            | Self::Section(Section { document: name, .. }) => name,
        }
    }
}

/// The columns of a twin's section.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The section without its `$` members, as JSONB.
    pub document: &'static str,
    /// Its `$metadata`, as JSONB.
    pub metadata: &'static str,
    /// Its `$version`.
    pub version: &'static str,
}

const fn at(path: &'static [&'static str], column: Column) -> Attribute {
    Attribute { path, column }
}

const DESIRED: Column = Column::Section(Section {
    document: "desired",
    metadata: "desired_metadata",
    version: "desired_version",
});
const REPORTED: Column = Column::Section(Section {
    document: "reported",
    metadata: "reported_metadata",
    version: "reported_version",
});

/// `devices`: the attributes that the documentation lists. Members that a twin shows but no query is documented to ask
/// for (`deviceEtag`, `x509Thumbprint`) are undefined.
const DEVICES: Columns = Columns {
    source: Source::Devices,
    table: "devices",
    attributes: &[
        at(&["deviceId"], Column::Text("device_id")),
        at(&["etag"], Column::Etag("twin_etag")),
        at(&["status"], Column::Text("status")),
        at(&["statusReason"], Column::Text("status_reason")),
        at(&["statusUpdateTime"], Column::Time("status_updated")),
        at(&["connectionState"], Column::Text("connection_state")),
        at(&["lastActivityTime"], Column::Time("last_activity")),
        at(&["cloudToDeviceMessageCount"], Column::Integer("c2d_count")),
        at(&["authenticationType"], Column::Text("auth_type")),
        at(&["modelId"], Column::Text("model_id")),
        at(&["version"], Column::Integer("twin_version")),
        at(&["deviceScope"], Column::Text("device_scope")),
        at(&["parentScopes"], Column::Json("parent_scopes")),
        at(&["capabilities", "iotEdge"], Column::Flag("iot_edge")),
        at(&["tags"], Column::Json("tags")),
        at(&["properties", "desired"], DESIRED),
        at(&["properties", "reported"], REPORTED),
    ],
};

/// `devices.modules`: the module twin.
const MODULES: Columns = Columns {
    source: Source::Modules,
    table: "modules",
    attributes: &[
        at(&["deviceId"], Column::Text("device_id")),
        at(&["moduleId"], Column::Text("module_id")),
        at(&["etag"], Column::Etag("twin_etag")),
        at(&["connectionState"], Column::Text("connection_state")),
        at(&["lastActivityTime"], Column::Time("last_activity")),
        at(&["cloudToDeviceMessageCount"], Column::Integer("c2d_count")),
        at(&["authenticationType"], Column::Text("auth_type")),
        at(&["modelId"], Column::Text("model_id")),
        at(&["version"], Column::Integer("twin_version")),
        at(&["tags"], Column::Json("tags")),
        at(&["properties", "desired"], DESIRED),
        at(&["properties", "reported"], REPORTED),
    ],
};

/// `devices.jobs`: a device's share of a job. Samples of the documentation filter on `createdTimeUtc`, a name that the
/// row does not have; it means `createdDateTimeUtc`.
const DEVICE_JOBS: Columns = Columns {
    source: Source::DeviceJobs,
    table: "device_jobs",
    attributes: &[
        at(&["jobId"], Column::Text("job_id")),
        at(&["deviceId"], Column::Text("device_id")),
        at(&["moduleId"], Column::Text("module_id")),
        at(&["jobType"], Column::Text("job_type")),
        at(&["status"], Column::Text("status")),
        at(&["startTimeUtc"], Column::Time("start_time")),
        at(&["endTimeUtc"], Column::Time("end_time")),
        at(&["createdDateTimeUtc"], Column::Time("created")),
        at(&["createdTimeUtc"], Column::Time("created")),
        at(&["lastUpdatedDateTimeUtc"], Column::Time("last_updated")),
        at(&["outcome", "deviceMethodResponse", "status"], Column::Integer("response_status")),
        at(&["outcome", "deviceMethodResponse", "payload"], Column::Json("response_payload")),
        at(&["error", "code"], Column::Text("error_code")),
        at(&["error", "description"], Column::Text("error_description")),
    ],
};

/// What a path leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'a> {
    /// No such attribute.
    Undefined,
    /// A column of its own; never `Json` nor `Section`.
    Scalar(Column),
    /// A path inside a JSONB column.
    Json(&'static str, &'a [Segment]),
    /// A whole section.
    Section(Section),
    /// An object that has these attributes inside, so many names further down.
    Object(&'static [Attribute], usize),
}

impl Columns {
    /// The columns of a source.
    pub const fn of(source: Source) -> &'static Self {
        match source {
            Source::Devices => &DEVICES,
            Source::Modules => &MODULES,
            Source::DeviceJobs => &DEVICE_JOBS,
        }
    }

    /// What the path leads to.
    pub(super) fn resolve<'a>(&self, path: &'a Path) -> Target<'a> {
        let segments = self.without_source(path);
        let is_inside = |attribute: &Attribute| begins_with(attribute.path, segments);
        if let Some(attribute) = self.attributes.iter().find(|attribute| is_prefix(attribute.path, segments))
        {
            let rest = &segments[attribute.path.len()..];
            return match attribute.column {
                Column::Json(column) => Target::Json(column, rest),
                Column::Section(section) => in_section(section, rest),
                _ if !rest.is_empty() => Target::Undefined,
                column => Target::Scalar(column),
            };
        }
        let Some(first) = self.attributes.iter().position(is_inside) else { return Target::Undefined };
        let count = self.attributes[first..].iter().take_while(|attribute| is_inside(attribute)).count();
        Target::Object(&self.attributes[first..first + count], segments.len())
    }

    /// The path without `devices.`, `devices.modules.` or `devices.jobs.` before it.
    fn without_source<'a>(&self, path: &'a Path) -> &'a [Segment] {
        let source: &[&str] = match self.source {
            Source::Devices => &["devices"],
            Source::Modules => &["devices", "modules"],
            Source::DeviceJobs => &["devices", "jobs"],
        };
        let segments = path.segments.as_slice();
        [source, &source[..1]]
            .into_iter()
            .find(|names| segments.len() > names.len() && is_prefix(names, segments))
            .map_or(segments, |names| &segments[names.len()..])
    }

    /// The path with its system names written as the wire does; equal for paths that mean the same.
    pub(super) fn canonical(&self, path: &Path) -> Vec<Segment> {
        let mut segments = self.without_source(path).to_vec();
        let known = self
            .attributes
            .iter()
            .find(|attribute| is_prefix(attribute.path, &segments) || begins_with(attribute.path, &segments));
        if let Some(attribute) = known {
            for (segment, name) in segments.iter_mut().zip(attribute.path) {
                *segment = Segment::Key((*name).to_owned());
            }
        }
        segments
    }

    /// The name of each item in the answer: the alias, else the path's last name, else `$1`, `$2`, … for those that
    /// have neither (the format of the dialect below; the hub's page always gives an alias).
    pub(super) fn names(&self, items: &[Item]) -> Vec<String> {
        let mut unnamed = 0;
        let mut next = || {
            unnamed += 1;
            format!("${unnamed}")
        };
        let name = |item: &Item| match (&item.alias, &item.value) {
            (Some(alias), _) => alias.clone(),
            (None, ItemValue::Path(path)) => match self.canonical(path).pop() {
                Some(Segment::Key(key)) => key,
                _ => next(),
            },
            (None, ItemValue::Aggregate(_)) => next(),
        };
        items.iter().map(name).collect()
    }
}

impl Aggregate {
    /// The attribute it works on.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Count => None,
            Self::Average(path) | Self::Sum(path) | Self::Minimum(path) | Self::Maximum(path) => Some(path),
        }
    }
}

fn in_section(section: Section, rest: &[Segment]) -> Target<'_> {
    match rest {
        [] => Target::Section(section),
        [first] if matches(first, "$version") => Target::Scalar(Column::Integer(section.version)),
        [first, deeper @ ..] if matches(first, "$metadata") => Target::Json(section.metadata, deeper),
        _ => Target::Json(section.document, rest),
    }
}

fn matches(segment: &Segment, name: &str) -> bool {
    matches!(segment, Segment::Key(key) if key.eq_ignore_ascii_case(name))
}

/// Whether the segments begin with these names.
fn is_prefix(names: &[&str], segments: &[Segment]) -> bool {
    names.len() <= segments.len() && names.iter().zip(segments).all(|(name, segment)| matches(segment, name))
}

/// Whether the names go on beyond all the segments.
fn begins_with(names: &[&str], segments: &[Segment]) -> bool {
    names.len() > segments.len() && names.iter().zip(segments).all(|(name, segment)| matches(segment, name))
}
