//! Writes the form into an address and reads it back.

use leptos_router::params::ParamsMap;

use super::{ActionKind, JobForm, RolloutForm, TargetKind};
use crate::paths::{self, unknown, unknown_names};

/// Most bytes of a field in an address, since servers and proxies limit its length. The server keeps larger forms for a
/// while.
pub(crate) const MAX_IN_ADDRESS: usize = 4096;

/// The parameters of the form's address.
const PARAMS: [&str; 24] = [
    "edit", "type", "method", "payload", "target", "query", "devices", "device", "group", "when", "start",
    "connect", "answer", "limit", "name", "reason", "rollout", "preset", "waves", "open", "from", "template",
    "draft", "schedule",
];

impl JobForm {
    /// Reads the form from an address. `query=*` means every device; a group needs no `target`.
    pub(crate) fn from_params(params: &ParamsMap) -> Self {
        let default = Self::default();
        let get = |name: &str, default: String| params.get(name).unwrap_or(default);
        let mut form = Self {
            edit: get("edit", default.edit),
            kind: ActionKind::parse(&get("type", default.kind)).as_str().into(),
            method: get("method", default.method),
            payload: get("payload", default.payload),
            target: TargetKind::parse(&get("target", default.target)).as_str().into(),
            query: get("query", default.query),
            devices: get("devices", default.devices),
            device: get("device", default.device),
            group: get("group", default.group),
            when: match get("when", default.when).as_str() {
                "later" => "later".into(),
                "repeats" => "repeats".into(),
                _ => "now".into(),
            },
            start: get("start", default.start),
            zone: default.zone,
            connect: get("connect", default.connect),
            answer: get("answer", default.answer),
            limit: get("limit", default.limit),
            name: get("name", default.name),
            reason: get("reason", default.reason),
            rollout: RolloutForm::from_texts(
                &get("rollout", String::new()),
                &get("preset", String::new()),
                &get("waves", String::new()),
            ),
            repeat: default.repeat,
        };
        if params.get("target").is_none() && !form.group.trim().is_empty() {
            form.target = "group".into();
        }
        if form.query.trim() == "*" {
            form.target = "all".into();
            form.query.clear();
        }
        form
    }

    /// Parameters of the address that are unknown or have an unknown value: `target=odd`.
    pub(crate) fn unknown_params(params: &ParamsMap) -> Vec<String> {
        let is_type = |value: &str| {
            value.starts_with("schedule") || ActionKind::ALL.into_iter().any(|kind| kind.as_str() == value)
        };
        let is_target = |value: &str| TargetKind::ALL.into_iter().any(|(kind, _)| kind.as_str() == value);
        [
            unknown(params, "type", is_type),
            unknown(params, "target", is_target),
            unknown(params, "when", |value| matches!(value, "now" | "later" | "repeats")),
        ]
        .into_iter()
        .flatten()
        .chain(unknown_names(params, &PARAMS))
        .collect()
    }

    /// Whether the form is too large for an address.
    #[cfg(any(feature = "ssr", test))]
    pub(crate) fn is_large(&self) -> bool {
        self.payload.len() + self.devices.len() + self.query.len() > MAX_IN_ADDRESS
    }

    /// The address of this form. Fields that are too large are left out.
    pub(crate) fn address(&self) -> String {
        let default = Self::default();
        let unless_default =
            |value: &str, default: &str| if value == default { String::new() } else { value.to_owned() };
        let unless_large =
            |text: &str| if text.len() > MAX_IN_ADDRESS { String::new() } else { text.to_owned() };
        paths::with_query(
            paths::JOB_NEW,
            &[
                ("edit", &self.edit),
                ("type", &unless_default(&self.kind, &default.kind)),
                ("method", &self.method),
                ("payload", &unless_large(&self.payload)),
                ("target", &unless_default(&self.target, &default.target)),
                ("query", &self.query),
                ("devices", &unless_large(&self.devices)),
                ("device", &self.device),
                ("group", &self.group),
                ("when", &unless_default(&self.when, &default.when)),
                ("start", &self.start),
                ("connect", &unless_default(&self.connect, &default.connect)),
                ("answer", &unless_default(&self.answer, &default.answer)),
                ("limit", &unless_default(&self.limit, &default.limit)),
                ("name", &self.name),
                ("reason", &self.reason),
                ("rollout", &unless_large(&self.rollout.to_text())),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::form;
    use super::*;

    #[test]
    fn an_address_holds_the_form() {
        let form = JobForm {
            connect: "20".into(),
            kind: "desired".into(),
            name: "Lock B43".into(),
            reason: "drill".into(),
            ..form()
        };
        let address = form.address();
        assert_eq!(
            address,
            "/jobs/new?type=desired&method=lockDoor&payload=%7B%22mode%22%3A%22night%22%7D\
             &query=tags.simulated%20%3D%20true&connect=20&name=Lock%20B43&reason=drill"
        );
        let params: ParamsMap = [
            ("type", "desired"),
            ("method", "lockDoor"),
            ("payload", r#"{"mode":"night"}"#),
            ("query", "tags.simulated = true"),
            ("connect", "20"),
            ("name", "Lock B43"),
            ("reason", "drill"),
        ]
        .into_iter()
        .collect();
        assert_eq!(JobForm::from_params(&params), form);
        let large = JobForm { payload: "x".repeat(MAX_IN_ADDRESS + 1), ..form };
        assert!(large.is_large() && large.address().len() < 400);
    }

    #[test]
    fn some_parameters_choose_the_target() {
        let params: ParamsMap = [("group", "doors")].into_iter().collect();
        assert_eq!(JobForm::from_params(&params).target, "group");
        let params: ParamsMap = [("query", "*")].into_iter().collect();
        assert_eq!(JobForm::from_params(&params).target, "all");
        let params: ParamsMap = [("target", "odd")].into_iter().collect();
        assert_eq!(JobForm::from_params(&params).target, "query");
        assert_eq!(JobForm::unknown_params(&params), ["target=odd"]);
        let params: ParamsMap = [("type", "scheduleUpdateTwin"), ("when", "later")].into_iter().collect();
        assert!(JobForm::unknown_params(&params).is_empty());
        let params: ParamsMap = [("name", "x"), ("from", "lock-1"), ("foo", "bar")].into_iter().collect();
        assert_eq!(JobForm::unknown_params(&params), ["foo=bar"]);
    }

    #[test]
    fn every_parameter_of_an_address_is_known() {
        let one = || "1".to_owned();
        let full = JobForm {
            edit: one(),
            kind: "tags".into(),
            method: one(),
            payload: one(),
            target: "device".into(),
            query: one(),
            devices: one(),
            device: one(),
            group: one(),
            when: "later".into(),
            start: one(),
            connect: one(),
            answer: one(),
            limit: one(),
            name: one(),
            reason: one(),
            ..JobForm::default()
        };
        let address = full.address();
        let names =
            address.split(['?', '&']).filter_map(|pair| Some((pair.split_once('=')?.0.to_owned(), one())));
        let params: ParamsMap = names.collect();
        assert_eq!(unknown_names(&params, &PARAMS), [""; 0]);
        let params: ParamsMap = [("foo", "bar")].into_iter().collect();
        assert_eq!(JobForm::unknown_params(&params), ["foo=bar"]);
    }
}
