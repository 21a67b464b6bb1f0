//! Sign-ins against a real LDAP server, slapd.

mod hostile;

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use postern_test_ldap::{BASE, PEOPLE, SERVICE, SERVICE_PASSWORD, Server as Slapd};

use super::*;

/// The server that tests share and do not stop or change.
static SHARED: LazyLock<Slapd> = LazyLock::new(Slapd::start);

const ALICE_PASSWORD: &str = "down the rabbit hole";

fn settings(url: &str) -> LdapSettings {
    LdapSettings {
        server: Server::parse(url, false, false).unwrap(),
        authorities_file: None,
        account: Some(Account { dn: SERVICE.to_owned(), password: SERVICE_PASSWORD.to_owned().into() }),
        base_dn: BASE.to_owned(),
        user_filter: Filter::parse(DEFAULT_USER_FILTER).unwrap(),
        role_attribute: None,
        groups: None,
        timeout: Duration::from_secs(20),
    }
}

fn shared(change: impl FnOnce(&mut LdapSettings)) -> Ldap {
    let mut settings = settings(&SHARED.url());
    change(&mut settings);
    Ldap::new(settings).unwrap()
}

fn groups(base: &str, filter: &str) -> Groups {
    Groups { base_dn: format!("{base},{BASE}"), filter: Filter::parse(filter).unwrap() }
}

fn sign_in(ldap: &Ldap, name: &str, password: &str) -> Result<Option<DirectoryUser>, DirectoryError> {
    let answer = ldap.sign_in(&name.parse().unwrap(), &PlainSecret::presented(password.to_owned()));
    if let Err(error) = &answer {
        let text = format!("{error} {error:?}");
        assert!(password.is_empty() || !text.contains(password) && !text.contains(SERVICE_PASSWORD), "{text}");
    }
    answer
}

fn user_with_roles(roles: &[&str]) -> DirectoryUser {
    DirectoryUser { roles: roles.iter().map(|role| role.parse().unwrap()).collect() }
}

fn signs_in(ldap: &Ldap, name: &str, password: &str) -> bool {
    sign_in(ldap, name, password).unwrap().is_some()
}

#[test]
fn only_the_right_password_signs_in() {
    let ldap = shared(|_| ());
    assert_eq!(sign_in(&ldap, "alice", ALICE_PASSWORD).unwrap(), Some(user_with_roles(&[])));
    assert!(signs_in(&ldap, "ALICE", ALICE_PASSWORD), "a name in upper case must be converted to lower case");
    for wrong in ["up the rabbit hole", "Down the rabbit hole", "*", "can he fix it", SERVICE_PASSWORD] {
        assert!(!signs_in(&ldap, "alice", wrong), "{wrong}");
    }
    assert!(!signs_in(&ldap, "nobody", ALICE_PASSWORD) && !signs_in(&ldap, "nobody", "*"));
    assert!(!signs_in(&ldap, "carol", "anything"), "a user without a password must not sign in");
}

