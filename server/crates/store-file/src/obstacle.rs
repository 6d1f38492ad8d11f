//! Causes outside the program that keep SQLite from reading or writing.

/// A cause outside the program. Nothing was changed when it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// Another program holds the file.
    Held,
    /// The file or its file system is read-only.
    ReadOnly,
    /// No space is left, or the disk fails.
    Full,
    /// The file's content is not what SQLite wrote.
    Damaged,
}

/// The outside cause of an SQLite error; none when the statement caused it. Source: SQLite, "Result
/// and Error Codes".
pub fn obstacle(error: &sqlx::Error) -> Option<Obstacle> {
    // The low byte is the primary code, the others are its extension.
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    match code & 0xff {
        5 | 6 => Some(Obstacle::Held),
        8 => Some(Obstacle::ReadOnly),
        10 | 13 => Some(Obstacle::Full),
        11 | 26 => Some(Obstacle::Damaged),
        _ => None,
    }
}

impl Obstacle {
    /// Whether it may go away while the program runs.
    pub const fn may_pass(self) -> bool {
        !matches!(self, Self::Damaged)
    }
}
