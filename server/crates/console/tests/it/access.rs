//! People and sessions, with a clock that the tests move.

use std::time::Duration;

use console::{
    Console, ConsoleError, FirstAdministrator, JobRequester, ProviderIdentity, RoleClaim, SignInFrom,
    SignedIn,
};
use console_wire::{
    access::{AccountState, Action, Actor, NewPerson, Password, Role},
    job::Origin,
};
use hub_wire::Timestamp;

use crate::support::{World, lock_door, until, wait_for};

pub(crate) const PASSWORD: &str = "correct horse battery";
const HOUR: Duration = Duration::from_hours(1);
/// A second before an unused session ends.
const IDLE_END: Duration = Duration::from_secs(12 * 3600 - 1);
/// A second before every session ends.
const ABSOLUTE_END: Duration = Duration::from_secs(7 * 24 * 3600 - 1);
const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

pub fn start() -> Timestamp {
    Timestamp::parse("2026-11-30T08:00:00Z").unwrap()
}

pub(crate) fn password(text: &str) -> Password {
    text.to_owned().into()
}

pub(crate) fn from(address: &str) -> SignInFrom {
    SignInFrom { address: Some(address.to_owned()), ..SignInFrom::default() }
}

fn administrator() -> FirstAdministrator {
    FirstAdministrator { name: "Priya Nair".into(), user_name: "priya".into(), password: password(PASSWORD) }
}

pub(crate) fn actor(signed_in: &SignedIn) -> Actor {
    Actor::Person(signed_in.person.clone())
}

/// A console whose first administrator is signed in.
pub async fn set_up(console: &Console) -> SignedIn {
    let link = console.open_setup(start()).await.unwrap().expect("there is no administrator");
    console.set_up(&link, administrator(), &SignInFrom::default(), start()).await.unwrap()
}

/// Invites a person, who accepts.
pub async fn join(console: &Console, by: &Actor, user_name: &str, role: Role) -> SignedIn {
    let person = NewPerson { name: format!("Name of {user_name}"), user_name: user_name.into(), role };
    let invitation = console.invite(by, person, start()).await.unwrap();
    let link = invitation.link.expose();
    console.accept_invitation(link, password(PASSWORD), &from("192.0.2.7"), start()).await.unwrap()
}

async fn sign_in(
    console: &Console,
    user_name: &str,
    typed: &str,
    now: Timestamp,
) -> Result<SignedIn, ConsoleError> {
    console.sign_in(user_name, password(typed), &from("192.0.2.7"), now).await
}

/// Signs in with the password that everybody has.
pub async fn sign_in_again(console: &Console, user_name: &str) -> SignedIn {
    sign_in(console, user_name, PASSWORD, start()).await.unwrap()
}

pub(crate) async fn is_live(console: &Console, signed_in: &SignedIn, now: Timestamp) -> bool {
    console.session(signed_in.expose_token(), false, now).await.unwrap().is_some()
}

#[tokio::test]
async fn the_setup_link_works_once_and_for_15_minutes() {
    let world = World::start().await;
    let console = &world.console;
    let first = console.open_setup(start()).await.unwrap().unwrap();
    let link = console.open_setup(start()).await.unwrap().unwrap();
    let from = SignInFrom::default();
    let late = start().plus(15 * MINUTE);
    for (what, link, now) in
        [("replaced", first.as_str(), start()), ("late", &link, late), ("made up", "x", start())]
    {
        let refused = console.set_up(link, administrator(), &from, now).await;
        assert!(matches!(refused, Err(ConsoleError::LinkNotValid)), "{what}: {refused:?}");
    }
    let weak = FirstAdministrator { password: password("short"), ..administrator() };
    let refused = console.set_up(&link, weak, &from, start()).await;
    assert!(matches!(refused, Err(ConsoleError::Invalid(_))), "{refused:?}");
    // A refused password does not use the link up.
    let in_time = start().plus(14 * MINUTE);
    let signed_in = console.set_up(&link, administrator(), &from, in_time).await.unwrap();
    assert_eq!(signed_in.person.role, Role::Administrator);
    assert!(is_live(console, &signed_in, in_time).await);
    let again = console.set_up(&link, administrator(), &from, in_time).await;
    assert!(matches!(again, Err(ConsoleError::LinkNotValid)), "{again:?}");
    assert_eq!(console.open_setup(in_time).await.unwrap(), None, "there is an administrator");
}

