//! Users of a real LDAP server sign in to a real issuer.

use postern_test_ldap::{BASE, SERVICE, SERVICE_PASSWORD, Server as Slapd};

use crate::harness::{Browser, Home, Server};

#[test]
fn a_user_of_a_directory_signs_in_with_the_password_of_the_directory() {
    let slapd = Slapd::start();
    let home = Home::new();
    let password = home.write("bind-password", SERVICE_PASSWORD);
    let configuration = format!(
        "[[user_store]]\nname = \"local\"\nkind = \"local\"\n\n[[user_store]]\nname = \"corp\"\nkind = \"ldap\"\nurl = \"{}\"\n\
         bind_dn = \"{SERVICE}\"\nbind_password_file = \"{password}\"\nbase_dn = \"ou=people,{BASE}\"\ngroup_base_dn = \"ou=groups,{BASE}\"\n\
         member_roles = {{ editors = \"developer\" }}\n",
        slapd.url()
    );
    let configuration = home.write("postern.toml", &configuration);
    let server = Server::start_with(&home, &["--config", &configuration], "log");
    let sign_in = |user: &str, password: &str| {
        let mut browser = Browser::new(&server);
        let status = browser.sign_in("/sign-in", user, password).status();
        (browser, status)
    };
    let right = "down the rabbit hole";
    let (mut alice, status) = sign_in("Alice@corp", right);
    assert_eq!(status, 303);
    let account = alice.get("/account");
    assert!(account.html.contains("alice@corp") && !account.html.contains("Change password"), "{}", account.html);
    assert_eq!(alice.get("/account/password").leads_to(), "/account");
    // A name without a store belongs to the first store. An empty password and a pattern are refused.
    for (user, password) in
        [("alice", right), ("alice@corp", "wrong"), ("alice@corp", ""), ("*@corp", right), ("nobody@corp", right)]
    {
        assert_eq!(sign_in(user, password).1, 403, "{user}");
    }
    let show = |arguments: &[&str]| home.succeed(&[&["--config", configuration.as_str(), "admin", "user"], arguments].concat());
    let shown = show(&["show", "alice@corp"]);
    assert_eq!(shown["roles"][0], "editors", "{shown}");
    // The groups of the directory make members too.
    let member = home.succeed(&["--config", configuration.as_str(), "admin", "member", "show", "alice"]);
    assert_eq!(
        (&member["role"], &member["account"], &member["from_groups"]),
        (&"developer".into(), &"alice@corp".into(), &true.into())
    );
    assert_eq!(alice.get("/portal").status(), 200);
    // A user whom the issuer locks cannot sign in, whatever the directory says.
    show(&["lock", "alice@corp"]);
    assert!(alice.get("/account").leads_to().starts_with("/sign-in"));
    assert_eq!(sign_in("alice@corp", right).1, 403);
    show(&["unlock", "alice@corp"]);
    slapd.stop();
    assert_eq!(sign_in("alice@corp", right).1, 503);
    slapd.start_again();
    assert_eq!(sign_in("alice@corp", right).1, 303);
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    assert!(!log.contains(right) && !log.contains(SERVICE_PASSWORD), "the log contains a password");
}
