//! What can be done, by name: a permission is an action that a person may do.

use std::fmt;

/// An action that needs a permission of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// See jobs, their results and templates.
    JobRead,
    /// Create a job.
    JobCreate,
    /// Cancel or stop a job.
    JobCancel,
    /// Run devices of a job again.
    JobRerun,
    /// Pause and resume a job in waves, and start its next wave.
    JobHandle,
    /// Approve or reject a job that another person asks for.
    JobApprove,
    /// Save, replace and delete templates.
    TemplateWrite,
    /// Create, change and delete groups.
    GroupWrite,
    /// See schedules and their runs.
    ScheduleRead,
    /// Create, change, pause, resume, run and delete schedules.
    ScheduleWrite,
    /// See devices, groups, the hub and the simulator.
    DeviceRead,
    /// Call a direct method of one device.
    DeviceInvoke,
    /// Change the twin of one device.
    DevicePatch,
    /// Create, enable, disable and delete devices.
    DeviceWrite,
    /// See a device's connection string, replace its keys, or get a token made with them.
    DeviceKeys,
    /// Send a message to a device.
    MessageSend,
    /// See messages from devices.
    TelemetryRead,
    /// Change the settings of the simulated devices.
    SimulatorWrite,
    /// Read the server's metrics.
    MetricsRead,
    /// Read the audit log.
    AuditRead,
    /// See the people of the team and their sessions.
    UserRead,
    /// Invite people, change their role, deactivate them.
    UserWrite,
    /// End a session.
    SessionRevoke,
    /// Create an API token.
    TokenCreate,
    /// See webhooks and what was sent.
    WebhookRead,
    /// Create, pause, delete and try out webhooks, and change their secrets.
    WebhookWrite,
    /// See API tokens.
    TokenRead,
    /// Revoke an API token.
    TokenRevoke,
    /// See the wall: counts of the fleet and the jobs that run.
    WallRead,
    /// Let screens show the wall, and revoke them.
    WallWrite,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 30] = [
        Self::JobRead,
        Self::JobCreate,
        Self::JobCancel,
        Self::JobRerun,
        Self::JobHandle,
        Self::JobApprove,
        Self::TemplateWrite,
        Self::GroupWrite,
        Self::ScheduleRead,
        Self::ScheduleWrite,
        Self::DeviceRead,
        Self::DeviceInvoke,
        Self::DevicePatch,
        Self::DeviceWrite,
        Self::DeviceKeys,
        Self::MessageSend,
        Self::TelemetryRead,
        Self::SimulatorWrite,
        Self::MetricsRead,
        Self::AuditRead,
        Self::UserRead,
        Self::UserWrite,
        Self::SessionRevoke,
        Self::TokenCreate,
        Self::WebhookRead,
        Self::WebhookWrite,
        Self::TokenRead,
        Self::TokenRevoke,
        Self::WallRead,
        Self::WallWrite,
    ];

    /// The permission's name, `noun:verb`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobRead => "job:read",
            Self::JobCreate => "job:create",
            Self::JobCancel => "job:cancel",
            Self::JobRerun => "job:rerun",
            Self::JobHandle => "job:handle",
            Self::JobApprove => "job:approve",
            Self::TemplateWrite => "template:write",
            Self::GroupWrite => "group:write",
            Self::ScheduleRead => "schedule:read",
            Self::ScheduleWrite => "schedule:write",
            Self::DeviceRead => "device:read",
            Self::DeviceInvoke => "device:invoke",
            Self::DevicePatch => "device:patch",
            Self::DeviceWrite => "device:write",
            Self::DeviceKeys => "device:keys",
            Self::MessageSend => "message:send",
            Self::TelemetryRead => "telemetry:read",
            Self::SimulatorWrite => "simulator:write",
            Self::MetricsRead => "metrics:read",
            Self::AuditRead => "audit:read",
            Self::UserRead => "user:read",
            Self::UserWrite => "user:write",
            Self::SessionRevoke => "session:revoke",
            Self::TokenCreate => "token:create",
            Self::WebhookRead => "webhook:read",
            Self::WebhookWrite => "webhook:write",
            Self::TokenRead => "token:read",
            Self::TokenRevoke => "token:revoke",
            Self::WallRead => "wall:read",
            Self::WallWrite => "wall:write",
        }
    }

    /// Whether it only reads. Without the permission to read, a thing does not exist for a person.
    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::JobRead
                | Self::ScheduleRead
                | Self::DeviceRead
                | Self::TelemetryRead
                | Self::MetricsRead
                | Self::AuditRead
                | Self::UserRead
                | Self::WebhookRead
                | Self::TokenRead
                | Self::WallRead
        )
    }

    /// Whether it makes sense only where people have accounts.
    pub(super) const fn needs_account(self) -> bool {
        matches!(
            self,
            Self::JobApprove
                | Self::UserRead
                | Self::UserWrite
                | Self::SessionRevoke
                | Self::TokenCreate
                | Self::TokenRead
                | Self::TokenRevoke
                | Self::WallWrite
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
