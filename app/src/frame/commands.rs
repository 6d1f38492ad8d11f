//! What the palette can do besides finding: go to a page, start a job, change how the console looks.

use leptos::prelude::*;

use super::{Frame, theme::Theme, zone_switch::my_zone};
use crate::{
    browser,
    clock::{Clock, Zone},
    components::{Toasts, Undo},
    paths,
};

/// What an entry of the palette does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Leads to an address.
    Go(String),
    /// Shows a theme.
    Theme(&'static str),
    /// Writes times in a zone.
    Zone(Zone),
    /// Opens the list of keys.
    Shortcuts,
    /// Turns keys without Ctrl on or off.
    SingleKeys(bool),
    /// Puts the page's address on the clipboard.
    CopyAddress,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) icon: &'static str,
    pub(super) title: String,
    /// Its key, where it has one.
    pub(super) key: &'static str,
    pub(super) act: Act,
}

fn command(icon: &'static str, title: impl Into<String>, key: &'static str, act: Act) -> Command {
    Command { icon, title: title.into(), key, act }
}

/// What can be done now. Reads which theme, zone and keys are on, so it follows them.
pub(super) fn commands(frame: Frame, clock: Clock) -> Vec<Command> {
    let mut all = vec![
        command("plus", "New job", "n", Act::Go(paths::JOB_NEW.into())),
        command("arrow-right", "Jobs", "g j", Act::Go(paths::JOBS.into())),
        command("arrow-right", "Devices", "g d", Act::Go(paths::DEVICES.into())),
    ];
    if browser::has_link(paths::SIMULATOR) {
        all.push(command("arrow-right", "Simulator", "g s", Act::Go(paths::SIMULATOR.into())));
    }
    let theme = frame.theme.get();
    all.extend(
        Theme::ALL
            .into_iter()
            .filter(|other| *other != theme)
            .map(|theme| command("sun-moon", format!("Theme: {theme}"), "", Act::Theme(theme))),
    );
    all.push(match clock.zone() {
        Zone::Utc => command("clock", format!("Times in {}", my_zone(clock)), "", Act::Zone(Zone::Mine)),
        Zone::Mine => command("clock", "Times in UTC", "", Act::Zone(Zone::Utc)),
    });
    all.push(command("link", "Copy the address of this page", "", Act::CopyAddress));
    all.push(command("keyboard", "Keyboard shortcuts", "?", Act::Shortcuts));
    let are_on = frame.single_keys.get();
    let title = if are_on { "Turn keys without Ctrl off" } else { "Turn keys without Ctrl on" };
    all.push(command("keyboard", title, "", Act::SingleKeys(!are_on)));
    all
}

/// Whether each of the words begins a word of the title.
pub(super) fn matches(title: &str, words: &str) -> bool {
    let title = title.to_ascii_lowercase();
    let words = words.to_ascii_lowercase();
    words.split_whitespace().all(|word| title.split_whitespace().any(|part| part.starts_with(word)))
}

/// Does what a command says, except for going somewhere.
pub(super) fn run(act: &Act, frame: Frame, clock: Clock, toasts: Toasts) {
    match act {
        Act::Go(_) => {}
        Act::Theme(theme) => frame.theme.set(theme),
        Act::Zone(zone) => clock.set_zone(*zone),
        Act::Shortcuts => frame.shortcuts.set(true),
        Act::SingleKeys(are_on) => {
            let are_on = *are_on;
            frame.set_single_keys(are_on);
            let undo = Undo::new(move || frame.set_single_keys(!are_on));
            toasts.show(format!("Keys without Ctrl are {}.", if are_on { "on" } else { "off" }), Some(undo));
        }
        Act::CopyAddress => {
            browser::copy(&browser::address());
            toasts.show("Address copied.", None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn words_begin_words() {
        for (title, words, expected) in [
            ("New job", "", true),
            ("New job", "n", true),
            ("New job", "job new", true),
            ("New job", "ob", false),
            ("Theme: dark", "DARK", true),
            ("Theme: dark", "dark mode", false),
        ] {
            assert_eq!(matches(title, words), expected, "{title} {words}");
        }
    }
}
