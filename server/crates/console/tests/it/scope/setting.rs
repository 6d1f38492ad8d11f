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
        let error = console.set_scope(priya, &user_id(mara), scope).await.unwrap_err();
        let ConsoleError::Invalid(faults) = error else { panic!("{scope}: {error:?}") };
        assert_eq!(faults[0].field, field, "{scope}");
    }
    assert!(console.session(session.expose_token(), false, start()).await.unwrap().is_some());
    console.set_scope(priya, &user_id(mara), "tags.building=\"b\"").await.unwrap();
    assert!(console.session(session.expose_token(), false, start()).await.unwrap().is_none(), "sessions end");
    let again = Actor::Person(sign_in_again(console, "mara").await.person);
    assert_eq!(again.scope(), Some("tags.building = 'b'"), "as it is printed");
    // A viewer has it too, and it is kept for the day when an approver is an operator again.
    console.change_role(priya, &user_id(mara), Role::Viewer).await.unwrap();
    let viewer = Actor::Person(sign_in_again(console, "mara").await.person);
    assert_eq!(viewer.scope(), Some("tags.building = 'b'"));
    console.change_role(priya, &user_id(mara), Role::Approver).await.unwrap();
    assert_eq!(Actor::Person(sign_in_again(console, "mara").await.person).scope(), None);
    let of_approver = console.set_scope(priya, &user_id(mara), "").await.unwrap_err();
    assert!(matches!(of_approver, ConsoleError::Conflict { .. }), "{of_approver:?}");
    console.change_role(priya, &user_id(mara), Role::Operator).await.unwrap();
    let again = Actor::Person(sign_in_again(console, "mara").await.person);
    assert_eq!(again.scope(), Some("tags.building = 'b'"));
    console.set_scope(priya, &user_id(mara), " ").await.unwrap();
    assert_eq!(Actor::Person(sign_in_again(console, "mara").await.person).scope(), None);
    let missing = console.set_scope(&again, &user_id(priya), "").await.unwrap_err();
    assert!(matches!(missing, ConsoleError::Missing(_)), "{missing:?}");
    world.stop().await;
}
