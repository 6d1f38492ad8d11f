//! Subcommands and what `--print-hub-connection-string` does.

pub(crate) mod audit;
pub(crate) mod backup;
mod manifest;
pub(crate) mod pool;
pub(crate) mod restore;
pub(crate) mod seed;

use anyhow::Context;
use secrecy::ExposeSecret;

use crate::config::ServeArgs;

/// Prints the embedded hub's connection string: the only place where it is ever printed.
#[expect(clippy::print_stdout, reason = "the output that was requested")]
pub(crate) async fn print_connection_string(args: &ServeArgs) -> anyhow::Result<()> {
    let connection = hub_embedded::connection_string(&args.data_dir, &args.hub_host_name)
        .await
        .with_context(|| format!("cannot read the embedded hub in {}", args.data_dir.display()))?;
    println!("{}", connection.secret_text().expose_secret());
    Ok(())
}