#[tokio::test]
async fn a_session_ends_after_12_hours_without_use_and_after_7_days() {
    let world = World::start().await;
    let console = &world.console;
    let signed_in = set_up(console).await;
    assert!(is_live(console, &signed_in, start().plus(IDLE_END)).await);
    assert!(!is_live(console, &signed_in, start().plus(12 * HOUR)).await, "12 h without use");
    // Used every 11 h it goes on, to the end of the seventh day. What pages read by themselves is no use.
    let mut now = start();
    for _ in 0..15 {
        now = now.plus(11 * HOUR);
        let session = console.session(signed_in.expose_token(), true, now).await.unwrap();
        assert!(session.is_some(), "{now}");
        let last = now.plus(IDLE_END).min(start().plus(ABSOLUTE_END));
        until("its use is written down", async || is_live(console, &signed_in, last).await).await;
    }
    assert!(is_live(console, &signed_in, start().plus(ABSOLUTE_END)).await);
    assert!(!is_live(console, &signed_in, start().plus(168 * HOUR)).await, "7 days after the sign-in");
    assert!(!console.session_goes_on(signed_in.session_id, start().plus(168 * HOUR)).await.unwrap());
}

#[tokio::test]
async fn every_sign_in_has_a_token_of_its_own_and_ends_the_one_before() {
    let world = World::start().await;
    let console = &world.console;
    let first = set_up(console).await;
    let here = SignInFrom { session_id: Some(first.session_id), ..from("192.0.2.7") };
    let second = console.sign_in("Priya", password(PASSWORD), &here, start()).await.unwrap();
    assert_ne!(first.expose_token(), second.expose_token());
    assert!(!is_live(console, &first, start()).await, "the browser's earlier session has ended");
    assert!(is_live(console, &second, start()).await);
    let elsewhere = sign_in(console, "priya", PASSWORD, start()).await.unwrap();
    assert!(is_live(console, &second, start()).await, "another browser's goes on");
    console.sign_out(elsewhere.session_id).await.unwrap();
    assert!(!is_live(console, &elsewhere, start()).await);
    // A person who reads the store cannot use what is in it.
    let file = std::fs::read(world.folder.path().join("console.sqlite3")).unwrap();
    let wal = std::fs::read(world.folder.path().join("console.sqlite3-wal")).unwrap_or_default();
    for secret in [second.expose_token(), PASSWORD] {
        let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds(&file) && !holds(&wal), "a secret is in the store");
    }
}

#[tokio::test]
async fn wrong_passwords_make_the_next_one_wait_for_unknown_names_too() {
    let world = World::start().await;
    let console = &world.console;
    set_up(console).await;
    for name in ["priya", "nobody"] {
        for _ in 0..5 {
            let refused = sign_in(console, name, "wrong wrong wrong", start()).await;
            assert!(matches!(refused, Err(ConsoleError::SignInRefused)), "{name}: {refused:?}");
        }
        for (after, wait) in [(Duration::ZERO, 1000), (SECOND / 2, 500)] {
            let refused = sign_in(console, name, PASSWORD, start().plus(after)).await;
            let waits = matches!(&refused, Err(ConsoleError::TooManyAttempts { wait: left })
                if *left == Duration::from_millis(wait));
            assert!(waits, "{name}: {refused:?}");
        }
        let sixth = sign_in(console, name, "wrong wrong wrong", start().plus(SECOND)).await;
        assert!(matches!(sixth, Err(ConsoleError::SignInRefused)), "{name}: {sixth:?}");
        let seventh = sign_in(console, name, "wrong wrong wrong", start().plus(2 * SECOND)).await;
        assert!(matches!(seventh, Err(ConsoleError::TooManyAttempts { .. })), "{name}: it waits 2 s now");
    }
    sign_in(console, "priya", PASSWORD, start().plus(3 * SECOND)).await.unwrap();
    let refused = sign_in(console, "priya", "wrong wrong wrong", start().plus(3 * SECOND)).await;
    assert!(matches!(refused, Err(ConsoleError::SignInRefused)), "a good one begins anew: {refused:?}");
}

