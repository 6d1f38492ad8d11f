//! `fleetcast audit verify`: whether the audit log of a data folder is as it was written.

use console::{Verified, verify_audit};

use crate::config::AuditVerifyArgs;

/// The exit code of a log that is not as it was written, or does not have the given head.
const BAD: u8 = 2;

/// Checks the log of each console's store in the folder; returns the exit code.
#[expect(clippy::print_stdout, reason = "the command's result")]
pub(crate) async fn verify(args: &AuditVerifyArgs) -> anyhow::Result<u8> {
    let logs = verify_audit(&args.data_dir, args.head.as_deref()).await?;
    for log in &logs {
        println!("{}", report(log));
    }
    let is_good = logs.iter().all(|log| log.fault.is_none());
    let mut code = if is_good { 0 } else { BAD };
    if args.head.is_some() {
        // With two hubs in the folder the head is one log's.
        if let Some(log) = logs.iter().find(|log| log.head_at.is_some()) {
            println!("{}", found(log));
        } else {
            println!("no row has the given head: rows were removed, or written anew");
            code = BAD;
        }
    }
    Ok(code)
}

/// What the check of a log has found.
fn report(log: &Verified) -> String {
    let (path, rows) = (log.path.display(), log.rows);
    match &log.fault {
        None => format!("{path}: {rows} rows checked, all are good\nhead {}", log.head),
        Some(fault) => {
            format!("{path}: {rows} rows checked, the first bad row is {}: {}", fault.row, fault.reason)
        }
    }
}

/// Where the given head is.
fn found(log: &Verified) -> String {
    match log.head_at.unwrap_or_default() {
        0 => "the given head is from before the first row".to_owned(),
        row => format!("the given head is that of row {row}; no row up to it was changed"),
    }
}

#[cfg(test)]
mod tests {
    use console_wire::audit::AuditFault;

    use super::*;

    #[test]
    fn reports() {
        let good = Verified {
            path: "data/console.sqlite3".into(),
            rows: 41_872,
            head: "9f3c".into(),
            head_at: Some(7),
            fault: None,
        };
        assert_eq!(report(&good), "data/console.sqlite3: 41872 rows checked, all are good\nhead 9f3c");
        assert!(found(&good).contains("row 7"));
        let fault = AuditFault { row: 8, reason: "its content was changed".into() };
        let bad = Verified { rows: 7, fault: Some(fault), ..good };
        assert!(report(&bad).ends_with("the first bad row is 8: its content was changed"));
    }
}
