//! Compares answers of the API with the description that the API gives of itself.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex},
};

use jsonschema::{Draft, Validator};
use reqwest::{Method, Response, header};
use serde_json::{Value, json};

/// Refusals, also those of paths and verbs that the description does not have.
const PROBLEM: &str = "application/problem+json";

/// The document that `GET /api/v1/openapi.json` answers.
pub(crate) struct Description {
    paths: Value,
    /// The schemas; closed, so that a member which is not described does not match.
    components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
    /// Operations that have answered as described: the id, and whether it was a success.
    seen: Mutex<BTreeSet<(String, bool)>>,
}

impl Description {
    pub(crate) fn new(mut document: Value) -> Self {
        let mut open = HashSet::new();
        parts_of_wholes(&document["components"], &mut open);
        for (name, schema) in document["components"]["schemas"].as_object_mut().expect("schemas") {
            if !open.contains(&format!("#/components/schemas/{name}")) {
                close(schema);
            }
        }
        Self {
            paths: document["paths"].take(),
            components: document["components"].take(),
            validators: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// All operations: verb, path with its parameters in braces, id.
    pub(crate) fn operations(&self) -> Vec<(Method, String, String)> {
        let paths = self.paths.as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, item)| {
            item.as_object().expect("a path").iter().map(move |(verb, operation)| {
                let verb = Method::from_bytes(verb.to_uppercase().as_bytes()).expect("a verb");
                (verb, path.clone(), operation["operationId"].as_str().expect("an id").to_owned())
            })
        });
        operations.collect()
    }

    /// The operations that have answered as described, with a success or with a refusal.
    pub(crate) fn seen(&self, is_success: bool) -> BTreeSet<String> {
        let seen = self.seen.lock().expect("no test panicked in it");
        seen.iter().filter(|(_, success)| *success == is_success).map(|(id, _)| id.clone()).collect()
    }

    /// Fails the test when an answer is not as described; gives it back.
    pub(crate) async fn check_response(&self, method: &Method, path: &str, response: Response) -> Response {
        let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
        let media =
            headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().to_owned();
        let is_json = media.ends_with("json");
        let check = |body: &Value| {
            if let Err(fault) = self.check(method, path, status.as_u16(), &media, body) {
                panic!("{method} {path}: {status} is not as described: {fault}");
            }
        };
        if !is_json {
            // A stream is not read here.
            check(&Value::Null);
            return response;
        }
        let body = response.bytes().await.expect("a body");
        check(&serde_json::from_slice(&body).expect("JSON"));
        let mut whole = http::Response::new(body);
        (*whole.status_mut(), *whole.version_mut(), *whole.headers_mut()) = (status, version, headers);
        whole.into()
    }

    /// What is wrong with an answer.
    pub(crate) fn check(
        &self,
        method: &Method,
        path: &str,
        status: u16,
        media: &str,
        body: &Value,
    ) -> Result<(), String> {
        let Some(operation) = self.operation(method, path) else {
            if media != PROBLEM || status < 400 {
                return Err(format!("there is no such operation, and {media} is no refusal"));
            }
            return self.validate(&json!({"$ref": "#/components/schemas/Problem"}), body);
        };
        let responses = &operation["responses"];
        let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
        let content = response["content"].get(media);
        let content = content.ok_or_else(|| format!("{media} is not described in {response}"))?;
        if media.ends_with("json") {
            self.validate(&content["schema"], body)?;
        }
        if media == PROBLEM && body["status"] != status {
            return Err(format!("the problem's status is another: {body}"));
        }
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        self.seen.lock().expect("no test panicked in it").insert((id, status < 400));
        Ok(())
    }

    /// The operation of a request: of the paths that match, the one with the fewest parameters.
    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let given: Vec<_> = path.split('/').collect();
        let matches = |template: &str| {
            let parts: Vec<_> = template.split('/').collect();
            parts.len() == given.len()
                && parts.iter().zip(&given).all(|(part, given)| part.starts_with('{') || part == given)
        };
        let paths = self.paths.as_object().expect("paths").iter();
        let (_, item) =
            paths.filter(|(path, _)| matches(path)).min_by_key(|(path, _)| path.matches('{').count())?;
        item.get(method.as_str().to_lowercase())
    }

    fn validate(&self, schema: &Value, body: &Value) -> Result<(), String> {
        let validator = {
            let mut validators = self.validators.lock().expect("no test panicked in it");
            let made = validators.entry(schema.to_string()).or_insert_with(|| {
                let mut root = schema.clone();
                close(&mut root);
                root["components"] = self.components.clone();
                let options =
                    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
                Arc::new(options.build(&root).expect("a schema"))
            });
            Arc::clone(made)
        };
        let faults: Vec<_> =
            validator.iter_errors(body).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("{}\n{body}", faults.join("\n"))) }
    }
}

/// Schemas that are parts of another by `allOf`: they must let the other parts' members through.
fn parts_of_wholes(value: &Value, parts: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            for part in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
                parts.extend(part["$ref"].as_str().map(str::to_owned));
            }
            members.values().for_each(|member| parts_of_wholes(member, parts));
        }
        Value::Array(items) => items.iter().for_each(|item| parts_of_wholes(item, parts)),
        _ => {}
    }
}

/// Forbids members that an object's schema does not name.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("allOf") {
                members.insert("unevaluatedProperties".to_owned(), false.into());
                return;
            }
            if members.get("properties").is_some_and(Value::is_object) {
                members.entry("additionalProperties").or_insert(false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
