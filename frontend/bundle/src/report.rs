//! What a first visit transfers, file by file and page by page, against the budget.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::site;
use crate::split::{self, JOINED, PART, Pages};

/// Bytes that a first visit may transfer at most in all, Brotli copies counted where there are any.
const BUDGET: u64 = 350_000;

/// Parts that belong to the first frame of a page: a console without jobs makes its offer there.
const BEGINS_WITH: [(&str, &str); 1] = [("jobs", "empty")];

/// The end of the name of a font for signs that the console itself does not write. `unicode-range` has a browser fetch it
/// when a page shows one.
const MORE_LATIN: &str = "-more.woff2";

/// Sizes of the site's files in bytes.
#[derive(Debug)]
pub(crate) struct Report {
    /// What every page needs.
    shared: Vec<Row>,
    /// What each page needs on top, and what a first visit to it transfers in all.
    pages: Vec<Row>,
    /// What is fetched later, when somebody first uses it: at most this much each, less on a page that has more of it.
    later: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    /// A path relative to the site, or a page's name.
    name: String,
    plain: u64,
    /// As it travels to a browser that takes Brotli.
    sent: u64,
}

impl Report {
    /// Measures `site`. Every file counts as part of every first visit, except texts that no page links to (licences,
    /// lists for the server), the programs of other pages and of parts, and fonts for signs that we do not write.
    pub(crate) fn of(site: &Path) -> Result<Self> {
        let parts = programs(site)?;
        let is_linked = parts.iter().any(|(page, files)| *files == [split::whole(page)]);
        let (mut shared, mut later, mut programs) = (Vec::new(), Vec::new(), BTreeMap::new());
        for file in site::files(site)? {
            if site::is_brotli(&file) || file.extension().is_some_and(|it| it == "txt" || it == "json") {
                continue;
            }
            let plain = fs::metadata(&file)?.len();
            let sent = fs::metadata(site::brotli_copy(&file)).map_or(plain, |it| it.len());
            let name = file.strip_prefix(site).unwrap_or(&file).display().to_string();
            let part = name.rsplit('/').next().unwrap_or_default().to_owned();
            if parts.values().flatten().any(|it| *it == part) {
                programs.insert(part, (plain, sent));
            } else if part.ends_with(MORE_LATIN) {
                later.push(Row { name: format!("on first use: {name}"), plain, sent });
            } else if !is_linked || file.extension().is_none_or(|it| it != "wasm") {
                // What a page's program holds also lies beside it, for whoever comes from another page.
                shared.push(Row { name, plain, sent });
            }
        }
        let base = (shared.iter().map(|it| it.plain).sum(), shared.iter().map(|it| it.sent).sum());
        let with = |from: (u64, u64), files: &[String]| {
            files.iter().filter_map(|it| programs.get(it)).fold(from, |sum, it| (sum.0 + it.0, sum.1 + it.1))
        };
        // A part in one file, by the page that it comes to.
        let joined = |part: &str| {
            let files =
                parts.iter().filter(|(name, _)| name.split_once(JOINED).is_some_and(|(_, it)| it == part));
            files.map(|(_, files)| with((0, 0), files)).max_by_key(|(_, sent)| *sent)
        };
        let mut pages = Vec::new();
        for (name, files) in parts.iter().filter(|(name, _)| !name.contains(JOINED)) {
            if let Some(part) = name.strip_suffix(PART) {
                let (plain, sent) = joined(name).unwrap_or_else(|| with((0, 0), files));
                later.push(Row { name: format!("on first use: {part}"), plain, sent });
            } else {
                let (plain, sent) = with(base, files);
                pages.push(Row { name: format!("first visit: {name}"), plain, sent });
            }
        }
        for (page, part) in BEGINS_WITH {
            if let Some((own, more)) = parts.get(page).zip(parts.get(&format!("{page}{JOINED}{part}{PART}")))
            {
                let (plain, sent) = with(with(base, own), more);
                pages.push(Row { name: format!("first visit: {page}, {part}"), plain, sent });
            }
        }
        if pages.is_empty() {
            pages.push(Row { name: "first visit".to_owned(), plain: base.0, sent: base.1 });
        }
        Ok(Self { shared, pages, later })
    }

    /// Fails when a first visit to any page transfers more than the budget.
    pub(crate) fn within_budget(&self) -> Result<()> {
        for Row { name, sent, .. } in &self.pages {
            ensure!(
                *sent <= BUDGET,
                "{name} transfers {} kB, {} kB over the budget of {} kB: see the largest rows above",
                kilobytes(*sent),
                kilobytes(sent - BUDGET),
                kilobytes(BUDGET),
            );
        }
        Ok(())
    }
}

