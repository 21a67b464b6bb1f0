//! A directory, asked for real.

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

/// The one that no test takes away.
static SHARED: LazyLock<Slapd> = LazyLock::new(Slapd::start);

const ALICES: &str = "down the rabbit hole";

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
        let said = format!("{error} {error:?}");
        assert!(password.is_empty() || !said.contains(password) && !said.contains(SERVICE_PASSWORD), "{said}");
    }
    answer
}

fn person(roles: &[&str]) -> DirectoryUser {
    DirectoryUser { roles: roles.iter().map(|role| role.parse().unwrap()).collect() }
}

fn knows(ldap: &Ldap, name: &str, password: &str) -> bool {
    sign_in(ldap, name, password).unwrap().is_some()
}

#[test]
fn the_right_password_and_no_other() {
    let ldap = shared(|_| ());
    assert_eq!(sign_in(&ldap, "alice", ALICES).unwrap(), Some(person(&[])));
    assert!(knows(&ldap, "ALICE", ALICES), "names are kept in lower case");
    for wrong in ["up the rabbit hole", "Down the rabbit hole", "*", "can he fix it", SERVICE_PASSWORD] {
        assert!(!knows(&ldap, "alice", wrong), "{wrong}");
    }
    assert!(!knows(&ldap, "nobody", ALICES) && !knows(&ldap, "nobody", "*"));
    assert!(!knows(&ldap, "carol", "anything"), "who has no password has no right one");
}

