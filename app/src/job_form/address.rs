//! The form in an address, and back.

use console_wire::problem::Problem;
use leptos_router::params::ParamsMap;

use super::{ActionKind, JobForm, TargetKind};
use crate::paths::{self, unknown};

/// Most bytes of fields that an address carries back to a refused plain form; servers and proxies cap addresses.
/// Larger forms are kept by the server for a while.
pub(crate) const MAX_IN_ADDRESS: usize = 4096;

impl JobForm {
    /// The form that an address asks for. `query=*` means every device.
    pub(crate) fn from_params(params: &ParamsMap) -> Self {
        let default = Self::default();
        let get = |name: &str, default: String| params.get(name).unwrap_or(default);
        let mut form = Self {
            kind: ActionKind::from_word(&get("type", default.kind)).as_str().into(),
            method: get("method", default.method),
            payload: get("payload", default.payload),
            target: TargetKind::from_word(&get("target", default.target)).as_str().into(),
            query: get("query", default.query),
            devices: get("devices", default.devices),
            device: get("device", default.device),
            when: if get("when", default.when) == "later" { "later" } else { "now" }.into(),
            start: get("start", default.start),
            zone: default.zone,
            connect: get("connect", default.connect),
            answer: get("answer", default.answer),
            limit: get("limit", default.limit),
        };
        if form.query.trim() == "*" {
            form.target = "all".into();
            form.query.clear();
        }
        form
    }

    /// What in the address means nothing.
    pub(crate) fn ignored(params: &ParamsMap) -> Vec<String> {
        let is_type = |word: &str| {
            word.starts_with("schedule") || ActionKind::ALL.into_iter().any(|kind| kind.as_str() == word)
        };
        let is_target = |word: &str| TargetKind::ALL.into_iter().any(|(kind, _)| kind.as_str() == word);
        [
            unknown(params, "type", is_type),
            unknown(params, "target", is_target),
            unknown(params, "when", |word| matches!(word, "now" | "later")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether the form is too large for an address.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn is_large(&self) -> bool {
        self.payload.len() + self.devices.len() + self.query.len() > MAX_IN_ADDRESS
    }

    /// The address that brings this form back, with the refusal when there is one. What is too large stays out.
    pub(crate) fn address(&self, refused: Option<&Problem>) -> String {
        let default = Self::default();
        let unless_default =
            |value: &str, default: &str| if value == default { String::new() } else { value.to_owned() };
        let refused = refused.and_then(|problem| serde_json::to_string(problem).ok()).unwrap_or_default();
        let unless_large =
            |text: &str| if text.len() > MAX_IN_ADDRESS { String::new() } else { text.to_owned() };
        paths::with_query(
            paths::JOB_NEW,
            &[
                ("type", &unless_default(&self.kind, &default.kind)),
                ("method", &self.method),
                ("payload", &unless_large(&self.payload)),
                ("target", &unless_default(&self.target, &default.target)),
                ("query", &self.query),
                ("devices", &unless_large(&self.devices)),
                ("device", &self.device),
                ("when", &unless_default(&self.when, &default.when)),
                ("start", &self.start),
                ("connect", &unless_default(&self.connect, &default.connect)),
                ("answer", &unless_default(&self.answer, &default.answer)),
                ("limit", &unless_default(&self.limit, &default.limit)),
                ("refused", &refused),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::form;
    use super::*;

    #[test]
    fn comes_back_by_its_address() {
        let form = JobForm { connect: "20".into(), kind: "desired".into(), ..form() };
        let address = form.address(None);
        assert_eq!(
            address,
            "/jobs/new?type=desired&method=lockDoor&payload=%7B%22mode%22%3A%22night%22%7D\
             &query=tags.simulated%20%3D%20true&connect=20"
        );
        let params: ParamsMap = [
            ("type", "desired"),
            ("method", "lockDoor"),
            ("payload", r#"{"mode":"night"}"#),
            ("query", "tags.simulated = true"),
            ("connect", "20"),
        ]
        .into_iter()
        .collect();
        assert_eq!(JobForm::from_params(&params), form);
        let large = JobForm { payload: "x".repeat(MAX_IN_ADDRESS + 1), ..form };
        assert!(large.is_large() && large.address(None).len() < 400);
    }

    #[test]
    fn every_device_by_a_star() {
        let params: ParamsMap = [("query", "*")].into_iter().collect();
        assert_eq!(JobForm::from_params(&params).target, "all");
        let params: ParamsMap = [("target", "odd")].into_iter().collect();
        assert_eq!(JobForm::from_params(&params).target, "query");
        assert_eq!(JobForm::ignored(&params), ["target=odd"]);
        let params: ParamsMap = [("type", "scheduleUpdateTwin"), ("when", "later")].into_iter().collect();
        assert!(JobForm::ignored(&params).is_empty());
    }
}
