//! The chain of hashes: what links a row to the one before it, and the check of a whole log. Pure.

use console_wire::audit::AuditFault;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// What the first row follows.
pub(crate) const GENESIS: Hash = [0; 32];

/// The hash of a row: of the hash before it, followed by its content.
pub(crate) fn link(previous: &Hash, content: &str) -> Hash {
    Sha256::new().chain_update(previous).chain_update(content).finalize().into()
}

/// A row as the store has it.
#[derive(Debug, Clone)]
pub(crate) struct StoredRow {
    pub(crate) seq: u64,
    pub(crate) previous_hash: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    pub(crate) content: String,
}

/// Checks rows one after the other, from the first one.
#[derive(Debug)]
pub(crate) struct Checker {
    /// How many rows are good.
    rows: u64,
    /// The hash of the last of them.
    head: Hash,
    /// A hash that some row should have.
    wanted: Option<Hash>,
    /// The row that has it.
    found: Option<u64>,
}

impl Checker {
    /// Nothing is checked yet. `wanted` is a hash to look for.
    pub(crate) fn new(wanted: Option<Hash>) -> Self {
        // The log may have been empty when its head was noted.
        let found = (wanted == Some(GENESIS)).then_some(0);
        Self { rows: 0, head: GENESIS, wanted, found }
    }

    /// Checks the next row.
    ///
    /// # Errors
    /// What is wrong with it. No further row can be checked then.
    pub(crate) fn take(&mut self, row: &StoredRow) -> Result<(), AuditFault> {
        /// The part of the content that the place in the log has to agree with.
        #[derive(Deserialize)]
        struct Numbered {
            seq: u64,
        }
        let expected = self.rows + 1;
        let fault = |row, reason: &str| Err(AuditFault { row, reason: reason.to_owned() });
        if row.seq != expected {
            return fault(expected, "it is missing");
        }
        if row.previous_hash != self.head {
            return fault(row.seq, "it does not follow the row before it");
        }
        let hash = link(&self.head, &row.content);
        if row.hash != hash {
            return fault(row.seq, "its content was changed");
        }
        if serde_json::from_str::<Numbered>(&row.content).map(|content| content.seq).ok() != Some(row.seq) {
            return fault(row.seq, "its content is that of another row");
        }
        self.rows = row.seq;
        self.head = hash;
        if self.wanted == Some(hash) {
            self.found = Some(row.seq);
        }
        Ok(())
    }

    /// How many rows are good.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// The hash of the last good row.
    pub(crate) const fn head(&self) -> Hash {
        self.head
    }

    /// The row with the hash that was looked for; 0 is the empty log.
    pub(crate) const fn found(&self) -> Option<u64> {
        self.found
    }
}

/// A hash as 64 hexadecimal digits.
pub(crate) fn digits(hash: &[u8]) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::with_capacity(2 * hash.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads 64 hexadecimal digits.
pub(crate) fn hash_of(digits: &str) -> Option<Hash> {
    let digits = digits.trim();
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = GENESIS;
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(contents: &[&str]) -> Vec<StoredRow> {
        let mut previous = GENESIS;
        let rows = contents.iter().enumerate().map(|(place, content)| {
            let hash = link(&previous, content);
            let row = StoredRow {
                seq: place as u64 + 1,
                previous_hash: previous.to_vec(),
                hash: hash.to_vec(),
                content: (*content).to_owned(),
            };
            previous = hash;
            row
        });
        rows.collect()
    }

    fn three() -> Vec<StoredRow> {
        log(&[r#"{"seq":1}"#, r#"{"seq":2,"action":"job:create"}"#, r#"{"seq":3}"#])
    }

    fn check(rows: &[StoredRow], wanted: Option<Hash>) -> (Checker, Option<AuditFault>) {
        let mut checker = Checker::new(wanted);
        let fault = rows.iter().find_map(|row| checker.take(row).err());
        (checker, fault)
    }

    #[test]
    fn a_log_as_it_was_written_is_good() {
        let rows = three();
        let (checker, fault) = check(&rows, Some(link(&GENESIS, r#"{"seq":1}"#)));
        assert_eq!((checker.rows(), checker.found(), fault), (3, Some(1), None));
        assert_eq!(checker.head().to_vec(), rows[2].hash);
        assert_eq!(check(&[], Some(GENESIS)).0.found(), Some(0));
    }

    #[test]
    fn the_first_changed_row_is_named() {
        type Change = fn(&mut Vec<StoredRow>);
        let cases: [(Change, u64, &str); 6] = [
            (
                |rows| rows[1].content = r#"{"seq":2,"action":"job:cancel"}"#.into(),
                2,
                "its content was changed",
            ),
            (|rows| drop(rows.remove(1)), 2, "it is missing"),
            (|rows| drop(rows.remove(0)), 1, "it is missing"),
            (|rows| rows[0].hash[0] ^= 1, 1, "its content was changed"),
            (|rows| rows[2].previous_hash[31] ^= 1, 3, "it does not follow the row before it"),
            // Whoever computes the hash anew breaks the link of the next row.
            (
                |rows| {
                    rows[1].content = r#"{"seq":2}"#.into();
                    rows[1].hash = link(&rows[0].hash.clone().try_into().unwrap(), &rows[1].content).to_vec();
                },
                3,
                "it does not follow the row before it",
            ),
        ];
        for (change, row, reason) in cases {
            let mut rows = three();
            change(&mut rows);
            let (checker, fault) = check(&rows, None);
            assert_eq!(fault, Some(AuditFault { row, reason: reason.into() }));
            assert_eq!(checker.rows(), row - 1);
        }
        let (_, fault) = check(&log(&[r#"{"seq":1}"#, r#"{"seq":1}"#]), None);
        assert_eq!(fault.unwrap().reason, "its content is that of another row");
    }

    #[test]
    fn a_log_that_was_written_anew_does_not_have_an_older_head() {
        let head = check(&three(), None).0.head();
        let other = log(&[r#"{"seq":1}"#, r#"{"seq":2}"#, r#"{"seq":3}"#, r#"{"seq":4}"#]);
        let (checker, fault) = check(&other, Some(head));
        assert_eq!((checker.rows(), checker.found(), fault), (4, None, None));
        // Nor does one whose last rows were removed.
        assert_eq!(check(&three()[..2], Some(head)).0.found(), None);
    }

    #[test]
    fn hashes_are_written_and_read() {
        let hash = link(&GENESIS, "x");
        assert_eq!(hash_of(&digits(&hash)), Some(hash));
        assert_eq!(hash_of(&format!(" {}\n", digits(&hash).to_uppercase())), Some(hash));
        for text in ["", "9f3c", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(hash_of(text), None, "{text}");
        }
    }
}
