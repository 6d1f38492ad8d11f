use super::*;

#[test]
fn addresses() {
    for (built, expected) in [
        (job("lock-1"), "/jobs/lock-1"),
        (job("it's/1"), "/jobs/it%27s%2F1"),
        (job("new"), "/jobs/~new"),
        (job_cancel("new"), "/jobs/~new?cancel=ask"),
        (device(".."), "/devices/~.."),
        (job_device("new", "a b"), "/jobs/~new?device=a%20b"),
        (job_compare("a", "", "", "", ""), "/jobs/a/compare"),
        (job_compare("a", "b", "failed", "", "x"), "/jobs/a/compare?with=b&from=failed&after=x"),
        (device_call("..", 17), "/devices/~..?call=17"),
        (device("compare"), "/devices/~compare"),
        (device_jobs("a&b"), "/jobs?device=a%26b"),
        (devices_file("csv", "a = 1", ""), "/api/v1/devices.csv?q=a%20%3D%201"),
        (device("..."), "/devices/..."),
        (job_cancel("lock-1"), "/jobs/lock-1?cancel=ask"),
        (device("a#b?c"), "/devices/a%23b%3Fc"),
        (job_events("j"), "/api/v1/jobs/j/events"),
        (job_file("a b", "csv"), "/api/v1/jobs/a%20b/devices.csv"),
        (devices_where("tags.kind = 'door'"), "/devices?query=tags.kind%20%3D%20%27door%27"),
        (devices_where(""), "/devices"),
        (jobs_of_last_day(true), "/jobs?since=24h&status=failed"),
        (jobs_of_day("2026-11-30"), "/jobs?day=2026-11-30"),
        (job_cause("a", "500:X"), "/jobs/a?cause=500%3AX"),
        (job_new_where("a & b"), "/jobs/new?query=a%20%26%20b"),
        (job_new_on_group("doors"), "/jobs/new?group=doors"),
        (approval("lock-1"), "/approvals?request=lock-1"),
        (device_with_string("door-1", "k"), "/devices/door-1?made=k"),
        (registry_change(7), "/registry-changes/7"),
        (registry_change_devices(7, "failed", ""), "/registry-changes/7?state=failed"),
        (registry_changes_before("c"), "/registry-changes?before=c"),
        (
            registry_change_new("disable", "a = 1", "", ""),
            "/registry-changes/new?kind=disable&query=a%20%3D%201",
        ),
        (registry_change_new("", "", "7", "undo"), "/registry-changes/new?of=7&again=undo"),
        (group("new"), "/groups/~new"),
        (group_edit("doors"), "/groups/doors/edit"),
        (group_delete("doors"), "/groups/doors?delete=ask"),
        (group_from("doors", 0), "/groups/doors"),
        (group_from("doors", 50), "/groups/doors?after=50"),
        (group_new_where("a = 1"), "/groups/new?query=a%20%3D%201"),
        (with_query("/jobs", &[("tab", ""), ("q", "é")]), "/jobs?q=%C3%A9"),
    ] {
        assert_eq!(built, expected);
    }
    assert_eq!((id("~new"), id("~.."), id("new"), id("lock-1")), ("new", "..", "new", "lock-1"));
    assert_eq!(with_more("/jobs/new?q=a", &[("draft", "1")]), "/jobs/new?q=a&draft=1");
    assert_eq!(device_condition("o'neill"), r"deviceId = 'o\'neill'");
}

#[test]
fn sign_in_leads_only_to_pages_of_ours() {
    for (next, expected) in [
        ("/jobs/lock-1?tab=all&q=a%20b", "/jobs/lock-1?tab=all&q=a%20b"),
        ("/", "/"),
        ("", "/"),
        ("//attacker.example/jobs", "/"),
        ("/\\attacker.example", "/"),
        ("https://attacker.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/jobs\n//attacker.example", "/"),
        ("/\t/attacker.example", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/fn/sign-out", "/"),
        ("/api/v1/jobs", "/"),
    ] {
        let query = format!("x=1&next={}", encode(next));
        assert_eq!(next_of(&query), expected, "{next}");
    }
    assert_eq!(next_of(""), "/");
    assert_eq!(sign_in("/jobs?q=a"), "/sign-in?next=%2Fjobs%3Fq%3Da");
    assert_eq!(sign_in("//attacker.example"), "/sign-in");
    assert_eq!(sign_in_refused("/jobs", "k"), "/sign-in?next=%2Fjobs&refused=k");
    assert_eq!((setup("t"), invitation("t")), ("/setup?token=t".into(), "/invitation?token=t".into()));
    assert_eq!(team_with_link("k"), "/team?made=k");
    assert_eq!(webhooks_with_secret("k"), "/webhooks?made=k");
    assert_eq!(webhooks_before(17), "/webhooks?before=17");
    assert_eq!(
        (with_token(true, "k"), with_token(false, "k")),
        ("/account?made=k".into(), "/team?token=k".into())
    );
    assert_eq!((account_or_team("account"), account_or_team("//attacker.example")), ("/account", "/team"));
    assert_eq!(walls_refused("WDJB-MJHT", "k"), "/walls?code=WDJB-MJHT&refused=k");
    assert_eq!(activate("WDJB-MJHT"), "/activate?user_code=WDJB-MJHT");
    assert!(
        is_before_sign_in("/setup")
            && is_before_sign_in("/wall")
            && !is_before_sign_in("/walls")
            && !is_before_sign_in("/jobs")
    );
}

#[test]
fn only_unknown_values_are_named() {
    let params: ParamsMap = [("state", "odd"), ("show", "")].into_iter().collect();
    assert_eq!(unknown(&params, "state", |value| value == "failed").as_deref(), Some("state=odd"));
    assert_eq!(unknown(&params, "state", |value| value == "odd"), None);
    assert_eq!((unknown(&params, "show", |_| false), unknown(&params, "q", |_| false)), (None, None));
    assert_eq!(unknown_names(&params, &["show"]), ["state=odd"]);
    let sentences: ParamsMap = [("x", "Call 555-0100 now"), ("Call us now", "1")].into_iter().collect();
    assert_eq!(unknown_names(&sentences, &[]), ["x=…", "…=1"]);
    assert_eq!(unknown(&sentences, "x", |_| false).as_deref(), Some("x=…"));
    assert!(unknown_names(&params, &["show", "state"]).is_empty());
}
