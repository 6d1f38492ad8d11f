//! API tokens and service accounts, with a clock that the tests move.

use std::time::Duration;

use console::{Console, ConsoleError, SignInFrom, TokenRefusal, TokenUse, TokensOf};
use console_wire::access::{
    Action, Actor, MadeToken, NewServiceAccount, NewToken, NotAToken, Role, TokenState,
};
use hub_wire::Timestamp;

use crate::{
    access::{PASSWORD, actor, from, is_live, join, password, set_up, start},
    support::{World, until},
};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn new(role: Role) -> NewToken {
    NewToken { name: "ci-deploy".into(), role, days: 365, user_id: None }
}

async fn make(console: &Console, by: &Actor, role: Role) -> MadeToken {
    console.create_token(by, new(role), start()).await.unwrap()
}

async fn use_at(console: &Console, made: &MadeToken, now: Timestamp) -> Result<TokenUse, ConsoleError> {
    console.use_token(made.token.expose(), Some("192.0.2.7"), now).await
}

/// Why a token is refused.
async fn refusal(console: &Console, text: &str, now: Timestamp) -> TokenRefusal {
    match console.use_token(text, Some("192.0.2.7"), now).await {
        Err(ConsoleError::TokenRefused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// The fields at fault.
fn fields(refused: Result<MadeToken, ConsoleError>) -> Vec<String> {
    match refused {
        Err(ConsoleError::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_used_until_it_is_revoked() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let made = make(console, &priya, Role::Operator).await;
    assert!(made.info.prefix.len() == 8 && made.token.expose().starts_with(&made.info.prefix), "{made:?}");
    assert_eq!((made.info.ends, made.info.last_used), (start().plus(365 * DAY), None));
    let used = use_at(console, &made, start().plus(MINUTE)).await.unwrap();
    assert_eq!((used.person.name.as_str(), used.person.role), ("Priya Nair", Role::Operator));
    until("its use is written down", async || {
        let listed = console.tokens(&priya, TokensOf::Own, start()).await.unwrap().items;
        listed[0].last_used == Some(start().plus(MINUTE))
    })
    .await;
    // Whoever reads the store cannot use what is in it.
    let file = std::fs::read(world.folder.path().join("console.sqlite3")).unwrap();
    let wal = std::fs::read(world.folder.path().join("console.sqlite3-wal")).unwrap_or_default();
    let secret = made.token.expose().as_bytes();
    let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    assert!(!holds(&file) && !holds(&wal), "the token is in the store");

    let mut ended = console.ended_sessions();
    ended.borrow_and_update();
    assert!(console.token_goes_on(made.info.token_id, start()).await.unwrap());
    console.revoke_token(&priya, made.info.token_id, start()).await.unwrap();
    assert!(ended.has_changed().unwrap(), "streams look again");
    assert!(!console.token_goes_on(made.info.token_id, start()).await.unwrap());
    assert_eq!(refusal(console, made.token.expose(), start()).await, TokenRefusal::Unknown);
    let again = console.revoke_token(&priya, made.info.token_id, start()).await;
    assert!(matches!(again, Err(ConsoleError::NotFound { .. })), "{again:?}");
}

#[tokio::test]
async fn a_token_ends_by_its_time_and_without_use() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let short = NewToken { days: 7, ..new(Role::Viewer) };
    let short = console.create_token(&priya, short, start()).await.unwrap();
    assert!(use_at(console, &short, start().plus(Duration::from_mins(7 * 24 * 60 - 1))).await.is_ok());
    assert_eq!(refusal(console, short.token.expose(), start().plus(7 * DAY)).await, TokenRefusal::Expired);

    let made = make(console, &priya, Role::Viewer).await;
    let unused = start().plus(90 * DAY);
    assert_eq!(made.info.ends_unused, unused);
    assert_eq!(refusal(console, made.token.expose(), unused).await, TokenRefusal::Unused);
    assert!(!console.token_goes_on(made.info.token_id, unused).await.unwrap());
    let last = start().plus(89 * DAY);
    use_at(console, &made, last).await.unwrap();
    until("its use is written down", async || use_at(console, &made, unused).await.is_ok()).await;
    // Its owner finds out why a script is refused, for 30 days.
    let states = async |now| -> Vec<_> {
        let listed = console.tokens(&priya, TokensOf::Own, now).await.unwrap().items;
        listed.into_iter().map(|token| token.state).collect()
    };
    assert_eq!(states(start().plus(36 * DAY)).await, [TokenState::Active, TokenState::Expired]);
    assert_eq!(states(start().plus(37 * DAY)).await, [TokenState::Active]);
}

#[tokio::test]
async fn a_token_may_do_no_more_than_its_owner_now() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let mara = join(console, &priya, "mara", Role::Operator).await;
    let made = make(console, &actor(&mara), Role::Operator).await;
    for (owner, expected) in [
        (Role::Viewer, Role::Viewer),
        (Role::Approver, Role::Viewer),
        (Role::Administrator, Role::Operator),
        (Role::Operator, Role::Operator),
    ] {
        console.change_role(&priya, &mara.person.user_id, owner).await.unwrap();
        let used = use_at(console, &made, start()).await.unwrap();
        assert_eq!((used.person.role, used.info.role), (expected, Role::Operator), "owner {owner}");
    }
    console.set_active(&priya, &mara.person.user_id, false).await.unwrap();
    assert_eq!(refusal(console, made.token.expose(), start()).await, TokenRefusal::OwnerInactive);
    assert!(!console.token_goes_on(made.info.token_id, start()).await.unwrap());
    console.set_active(&priya, &mara.person.user_id, true).await.unwrap();
    assert!(use_at(console, &made, start()).await.is_ok());
}

#[tokio::test]
async fn what_a_token_may_be_is_checked() {
    let world = World::start().await;
    let console = &world.console;
    let priya = set_up(console).await;
    let by = actor(&priya);
    let ken = actor(&join(console, &by, "ken", Role::Viewer).await);
    for (what, token, at_fault) in [
        ("more than the owner may", new(Role::Operator), "role"),
        ("other rights than the owner has", new(Role::Approver), "role"),
        ("no name", NewToken { name: " ".into(), ..new(Role::Viewer) }, "name"),
        ("a long name", NewToken { name: "x".repeat(101), ..new(Role::Viewer) }, "name"),
        ("a name of two lines", NewToken { name: "a\nb".into(), ..new(Role::Viewer) }, "name"),
        ("no life", NewToken { days: 0, ..new(Role::Viewer) }, "days"),
        ("more than a year", NewToken { days: 366, ..new(Role::Viewer) }, "days"),
    ] {
        assert_eq!(fields(console.create_token(&ken, token, start()).await), [at_fault], "{what}");
    }
    make(console, &ken, Role::Viewer).await;
    let for_priya = |by| {
        let token = NewToken { user_id: Some(priya.person.user_id.clone()), ..new(Role::Viewer) };
        console.create_token(by, token, start())
    };
    let refused = for_priya(&ken).await;
    assert!(matches!(refused, Err(ConsoleError::Missing(_))), "for another person: {refused:?}");
    let tomasz = actor(&join(console, &by, "tomasz", Role::Administrator).await);
    let refused = for_priya(&tomasz).await;
    assert!(matches!(refused, Err(ConsoleError::NotFound { .. })), "not even an administrator: {refused:?}");
    let local = console.create_token(&Actor::LocalOperator, new(Role::Viewer), start()).await;
    let missing =
        matches!(&local, Err(ConsoleError::Missing(missing)) if missing.action == Action::TokenCreate);
    assert!(missing, "without sign-in there are no tokens: {local:?}");
    for _ in 0..100 {
        make(console, &by, Role::Viewer).await;
    }
    let full = console.create_token(&by, new(Role::Viewer), start()).await;
    assert!(matches!(full, Err(ConsoleError::Conflict { .. })), "{full:?}");
}

#[tokio::test]
async fn one_sees_and_revokes_own_tokens_and_an_administrator_all() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let mara = actor(&join(console, &priya, "mara", Role::Operator).await);
    let (of_priya, of_mara) =
        (make(console, &priya, Role::Viewer).await, make(console, &mara, Role::Viewer).await);
    let ids = async |by, of| -> Vec<_> {
        let listed = console.tokens(by, of, start()).await.unwrap().items;
        listed.into_iter().map(|token| token.token_id).collect()
    };
    assert_eq!(ids(&mara, TokensOf::Own).await, [of_mara.info.token_id]);
    assert_eq!(ids(&priya, TokensOf::Own).await, [of_priya.info.token_id]);
    assert_eq!(ids(&priya, TokensOf::All).await, [of_mara.info.token_id, of_priya.info.token_id]);
    let all = console.tokens(&mara, TokensOf::All, start()).await;
    assert!(matches!(all, Err(ConsoleError::Missing(_))), "{all:?}");
    let hidden = console.revoke_token(&mara, of_priya.info.token_id, start()).await;
    assert!(matches!(hidden, Err(ConsoleError::NotFound { .. })), "what one may not see: {hidden:?}");
    console.revoke_token(&mara, of_mara.info.token_id, start()).await.unwrap();
    let of_mara = make(console, &mara, Role::Viewer).await;
    console.revoke_token(&priya, of_mara.info.token_id, start()).await.unwrap();
    assert_eq!(refusal(console, of_mara.token.expose(), start()).await, TokenRefusal::Unknown);
}

#[tokio::test]
async fn wrong_tokens_make_the_address_wait() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let made = make(console, &priya, Role::Viewer).await;
    let good = made.token.expose();
    let (cut, mistyped) = (&good[..40], format!("{}0", &good[..52]));
    let mistyped = if mistyped == good { format!("{}1", &good[..52]) } else { mistyped };
    assert_eq!(refusal(console, cut, start()).await, TokenRefusal::NotAToken(NotAToken::Form));
    assert_eq!(refusal(console, &mistyped, start()).await, TokenRefusal::NotAToken(NotAToken::Checksum));
    for _ in 2..30 {
        refusal(console, cut, start()).await;
    }
    let waits = use_at(console, &made, start().plus(MINUTE / 2)).await;
    let half = matches!(&waits, Err(ConsoleError::TooManyWrongTokens { wait }) if *wait == MINUTE / 2);
    assert!(half, "{waits:?}");
    let elsewhere = console.use_token(good, Some("192.0.2.8"), start()).await;
    assert!(elsewhere.is_ok(), "another address does not wait: {elsewhere:?}");
    assert!(use_at(console, &made, start().plus(MINUTE)).await.is_ok());
}

#[tokio::test]
async fn a_service_account_has_tokens_and_never_signs_in() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let mara = actor(&join(console, &priya, "mara", Role::Operator).await);
    let account = |user_name: &str| NewServiceAccount {
        name: "Deployment".into(),
        user_name: user_name.into(),
        role: Role::Operator,
    };
    let refused = console.create_service_account(&mara, account("deploy"), start()).await;
    assert!(matches!(refused, Err(ConsoleError::Missing(_))), "{refused:?}");
    let made = console.create_service_account(&priya, account("deploy"), start()).await.unwrap();
    let user_id = made.account.user_id.clone();
    for taken in ["deploy", "MARA"] {
        let taken = console.create_service_account(&priya, account(taken), start()).await;
        assert!(matches!(taken, Err(ConsoleError::Conflict { .. })), "{taken:?}");
    }
    let link = console.new_link(&priya, &user_id, start()).await;
    assert!(matches!(link, Err(ConsoleError::NotFound { .. })), "it gets no password: {link:?}");
    let signs_in = console.sign_in("deploy", password(""), &from("192.0.2.7"), start()).await;
    assert!(matches!(signs_in, Err(ConsoleError::SignInRefused)), "{signs_in:?}");
    let team = console.team(&priya, None, start()).await.unwrap();
    assert!(team.members.iter().all(|member| member.person.user_id != user_id), "it is no person");

    let token = |role| NewToken { user_id: Some(user_id.clone()), ..new(role) };
    let refused = console.create_token(&mara, token(Role::Viewer), start()).await;
    assert!(matches!(refused, Err(ConsoleError::Missing(_))), "{refused:?}");
    assert_eq!(fields(console.create_token(&priya, token(Role::Administrator), start()).await), ["role"]);
    let deploy = console.create_token(&priya, token(Role::Operator), start()).await.unwrap();
    let used = use_at(console, &deploy, start()).await.unwrap();
    assert_eq!((used.person.name.as_str(), used.person.role), ("Deployment", Role::Operator));

    console.change_role(&priya, &user_id, Role::Viewer).await.unwrap();
    assert_eq!(use_at(console, &deploy, start()).await.unwrap().person.role, Role::Viewer);
    console.set_active(&priya, &user_id, false).await.unwrap();
    assert_eq!(refusal(console, deploy.token.expose(), start()).await, TokenRefusal::OwnerInactive);
    let listed = console.service_accounts(&priya, start()).await.unwrap().items;
    assert_eq!((listed.len(), listed[0].is_active), (1, false));
}

