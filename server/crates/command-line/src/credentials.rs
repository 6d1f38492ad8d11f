//! Tokens of this machine's logins: `$XDG_CONFIG_HOME/fleetcast/credentials.json`, readable by its owner only.
//!
//! A token is kept with the server that it is for, and is sent to no other one. `FLEETCAST_TOKEN` and `--server` or
//! `FLEETCAST_SERVER` win over the file.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use console_wire::access::TokenText;
use serde::{Deserialize, Serialize};

use crate::{Error, arguments::ConnectionArgs};

/// The server where none is named.
const LOCAL: &str = "http://127.0.0.1:3000";
/// The variable that holds a token.
pub(crate) const TOKEN_VARIABLE: &str = "FLEETCAST_TOKEN";

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    /// The server of the latest login.
    default: Option<String>,
    /// By address.
    servers: BTreeMap<String, Login>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Login {
    token: TokenText,
}

/// The file and its content.
#[derive(Debug)]
pub(crate) struct Credentials {
    /// `None` where the environment names no folder.
    path: Option<PathBuf>,
    stored: Stored,
}

/// Which server to call, and by which token.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its address, without a slash at the end.
    pub(crate) server: String,
    pub(crate) token: Option<TokenText>,
}

impl Target {
    /// From arguments, environment and file, in this order.
    pub(crate) fn of(connection: &ConnectionArgs) -> Result<Self, Error> {
        let from_variable = token_of_environment()?;
        // A pipeline with both variables needs no file.
        let credentials = match (&from_variable, &connection.server) {
            (Some(_), Some(_)) => Credentials { path: None, stored: Stored::default() },
            _ => Credentials::load()?,
        };
        let server = credentials.server(connection.server.as_deref());
        let token = from_variable.or_else(|| credentials.token(&server));
        Ok(Self { server, token })
    }
}

/// The token in the environment. Its text is checked here, so that one that was cut is not sent.
pub(crate) fn token_of_environment() -> Result<Option<TokenText>, Error> {
    match env::var(TOKEN_VARIABLE) {
        Ok(text) if !text.trim().is_empty() => TokenText::parse(text.trim()).map(Some).map_err(Error::Token),
        _ => Ok(None),
    }
}

impl Credentials {
    /// Reads the file; it need not exist.
    pub(crate) fn load() -> Result<Self, Error> {
        let path = path_in(
            env::var_os("XDG_CONFIG_HOME").map(PathBuf::from),
            env::var_os("HOME").map(PathBuf::from),
        );
        let stored = match &path {
            Some(path) => read(path)?,
            None => Stored::default(),
        };
        Ok(Self { path, stored })
    }

    /// The server that is named, or that of the latest login, or the one on this machine.
    pub(crate) fn server(&self, named: Option<&str>) -> String {
        let server = named.or(self.stored.default.as_deref()).unwrap_or(LOCAL);
        server.trim_end_matches('/').to_owned()
    }

    /// The token for a server.
    pub(crate) fn token(&self, server: &str) -> Option<TokenText> {
        self.stored.servers.get(server).map(|login| login.token.clone())
    }

    /// Keeps a token; its server is the default from now on.
    pub(crate) fn keep(&mut self, server: &str, token: TokenText) -> Result<(), Error> {
        self.stored.servers.insert(server.to_owned(), Login { token });
        self.stored.default = Some(server.to_owned());
        self.save()
    }

    /// Forgets the token for a server.
    pub(crate) fn forget(&mut self, server: &str) -> Result<(), Error> {
        self.stored.servers.remove(server);
        if self.stored.default.as_deref() == Some(server) {
            self.stored.default = None;
        }
        self.save()
    }

    fn save(&self) -> Result<(), Error> {
        let path = self.path.as_deref().ok_or(Error::NoConfigFolder)?;
        write(path, &self.stored).map_err(|source| Error::File {
            attempt: "write",
            path: path.to_owned(),
            source,
        })
    }
}

/// Where the file is. The XDG specification says to ignore relative paths.
fn path_in(config: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let config = config.filter(|path| path.is_absolute());
    let folder =
        config.or_else(|| home.filter(|path| path.is_absolute()).map(|home| home.join(".config")))?;
    Some(folder.join("fleetcast/credentials.json"))
}

fn read(path: &Path) -> Result<Stored, Error> {
    let failed = |source| Error::File { attempt: "read", path: path.to_owned(), source };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Stored::default()),
        Err(error) => return Err(failed(error)),
    };
    if fs::metadata(path).map_err(failed)?.mode() & 0o077 != 0 {
        return Err(Error::OpenToOthers(path.to_owned()));
    }
    serde_json::from_slice(&text)
        .map_err(|source| Error::NotJson { what: path.display().to_string(), source })
}

/// Replaces the file in one step, so that a stop in between leaves the old one.
fn write(path: &Path, stored: &Stored) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let new = path.with_extension("json.new");
    // A rest of an earlier attempt may have another mode.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec_pretty(stored)?)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn token(first: u8) -> TokenText {
        TokenText::from_random(first..).unwrap()
    }

    #[test]
    fn the_file_is_where_xdg_says() {
        for (config, home, expected) in [
            (Some("/c"), Some("/h"), Some("/c/fleetcast/credentials.json")),
            (None, Some("/h"), Some("/h/.config/fleetcast/credentials.json")),
            (Some("c"), Some("/h"), Some("/h/.config/fleetcast/credentials.json")),
            (Some(""), Some("/h"), Some("/h/.config/fleetcast/credentials.json")),
            (None, None, None),
        ] {
            let found = path_in(config.map(PathBuf::from), home.map(PathBuf::from));
            assert_eq!(found, expected.map(PathBuf::from), "{config:?} {home:?}");
        }
    }

    #[test]
    fn a_token_is_kept_for_its_server_and_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleetcast/credentials.json");
        let load = || Credentials { path: Some(path.clone()), stored: read(&path).unwrap() };
        assert_eq!(load().server(None), LOCAL);
        let mut credentials = load();
        credentials.keep("https://one.example", token(0)).unwrap();
        credentials.keep("https://two.example", token(9)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let credentials = load();
        assert_eq!(credentials.server(None), "https://two.example");
        assert_eq!(credentials.server(Some("https://one.example/")), "https://one.example");
        assert_eq!(credentials.token("https://one.example"), Some(token(0)));
        assert_eq!(credentials.token("https://one.example.attacker.example"), None);
        let mut credentials = load();
        credentials.forget("https://two.example").unwrap();
        assert_eq!((load().server(None).as_str(), load().token("https://two.example")), (LOCAL, None));
        assert_eq!(load().token("https://one.example"), Some(token(0)));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(read(&path), Err(Error::OpenToOthers(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "{").unwrap();
        assert!(matches!(read(&path), Err(Error::NotJson { .. })));
    }
}
