use super::*;
use clap::CommandFactory;

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_setting_has_an_environment_variable() {
    for argument in Cli::command().get_arguments() {
        let long = argument.get_long().unwrap_or_default();
        let is_action = matches!(long, "help" | "version" | "print-hub-connection-string");
        if !is_action {
            let expected = format!("FLEETCAST_{}", long.to_uppercase().replace('-', "_"));
            assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(expected.as_str()));
        }
    }
}

#[test]
fn beyond_this_machine_people_sign_in_over_tls() {
    const BOTH: &str = "--sign-in, and either --tls-cert with --tls-key or --behind-proxy 1";
    const TLS: &str = "needs either --tls-cert with --tls-key or --behind-proxy 1";
    for (listen, sign_in, tls, proxies, refused) in [
        ("127.0.0.1:0", false, false, None, None),
        ("[::1]:3000", false, false, None, None),
        ("127.0.0.1:0", true, false, None, None),
        ("127.0.0.1:0", false, true, None, None),
        ("0.0.0.0:3000", true, true, None, None),
        ("0.0.0.0:3000", true, false, Some(1), None),
        ("0.0.0.0:3000", false, false, None, Some(BOTH)),
        ("[::]:3000", false, true, None, Some("also needs --sign-in")),
        ("192.0.2.1:3000", true, false, None, Some(TLS)),
        ("127.0.0.1:3000", false, false, Some(1), Some("--behind-proxy also needs --sign-in")),
    ] {
        let tls_cert = tls.then(|| PathBuf::from("cert.pem"));
        let access = AccessArgs { sign_in, tls_key: tls_cert.clone(), tls_cert, behind_proxy: proxies };
        let error = access.check(listen.parse().unwrap()).err().map(|error| error.to_string());
        match refused {
            None => assert_eq!(error, None, "{listen} {access:?}"),
            Some(part) => {
                let error = error.unwrap_or_default();
                assert!(error.contains(part), "{listen} {access:?}: {error}");
            }
        }
    }
}

#[test]
fn a_bad_connection_string_is_refused_without_repeating_it() {
    let arguments = ConnectionArgs {
        hub_connection_string: Some("HostName=h;SharedAccessKeyName=p;SharedAccessKey=s3cr3t!".into()),
        hub_connection_string_file: None,
    };
    let error = format!("{:#}", arguments.read().unwrap_err());
    assert!(error.contains("not base64") && !error.contains("s3cr3t"), "{error}");
    assert!(!format!("{arguments:?}").contains("s3cr3t"));
}