/// The files of each page and part, as the build has split the program; none before it has.
fn programs(site: &Path) -> Result<Pages> {
    let folder = site.join("pkg");
    if folder.join(split::MANIFEST).exists() { split::read_manifest(&folder) } else { Ok(Pages::new()) }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = || self.shared.iter().chain(&self.later);
        let width = rows().chain(&self.pages).map(|it| it.name.len()).max().unwrap_or(0);
        writeln!(out, "{:width$}  {:>9}  {:>9}", "", "plain kB", "sent kB")?;
        for row in rows() {
            writeln!(out, "{:width$}  {:>9}  {:>9}", row.name, kilobytes(row.plain), kilobytes(row.sent))?;
        }
        for row in &self.pages {
            writeln!(
                out,
                "{:width$}  {:>9}  {:>9}  of {}",
                row.name,
                kilobytes(row.plain),
                kilobytes(row.sent),
                kilobytes(BUDGET)
            )?;
        }
        Ok(())
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

    fn report_of(files: &[(&str, usize)], pages: Option<&str>) -> Report {
        let site = tempfile::tempdir().expect("a folder");
        fs::create_dir(site.path().join("pkg")).expect("a folder inside");
        for (file, size) in files {
            fs::write(site.path().join(file), vec![b'x'; *size]).expect("a file");
        }
        if let Some(pages) = pages {
            fs::write(site.path().join("pkg/pages.json"), pages).expect("the list");
        }
        Report::of(site.path()).expect("a report")
    }

    #[test]
    fn counts_the_copy_where_there_is_one() {
        let report = report_of(
            &[("a.js", 10_000), ("a.js.br", 3_000), ("font.woff2", 2_500), ("LICENSE.txt", 90_000)],
            None,
        );
        assert_eq!(
            report.to_string(),
            "              plain kB    sent kB\n\
             a.js              10.0        3.0\n\
             font.woff2         2.5        2.5\n\
             first visit       12.5        5.5  of 350.0\n",
        );
    }

    #[test]
    fn a_page_weighs_what_all_need_and_its_own() {
        let files =
            [("pkg/main.wasm", 1_000), ("pkg/a.wasm", 200), ("pkg/b.wasm", 30_000), ("pkg/ab.wasm", 100)];
        let report =
            report_of(&files, Some(r#"{"jobs": ["a.wasm", "ab.wasm"], "job": ["b.wasm", "ab.wasm"]}"#));
        let weights: Vec<_> = report.pages.iter().map(|it| (it.name.as_str(), it.sent)).collect();
        assert_eq!(weights, [("first visit: job", 31_100), ("first visit: jobs", 1_300)]);
        assert_eq!(report.shared.len(), 1);
    }

    #[test]
    fn what_is_fetched_on_first_use_is_no_part_of_a_visit() {
        let files =
            [("pkg/main.wasm", 1_000), ("pkg/a.wasm", 200), ("pkg/b.wasm", 30_000), ("a-more.woff2", 500)];
        let report = report_of(&files, Some(r#"{"jobs": ["a.wasm"], "palette_part": ["a.wasm", "b.wasm"]}"#));
        let weights = |rows: &[Row]| rows.iter().map(|it| (it.name.clone(), it.sent)).collect::<Vec<_>>();
        assert_eq!(weights(&report.pages), [("first visit: jobs".to_owned(), 1_200)]);
        assert_eq!(
            weights(&report.later),
            [("on first use: a-more.woff2".to_owned(), 500), ("on first use: palette".to_owned(), 30_200)]
        );
    }

    #[test]
    fn a_part_in_one_file_weighs_what_it_does_where_most_of_it_is_missing() {
        let sizes = [("main", 1_000), ("jobs", 200), ("job", 300), ("0-b", 40), ("1-b", 50)];
        let joined = [("jobs-empty_part-b", 80), ("job-empty_part-b", 30)];
        let names: Vec<_> =
            sizes.into_iter().chain(joined).map(|(name, size)| (format!("pkg/{name}.wasm"), size)).collect();
        let files: Vec<_> = names.iter().map(|(name, size)| (name.as_str(), *size)).collect();
        let list = r#"{
            "jobs": ["jobs.wasm"], "job": ["job.wasm"], "empty_part": ["0-b.wasm", "1-b.wasm"],
            "jobs-empty_part": ["jobs-empty_part-b.wasm"], "job-empty_part": ["job-empty_part-b.wasm"]
        }"#;
        let report = report_of(&files, Some(list));
        let weights = |rows: &[Row]| rows.iter().map(|it| (it.name.clone(), it.sent)).collect::<Vec<_>>();
        assert_eq!(weights(&report.later), [("on first use: empty".to_owned(), 80)]);
        let pages = [("job", 300), ("jobs", 200), ("jobs, empty", 280)];
        assert_eq!(weights(&report.pages), pages.map(|(page, sent)| (format!("first visit: {page}"), sent)));
    }

    #[test]
    fn the_budget_is_the_last_byte_allowed() {
        let budget = usize::try_from(BUDGET).expect("a size");
        assert!(report_of(&[("a.wasm", budget)], None).within_budget().is_ok());
        let error = report_of(&[("a.wasm", budget + 100)], None).within_budget();
        let error = error.expect_err("over the budget");
        assert!(error.to_string().contains("0.1 kB over"), "{error}");
    }
}
