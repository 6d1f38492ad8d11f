use serde_json::{Value, json};

use super::*;
use crate::{
    bulk::BulkItem,
    device::{Authentication, DeviceStatus},
    direct_method::DirectMethodRequest,
    job::{JobStatus, JobType},
    query::QueryRequest,
    twin::TwinPatch,
};

fn content<T: DeserializeOwned>(body: &str) -> T {
    read(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}")).content
}

#[track_caller]
fn refused<T: DeserializeOwned + fmt::Debug>(body: &str, fault: EnvelopeFault, text: &str) {
    let error = read::<T>(body.as_bytes()).unwrap_err();
    assert_eq!((error.fault, error.to_string().as_str()), (fault, text), "{body}");
}

#[test]
fn members_of_the_contract_match_in_any_case_and_the_last_one_counts() {
    assert_eq!(content::<QueryRequest>(r#"{"Query":"a"}"#).query, "a");
    assert_eq!(content::<QueryRequest>(r#"{"query":"a","QUERY":"b"}"#).query, "b");
    assert_eq!(content::<QueryRequest>(r#"{"QUERY":"b","query":"a"}"#).query, "a");
    assert_eq!(content::<QueryRequest>(r#"{"query":"a","query":"b"}"#).query, "b");
    let keys: Authentication =
        content(r#"{"SymmetricKey":{"PrimaryKey":"p","SECONDARYKEY":"s"},"Type":"SAS"}"#);
    let key = keys.symmetric_key.unwrap();
    assert_eq!((key.primary_key.as_deref(), key.secondary_key.as_deref()), (Some("p"), Some("s")));
    let item: BulkItem = content(r#"{"ID":"d","ETag":"x","IMPORTMODE":"Update","TwinETag":"y"}"#);
    assert_eq!((item.etag.as_deref(), item.twin_etag.as_deref()), (Some("x"), Some("y")));
}

#[test]
fn keys_and_values_of_the_user_are_left_alone() {
    let patch: TwinPatch =
        content(r#"{"Tags":{"Tags":"30","TAGS":1},"Properties":{"Desired":{"Etag":"true"}}}"#);
    assert_eq!(json!(patch.tags), json!({"Tags": "30", "TAGS": 1}));
    assert_eq!(json!(patch.desired()), json!({"Etag": "true"}));
    let method: DirectMethodRequest = content(r#"{"MethodName":"m","Payload":{"MethodName":"5"}}"#);
    assert_eq!(method.payload, json!({"MethodName": "5"}));
    let payload: DirectMethodRequest = content(r#"{"methodName":"m","payload":["30",[1]]}"#);
    assert_eq!(payload.payload, json!(["30", [1]]));
}

#[test]
fn numbers_and_booleans_may_be_text() {
    for number in ["30", "\"30\"", "30.0", "\" 30 \"", "3e1", "\"30.0\""] {
        let body = format!(r#"{{"methodName":"m","responseTimeoutInSeconds":{number}}}"#);
        let request: DirectMethodRequest = content(&body);
        assert_eq!(request.response_timeout_in_seconds, Some(30), "{number}");
    }
    for (edge, expected) in
        [("true", true), ("\"True\"", true), ("\"false\"", false), ("1", true), ("0", false)]
    {
        let item: BulkItem = content(&format!(r#"{{"id":"d","capabilities":{{"iotEdge":{edge}}}}}"#));
        assert_eq!(item.capabilities.unwrap().iot_edge, expected, "{edge}");
    }
    for (number, text) in [
        ("\"soon\"", "responseTimeoutInSeconds: 'soon' is not a whole number"),
        ("30.5", "responseTimeoutInSeconds: '30.5' is not a whole number"),
        ("{}", "responseTimeoutInSeconds: a number is expected, not an object"),
        ("-1", "responseTimeoutInSeconds: invalid value: integer `-1`, expected u32"),
    ] {
        let body = format!(r#"{{"methodName":"m","responseTimeoutInSeconds":{number}}}"#);
        refused::<DirectMethodRequest>(&body, EnvelopeFault::Invalid, text);
    }
}

#[test]
fn enum_values_match_in_any_case() {
    assert_eq!(read_enum::<DeviceStatus>("DISABLED"), Ok(DeviceStatus::Disabled));
    assert_eq!(read_enum::<JobType>("ScheduleUpdateTwin"), Ok(JobType::ScheduleUpdateTwin));
    assert_eq!(read_enum::<JobStatus>("Completed"), Ok(JobStatus::Completed));
    let item: BulkItem = content(r#"{"id":"d","status":"Enabled","importMode":"deleteIfMatchEtag"}"#);
    assert_eq!(item.status, Some(DeviceStatus::Enabled));
    for word in ["off", "unknown", ""] {
        let error = read_enum::<DeviceStatus>(word).unwrap_err();
        assert_eq!(error.to_string(), format!("'{word}' is not one of enabled, disabled"));
    }
    let error = read_enum::<JobType>("unknown").unwrap_err().to_string();
    assert_eq!(error, "'unknown' is not one of scheduleDeviceMethod, scheduleUpdateTwin");
}

#[test]
fn an_array_is_no_object_and_an_object_no_array() {
    let invalid = EnvelopeFault::Invalid;
    refused::<DirectMethodRequest>(r#"["reboot"]"#, invalid, "an object is expected, not an array");
    refused::<TwinPatch>("[]", invalid, "an object is expected, not an array");
    refused::<TwinPatch>(r#"{"tags":[]}"#, invalid, "tags: an object is expected, not an array");
    refused::<TwinPatch>(
        r#"{"properties":[{}]}"#,
        invalid,
        "properties: an object is expected, not an array",
    );
    refused::<TwinPatch>(
        r#"{"properties":{"desired":"x"}}"#,
        invalid,
        "properties.desired: an object is expected, not a string",
    );
    refused::<Vec<BulkItem>>(r#"{"id":"d"}"#, invalid, "an array is expected, not an object");
    refused::<Vec<BulkItem>>(r#"[["d"]]"#, invalid, "[0]: an object is expected, not an array");
    refused::<Vec<BulkItem>>(
        r#"[{"id":"d","authentication":{"symmetricKey":["a","b"]}}]"#,
        invalid,
        "[0].authentication.symmetricKey: an object is expected, not an array",
    );
}

#[test]
fn errors_say_what_and_where() {
    refused::<QueryRequest>("{}", EnvelopeFault::Missing, "'query' is missing");
    refused::<QueryRequest>(r#"{"query":null}"#, EnvelopeFault::Missing, "'query' is missing");
    refused::<QueryRequest>("null", EnvelopeFault::Missing, "the body is missing");
    refused::<Vec<BulkItem>>(r#"[{"id":"a"},{}]"#, EnvelopeFault::Missing, "'[1].id' is missing");
    refused::<QueryRequest>("{", EnvelopeFault::Syntax, "EOF while parsing an object at line 1 column 1");
    refused::<QueryRequest>(
        r#"{"query":5}"#,
        EnvelopeFault::Invalid,
        "query: a string is expected, not a number",
    );
    assert_eq!(content::<QueryRequest>("\u{feff}{\"query\":\"a\"}").query, "a");
    let deep = format!("{{\"tags\":{}1{}}}", "{\"a\":".repeat(200), "}".repeat(200));
    assert_eq!(read::<TwinPatch>(deep.as_bytes()).unwrap_err().fault, EnvelopeFault::Syntax);
}

#[test]
fn a_null_section_is_removed_and_an_absent_one_is_not() {
    for (body, tags, desired) in [
        (r"{}", false, false),
        (r#"{"tags":null}"#, true, false),
        (r#"{"properties":{"desired":null}}"#, false, true),
        (r#"{"properties":null}"#, false, true),
        (r#"{"Properties":{"Desired":{}},"tags":{}}"#, false, false),
    ] {
        let patch: TwinPatch = content(body);
        assert_eq!((patch.clear_tags, patch.clear_desired), (tags, desired), "{body}");
        let written = serde_json::to_string(&patch).unwrap();
        assert_eq!(content::<TwinPatch>(&written), patch, "{written}");
    }
}

fn misplaced(body: &Value, root: &str) -> Option<String> {
    let body = body.to_string();
    let read = read::<TwinPatch>(body.as_bytes()).unwrap();
    let unknown: Vec<String> = read
        .unknown
        .into_iter()
        .map(|path| if root.is_empty() { path } else { format!("{root}.{path}") })
        .collect();
    read.content.check_members(root, &unknown).err().map(|error| error.to_string())
}

#[test]
fn a_change_at_the_wrong_level_names_its_members() {
    for (body, name) in [
        (json!({"desired": {"a": 1}}), "'desired'"),
        (json!({"etag": "*", "a": 1, "b": 2}), "'a', 'b'"),
        (json!({"tags": {}, "properties": {"a": 1, "desired": {"$version": 3}}}), "'properties.a'"),
        (json!({"properties": {"tags": {"a": 1}}}), "'properties.tags'"),
    ] {
        let error = misplaced(&body, "").unwrap_or_else(|| panic!("{body}"));
        assert!(error.starts_with(&format!("nothing would change: {name} is not")), "{error}");
    }
    let error = misplaced(&json!({"desired": {}}), "updateTwin").unwrap();
    assert!(error.contains("'updateTwin.desired'"), "{error}");
    let twin: Value = serde_json::from_str(include_str!("../../tests/golden/twin.json")).unwrap();
    let mut without_change = twin.clone();
    without_change["tags"] = json!({});
    without_change["properties"]["desired"] = json!({"$version": 1});
    for fine in [
        json!({}),
        json!({"tags": {"a": 1}, "desired": {}}),
        json!({"tags": null, "x": 1}),
        twin,
        without_change,
    ] {
        assert_eq!(misplaced(&fine, ""), None, "{fine}");
    }
}

#[test]
fn a_type_may_refuse_members_that_it_does_not_know() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        known: Option<u32>,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Outer {
        #[allow(dead_code)]
        inner: Inner,
    }
    let read = super::read::<Outer>(br#"{"inner":{"KNOWN":1},"other":2}"#).unwrap();
    assert_eq!(read.unknown, ["other"]);
    let error = super::read::<Outer>(br#"{"inner":{"knwon":1}}"#).unwrap_err();
    assert_eq!((error.fault, error.path.as_str()), (EnvelopeFault::Unknown, "inner.knwon"));
    assert_eq!(error.reason(), "there is no such member; known are known");
}

#[test]
fn fractions_are_numbers_too() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Settings {
        share: Option<f64>,
    }
    for (body, share) in [
        (r#"{"share":0.25}"#, Some(0.25)),
        (r#"{"share":"0.25"}"#, Some(0.25)),
        (r#"{"share":1}"#, Some(1.0)),
        (r#"{"share":null}"#, None),
    ] {
        assert_eq!(content::<Settings>(body), Settings { share }, "{body}");
    }
    refused::<Settings>(r#"{"share":"much"}"#, EnvelopeFault::Invalid, "share: 'much' is not a number");
    refused::<Settings>(
        r#"{"share":[]}"#,
        EnvelopeFault::Invalid,
        "share: a number is expected, not an array",
    );
}

#[test]
fn a_variant_with_content_is_an_object_with_one_member() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Size {
        All,
        Devices(u32),
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wave {
        size: Size,
    }
    for (body, size) in [
        (r#"{"size":"all"}"#, Size::All),
        (r#"{"size":{"devices":5}}"#, Size::Devices(5)),
        (r#"{"size":{"Devices":"5"}}"#, Size::Devices(5)),
    ] {
        assert_eq!(content::<Wave>(body), Wave { size }, "{body}");
    }
    let invalid = EnvelopeFault::Invalid;
    refused::<Wave>(r#"{"size":{"devices":"many"}}"#, invalid, "size.devices: 'many' is not a whole number");
    refused::<Wave>(r#"{"size":{"share":5}}"#, invalid, "size: a string is expected, not an object");
}
