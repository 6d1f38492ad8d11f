//! Text for elements whose content Leptos writes into a document without escaping it.
//!
//! Leptos 0.8 escapes text and attributes, but not the children of `<textarea>`, `<script>`, `<style>` and `<noscript>`,
//! not the document's title, and not `inner_html`. All text of a user that goes there passes through [`escaped`].

use std::borrow::Cow;

/// Escapes a text: an HTML parser reads exactly this text from it, and no element.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// A text as the `inner_html` of a `<textarea>`.
///
/// A parser drops a line feed that follows the start tag, so in the document a text that begins with one begins with two.
pub(crate) fn text_area(text: &str) -> String {
    let markup = escaped(text);
    if cfg!(feature = "ssr") && markup.starts_with('\n') {
        return format!("\n{markup}");
    }
    markup.into_owned()
}

/// The source files in a folder, for tests that look for something in all of them.
#[cfg(test)]
pub(crate) fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn no_element_can_begin_or_end() {
        for (text, expected) in [
            ("", ""),
            ("tags.floor = '3'", "tags.floor = '3'"),
            ("</textarea><form>", "&lt;/textarea&gt;&lt;form&gt;"),
            ("a && b &lt; c", "a &amp;&amp; b &amp;lt; c"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    /// Every element that Leptos fills without escaping is one of these; a new one has to be looked at.
    #[test]
    fn every_unescaped_element_is_known() {
        const KNOWN: [(&str, &str); 9] = [
            ("pages/device_new.rs", "inner_html=markup::text_area("),
            ("pages/device_new/table.rs", "inner_html=markup::text_area("),
            ("kit/json_editor.rs", "inner_html=markup::text_area("),
            ("pages/group_form/target.rs", "inner_html=markup::text_area("),
            ("pages/job_new/target.rs", "inner_html=markup::text_area("),
            ("shell.rs", "<script nonce=use_nonce()>{THEME.as_str()}</script>"),
            ("shell.rs", "<script nonce=use_nonce()>{STOPPED.as_str()}</script>"),
            ("shell.rs", "<script nonce=use_nonce()>{start}</script>"),
            ("shell.rs", "inner_html=ICONS.as_str()"),
        ];
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = 0;
        for path in sources(&root) {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            if name == "format/markup.rs" {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            assert!(
                !text.contains("</textarea>"),
                "{name}: a <textarea> has children, which are not escaped"
            );
            for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                if ["<script", "<style", "<noscript", "inner_html="].iter().any(|sink| line.contains(sink)) {
                    assert!(
                        KNOWN.iter().any(|(file, part)| *file == name && line.contains(part)),
                        "{name}: {line} is not escaped by Leptos"
                    );
                    found += 1;
                }
            }
        }
        assert_eq!(found, KNOWN.len());
    }
}