#[test]
fn what_a_server_may_take_for_no_password_is_never_sent() {
    let ldap = shared(|_| ());
    for nothing in ["", "\0", "\0x", "down the rabbit hole\0", &"x".repeat(MAX_PASSWORD_LEN + 1)] {
        for name in ["alice", "carol", "nobody"] {
            assert!(!knows(&ldap, name, nothing), "{name} {nothing:?}");
        }
    }
    // It would have been taken for success: the connection was not even made.
    let (ldap, connections) = counted();
    assert!(!knows(&ldap, "alice", ""));
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[test]
fn names_cannot_say_more_than_names() {
    for hostile in ["*", "a*", "alice)(uid=*", "*)(objectClass=*", "alice\\2a", "a\0", "(alice", "alice,ou=people"] {
        assert!(hostile.parse::<UserName>().is_err(), "{hostile}");
    }
    // And if they could, the filter would not let them.
    let mut service = Connection::open(
        &Server::parse(&SHARED.url(), false, false).unwrap(),
        &tls::none().unwrap(),
        Instant::now() + Duration::from_secs(20),
    )
    .unwrap();
    assert_eq!(service.bind(SERVICE, SERVICE_PASSWORD).unwrap(), 0);
    let mut found = |user: &str| {
        let filter = Filter::parse("(&(objectClass=inetOrgPerson)(uid={user}))").unwrap().encode(Values { user, dn: "" });
        service.search(&Search { base: BASE, filter, attribute: None, most: 100, seconds: 10 }).unwrap().0.len()
    };
    assert_eq!(found("alice"), 1);
    for hostile in ["*", "al*", "alice)(uid=*", "alice\\2a", "*)(objectClass=*", "\0"] {
        assert_eq!(found(hostile), 0, "{hostile}");
    }
}

#[test]
fn of_two_entries_neither_counts() {
    let ldap = shared(|_| ());
    for password in ["of tweedledum", "of tweedledee", "wrong"] {
        assert!(matches!(sign_in(&ldap, "twin", password), Err(DirectoryError::Ambiguous)));
    }
    assert!(matches!(ldap.look_up(&"twin".parse().unwrap()), Err(DirectoryError::Ambiguous)));
    let ldap = shared(|settings| settings.base_dn = format!("ou=others,{BASE}"));
    assert!(knows(&ldap, "twin", "of tweedledee") && !knows(&ldap, "twin", "of tweedledum"));
}

#[test]
fn roles_come_from_an_attribute_from_groups_or_from_both() {
    let attribute = |name: &str| shared(|settings| settings.role_attribute = Some(name.to_owned()));
    // A group whose name can be no role is none.
    assert_eq!(sign_in(&attribute("memberof"), "alice", ALICES).unwrap(), Some(person(&["editors"])));
    assert_eq!(sign_in(&attribute("employeeType"), "alice", ALICES).unwrap(), Some(person(&["staff"])));
    assert_eq!(sign_in(&attribute("memberOf"), "bob", "can he fix it").unwrap(), Some(person(&[])));
    let by_group = shared(|settings| settings.groups = Some(groups("ou=groups", "(member={dn})")));
    assert_eq!(sign_in(&by_group, "alice", ALICES).unwrap(), Some(person(&["editors"])));
    let both = shared(|settings| {
        settings.role_attribute = Some("employeeType".to_owned());
        settings.groups = Some(groups("ou=groups", "(&(objectClass=groupOfNames)(member={dn}))"));
    });
    assert_eq!(sign_in(&both, "alice", ALICES).unwrap(), Some(person(&["editors", "staff"])));
    // The name of this entry is full of what means something in a filter.
    assert_eq!(sign_in(&by_group, "smith", "of john").unwrap(), Some(person(&["editors", "writers"])));
    let by_name =
        shared(|settings| settings.groups = Some(groups("ou=groups", "(member=uid={user},ou=others,dc=example,dc=org)")));
    assert_eq!(sign_in(&by_name, "alice", ALICES).unwrap(), Some(person(&[])));
}

#[test]
fn what_is_set_wrong_is_nobodys_wrong_password() {
    let refused = |ldap: &Ldap| match sign_in(ldap, "alice", ALICES) {
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
    // Where a reference stands for the whole answer, it is not followed.
    assert_eq!(refused(&shared(|settings| settings.base_dn = format!("ou=elsewhere,{BASE}"))), (Operation::UserSearch, 10));
    // Who may read nothing finds nobody below what nobody may see.
    assert_eq!(refused(&shared(|settings| settings.account = None)), (Operation::UserSearch, 32));
}

#[test]
fn a_look_up_asks_for_no_password_and_sees_what_changed() {
    let slapd = Slapd::start();
    let mut settings = settings(&slapd.url());
    settings.role_attribute = Some("employeeType".to_owned());
    let ldap = Ldap::new(settings).unwrap();
    let look_up = || ldap.look_up(&"alice".parse().unwrap());
    assert_eq!(look_up().unwrap(), Some(person(&["staff"])));
    assert_eq!(ldap.look_up(&"nobody".parse().unwrap()).unwrap(), None);
    slapd.load(&PEOPLE.replace("employeeType: staff", "employeeType: guests"));
    assert_eq!(look_up().unwrap(), Some(person(&["guests"])));
    slapd.load(&PEOPLE.replace("uid: alice", "uid: alicia").replace("uid=alice,", "uid=alicia,"));
    assert_eq!(look_up().unwrap(), None);
    slapd.stop();
    assert!(matches!(look_up(), Err(DirectoryError::Unavailable(ConnectError::Connect(_)))));
    assert!(matches!(sign_in(&ldap, "alicia", ALICES), Err(DirectoryError::Unavailable(_))));
    slapd.start_again();
    assert!(knows(&ldap, "alicia", ALICES) && !knows(&ldap, "alice", ALICES));
}

#[test]
fn tls_from_the_beginning_and_later() {
    let start_tls = Server::parse(&SHARED.url(), true, false).unwrap();
    let by_name = Server::parse(&SHARED.url().replace("127.0.0.1", "localhost"), true, false).unwrap();
    let tls = Server::parse(&SHARED.tls_url(), false, false).unwrap();
    for server in [start_tls, by_name, tls] {
        let with = |authorities_file: Option<PathBuf>| {
            shared(|settings| (settings.server, settings.authorities_file) = (server.clone(), authorities_file))
        };
        let vouched_for = with(Some(SHARED.authority()));
        assert!(knows(&vouched_for, "alice", ALICES) && !knows(&vouched_for, "alice", "wrong"), "{server}");
        // The system's authorities do not know the server's.
        match sign_in(&with(None), "alice", ALICES) {
            Err(error @ DirectoryError::Unavailable(ConnectError::Tls(_))) => assert!(error.to_string().contains("certificate")),
            other => panic!("{server}: {other:?}"),
        }
    }
}

#[test]
fn authorities_that_are_none() {
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
fn who_is_not_there_costs_as_many_questions_as_who_is() {
    let (ldap, connections) = counted();
    assert!(!knows(&ldap, "alice", "wrong"));
    assert_eq!(connections.swap(0, Ordering::SeqCst), 2);
    assert!(!knows(&ldap, "nobody", "wrong"));
    assert_eq!(connections.swap(0, Ordering::SeqCst), 2);
}

#[test]
fn many_at_once_are_all_answered() {
    let ldap = shared(|_| ());
    thread::scope(|scope| {
        for number in 0..60 {
            let ldap = &ldap;
            scope
                .spawn(move || assert_eq!(knows(ldap, "alice", if number % 2 == 0 { ALICES } else { "wrong" }), number % 2 == 0));
        }
    });
}

/// The shared directory, behind something that counts connections.
fn counted() -> (Ldap, &'static AtomicUsize) {
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
