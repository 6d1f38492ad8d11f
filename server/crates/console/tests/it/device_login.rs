//! Command lines that sign in, with a clock that the tests move.

use std::time::Duration;

use console::{Console, ConsoleError, DeviceLoginCodes, PollRefusal, TokensOf};
use console_wire::access::{Actor, LoginDecision, Role};
use hub_wire::Timestamp;
use secrecy::ExposeSecret as _;

use crate::{
    access::{actor, join, set_up, start},
    support::World,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

async fn begin(console: &Console, now: Timestamp) -> DeviceLoginCodes {
    console.begin_device_login("build-7", Some("192.0.2.7"), now).await.unwrap().expect("there is room")
}

async fn poll(console: &Console, codes: &DeviceLoginCodes, now: Timestamp) -> Result<String, PollRefusal> {
    let polled = console.poll_device_login(codes.device_code.expose_secret(), now).await.unwrap();
    polled.map(|granted| granted.token.expose().to_owned())
}

async fn decide(
    console: &Console,
    by: &Actor,
    codes: &DeviceLoginCodes,
    decision: LoginDecision,
    now: Timestamp,
) -> Result<(), ConsoleError> {
    console.decide_device_login(by, &codes.user_code.to_string(), decision, now).await
}

#[tokio::test]
async fn a_command_line_gets_a_token_once_it_is_allowed() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let mara = actor(&join(console, &priya, "mara", Role::Operator).await);
    let codes = begin(console, start()).await;
    assert_eq!(poll(console, &codes, start().plus(5 * SECOND)).await, Err(PollRefusal::Pending));
    assert_eq!(poll(console, &codes, start().plus(6 * SECOND)).await, Err(PollRefusal::SlowDown));
    assert_eq!(
        poll(console, &codes, start().plus(15 * SECOND)).await,
        Err(PollRefusal::SlowDown),
        "10 s now"
    );
    assert_eq!(poll(console, &codes, start().plus(31 * SECOND)).await, Err(PollRefusal::Pending));

    let typed = codes.user_code.as_str().to_lowercase();
    let shown = console.device_login(&mara, &typed, start()).await.unwrap();
    assert_eq!((shown.machine.as_str(), shown.address.as_deref()), ("build-7", Some("192.0.2.7")));
    assert_eq!((shown.decision, shown.ends), (None, start().plus(10 * MINUTE)));
    let more = decide(console, &mara, &codes, LoginDecision::Allow(Role::Administrator), start()).await;
    assert!(matches!(more, Err(ConsoleError::Invalid(_))), "more than the person may: {more:?}");
    decide(console, &mara, &codes, LoginDecision::Allow(Role::Viewer), start()).await.unwrap();
    let again = decide(console, &mara, &codes, LoginDecision::Deny, start()).await;
    assert!(matches!(again, Err(ConsoleError::Conflict { .. })), "{again:?}");
    let other = console.device_login(&priya, &typed, start()).await;
    assert!(matches!(other, Err(ConsoleError::Invalid(_))), "another person's: {other:?}");

    let now = start().plus(32 * SECOND);
    let token = poll(console, &codes, now).await.unwrap();
    let used = console.use_token(&token, None, now).await.unwrap();
    assert_eq!((used.person.user_name.as_str(), used.person.role), ("mara", Role::Viewer));
    assert_eq!(used.info.name, "Command line on build-7");
    assert_eq!(poll(console, &codes, now).await, Err(PollRefusal::Unknown), "it is handed out once");
    let shown = console.device_login(&mara, &typed, now).await.unwrap();
    assert_eq!(shown.decision, Some(LoginDecision::Allow(Role::Viewer)));
    assert_eq!(console.tokens(&mara, TokensOf::Own, now).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_command_line_that_is_denied_or_late_gets_nothing() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let denied = begin(console, start()).await;
    decide(console, &priya, &denied, LoginDecision::Deny, start()).await.unwrap();
    assert_eq!(poll(console, &denied, start()).await, Err(PollRefusal::Denied));

    let late = begin(console, start()).await;
    let end = start().plus(10 * MINUTE);
    let refused = decide(console, &priya, &late, LoginDecision::Allow(Role::Viewer), end).await;
    assert!(matches!(refused, Err(ConsoleError::Invalid(_))), "{refused:?}");
    assert_eq!(poll(console, &late, end).await, Err(PollRefusal::Expired));
    let unknown = console.poll_device_login("x", end).await.unwrap();
    assert_eq!(unknown.err(), Some(PollRefusal::Unknown));
    assert!(console.tokens(&priya, TokensOf::Own, start()).await.unwrap().items.is_empty());
    let open = begin(console, start()).await;
    let local = decide(console, &Actor::LocalOperator, &open, LoginDecision::Deny, start()).await;
    assert!(matches!(local, Err(ConsoleError::Missing(_))), "{local:?}");
}

#[tokio::test]
async fn an_address_begins_ten_a_minute_and_a_person_guesses_ten() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    for _ in 0..10 {
        begin(console, start()).await;
    }
    let eleventh = async |address, now| console.begin_device_login("x", Some(address), now).await.unwrap();
    assert!(eleventh("192.0.2.7", start().plus(59 * SECOND)).await.is_none());
    assert!(eleventh("192.0.2.8", start()).await.is_some());
    assert!(eleventh("192.0.2.7", start().plus(MINUTE)).await.is_some());

    for _ in 0..10 {
        let wrong = console.device_login(&priya, "BCDF-GHJK", start()).await;
        assert!(matches!(wrong, Err(ConsoleError::Invalid(_))), "{wrong:?}");
    }
    let waits = console.device_login(&priya, "BCDF-GHJK", start().plus(20 * SECOND)).await;
    let left = matches!(&waits, Err(ConsoleError::TooManyAttempts { wait }) if *wait == 40 * SECOND);
    assert!(left, "{waits:?}");
}
