//! Commands of the palette: go to a page, create a job, change theme and time zone.

use console_wire::access::Action;
use leptos::prelude::*;

use super::{state::Layout, theme::Theme, zone_switch::my_zone};
use crate::{
    account::Account,
    kit::{
        Toasts, Undo,
        clock::{Clock, Zone},
        dom,
    },
    paths,
};

/// What an entry of the palette does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CommandAction {
    /// Navigates to an address.
    Go(String),
    /// Applies a theme.
    Theme(&'static str),
    /// Shows times in a zone.
    Zone(Zone),
    /// Opens the list of keyboard shortcuts.
    Shortcuts,
    /// Turns single-key shortcuts on or off.
    SingleKeys(bool),
    /// Copies the page's address.
    CopyAddress,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) icon: &'static str,
    pub(super) title: String,
    /// Its keyboard shortcut; empty when it has none.
    pub(super) key: &'static str,
    pub(super) action: CommandAction,
}

fn command(
    icon: &'static str,
    title: impl Into<String>,
    key: &'static str,
    action: CommandAction,
) -> Command {
    Command { icon, title: title.into(), key, action }
}

/// The commands that are available now. Tracks theme, zone and single keys.
pub(super) fn commands(layout: Layout, clock: Clock, account: Account) -> Vec<Command> {
    let mut all = vec![
        command("plus", "New job", "n", CommandAction::Go(paths::JOB_NEW.into())),
        command("arrow-right", "Overview", "g o", CommandAction::Go(paths::OVERVIEW.into())),
        command("arrow-right", "Jobs", "g j", CommandAction::Go(paths::JOBS.into())),
        command("arrow-right", "Schedules", "", CommandAction::Go(paths::SCHEDULES.into())),
        command("arrow-right", "Devices", "g d", CommandAction::Go(paths::DEVICES.into())),
        command("arrow-right", "Groups", "g g", CommandAction::Go(paths::GROUPS.into())),
        command("arrow-right", "Registry changes", "", CommandAction::Go(paths::REGISTRY_CHANGES.into())),
    ];
    if dom::has_link(paths::SIMULATOR) {
        all.push(command("arrow-right", "Simulator", "g s", CommandAction::Go(paths::SIMULATOR.into())));
    }
    if account.person().is_some() {
        all.push(command("user-check", "Approvals", "g a", CommandAction::Go(paths::APPROVALS.into())));
    }
    if account.may_on_own(Action::AuditRead) {
        all.push(command("history", "Audit log", "", CommandAction::Go(paths::AUDIT.into())));
    }
    if account.may(Action::WebhookRead) {
        all.push(command("arrow-right", "Webhooks", "", CommandAction::Go(paths::WEBHOOKS.into())));
    }
    let theme = layout.theme.get();
    all.extend(
        Theme::ALL
            .into_iter()
            .filter(|other| *other != theme)
            .map(|theme| command("sun-moon", format!("Theme: {theme}"), "", CommandAction::Theme(theme))),
    );
    all.push(match clock.zone() {
        Zone::Utc => {
            command("clock", format!("Times in {}", my_zone(clock)), "", CommandAction::Zone(Zone::Local))
        }
        Zone::Local => command("clock", "Times in UTC", "", CommandAction::Zone(Zone::Utc)),
    });
    all.push(command("link", "Copy the address of this page", "", CommandAction::CopyAddress));
    all.push(command("keyboard", "Keyboard shortcuts", "?", CommandAction::Shortcuts));
    let are_on = layout.single_keys.get();
    let title = if are_on { "Turn single-key shortcuts off" } else { "Turn single-key shortcuts on" };
    all.push(command("keyboard", title, "", CommandAction::SingleKeys(!are_on)));
    all
}

/// Whether each word of the search begins a word of the title.
pub(super) fn matches(title: &str, search: &str) -> bool {
    let title = title.to_ascii_lowercase();
    let search = search.to_ascii_lowercase();
    search.split_whitespace().all(|word| title.split_whitespace().any(|part| part.starts_with(word)))
}

/// Runs a command other than [`CommandAction::Go`].
pub(super) fn run(action: &CommandAction, layout: Layout, clock: Clock, toasts: Toasts) {
    match action {
        CommandAction::Go(_) => {}
        CommandAction::Theme(theme) => layout.theme.set(theme),
        CommandAction::Zone(zone) => clock.set_zone(*zone),
        CommandAction::Shortcuts => layout.shortcuts.set(true),
        CommandAction::SingleKeys(are_on) => {
            let are_on = *are_on;
            layout.set_single_keys(are_on);
            let undo = Undo::new(move || layout.set_single_keys(!are_on));
            toasts
                .show(format!("Single-key shortcuts are {}.", if are_on { "on" } else { "off" }), Some(undo));
        }
        CommandAction::CopyAddress => {
            dom::copy_to_clipboard(&dom::page_url());
            toasts.show("Address copied.", None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn words_are_matched_by_their_beginning() {
        for (title, search, expected) in [
            ("New job", "", true),
            ("New job", "n", true),
            ("New job", "job new", true),
            ("New job", "ob", false),
            ("Theme: dark", "DARK", true),
            ("Theme: dark", "dark mode", false),
        ] {
            assert_eq!(matches(title, search), expected, "{title} {search}");
        }
    }
}
