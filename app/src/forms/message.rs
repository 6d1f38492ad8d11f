//! The form of a message to a device as data: its fields, and the message that they describe. Pure.

#[cfg(any(feature = "ssr", test))]
use console_wire::{
    message::{MAX_EXPIRY, NewMessage},
    problem::FieldError,
};
use serde::{Deserialize, Serialize};

/// The fields, as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct MessageForm {
    /// The body.
    pub(crate) body: String,
    /// Properties, `name=value`, one a line.
    pub(crate) properties: String,
    /// How long the device may take, in minutes.
    pub(crate) minutes: String,
}

#[cfg(any(feature = "ssr", test))]
impl MessageForm {
    /// The message that it describes.
    ///
    /// # Errors
    /// One error for each field at fault.
    pub(crate) fn to_new_message(&self) -> Result<NewMessage, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut message = NewMessage { body: self.body.clone(), ..NewMessage::default() };
        for (number, line) in (1..).zip(self.properties.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let error = |text: &str| FieldError::new("properties", text).at(number, 1);
            let Some((name, value)) = line.split_once('=') else {
                errors.push(error("Write name=value."));
                continue;
            };
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            if message.properties.insert(name, value).is_some() {
                errors.push(error("This name is there twice."));
            }
        }
        match self.minutes.trim().parse::<u64>() {
            Ok(minutes) if (1..=MAX_EXPIRY / 60).contains(&minutes) => {
                message.expires_in_seconds = Some(minutes * 60);
            }
            _ => {
                let most = MAX_EXPIRY / 60;
                errors.push(FieldError::new("minutes", format!("Enter 1 to {most} minutes.")));
            }
        }
        errors.extend(message.faults());
        if errors.is_empty() { Ok(message) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(properties: &str, minutes: &str) -> MessageForm {
        MessageForm { body: "{}".into(), properties: properties.into(), minutes: minutes.into() }
    }

    #[test]
    fn properties_and_minutes() {
        let message = form("site = 43\n\nquery=a=b\r\n", " 60 ").to_new_message().unwrap();
        let properties: Vec<_> =
            message.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(properties, [("query", "a=b"), ("site", "43")]);
        assert_eq!(message.expires_in_seconds, Some(3600));
    }

    #[test]
    fn each_field_at_fault_is_named() {
        for (form, field, message, line) in [
            (form("site", "60"), "properties", "Write name=value.", Some(1)),
            (form("a=1\na=2", "60"), "properties", "This name is there twice.", Some(2)),
            (form("Site=43", "60"), "properties", "'Site': names have", None),
            (form("", "0"), "minutes", "Enter 1 to 2880 minutes.", None),
            (form("", "2881"), "minutes", "Enter 1 to 2880 minutes.", None),
            (form("", "soon"), "minutes", "Enter 1 to 2880 minutes.", None),
        ] {
            let errors = form.to_new_message().unwrap_err();
            assert_eq!(
                (errors.len(), errors[0].field.as_str(), errors[0].line),
                (1, field, line),
                "{form:?}"
            );
            assert!(errors[0].message.contains(message), "{errors:?}");
        }
    }
}