#[test]
fn a_password_that_a_server_may_take_as_empty_is_never_sent() {
    let ldap = shared(|_| ());
    for password in ["", "\0", "\0x", "down the rabbit hole\0", &"x".repeat(MAX_PASSWORD_LEN + 1)] {
        for name in ["alice", "carol", "nobody"] {
            assert!(!signs_in(&ldap, name, password), "{name} {password:?}");
        }
    }
    // The server would answer with success, so not even a connection may be made.
    let (ldap, connections) = counting_proxy();
    assert!(!signs_in(&ldap, "alice", ""));
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[test]
fn a_name_cannot_inject_into_the_filter() {
    for hostile in ["*", "a*", "alice)(uid=*", "*)(objectClass=*", "alice\\2a", "a\0", "(alice", "alice,ou=people"] {
        assert!(hostile.parse::<UserName>().is_err(), "{hostile}");
    }
    // Even if such a name were valid, the filter would treat it as a value.
    let mut service = Connection::open(
        &Server::parse(&SHARED.url(), false, false).unwrap(),
        &tls::without_roots().unwrap(),
        Instant::now() + Duration::from_secs(20),
    )
    .unwrap();
    assert_eq!(service.bind(SERVICE, SERVICE_PASSWORD).unwrap(), 0);
    let mut found = |user: &str| {
        let filter = Filter::parse("(&(objectClass=inetOrgPerson)(uid={user}))").unwrap().encode(Values { user, dn: "" });
        service.search(&Search { base: BASE, filter, attribute: None, size_limit: 100, time_limit: 10 }).unwrap().0.len()
    };
    assert_eq!(found("alice"), 1);
    for hostile in ["*", "al*", "alice)(uid=*", "alice\\2a", "*)(objectClass=*", "\0"] {
        assert_eq!(found(hostile), 0, "{hostile}");
    }
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let ldap = shared(|_| ());
    for password in ["of tweedledum", "of tweedledee", "wrong"] {
        assert!(matches!(sign_in(&ldap, "twin", password), Err(DirectoryError::Ambiguous)));
    }
    assert!(matches!(ldap.look_up(&"twin".parse().unwrap()), Err(DirectoryError::Ambiguous)));
    let ldap = shared(|settings| settings.base_dn = format!("ou=others,{BASE}"));
    assert!(signs_in(&ldap, "twin", "of tweedledee") && !signs_in(&ldap, "twin", "of tweedledum"));
}

#[test]
fn roles_come_from_an_attribute_from_groups_or_from_both() {
    let attribute = |name: &str| shared(|settings| settings.role_attribute = Some(name.to_owned()));
    // A group whose name is not a valid role is ignored.
    assert_eq!(sign_in(&attribute("memberof"), "alice", ALICE_PASSWORD).unwrap(), Some(user_with_roles(&["editors"])));
    assert_eq!(sign_in(&attribute("employeeType"), "alice", ALICE_PASSWORD).unwrap(), Some(user_with_roles(&["staff"])));
    assert_eq!(sign_in(&attribute("memberOf"), "bob", "can he fix it").unwrap(), Some(user_with_roles(&[])));
    let by_group = shared(|settings| settings.groups = Some(groups("ou=groups", "(member={dn})")));
    assert_eq!(sign_in(&by_group, "alice", ALICE_PASSWORD).unwrap(), Some(user_with_roles(&["editors"])));
    let both = shared(|settings| {
        settings.role_attribute = Some("employeeType".to_owned());
        settings.groups = Some(groups("ou=groups", "(&(objectClass=groupOfNames)(member={dn}))"));
    });
    assert_eq!(sign_in(&both, "alice", ALICE_PASSWORD).unwrap(), Some(user_with_roles(&["editors", "staff"])));
    // The DN of this entry is full of characters that are special in a filter.
    assert_eq!(sign_in(&by_group, "smith", "of john").unwrap(), Some(user_with_roles(&["editors", "writers"])));
    let by_name =
        shared(|settings| settings.groups = Some(groups("ou=groups", "(member=uid={user},ou=others,dc=example,dc=org)")));
    assert_eq!(sign_in(&by_name, "alice", ALICE_PASSWORD).unwrap(), Some(user_with_roles(&[])));
}

#[test]
fn a_wrong_configuration_is_an_error_and_not_a_wrong_password() {
    let refused = |ldap: &Ldap| match sign_in(ldap, "alice", ALICE_PASSWORD) {
        Err(error @ DirectoryError::Refused { operation, code }) => {
            assert!(error.to_string().contains(&code.to_string()), "{error}");
            (operation, code)
        }
        other => panic!("{other:?}"),
    };
    let account = |password: &str| Some(Account { dn: SERVICE.to_owned(), password: password.to_owned().into() });
    assert_eq!(refused(&shared(|settings| settings.account = account("wrong"))), (Operation::ServiceBind, 49));
    assert_eq!(refused(&shared(|settings| settings.base_dn = "dc=example".to_owned())), (Operation::UserSearch, 32));
    assert_eq!(refused(&shared(|settings| settings.base_dn = "no name".to_owned())), (Operation::UserSearch, 34));
    assert_eq!(
        refused(&shared(|settings| settings.groups = Some(groups("ou=none", "(member={dn})")))),
        (Operation::GroupSearch, 32)
    );
    // A referral instead of a result is not followed.
    assert_eq!(refused(&shared(|settings| settings.base_dn = format!("ou=elsewhere,{BASE}"))), (Operation::UserSearch, 10));
    // An anonymous search gets "no such object", because it may not read the base entry.
    assert_eq!(refused(&shared(|settings| settings.account = None)), (Operation::UserSearch, 32));
}

#[test]
fn a_look_up_needs_no_password_and_sees_changes() {
    let slapd = Slapd::start();
    let mut settings = settings(&slapd.url());
    settings.role_attribute = Some("employeeType".to_owned());
    let ldap = Ldap::new(settings).unwrap();
    let look_up = || ldap.look_up(&"alice".parse().unwrap());
    assert_eq!(look_up().unwrap(), Some(user_with_roles(&["staff"])));
    assert_eq!(ldap.look_up(&"nobody".parse().unwrap()).unwrap(), None);
    slapd.load(&PEOPLE.replace("employeeType: staff", "employeeType: guests"));
    assert_eq!(look_up().unwrap(), Some(user_with_roles(&["guests"])));
    slapd.load(&PEOPLE.replace("uid: alice", "uid: alicia").replace("uid=alice,", "uid=alicia,"));
    assert_eq!(look_up().unwrap(), None);
    slapd.stop();
    assert!(matches!(look_up(), Err(DirectoryError::Unavailable(ConnectError::Connect(_)))));
    assert!(matches!(sign_in(&ldap, "alicia", ALICE_PASSWORD), Err(DirectoryError::Unavailable(_))));
    slapd.start_again();
    assert!(signs_in(&ldap, "alicia", ALICE_PASSWORD) && !signs_in(&ldap, "alice", ALICE_PASSWORD));
}

#[test]
fn ldaps_and_start_tls_verify_the_certificate() {
    let start_tls = Server::parse(&SHARED.url(), true, false).unwrap();
    let by_name = Server::parse(&SHARED.url().replace("127.0.0.1", "localhost"), true, false).unwrap();
    let tls = Server::parse(&SHARED.tls_url(), false, false).unwrap();
    for server in [start_tls, by_name, tls] {
        let with = |authorities_file: Option<PathBuf>| {
            shared(|settings| (settings.server, settings.authorities_file) = (server.clone(), authorities_file))
        };
        let trusting = with(Some(SHARED.authority()));
        assert!(signs_in(&trusting, "alice", ALICE_PASSWORD) && !signs_in(&trusting, "alice", "wrong"), "{server}");
        // The system's root certificates do not include the server's.
        match sign_in(&with(None), "alice", ALICE_PASSWORD) {
            Err(error @ DirectoryError::Unavailable(ConnectError::Tls(_))) => assert!(error.to_string().contains("certificate")),
            other => panic!("{server}: {other:?}"),
        }
    }
}

#[test]
fn an_invalid_file_of_root_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let with = |content: Option<&str>| {
        let file = folder.path().join("authorities.pem");
        drop(std::fs::remove_file(&file));
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let mut settings = settings(&SHARED.tls_url());
        settings.authorities_file = Some(file);
        Ldap::new(settings).unwrap_err()
    };
    assert!(matches!(with(None), AuthoritiesError::Unreadable(_)));
    assert!(matches!(with(Some("")), AuthoritiesError::None));
    assert!(matches!(with(Some("no PEM")), AuthoritiesError::None));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(with(Some(broken)), AuthoritiesError::Malformed));
}

