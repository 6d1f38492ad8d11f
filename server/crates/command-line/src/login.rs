//! `fleetcast login` and `fleetcast logout`: device authorisation, RFC 8628.

use std::{
    io::{Write, stderr},
    time::Duration,
};

use console_wire::access::{CLIENT_ID, DeviceAuthorization, GRANT_TYPE, GrantedToken, Me, TokenInfo};
use reqwest::Method;
use tokio::time::{Instant, sleep};

use crate::{
    Error, Exit,
    arguments::{LoginArgs, LogoutArgs},
    client::Client,
    credentials::{Credentials, TOKEN_VARIABLE, Target, token_of_environment},
    output,
};

/// How much longer to wait between polls when the server asks to slow down; RFC 8628, section 3.5.
const SLOWER_BY: Duration = Duration::from_secs(5);

/// Signs in: shows a code, waits until a person has allowed it, and keeps the token.
pub(crate) async fn login(arguments: LoginArgs) -> Result<Exit, Error> {
    refuse_variable()?;
    let mut credentials = Credentials::load()?;
    let server = credentials.server(arguments.server.as_deref());
    let client = Client::to(Target { server: server.clone(), token: None })?;
    let machine = arguments.name.unwrap_or_else(host_name);
    let fields = [("client_id", CLIENT_ID), ("machine", machine.as_str())];
    let begun: DeviceAuthorization = client.grant("/api/device-authorization", &fields).await?;
    show(&begun)?;
    let granted = wait(&client, &begun).await?;

    let client = Client::to(Target { server: server.clone(), token: Some(granted.access_token.clone()) })?;
    let me: Me = client.get("/me", &[]).await?;
    let earlier = credentials.token(&server);
    credentials.keep(&server, granted.access_token)?;
    if let Some(earlier) = earlier {
        let client = Client::to(Target { server: server.clone(), token: Some(earlier) })?;
        // It is of no more use here. One that has ended already cannot be revoked, and need not be.
        let _ = revoke(&client).await;
    }
    if let (Some(person), Some(token)) = (me.person, me.token) {
        output::line(&format!(
            "Signed in to {server} as {}, role {}, until {}.",
            output::printable(person.name),
            person.role,
            token.ends
        ))?;
    }
    Ok(Exit::Succeeded)
}

/// Revokes the token of this machine's login, and forgets it.
pub(crate) async fn logout(arguments: LogoutArgs) -> Result<Exit, Error> {
    refuse_variable()?;
    let mut credentials = Credentials::load()?;
    let server = credentials.server(arguments.server.as_deref());
    let token = credentials.token(&server).ok_or_else(|| Error::NoLogin { server: server.clone() })?;
    let client = Client::to(Target { server: server.clone(), token: Some(token) })?;
    let sentence = match revoke(&client).await {
        Ok(()) => format!("Signed out of {server}: the token is revoked and forgotten."),
        Err(Error::SignedOut { .. }) => format!("Signed out of {server}: the token had ended before."),
        Err(error) => return Err(error),
    };
    credentials.forget(&server)?;
    output::line(&sentence)?;
    Ok(Exit::Succeeded)
}

/// Revokes the token that a client sends.
async fn revoke(client: &Client) -> Result<(), Error> {
    let me: Me = client.get("/me", &[]).await?;
    if let Some(token) = me.token {
        let path = format!("/tokens/{}", token.token_id);
        client.send::<TokenInfo>(Method::DELETE, &path, &serde_json::json!({})).await?;
    }
    Ok(())
}

/// The file's token would not be used, and the variable's is not ours to revoke.
fn refuse_variable() -> Result<(), Error> {
    match token_of_environment() {
        Ok(None) => Ok(()),
        _ => Err(Error::Variable(TOKEN_VARIABLE)),
    }
}

fn show(begun: &DeviceAuthorization) -> Result<(), Error> {
    let mut terminal = stderr().lock();
    let minutes = begun.expires_in.div_ceil(60);
    writeln!(
        terminal,
        "Open {} and enter the code {}\nOr open {}\nWaiting for up to {minutes} minutes …",
        begun.verification_uri, begun.user_code, begun.verification_uri_complete
    )
    .map_err(Error::Output)
}

/// Polls until a person has decided.
async fn wait(client: &Client, begun: &DeviceAuthorization) -> Result<GrantedToken, Error> {
    let end = Instant::now() + Duration::from_secs(begun.expires_in);
    let mut interval = Duration::from_secs(begun.interval.max(1));
    let fields =
        [("client_id", CLIENT_ID), ("grant_type", GRANT_TYPE), ("device_code", begun.device_code.as_str())];
    loop {
        sleep(interval).await;
        match client.grant("/api/token", &fields).await {
            Ok(granted) => return Ok(granted),
            Err(Error::Grant { error, .. }) if error == "authorization_pending" => {}
            Err(Error::Grant { error, .. }) if error == "slow_down" => interval += SLOWER_BY,
            // A server that restarts is back soon, and knows the codes.
            Err(Error::Unreachable { .. }) if Instant::now() + interval < end => {}
            Err(error) => return Err(error),
        }
    }
}

/// This machine, as it calls itself.
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
