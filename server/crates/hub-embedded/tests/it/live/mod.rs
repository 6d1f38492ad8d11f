//! What live IoT Hubs answered, and whether this hub answers the same.
//!
//! Each file in `sessions` is a run of requests and answers, with ids, keys and times replaced by placeholders. The
//! facts come from the sessions of Microsoft's own tests with live hubs, which are public: repository
//! `Azure/azure-sdk-for-net`, `sdk/iot/Azure.Iot.Hub.Service/tests/SessionRecords`, June to September 2020,
//! API version 2020-03-13. The requests are made again here, in their order, and every answer is compared member by
//! member: status, the headers that mean something, the set of members, values and formats.
//!
//! Where this hub differs, the step says so under `differs`, with the reason. A difference that is not listed fails the
//! test, and so does a listed one that is no longer there. `docs/hub-differences.md` has them for users.

mod compare;

use std::collections::BTreeMap;

use crate::support::{TestHub, send};
use compare::{Comparison, Placeholders};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

/// Headers that tell a client something. An answer has those that its step names and no other of them.
const TELLING_HEADERS: [&str; 6] =
    ["etag", "iothub-errorcode", "location", "retry-after", "x-ms-continuation", "x-ms-item-type"];

/// A file of `sessions`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Session {
    steps: Vec<Step>,
}

/// A request and its answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Step {
    /// What the caller wants.
    what: String,
    /// Verb and path.
    request: String,
    #[serde(default)]
    if_match: Option<String>,
    #[serde(default)]
    body: Option<Value>,
    /// What the live hub answered.
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The answer's body; none when it is empty.
    #[serde(default)]
    answer: Option<Value>,
    /// Where this hub differs: the member's path, then `added`, `missing` or `other`, a colon and why.
    #[serde(default)]
    differs: BTreeMap<String, String>,
    /// The code with which this hub refuses what it does not do; nothing else of the answer is compared then.
    #[serde(default)]
    refused_here: Option<String>,
}

impl Step {
    async fn send(&self, hub: &TestHub, known: &Placeholders) -> crate::support::Reply {
        let (verb, path) = self.request.split_once(' ').unwrap();
        let mut request = hub.request(verb.parse::<Method>().unwrap(), path);
        if let Some(if_match) = &self.if_match {
            request = request.header("if-match", known.fill(if_match));
        }
        if let Some(body) = &self.body {
            request = request.json(&known.fill_all(body));
        }
        send(request).await
    }

    async fn run(&self, hub: &TestHub, known: &mut Placeholders) -> Vec<String> {
        let reply = self.send(hub, known).await;
        let mut comparison = Comparison::default();
        if let Some(code) = &self.refused_here {
            let said = (reply.status >= 400).then(|| reply.header("iothub-errorcode")).flatten();
            comparison.check("the refusal", said == Some(code));
            return comparison.against(&BTreeMap::new(), &reply);
        }
        comparison.check("status", reply.status == self.status);
        for name in TELLING_HEADERS {
            let live = self.headers.get(name).map(String::as_str);
            comparison.header(known, name, live, reply.header(name));
        }
        match &self.answer {
            Some(live) => comparison.value(known, "", live, &reply.json()),
            None => comparison.check("the empty body", reply.text.is_empty()),
        }
        comparison.against(&self.differs, &reply)
    }
}

async fn replay(session: &str) {
    let session: Session = serde_json::from_str(session).unwrap();
    let hub = TestHub::start().await;
    let (mut known, mut faults) = (Placeholders::default(), Vec::new());
    for step in &session.steps {
        let found = step.run(&hub, &mut known).await;
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", step.what)));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    hub.stop().await;
}

macro_rules! sessions {
    ($($name:ident,)*) => {$(
        #[tokio::test]
        async fn $name() {
            replay(include_str!(concat!("sessions/", stringify!($name), ".json"))).await;
        }
    )*};
}

sessions! {
    bulk_devices,
    bulk_modules,
    configurations,
    device_etags,
    devices,
    import_and_export,
    module_etags,
    module_twins,
    modules,
    queries,
    statistics,
    twins,
}