#[tokio::test]
async fn an_address_has_30_attempts_a_minute() {
    let world = World::start().await;
    let console = &world.console;
    set_up(console).await;
    for number in 0..30 {
        let refused = sign_in(console, &format!("name{number}"), "wrong wrong wrong", start()).await;
        assert!(matches!(refused, Err(ConsoleError::SignInRefused)), "{number}: {refused:?}");
    }
    let refused = sign_in(console, "priya", PASSWORD, start().plus(10 * SECOND)).await;
    let waits = matches!(&refused, Err(ConsoleError::TooManyAttempts { wait }) if *wait == 50 * SECOND);
    assert!(waits, "{refused:?}");
    let elsewhere = console.sign_in("priya", password(PASSWORD), &from("192.0.2.8"), start()).await;
    assert!(elsewhere.is_ok(), "another address does not wait: {elsewhere:?}");
    sign_in(console, "priya", PASSWORD, start().plus(MINUTE)).await.unwrap();
}

#[tokio::test]
async fn a_change_of_role_and_a_deactivation_end_sessions() {
    let world = World::start().await;
    let console = &world.console;
    let priya = set_up(console).await;
    let by = actor(&priya);
    let mara = join(console, &by, "mara", Role::Operator).await;
    let mut ended = console.ended_sessions();
    ended.borrow_and_update();

    console.change_role(&by, &mara.person.user_id, Role::Viewer).await.unwrap();
    assert!(ended.has_changed().unwrap(), "streams look again");
    assert!(!is_live(console, &mara, start()).await);
    let mara = sign_in(console, "mara", PASSWORD, start()).await.unwrap();
    assert_eq!(mara.person.role, Role::Viewer);

    console.set_active(&by, &mara.person.user_id, false).await.unwrap();
    assert!(!is_live(console, &mara, start()).await);
    let refused = sign_in(console, "mara", PASSWORD, start()).await;
    assert!(matches!(refused, Err(ConsoleError::SignInRefused)), "{refused:?}");
    let state = |team: &console_wire::access::Team| {
        team.members.iter().find(|member| member.person.user_name == "mara").unwrap().state
    };
    let team = console.team(&by, Some(priya.session_id), start()).await.unwrap();
    assert_eq!(state(&team), AccountState::Deactivated);
    console.set_active(&by, &mara.person.user_id, true).await.unwrap();
    assert!(sign_in(console, "mara", PASSWORD, start()).await.is_ok());
}

#[tokio::test]
async fn there_is_always_an_administrator() {
    let world = World::start().await;
    let console = &world.console;
    let priya = set_up(console).await;
    let by = actor(&priya);
    let own = &priya.person.user_id;
    for refused in
        [console.change_role(&by, own, Role::Viewer).await, console.set_active(&by, own, false).await]
    {
        assert!(matches!(refused, Err(ConsoleError::Conflict { .. })), "oneself: {refused:?}");
    }
    let tomasz = join(console, &by, "tomasz", Role::Administrator).await;
    // Both at once: the second has been lowered, and its session has ended, when its change is made.
    console.change_role(&by, &tomasz.person.user_id, Role::Viewer).await.unwrap();
    let refused = console.change_role(&actor(&tomasz), own, Role::Viewer).await;
    assert!(matches!(refused, Err(ConsoleError::Conflict { .. })), "the last one: {refused:?}");
    let refused = console.change_role(&by, "nobody", Role::Viewer).await;
    assert!(matches!(refused, Err(ConsoleError::NotFound { .. })), "{refused:?}");
}

