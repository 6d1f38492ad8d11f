//! An administrator gives a person a scope.

use super::*;
use crate::access::start;

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_the_scope_of_an_operator() {
    let world = World::start().await;
    let (console, priya, mara) = (&world.console, &world.priya, &world.mara);
    let session = sign_in_again(console, "mara").await;
    for (scope, field) in
        [("tags.building = ", "scope"), ("FROM devices.modules", "scope"), ("building = 4", "scope")]
    {
        let error = console.set_scope(priya, &user_id(mara), scope, None).await.unwrap_err();
        let ConsoleError::Invalid(faults) = error else { panic!("{scope}: {error:?}") };
        assert_eq!(faults[0].field, field, "{scope}");
    }
    assert!(console.session(session.expose_token(), false, start()).await.unwrap().is_some());
    console.set_scope(priya, &user_id(mara), "tags.building=\"b\"", None).await.unwrap();
    assert!(console.session(session.expose_token(), false, start()).await.unwrap().is_none(), "sessions end");
    let again = Actor::Person(sign_in_again(console, "mara").await.person);
    assert_eq!(again.scope(), Some("tags.building = 'b'"), "as it is printed");
    // A viewer has it too, and it is kept for the day when an approver is an operator again.
    console.change_role(priya, &user_id(mara), Role::Viewer).await.unwrap();
    let viewer = Actor::Person(sign_in_again(console, "mara").await.person);
    assert_eq!(viewer.scope(), Some("tags.building = 'b'"));
    console.change_role(priya, &user_id(mara), Role::Approver).await.unwrap();
    assert_eq!(Actor::Person(sign_in_again(console, "mara").await.person).scope(), None);
    let of_approver = console.set_scope(priya, &user_id(mara), "", None).await.unwrap_err();
    assert!(matches!(of_approver, ConsoleError::Conflict { .. }), "{of_approver:?}");
    console.change_role(priya, &user_id(mara), Role::Operator).await.unwrap();
    let again = Actor::Person(sign_in_again(console, "mara").await.person);
    assert_eq!(again.scope(), Some("tags.building = 'b'"));
    console.set_scope(priya, &user_id(mara), " ", None).await.unwrap();
    assert_eq!(Actor::Person(sign_in_again(console, "mara").await.person).scope(), None);
    let missing = console.set_scope(&again, &user_id(priya), "", None).await.unwrap_err();
    assert!(matches!(missing, ConsoleError::Missing(_)), "{missing:?}");
    world.stop().await;
}

/// A scope that is a group follows it, and only an administrator moves it.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_can_be_a_scope() {
    let world = World::start().await;
    let (console, priya, mara) = (&world.console, &world.priya, &world.mara);
    let of = |name: &str, condition: &str| -> NewGroup {
        serde_json::from_value(json!({"name": name, "queryCondition": condition})).unwrap()
    };
    let listed: NewGroup = serde_json::from_value(json!({"name": "List", "deviceIds": ["a-1"]})).unwrap();
    let group = console.create_group(of("Pilots", "tags.building = 'b'"), None).await.unwrap();
    let list = console.create_group(listed.clone(), None).await.unwrap();
    let id = user_id(mara);
    for (scope, group_id, field) in [
        ("tags.a = 1", group.group_id.as_str(), "scope"),
        ("", &list.group_id, "groupId"),
        ("", "nothing", "groupId"),
    ] {
        match console.set_scope(priya, &id, scope, Some(group_id)).await.unwrap_err() {
            ConsoleError::Invalid(faults) => assert_eq!(faults[0].field, field),
            error => panic!("{error:?}"),
        }
    }
    console.set_scope(priya, &id, "", Some(&group.group_id)).await.unwrap();
    let again = async || Actor::Person(sign_in_again(console, "mara").await.person);
    let mara = again().await;
    assert_eq!(mara.scope(), Some("tags.building = 'b'"));
    assert_eq!(console.group(&group.group_id).await.unwrap().used_by.scopes, 1);
    let members = console.team(priya, None, now()).await.unwrap().members;
    let of_mara = members.iter().find(|member| member.person.user_id == id).unwrap();
    assert_eq!(of_mara.scope_group.as_ref().map(|group| group.name.as_str()), Some("Pilots"));

    // An operator cannot widen the own scope. The group can neither become a list nor be deleted.
    for (change, by) in [(of("Pilots", "*"), &mara), (listed.clone(), priya)] {
        let change = NewGroup { name: "Pilots".into(), ..change };
        let refused = console.change_group(&group.group_id, change, by).await.unwrap_err();
        assert!(
            matches!(&refused, ConsoleError::Conflict { detail } if detail.contains("is the scope of")),
            "{refused:?}"
        );
    }
    let refused = console.delete_group(&group.group_id).await.unwrap_err();
    assert!(matches!(&refused, ConsoleError::Conflict { detail } if detail.contains("scope")), "{refused:?}");
    // Another name leaves the person signed in; another condition does not.
    let session = sign_in_again(console, "mara").await;
    let is_signed_in =
        async || console.session(session.expose_token(), false, start()).await.unwrap().is_some();
    console.change_group(&group.group_id, of("Pilot doors", "tags.building = 'b'"), &mara).await.unwrap();
    assert!(is_signed_in().await);
    console.change_group(&group.group_id, of("Pilot doors", "tags.building = 'a'"), priya).await.unwrap();
    assert!(!is_signed_in().await);
    assert_eq!(again().await.scope(), Some("tags.building = 'a'"));

    console.set_scope(priya, &id, "", None).await.unwrap();
    console.delete_group(&group.group_id).await.unwrap();
    assert_eq!(again().await.scope(), None);
    world.stop().await;
}
