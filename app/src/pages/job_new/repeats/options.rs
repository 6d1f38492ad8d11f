//! What can be chosen.

/// Zones that are offered; every other IANA name can be typed.
pub(super) const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// Values and words of a choice.
pub(super) type Options = &'static [(&'static str, &'static str)];

/// How often.
pub(super) const EVERY: Options = &[
    ("day", "day"),
    ("week", "week"),
    ("month", "month"),
    ("interval", "interval"),
    ("cron", "by a cron text"),
    ("rule", "by a rule as JSON"),
];
/// Which day of a month.
pub(super) const NTH: Options = &[
    ("day", "a day of the month"),
    ("1", "the first"),
    ("2", "the second"),
    ("3", "the third"),
    ("4", "the fourth"),
    ("last", "the last"),
    ("lastDay", "the last day"),
    ("lastWorkday", "the last workday"),
];
/// Which weekday.
pub(super) const WEEKDAYS: Options = &[
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
    ("workdays", "Monday to Friday"),
    ("weekend", "Saturday and Sunday"),
];
/// When the clock skips the time.
pub(super) const SKIPPED: Options = &[("runAfter", "Run when it resumes"), ("leaveOut", "Skip that day")];
/// When the time occurs twice.
pub(super) const REPEATED: Options =
    &[("first", "Run at the first"), ("second", "Run at the second"), ("both", "Run at both")];
/// When the last run still goes on.
pub(super) const OVERLAP: Options = &[
    ("skip", "Skip this run"),
    ("bufferOne", "Start after it ends"),
    ("cancelOther", "Cancel what has not begun"),
    ("allow", "Run both"),
];
