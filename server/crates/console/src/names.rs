//! What a name may be that people choose: of a person, a template, a group. Pure.

use console_wire::problem::FieldError;

/// What is wrong with a name of at most `longest` characters; white space around it does not count. The error is of the
/// field `name`.
pub(crate) fn name_fault(name: &str, longest: usize) -> Option<FieldError> {
    let length = name.trim().chars().count();
    let message = if length == 0 {
        "is required".to_owned()
    } else if length > longest {
        format!("has {length} characters; at most {longest} are allowed")
    } else if name.chars().any(char::is_control) {
        "holds a control character, such as a line break; write one line".to_owned()
    } else {
        return None;
    };
    Some(FieldError::new("name", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, is_good) in [
            ("Mara Lindqvist", true),
            ("Tomasz Wójcik", true),
            ("ä/ö?", true),
            ("", false),
            ("  ", false),
            ("a\nb", false),
            (&"é".repeat(64), true),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(name_fault(name, 64).is_none(), is_good, "{name:?}");
        }
    }
}