#[tokio::test]
async fn an_invitation_works_once_and_replaces_the_one_before() {
    let world = World::start().await;
    let console = &world.console;
    let priya = set_up(console).await;
    let by = actor(&priya);
    let person = NewPerson { name: "Ken Osei".into(), user_name: "ken".into(), role: Role::Viewer };
    let first = console.invite(&by, person.clone(), start()).await.unwrap();
    let refused = sign_in(console, "ken", "", start()).await;
    assert!(matches!(refused, Err(ConsoleError::SignInRefused)), "without a password nobody signs in");
    let taken = console.invite(&by, NewPerson { user_name: "KEN".into(), ..person }, start()).await;
    assert!(matches!(taken, Err(ConsoleError::Conflict { .. })), "{taken:?}");
    let second = console.new_link(&by, &first.person.user_id, start()).await.unwrap();
    let from = from("192.0.2.9");
    let accept =
        async |link: &str, now| console.accept_invitation(link, password(PASSWORD), &from, now).await;
    let old = accept(first.link.expose(), start()).await;
    assert!(matches!(old, Err(ConsoleError::LinkNotValid)), "{old:?}");
    let late = accept(second.link.expose(), start().plus(168 * HOUR)).await;
    assert!(matches!(late, Err(ConsoleError::LinkNotValid)), "{late:?}");
    let ken = accept(second.link.expose(), start()).await.unwrap();
    let again = accept(second.link.expose(), start()).await;
    assert!(matches!(again, Err(ConsoleError::LinkNotValid)), "{again:?}");
    // A new link is also how a forgotten password is replaced: other sessions end.
    let third = console.new_link(&by, &ken.person.user_id, start()).await.unwrap();
    accept(third.link.expose(), start()).await.unwrap();
    assert!(!is_live(console, &ken, start()).await);
}

#[tokio::test]
async fn only_administrators_change_the_team_and_everybody_ends_own_sessions() {
    let world = World::start().await;
    let console = &world.console;
    let priya = set_up(console).await;
    let by = actor(&priya);
    for (name, role) in [("ken", Role::Viewer), ("mara", Role::Operator), ("ilse", Role::Approver)] {
        let person = join(console, &by, name, role).await;
        let who = actor(&person);
        let new = NewPerson { name: "X".into(), user_name: "x".into(), role: Role::Viewer };
        let missing = [
            console.team(&who, None, start()).await.err(),
            console.invite(&who, new, start()).await.err(),
            console.new_link(&who, &priya.person.user_id, start()).await.err(),
            console.change_role(&who, &person.person.user_id, Role::Administrator).await.err(),
            console.set_active(&who, &priya.person.user_id, false).await.err(),
            console.revoke_session(&who, priya.session_id).await.err(),
        ];
        for refused in missing {
            assert!(matches!(refused, Some(ConsoleError::Missing(_))), "{name}: {refused:?}");
        }
        console.revoke_session(&who, person.session_id).await.unwrap();
        assert!(!is_live(console, &person, start()).await);
    }
    assert!(is_live(console, &priya, start()).await);
    let team = console.team(&by, Some(priya.session_id), start()).await.unwrap();
    assert_eq!(team.members.len(), 4);
    let own = team.members.iter().find(|member| member.person.user_name == "priya").unwrap();
    assert!(own.sessions.iter().any(|session| session.is_current));
    let local = console.team(&Actor::LocalOperator, None, start()).await;
    let missing = matches!(&local, Err(ConsoleError::Missing(missing)) if missing.action == Action::UserRead);
    assert!(missing, "without sign-in there is no team: {local:?}");
}

#[tokio::test]
async fn a_job_says_who_created_cancelled_and_reran_it() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let mara = actor(&join(console, &priya, "mara", Role::Operator).await);
    let jonas = actor(&join(console, &priya, "jonas", Role::Operator).await);
    let by = |actor: &Actor| JobRequester { origin: Origin::Console, actor: actor.clone() };
    let job = console.create_job_from(lock_door(Some("run")), by(&mara)).await.unwrap();
    assert_eq!(job.created_by, mara.person());
    world.hub.begin("run", 2);
    for device in 0..2 {
        world.hub.answers("run", device, 200);
    }
    world.hub.ends("run");
    let ended = wait_for(console, "run", |job| job.status.is_terminal()).await;
    assert_eq!((ended.created_by, ended.cancelled_by), (mara.person(), None));
    let rerun = console_wire::rerun::NewRerun::from(console_wire::rerun::Subset {
        statuses: console_wire::outcome::Outcome::ALL.to_vec(),
        cause: None,
    });
    let rerun = console.rerun_from("run", rerun, by(&jonas)).await.unwrap();
    assert_eq!(rerun.created_by, jonas.person());

    let mut later = lock_door(Some("later"));
    later.start_time = Some(Timestamp::from(std::time::SystemTime::now()).plus(24 * HOUR));
    console.create_job_from(later, by(&mara)).await.unwrap();
    let cancelled = console.cancel_job_by("later", &priya).await.unwrap();
    assert_eq!((cancelled.created_by, cancelled.cancelled_by), (mara.person(), priya.person()));
    let open = console.create_job(lock_door(Some("open"))).await.unwrap();
    assert_eq!(open.created_by, None, "without sign-in nobody is named");
}

