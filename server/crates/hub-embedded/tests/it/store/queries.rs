//! Queries, page by page.

use hub_embedded::{domain::IfMatch, store::PageRequest};
use hub_query::parse_query;
use hub_wire::{error::ErrorCode, query::ItemType};
use serde_json::{Value, json};

use super::support::{TestStore, device, id, items, module, patch, target};

async fn fleet() -> TestStore {
    let test = TestStore::open().await;
    for number in 0..10 {
        let name = format!("door-{number:02}");
        test.store.put_device(&device(&name), None).await.unwrap();
        let site = ["a", "b", "c"][number % 3];
        test.store
            .patch_twin(&target(&name), &patch(json!({"tags": {"site": site, "n": number}})), None)
            .await
            .unwrap();
    }
    test
}

/// All pages of a query, each no longer than asked.
async fn pages(test: &TestStore, query: &str, size: u32) -> Vec<Value> {
    let (mut all, mut continuation) = (Vec::new(), None);
    loop {
        let page = test.page(query, size, continuation).await;
        assert!(page.items.len() <= usize::try_from(size).unwrap());
        all.extend(items(&page));
        continuation = page.continuation;
        if continuation.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn every_page_size_gives_the_same_answer() {
    let test = fleet().await;
    test.store.put_module(&module("door-03", "camera"), None).await.unwrap();
    test.store.put_module(&module("door-03", "bell"), None).await.unwrap();
    test.store.put_module(&module("door-01", "bell"), None).await.unwrap();
    for (text, count) in [
        ("SELECT * FROM devices", 10),
        ("SELECT * FROM devices WHERE tags.site = 'a'", 4),
        ("SELECT TOP 3 * FROM devices", 3),
        ("SELECT TOP 5 deviceId, tags.n AS n FROM devices WHERE tags.n > 2", 5),
        ("SELECT deviceId FROM devices WHERE deviceId IN ['door-01', 'door-99']", 1),
        ("SELECT * FROM devices.modules", 3),
        ("SELECT tags.site AS site, COUNT() AS n FROM devices GROUP BY tags.site", 3),
        ("SELECT COUNT() AS n FROM devices WHERE tags.site = 'b'", 1),
        ("SELECT * FROM devices WHERE tags.site = 'nowhere'", 0),
    ] {
        let whole = test.query(text).await;
        assert_eq!(whole.len(), count, "{text}");
        for size in 1..=4 {
            assert_eq!(pages(&test, text, size).await, whole, "{text} by {size}");
        }
    }
    assert_eq!(test.query("SELECT COUNT() AS n FROM devices").await, [json!({"n": 10})]);
    assert_eq!(
        test.query("SELECT deviceId, tags.n AS n, tags.missing AS m FROM devices WHERE tags.n = 4").await,
        [json!({"deviceId": "door-04", "n": 4})]
    );
}

#[tokio::test]
async fn items_have_a_type() {
    let test = fleet().await;
    for (text, expected) in [
        ("SELECT * FROM devices", ItemType::Twin),
        ("SELECT * FROM devices.modules", ItemType::Twin),
        ("SELECT deviceId FROM devices", ItemType::Raw),
        ("SELECT COUNT() AS n FROM devices", ItemType::Raw),
        ("SELECT * FROM devices.jobs", ItemType::DeviceJob),
    ] {
        assert_eq!(test.page(text, 10, None).await.item_type, expected, "{text}");
    }
}

#[tokio::test]
async fn a_page_continues_where_the_last_one_ended() {
    let test = fleet().await;
    let first = test.page("SELECT deviceId FROM devices", 4, None).await;
    // The last item of the page goes, and one before it comes: neither shifts what follows.
    test.store.delete_device(&id("door-03"), Some(&IfMatch::Any)).await.unwrap();
    test.store.put_device(&device("a-door"), None).await.unwrap();
    let second = test.page("SELECT deviceId FROM devices", 1000, first.continuation).await;
    let ids: Vec<_> =
        items(&second).iter().map(|item| item["deviceId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["door-04", "door-05", "door-06", "door-07", "door-08", "door-09"]);
    assert_eq!(second.continuation, None);
}

#[tokio::test]
async fn a_continuation_belongs_to_its_query() {
    let test = fleet().await;
    let token = test.page("SELECT * FROM devices", 1, None).await.continuation.unwrap();
    for (text, token) in [("SELECT deviceId FROM devices", token.as_str()), ("SELECT * FROM devices", "x!")] {
        let page = PageRequest { size: 1, continuation: Some(token.to_owned()) };
        let error = test.store.query(&parse_query(text).unwrap(), &page).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ArgumentInvalid);
    }
    // The same query in other words.
    test.page("select *   from devices", 1, Some(token)).await;
}