#[test]
fn an_unknown_user_causes_as_many_connections_as_a_known_user() {
    let (ldap, connections) = counting_proxy();
    assert!(!signs_in(&ldap, "alice", "wrong"));
    assert_eq!(connections.swap(0, Ordering::SeqCst), 2);
    assert!(!signs_in(&ldap, "nobody", "wrong"));
    assert_eq!(connections.swap(0, Ordering::SeqCst), 2);
}

#[test]
fn many_concurrent_sign_ins_are_all_answered() {
    let ldap = shared(|_| ());
    thread::scope(|scope| {
        for number in 0..60 {
            let ldap = &ldap;
            scope.spawn(move || {
                assert_eq!(signs_in(ldap, "alice", if number % 2 == 0 { ALICE_PASSWORD } else { "wrong" }), number % 2 == 0);
            });
        }
    });
}

/// The shared directory, behind a proxy that counts connections.
fn counting_proxy() -> (Ldap, &'static AtomicUsize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    let connections: &'static AtomicUsize = Box::leak(Box::default());
    thread::spawn(move || {
        for client in listener.incoming() {
            connections.fetch_add(1, Ordering::SeqCst);
            let mut client = client.unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", SHARED.port())).unwrap();
            let (mut back, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut back, &mut to));
            thread::spawn(move || {
                drop(io::copy(&mut client, &mut server));
                server.shutdown(Shutdown::Write)
            });
        }
    });
    (Ldap::new(settings(&url)).unwrap(), connections)
}
