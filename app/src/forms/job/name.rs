//! The name that the job gets when the field is left empty, for the field's placeholder.

use console_wire::job::{NamedTarget, default_name};
use hub_wire::{
    direct_method::DirectMethodRequest,
    twin::{PatchProperties, TwinPatch},
};

use super::{ActionKind, JobForm, TargetKind, check::change};

impl JobForm {
    /// The name, while action and target say enough. A list is not counted for it: it may be long. Of a group the form has
    /// only the id.
    pub(crate) fn default_name(&self, payload: &str) -> Option<String> {
        let condition = match self.target_kind() {
            TargetKind::All => "*".to_owned(),
            TargetKind::Query => Some(self.condition()).filter(|condition| !condition.is_empty())?,
            TargetKind::One => {
                let id = Some(self.device.trim()).filter(|id| !id.is_empty())?;
                crate::paths::device_condition(id)
            }
            TargetKind::List | TargetKind::Group => return None,
        };
        let target = NamedTarget::Condition(&condition);
        let kind = self.action();
        if kind == ActionKind::Method {
            let method_name = Some(self.method.trim()).filter(|name| !name.is_empty())?.to_owned();
            let method = DirectMethodRequest {
                method_name,
                payload: serde_json::Value::Null,
                response_timeout_in_seconds: None,
                connect_timeout_in_seconds: None,
            };
            return Some(default_name(Some(&method), None, &target));
        }
        let change = Some(change(kind, "payload", payload).ok()?);
        let patch = if kind == ActionKind::Tags {
            TwinPatch { tags: change, ..TwinPatch::default() }
        } else {
            TwinPatch { properties: Some(PatchProperties { desired: change }), ..TwinPatch::default() }
        };
        Some(default_name(None, Some(&patch), &target))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::form;
    use super::*;

    #[test]
    fn the_placeholder_is_the_name_that_the_job_gets() {
        let with = |target: &str, kind: &str| JobForm {
            target: target.into(),
            kind: kind.into(),
            query: "tags.building = '43'".into(),
            device: "door-1".into(),
            devices: "door-1".into(),
            ..form()
        };
        for (form, name) in [
            (with("query", "method"), Some("lockDoor on building 43")),
            (with("all", "method"), Some("lockDoor on every device")),
            (with("one", "method"), Some("lockDoor on door-1")),
            (with("list", "method"), None),
            (with("group", "method"), None),
            (with("query", "tags"), Some("Set mode on building 43")),
            (JobForm { method: " ".into(), ..with("query", "method") }, None),
            (JobForm { query: String::new(), ..with("query", "method") }, None),
        ] {
            assert_eq!(form.default_name(&form.payload).as_deref(), name, "{form:?}");
            if let Some(name) = name {
                assert_eq!(form.to_new_job().unwrap().default_name(), name);
            }
        }
        assert_eq!(with("query", "tags").default_name("{"), None, "while the change is being typed");
    }
}