#[tokio::test]
async fn a_new_password_needs_the_current_one_and_ends_other_sessions() {
    const NEW: &str = "another correct horse";
    let world = World::start().await;
    let console = &world.console;
    let priya = set_up(console).await;
    let by = actor(&priya);
    let made = make(console, &by, Role::Viewer).await;
    let here = SignInFrom { session_id: Some(priya.session_id), ..from("192.0.2.7") };
    let elsewhere = console.sign_in("priya", password(PASSWORD), &from("192.0.2.9"), start()).await.unwrap();
    assert_eq!(console.own_sessions(&by, Some(priya.session_id), start()).await.unwrap().len(), 2);
    let change = |current: &str, new: &str| {
        console.change_password(&by, password(current), password(new), &here, start())
    };
    for (current, new, at_fault) in
        [("wrong wrong wrong", NEW, "currentPassword"), (PASSWORD, "short", "password")]
    {
        match change(current, new).await {
            Err(ConsoleError::Invalid(faults)) => assert_eq!(faults[0].field, at_fault),
            other => panic!("{other:?}"),
        }
    }
    let again = change(PASSWORD, NEW).await.unwrap();
    assert!(is_live(console, &again, start()).await);
    assert!(!is_live(console, &priya, start()).await, "this browser's session is a new one");
    assert!(!is_live(console, &elsewhere, start()).await);
    let sessions = console.own_sessions(&by, Some(again.session_id), start()).await.unwrap();
    assert!(sessions.len() == 1 && sessions[0].is_current, "{sessions:?}");
    assert!(use_at(console, &made, start()).await.is_ok(), "tokens go on");
    for (typed, is_right) in [(PASSWORD, false), (NEW, true)] {
        let signed_in = console.sign_in("priya", password(typed), &from("192.0.2.9"), start()).await;
        assert_eq!(signed_in.is_ok(), is_right, "{typed}");
    }
    let local = console.own_sessions(&Actor::LocalOperator, None, start()).await;
    assert!(matches!(local, Err(ConsoleError::NotHere { .. })), "{local:?}");
}