#[tokio::test]
async fn a_sign_in_at_the_provider_is_for_one_browser_once_and_10_minutes() {
    let world = World::start().await;
    let console = &world.console;
    let begin = async || console.begin_at_provider("/devices", start()).await.unwrap();
    let (first, second) = (begin().await, begin().await);
    let in_time = start().plus(Duration::from_secs(599));
    for (what, state, browser, now) in [
        ("another browser", &first.state, &second.browser, in_time),
        ("made up", &first.nonce, &first.browser, in_time),
        ("too late", &first.state, &first.browser, start().plus(10 * MINUTE)),
    ] {
        let refused = console.take_from_provider(state, browser, now).await;
        assert!(matches!(refused, Err(ConsoleError::SignInExpired)), "{what}: {refused:?}");
    }
    let taken = console.take_from_provider(&first.state, &first.browser, in_time).await.unwrap();
    assert_eq!((taken.nonce, taken.verifier, taken.next.as_str()), (first.nonce, first.verifier, "/devices"));
    let again = console.take_from_provider(&first.state, &first.browser, in_time).await;
    assert!(matches!(again, Err(ConsoleError::SignInExpired)), "{again:?}");
}

#[tokio::test]
async fn a_person_of_a_provider_is_known_by_issuer_and_subject() {
    let world = World::start().await;
    let console = &world.console;
    let priya = actor(&set_up(console).await);
    let roles =
        RoleClaim { claim: "roles".into(), map: Role::ALL.map(|role| (role.as_str().into(), role)).to_vec() };
    let sign_in = async |issuer: &str, subject: &str, user_name: &str, role: Role| {
        let identity = ProviderIdentity {
            issuer: issuer.into(),
            subject: subject.into(),
            name: Some("Mara Lindqvist".into()),
            user_name: Some(user_name.into()),
            roles: Some(vec![role.as_str().into()]),
        };
        console.sign_in_from_provider(identity, &roles, &SignInFrom::default(), start()).await.unwrap()
    };
    let first = sign_in("https://a.example", "1", "mara@example.com", Role::Administrator).await;
    let renamed = sign_in("https://a.example", "1", "mara.l@example.com", Role::Administrator).await;
    assert_eq!(first.person.user_id, renamed.person.user_id);
    assert!(is_live(console, &first, start()).await, "the role is the same");
    // A mail address may be another person's later.
    let successor = sign_in("https://a.example", "2", "mara@example.com", Role::Viewer).await;
    assert_ne!(successor.person.user_id, first.person.user_id);
    assert_eq!(successor.person.user_name, "mara@example.com-2");
    let elsewhere = sign_in("https://b.example", "1", "mara@example.com", Role::Viewer).await;
    assert_ne!(elsewhere.person.user_id, first.person.user_id);
    // The last administrator is a local one, for the day when the provider is away.
    let by = Actor::Person(first.person.clone());
    let last = console.set_active(&by, &priya.person().unwrap().user_id, false).await.unwrap_err();
    assert!(matches!(last, ConsoleError::Conflict { .. }), "{last:?}");
    let lowered = sign_in("https://a.example", "1", "mara@example.com", Role::Operator).await;
    assert_eq!(lowered.person.role, Role::Operator);
    assert!(!is_live(console, &first, start()).await && is_live(console, &lowered, start()).await);
}
