//! Random writes against a model that shares no code with the store: RFC 7386 by recursion over values, metadata by
//! walking the document. Keys are the awkward ones.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use super::support::{TestStore, device, patch, target};

/// What the model knows of a desired section.
#[derive(Debug, Clone)]
struct Model {
    document: Value,
    metadata: Value,
    version: u64,
}

impl Model {
    /// Null removes everything, and an empty patch is no write.
    fn write(&mut self, patch: &Value, stamp: &str) {
        if *patch == json!({}) {
            return;
        }
        self.version += 1;
        let version = self.version;
        if patch.is_null() {
            self.document = json!({});
            self.metadata = json!({"$lastUpdated": stamp, "$lastUpdatedVersion": version});
            return;
        }
        merge(&mut self.document, &mut self.metadata, patch, &|metadata| {
            metadata["$lastUpdated"] = json!(stamp);
            metadata["$lastUpdatedVersion"] = json!(version);
        });
    }
}

/// Merges into a document that is an object, keeping its metadata in step.
fn merge(document: &mut Value, metadata: &mut Value, patch: &Value, touch: &dyn Fn(&mut Value)) {
    touch(metadata);
    for (key, change) in patch.as_object().unwrap() {
        let (document, metadata) = (document.as_object_mut().unwrap(), metadata.as_object_mut().unwrap());
        match change {
            Value::Null => {
                document.remove(key);
                metadata.remove(key);
            }
            Value::Object(_) => {
                if !document.get(key).is_some_and(Value::is_object) {
                    document.insert(key.clone(), json!({}));
                    metadata.insert(key.clone(), json!({}));
                }
                merge(document.get_mut(key).unwrap(), metadata.get_mut(key).unwrap(), change, touch);
            }
            scalar => {
                document.insert(key.clone(), scalar.clone());
                let mut fresh = json!({});
                touch(&mut fresh);
                metadata.insert(key.clone(), fresh);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => Just(Value::Null),
        2 => any::<i32>().prop_map(Value::from),
        1 => Just(json!(true)),
        1 => Just(json!(0.25)),
        1 => Just(json!([1, {"a": [2]}, "\"$version\""])),
        1 => Just(json!("it's \"quoted\" \\ \u{1F600}\n")),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| object(inner).boxed());
    prop_oneof![1 => Just(Value::Null), 1 => Just(json!({})), 8 => object(value)]
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec!["a", "b", "a\"b", "back\\slash", "größe", "", "it's", ":-1"]);
    prop::collection::btree_map(key, value, 0..4).prop_map(|members: BTreeMap<&str, Value>| json!(members))
}

#[test]
fn any_sequence_of_writes_gives_what_the_model_gives() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let test = runtime.block_on(TestStore::open());
    // Sixty are a second or two; who wants more says so, as for any other of the kind.
    let cases = std::env::var_os("PROPTEST_CASES").map_or(60, |_| ProptestConfig::default().cases);
    let mut runner =
        TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let next = std::cell::Cell::new(0);
    runner
        .run(&prop::collection::vec(change(), 1..8), |changes| {
            next.set(next.get() + 1);
            runtime.block_on(follows(&test, &format!("d{}", next.get()), &changes))
        })
        .unwrap();
}

async fn follows(test: &TestStore, name: &str, changes: &[Value]) -> Result<(), TestCaseError> {
    test.store.put_device(&device(name), None).await.unwrap();
    let fresh = test.store.twin(&target(name)).await.unwrap();
    let mut model =
        Model { document: json!({}), metadata: fresh.properties.desired["$metadata"].clone(), version: 1 };
    let (mut tags, mut untracked) = (json!({}), json!({}));
    for change in changes {
        test.tick();
        let stamp = hub_embedded::clock::Clock::now(&test.clock).to_string();
        model.write(change, &stamp);
        if change.is_null() {
            tags = json!({});
        } else {
            merge(&mut tags, &mut untracked, change, &|_| {});
        }
        let change = patch(json!({"tags": change, "properties": {"desired": change}}));
        let written = test.store.patch_twin(&target(name), &change, None).await.unwrap();

        let mut expected = model.document.clone();
        expected["$metadata"] = model.metadata.clone();
        expected["$version"] = json!(model.version);
        prop_assert_eq!(Value::Object(written.twin.properties.desired), expected);
        prop_assert_eq!(Value::Object(written.twin.tags), tags.clone());
    }
    Ok(())
}
