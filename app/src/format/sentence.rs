//! Texts as sentences.

/// The text with a capital letter at its beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What is wrong with a field, below that field. The API words it as what follows the field's name: `is empty; name it`.
pub(crate) fn of_field(message: &str) -> String {
    let text = capitalised(message);
    if text.ends_with(['.', '?', '!', ':']) || text.is_empty() { text } else { text + "." }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_a_field_is_a_sentence() {
        for (message, sentence) in [
            ("is empty; name it", "Is empty; name it."),
            ("Enter a number.", "Enter a number."),
            ("`tags` is not closed", "`tags` is not closed."),
            ("ändert nichts", "Ändert nichts."),
            ("", ""),
        ] {
            assert_eq!(of_field(message), sentence);
        }
    }
}
