//! SECURITY.md names the test of each threat. A test that is renamed or removed has to be renamed there too.

use std::{collections::BTreeSet, fs, path::Path};

/// Names of all functions that are tests, and titles of all stories.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["node_modules", "target", ".git"].contains(&name.as_str()) {
                tests(&path, names);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(test_functions(&fs::read_to_string(&path).unwrap()));
        } else if name.ends_with(".spec.ts") {
            names.insert(name);
        }
    }
}

/// The functions below `#[test]` or `#[tokio::test]`, with other attributes between.
fn test_functions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if is_test && !line.starts_with('#') {
            is_test = false;
            let name = line.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
            found.extend(name.map(str::to_owned));
        }
    }
    found
}

/// The rows of the table of threats, as their cells.
fn rows(document: &str) -> Vec<Vec<String>> {
    let table = document.split("## Threats").nth(1).expect("a part about threats");
    let table = table.split("\n## ").next().unwrap();
    let lines = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Asset"));
    lines
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

#[test]
fn every_threat_has_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut known = BTreeSet::new();
    for folder in ["app/src", "server", "end2end/tests"] {
        tests(&root.join(folder), &mut known);
    }
    assert!(known.contains("every_threat_has_a_test_that_exists"));
    let rows = rows(&document);
    assert!(rows.len() > 25, "{}", rows.len());
    let mut kinds = BTreeSet::new();
    for row in rows {
        assert_eq!(row.len(), 7, "asset, actor, boundary, kind, threat, mitigation, test: {row:?}");
        kinds.insert(row[3].clone());
        let named: Vec<_> = row[6].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test: {row:?}");
        for name in named {
            assert!(known.contains(name), "{name} is no test: {row:?}");
        }
    }
    let expected = ["D", "E", "I", "R", "S", "T"].map(str::to_owned);
    assert_eq!(kinds, BTreeSet::from(expected), "every kind of STRIDE");
}

#[test]
fn tests_are_found_below_other_attributes() {
    let text = "#[test]\n#[ignore]\nfn one() {}\nfn no_test() {}\n    #[tokio::test(start_paused = true)]\n    async fn two() {}";
    assert_eq!(test_functions(text), ["one", "two"]);
}
