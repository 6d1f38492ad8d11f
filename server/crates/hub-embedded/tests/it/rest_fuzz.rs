//! Bodies that no SDK sends: those of the corpus with parts exchanged, taken out and broken. Whatever comes, the hub
//! answers, in its own words, and not with an error of its own.

use crate::support::{TestHub, send};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::{Index, select},
    test_runner::TestRunner,
};
use reqwest::Method;
use serde_json::{Value, json};

/// Requests as SDKs and tools make them.
const CORPUS: &str = include_str!("corpus/rest.json");

/// What is done to a body.
#[derive(Debug, Clone)]
enum Change {
    /// A part becomes something else.
    Replace(Index, Value),
    /// A part goes.
    Remove(Index),
    /// A member comes.
    Add(Index, String, Value),
}

#[derive(Debug, Clone)]
struct Request {
    method: Method,
    path: String,
    if_match: Option<String>,
    body: Vec<u8>,
}

/// Names that mean something somewhere, and others.
fn name() -> impl Strategy<Value = String> {
    let known = select(vec![
        "deviceId",
        "moduleId",
        "etag",
        "eTag",
        "status",
        "authentication",
        "symmetricKey",
        "primaryKey",
        "type",
        "tags",
        "properties",
        "desired",
        "reported",
        "$version",
        "$metadata",
        "importMode",
        "id",
        "query",
        "jobId",
        "queryCondition",
        "updateTwin",
        "cloudToDeviceMethod",
        "methodName",
        "payload",
        "startTime",
        "maxExecutionTimeInSeconds",
        "responseTimeoutInSeconds",
        "connectTimeoutInSeconds",
        "capabilities",
        "",
    ]);
    prop_oneof![known.prop_map(str::to_owned), "\\PC{0,12}"]
}

fn text() -> impl Strategy<Value = String> {
    let known = select(vec![
        "*",
        "sas",
        "selfSigned",
        "enabled",
        "DISABLED",
        "create",
        "Delete",
        "updateTwin",
        "scheduleUpdateTwin",
        "9999-12-31T23:59:59.9999999Z",
        "0001-01-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "SELECT * FROM devices",
        "tags.a = 1",
        "FROM devices.modules",
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    ]);
    prop_oneof![
        known.prop_map(str::to_owned),
        any::<String>(),
        (0..9000_usize).prop_map(|count| "x".repeat(count))
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(name(), inner, 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let deep = (0..200_usize).prop_map(|depth| (0..depth).fold(json!(1), |inner, _| json!({"a": inner})));
    prop_oneof![8 => tree, 1 => deep]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (any::<Index>(), value()).prop_map(|(at, value)| Change::Replace(at, value)),
        1 => any::<Index>().prop_map(Change::Remove),
        1 => (any::<Index>(), name(), value()).prop_map(|(at, name, value)| Change::Add(at, name, value)),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let corpus: Vec<Value> = serde_json::from_str(CORPUS).unwrap();
    let etag = proptest::option::of(select(vec!["*", "\"*\"", "\"AAAAAAAAAAE=\"", "MQ==", ""]));
    let bytes = proptest::option::weighted(0.2, (any::<Index>(), any::<u8>(), any::<bool>()));
    (select(corpus), vec(change(), 0..4), etag, bytes).prop_map(|(seed, changes, etag, bytes)| {
        let mut body = seed["body"].clone();
        for change in changes {
            apply(&mut body, change);
        }
        let mut body = body.to_string().into_bytes();
        if let Some((at, byte, is_cut)) = bytes {
            let at = at.index(body.len());
            if is_cut { body.truncate(at) } else { body[at] = byte }
        }
        Request {
            method: seed["method"].as_str().unwrap().parse().unwrap(),
            path: seed["path"].as_str().unwrap().to_owned(),
            if_match: etag.map(str::to_owned),
            body,
        }
    })
}

fn apply(body: &mut Value, change: Change) {
    let (Change::Replace(at, _) | Change::Remove(at) | Change::Add(at, ..)) = &change;
    let mut paths = vec![String::new()];
    collect(body, "", &mut paths);
    let path = paths[at.index(paths.len())].clone();
    match change {
        Change::Replace(_, value) => *body.pointer_mut(&path).unwrap() = value,
        Change::Remove(_) => {
            let (parent, name) = path.rsplit_once('/').unwrap_or_default();
            match body.pointer_mut(parent) {
                Some(Value::Object(members)) => {
                    drop(members.remove(&name.replace("~1", "/").replace("~0", "~")));
                }
                Some(Value::Array(items)) => drop(items.pop()),
                _ => {}
            }
        }
        Change::Add(_, name, value) => match body.pointer_mut(&path) {
            Some(Value::Object(members)) => drop(members.insert(name, value)),
            Some(Value::Array(items)) => items.push(value),
            _ => {}
        },
    }
}

/// A JSON pointer to every part below `at`.
fn collect(value: &Value, at: &str, paths: &mut Vec<String>) {
    let mut add = |name: String, part: &Value| {
        let path = format!("{at}/{name}");
        paths.push(path.clone());
        collect(part, &path, paths);
    };
    match value {
        Value::Object(members) => {
            for (name, part) in members {
                add(name.replace('~', "~0").replace('/', "~1"), part);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, part)| add(index.to_string(), part));
        }
        _ => {}
    }
}

#[test]
fn every_body_gets_an_answer() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let hub = runtime.block_on(async {
        let hub = TestHub::start().await;
        hub.create("d1").await;
        hub.put("/devices/d1/modules/m1", json!({"deviceId": "d1", "moduleId": "m1"})).await.ok();
        hub
    });
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&request(), |asked| {
        let reply = runtime.block_on(async {
            let mut request = hub.request(asked.method.clone(), &asked.path).body(asked.body.clone());
            if let Some(etag) = &asked.if_match {
                request = request.header("if-match", etag);
            }
            // Checks the headers that all answers have.
            send(request).await
        });
        prop_assert!(reply.status < 500, "{:?}", reply);
        if reply.status >= 400 && reply.header("iothub-errorcode").is_some() {
            prop_assert!(
                reply.json()["Message"].is_string()
                    || reply.json()["errorCode"].is_u64()
                    || reply.json()["errors"].is_array(),
                "{:?}",
                reply
            );
        } else if !reply.text.is_empty() {
            reply.json();
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(async {
        // It is still well: a fresh device can be made, asked for, and taken away.
        hub.create("after").await;
        hub.get("/twins/after").await.ok();
        hub.stop().await;
    });
}
