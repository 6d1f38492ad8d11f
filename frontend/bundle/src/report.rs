//! What a first visit transfers, file by file, against the budget.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::site;

/// Bytes that a first visit should transfer at most in all, Brotli copies counted where there are any.
const BUDGET: u64 = 350_000;
/// What it may not exceed: today's size and a little. It comes down to the budget with pages that load lazily.
const CEILING: u64 = 490_000;

/// Sizes of the site's files in bytes.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    /// Relative to the site.
    path: String,
    plain: u64,
    /// As it travels to a browser that takes Brotli.
    sent: u64,
}

impl Report {
    /// Measures `site`. Every file counts as part of a first visit, except texts that no page links to (licences).
    pub(crate) fn of(site: &Path) -> Result<Self> {
        let mut rows = Vec::new();
        for file in site::files(site)? {
            if site::is_brotli(&file) || file.extension().is_some_and(|it| it == "txt") {
                continue;
            }
            let plain = fs::metadata(&file)?.len();
            let sent = fs::metadata(site::brotli_copy(&file)).map_or(plain, |it| it.len());
            let path = file.strip_prefix(site).unwrap_or(&file).display().to_string();
            rows.push(Row { path, plain, sent });
        }
        Ok(Self { rows })
    }

    /// Fails when a first visit transfers more than the ceiling.
    pub(crate) fn within_budget(&self) -> Result<()> {
        let sent = self.sent();
        ensure!(
            sent <= CEILING,
            "a first visit transfers {} kB, {} kB over the ceiling of {} kB: see the largest rows above",
            kilobytes(sent),
            kilobytes(sent - CEILING),
            kilobytes(CEILING),
        );
        Ok(())
    }

    fn sent(&self) -> u64 {
        self.rows.iter().map(|it| it.sent).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.rows.iter().map(|it| it.plain).sum();
        let width = self.rows.iter().map(|it| it.path.len()).max().unwrap_or(0).max("first visit".len());
        writeln!(out, "{:width$}  {:>9}  {:>9}", "", "plain kB", "sent kB")?;
        for row in &self.rows {
            writeln!(out, "{:width$}  {:>9}  {:>9}", row.path, kilobytes(row.plain), kilobytes(row.sent))?;
        }
        writeln!(
            out,
            "{:width$}  {:>9}  {:>9}  of {}",
            "first visit",
            kilobytes(plain),
            kilobytes(self.sent()),
            kilobytes(BUDGET)
        )
    }
}

/// Thousands of bytes with one decimal, rounded.
fn kilobytes(bytes: u64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report_of(files: &[(&str, usize)]) -> Report {
        let site = tempfile::tempdir().expect("a folder");
        for (file, size) in files {
            fs::write(site.path().join(file), vec![b'x'; *size]).expect("a file");
        }
        Report::of(site.path()).expect("a report")
    }

    #[test]
    fn counts_the_copy_where_there_is_one() {
        let report = report_of(&[
            ("a.js", 10_000),
            ("a.js.br", 3_000),
            ("font.woff2", 2_500),
            ("LICENSE.txt", 90_000),
        ]);
        assert_eq!(report.sent(), 5_500);
        assert_eq!(
            report.to_string(),
            "              plain kB    sent kB\n\
             a.js              10.0        3.0\n\
             font.woff2         2.5        2.5\n\
             first visit       12.5        5.5  of 350.0\n",
        );
    }

    #[test]
    fn the_ceiling_is_the_last_byte_allowed() {
        assert!(report_of(&[("a.wasm", 490_000)]).within_budget().is_ok());
        let error = report_of(&[("a.wasm", 490_100)]).within_budget().expect_err("over the ceiling");
        assert!(error.to_string().contains("0.1 kB over"), "{error}");
    }
}
