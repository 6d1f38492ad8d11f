use super::*;

fn check(text: &str, ids: &[&str], note: &str) {
    let list = read(text);
    assert_eq!(list.ids, ids, "{text}");
    assert_eq!(list.column_note().unwrap_or_default(), note, "{text}");
}

#[test]
fn ids_without_a_table() {
    for (text, ids) in [
        ("", &[][..]),
        ("door-1\ndoor-2\r\n\n door-3 ", &["door-1", "door-2", "door-3"]),
        ("door-1\rdoor-2", &["door-1", "door-2"]),
        ("door-1, door-2;door-3", &["door-1", "door-2", "door-3"]),
        ("door-1\ndoor-2, door-3\ndoor-1", &["door-1", "door-2", "door-3", "door-1"]),
        ("a b\tc", &["a", "b", "c"]),
        ("\"a,b\" c", &["a,b", "c"]),
        ("'a', 'b'", &["a", "b"]),
        ("'a'\n'b'", &["a", "b"]),
        ("o'neill 'x", &["o'neill", "'x"]),
        ("\"door-1\ndoor-2", &["\"door-1", "door-2"]),
        ("\u{feff}door-1\r\ndoor-2\r\n", &["door-1", "door-2"]),
        ("deviceId", &["deviceId"]),
        (r#"["door-1", "door-2"]"#, &["door-1", "door-2"]),
        ("['door-1', 'door-2']", &["door-1", "door-2"]),
        (r#"{"deviceIds": ["door-1"]}"#, &["door-1"]),
        ("[door-1]", &["door-1"]),
    ] {
        check(text, ids, "");
    }
}

#[test]
fn a_table_with_a_named_id_column() {
    for (text, ids, note) in [
        ("deviceId\ndoor-1", &["door-1"][..], "Ids read from column deviceId."),
        (
            "\u{feff}Id;Name\r\ndoor-1;Front\r\n\r\ndoor-2;Back\r\n",
            &["door-1", "door-2"],
            "Ids read from column Id (2 columns).",
        ),
        (
            "building,Device ID\n43,door-1\n44,door-2\n45,",
            &["door-1", "door-2"],
            "Ids read from column Device ID (2 columns).",
        ),
        ("device\tfloor\ndoor-1\t3", &["door-1"], "Ids read from column device (2 columns)."),
        (
            "IOTC_DEVICENAME,IOTC_DEVICEID,x\nFront,door-1,1",
            &["door-1"],
            "Ids read from column IOTC_DEVICEID (3 columns).",
        ),
        (
            "id,deviceId\n1,door-1\n2,door-2",
            &["door-1", "door-2"],
            "Ids read from column deviceId (2 columns).",
        ),
        (
            "name,DEVICE_ID\n\"Front, \"\"big\"\"\",door-1",
            &["door-1"],
            "Ids read from column DEVICE_ID (2 columns).",
        ),
        (
            "name,deviceId\n\"Front\ndoor\",door-1\nBack,\"a,b\"",
            &["door-1", "a,b"],
            "Ids read from column deviceId (2 columns).",
        ),
        ("'deviceId','name'\n'door-1','it''s'", &["door-1"], "Ids read from column deviceId (2 columns)."),
        (
            "deviceId, name\ndoor-1, \"Front, left\"",
            &["door-1"],
            "Ids read from column deviceId (2 columns).",
        ),
        ("sep=;\ndeviceId;name\ndoor-1;a,b", &["door-1"], "Ids read from column deviceId (2 columns)."),
        ("SEP=|\r\nname|id\r\nFront|door-1", &["door-1"], "Ids read from column id (2 columns)."),
        (
            "deviceId,name\ndoor-1\ndoor-2,Back,3",
            &["door-1", "door-2"],
            "Ids read from column deviceId (2 columns).",
        ),
        (r#"[{"deviceId": "a", "status": "enabled"}]"#, &["a"], "Ids read from column deviceId (2 columns)."),
    ] {
        check(text, ids, note);
    }
}

#[test]
fn a_table_without_a_header() {
    let first = |of| format!("Ids read from the first of {of} columns; none is called deviceId or id.");
    for (text, ids, of) in [
        ("door-1,Front door\ndoor-2,Back door", &["door-1", "door-2"][..], 2),
        ("door-1;3,5\ndoor-2;4,5", &["door-1", "door-2"], 2),
        ("door-1,a;b\ndoor-2,c;d", &["door-1", "door-2"], 2),
        ("door-1\tFront\t1\ndoor-2\tBack\t2", &["door-1", "door-2"], 3),
        ("sep=;\ndoor-1;Front", &["door-1"], 2),
        ("door-1,\ndoor-2,", &["door-1", "door-2"], 2),
    ] {
        check(text, ids, &first(of));
    }
    assert_eq!(read_table("door-1,3").ids, ["door-1"]);
    assert_eq!(read_table("door-1,3\ndoor-2").ids, ["door-1", "door-2"]);
    assert_eq!(read_table("door-1\ndoor-2").column_note(), None);
    assert_eq!(read_table("").ids, Vec::<String>::new());
}

#[test]
fn written_ids_are_read_again() {
    for ids in [&["a", "b"][..], &["a,b", "c;d", "'e'", "x|y"], &["id", "b"], &["device"], &["say\"x\""], &[]]
    {
        let text = to_lines(ids.iter().map(ToString::to_string));
        assert_eq!(read(&text).ids, ids, "{text}");
    }
}

#[test]
fn repeated_and_unwanted_ids_are_removed() {
    assert_eq!(count_repeated(&read("a b a a").ids), 2);
    assert_eq!(without("a b a c", &["c".to_owned()]), "a\nb");
    let pairs = [("A".to_owned(), "a".to_owned())];
    assert_eq!(replaced("A b a A", &pairs), "a\nb");
    assert_eq!(without("id,name\na,x\nb,y\na,z", &["b".to_owned()]), "a");
}

#[test]
fn a_json_member_is_a_list_or_a_text() {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "deserialize")]
        ids: Option<Vec<hub_wire::DeviceId>>,
    }
    let read = |text: &str| serde_json::from_str::<Body>(text).map(|body| body.ids.map(|ids| ids.len()));
    assert_eq!(read("{}").unwrap(), None);
    assert_eq!(read(r#"{"ids": null}"#).unwrap(), None);
    assert_eq!(read(r#"{"ids": ["a", "b"]}"#).unwrap(), Some(2));
    assert_eq!(read(r#"{"ids": "id,name\r\na,x\r\nb,y\r\n"}"#).unwrap(), Some(2));
    assert!(read(r#"{"ids": ["a", "b c"]}"#).is_err() && read(r#"{"ids": 5}"#).is_err());
}
