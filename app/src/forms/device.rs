//! The form of a new device as data: its fields, and the device that they describe. Pure, and the same on both sides.

use serde::{Deserialize, Serialize};

/// The fields, as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DeviceForm {
    /// Its id.
    pub(crate) device_id: String,
    /// `disabled`, or anything else for enabled.
    pub(crate) status: String,
    /// Why it is disabled.
    pub(crate) status_reason: String,
    /// Its first tags, a JSON object or empty.
    pub(crate) tags: String,
    /// Its first desired properties, a JSON object or empty.
    pub(crate) desired: String,
}

#[cfg(any(feature = "ssr", test))]
mod to_device {
    use console_wire::{problem::FieldError, registry::NewDevice};
    use hub_wire::{DeviceId, device::DeviceStatus, twin::Object};
    use serde_json::Value;

    use super::DeviceForm;

    impl DeviceForm {
        /// The device that it describes.
        ///
        /// # Errors
        /// One error for each field at fault. The server checks more.
        pub(crate) fn to_new_device(&self) -> Result<NewDevice, Vec<FieldError>> {
            let id = match self.device_id.trim() {
                "" => Err(FieldError::new("deviceId", "Enter an id.")),
                id => DeviceId::new(id).map_err(|error| FieldError::new("deviceId", error.to_string())),
            };
            match (id, object("tags", &self.tags), object("desired", &self.desired)) {
                (Ok(device_id), Ok(tags), Ok(desired)) => Ok(NewDevice {
                    status: match self.status.as_str() {
                        "disabled" => DeviceStatus::Disabled,
                        _ => DeviceStatus::Enabled,
                    },
                    status_reason: Some(self.status_reason.trim().to_owned())
                        .filter(|reason| !reason.is_empty()),
                    tags,
                    desired,
                    ..NewDevice::new(device_id)
                }),
                (id, tags, desired) => {
                    Err([id.err(), tags.err(), desired.err()].into_iter().flatten().collect())
                }
            }
        }
    }

    fn object(field: &str, text: &str) -> Result<Object, FieldError> {
        if text.trim().is_empty() {
            return Ok(Object::new());
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(FieldError::new(field, "Write a JSON object, such as {\"building\": \"43\"}.")),
            Err(error) => {
                let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let fault = FieldError::new(field, "This is not JSON.");
                Err(fault.at(place(error.line()), place(error.column())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hub_wire::device::DeviceStatus;

    use super::*;

    #[test]
    fn a_form_is_a_device() {
        let form = DeviceForm {
            device_id: " door-1 ".into(),
            status: "disabled".into(),
            status_reason: " wet ".into(),
            tags: r#"{"building": "43"}"#.into(),
            desired: " ".into(),
        };
        let device = form.to_new_device().unwrap();
        assert_eq!((device.device_id.as_str(), device.status), ("door-1", DeviceStatus::Disabled));
        assert_eq!((device.status_reason.as_deref(), device.tags.len()), (Some("wet"), 1));
        assert!(device.desired.is_empty());
    }

    #[test]
    fn faults_are_beside_their_fields() {
        for (form, fields) in [
            (DeviceForm::default(), vec!["deviceId"]),
            (DeviceForm { device_id: "a b".into(), ..DeviceForm::default() }, vec!["deviceId"]),
            (
                DeviceForm { tags: "[]".into(), desired: "{".into(), ..DeviceForm::default() },
                vec!["deviceId", "tags", "desired"],
            ),
        ] {
            let faults = form.to_new_device().unwrap_err();
            assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), fields);
        }
    }
}
