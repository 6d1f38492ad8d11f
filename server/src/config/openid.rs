//! Settings of sign-in at a provider of OpenID Connect.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use console::RoleClaim;
use console_wire::access::Role;
use openid_client::Settings;
use secrecy::SecretString;

/// Which provider, and which of its people have which role.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_field_names, reason = "the flags are named after the fields")]
pub(crate) struct OpenIdArgs {
    /// Issuer of a provider of OpenID Connect, such as `https://login.example.com`: people can sign in there too. Register
    /// `https://HOST/sign-in/callback` at the provider, and `https://HOST/sign-in` for after the sign-out.
    #[arg(long, env = "FLEETCAST_OIDC_ISSUER", requires = "oidc_client_id")]
    oidc_issuer: Option<String>,

    /// What the provider calls this console.
    #[arg(long, env = "FLEETCAST_OIDC_CLIENT_ID", requires = "oidc_issuer")]
    oidc_client_id: Option<String>,

    /// The secret that the provider has given for it. Prefer the file or the environment: arguments can be read by other
    /// users of the machine.
    #[arg(long, env = "FLEETCAST_OIDC_CLIENT_SECRET", hide_env_values = true, requires = "oidc_issuer")]
    oidc_client_secret: Option<SecretString>,

    /// File that holds the secret.
    #[arg(
        long,
        env = "FLEETCAST_OIDC_CLIENT_SECRET_FILE",
        conflicts_with = "oidc_client_secret",
        requires = "oidc_issuer"
    )]
    oidc_client_secret_file: Option<PathBuf>,

    /// Claim whose values give a person's role; with dots for one inside of another, such as `realm_access.roles`.
    #[arg(long, env = "FLEETCAST_OIDC_ROLE_CLAIM", default_value = "roles")]
    oidc_role_claim: String,

    /// Values of that claim and their roles, such as `fleet-admins=administrator,fleet-ops=operator`. The first that a
    /// person has decides. Unless given, the values are the names of the roles.
    #[arg(long, env = "FLEETCAST_OIDC_ROLE_MAP", value_delimiter = ',', value_parser = role_of_value)]
    oidc_role_map: Vec<(String, Role)>,

    /// What people call the provider, on the button to sign in; its host name unless given.
    #[arg(long, env = "FLEETCAST_OIDC_NAME", default_value = "")]
    oidc_name: String,

    /// Scopes that are requested besides `openid`, with commas between.
    #[arg(long, env = "FLEETCAST_OIDC_SCOPES", value_delimiter = ',', default_value = "profile,email")]
    oidc_scopes: Vec<String>,
}

/// A provider, and what the values of its claim mean here.
#[derive(Debug)]
pub(crate) struct OpenIdConfig {
    pub(crate) settings: Settings,
    pub(crate) roles: RoleClaim,
}

impl OpenIdArgs {
    /// What is needed to sign in at the provider; `None` without one.
    pub(crate) fn read(&self, sign_in: bool) -> anyhow::Result<Option<OpenIdConfig>> {
        let (Some(issuer), Some(client_id)) = (&self.oidc_issuer, &self.oidc_client_id) else {
            return Ok(None);
        };
        if !sign_in {
            bail!("--oidc-issuer also needs --sign-in: without it nobody signs in");
        }
        let secret = match (&self.oidc_client_secret, &self.oidc_client_secret_file) {
            (Some(secret), _) => Some(secret.clone()),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read --oidc-client-secret-file {}", path.display()))?;
                Some(SecretString::from(text.trim().to_owned()))
            }
            (None, None) => None,
        };
        let claim = self.oidc_role_claim.as_str();
        let settings = Settings::new(issuer, client_id, secret, claim, &self.oidc_name, &self.oidc_scopes)
            .context("the provider of OpenID Connect cannot be used")?;
        let map = if self.oidc_role_map.is_empty() { own_names() } else { self.oidc_role_map.clone() };
        Ok(Some(OpenIdConfig { settings, roles: RoleClaim { claim: claim.to_owned(), map } }))
    }
}

/// The names of the roles, the one that may most first.
fn own_names() -> Vec<(String, Role)> {
    [Role::Administrator, Role::Operator, Role::Approver, Role::Viewer]
        .map(|role| (role.as_str().to_owned(), role))
        .to_vec()
}

fn role_of_value(text: &str) -> Result<(String, Role), String> {
    let (value, role) =
        text.rsplit_once('=').ok_or_else(|| format!("'{text}' has no '='; write VALUE=ROLE"))?;
    if value.is_empty() {
        return Err(format!("'{text}' has no value before '='"));
    }
    let role = Role::from_wire(role).ok_or_else(|| {
        format!("'{role}' is not a role; choose one of {}", Role::ALL.map(Role::as_str).join(", "))
    })?;
    Ok((value.to_owned(), role))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        openid: OpenIdArgs,
    }

    fn read(arguments: &[&str]) -> Result<Option<OpenIdConfig>, String> {
        let program = Program::try_parse_from([&["fleetcast"], arguments].concat());
        let program = program.map_err(|error| error.to_string())?;
        program.openid.read(true).map_err(|error| format!("{error:#}"))
    }

    const PROVIDER: [&str; 4] =
        ["--oidc-issuer", "https://login.example.com", "--oidc-client-id", "fleetcast"];

    #[test]
    fn roles_of_values() {
        assert!(read(&[]).unwrap().is_none());
        let config = read(&PROVIDER).unwrap().unwrap();
        assert_eq!(config.roles.claim, "roles");
        assert_eq!(config.roles.map[0], ("administrator".to_owned(), Role::Administrator));
        let map = ["--oidc-role-claim", "groups", "--oidc-role-map", "a=b=operator,ops=viewer"];
        let config = read(&[&PROVIDER[..], &map].concat()).unwrap().unwrap();
        let expected = [("a=b".to_owned(), Role::Operator), ("ops".to_owned(), Role::Viewer)];
        assert_eq!((config.roles.claim.as_str(), config.roles.map.as_slice()), ("groups", &expected[..]));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (arguments, part) in [
            (&PROVIDER[..2], "--oidc-client-id"),
            (&PROVIDER[2..], "--oidc-issuer"),
            (&[&PROVIDER[..], &["--oidc-role-map", "ops"]].concat(), "no '='"),
            (&[&PROVIDER[..], &["--oidc-role-map", "ops=root"]].concat(), "'root' is not a role"),
            (&[&PROVIDER[..], &["--oidc-client-secret-file", "/none"]].concat(), "/none"),
            (&["--oidc-issuer", "http://login.example.com", "--oidc-client-id", "c"], "https://"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.contains(part), "{arguments:?}: {error}");
        }
        let program =
            Program::try_parse_from([&["fleetcast"], &PROVIDER[..]].concat()).unwrap_or_else(|_| panic!());
        let error = program.openid.read(false).unwrap_err().to_string();
        assert!(error.contains("--sign-in"), "{error}");
    }
}
