//! How the pages look.

use super::super::*;
use super::*;
use postern_model::{Actor, Branding, Logo, Role};

on_both!(an_administrator_changes_how_the_pages_look);

fn an_administrator_changes_how_the_pages_look(engine: Engine) {
    let fixture = Fixture::with_one_key(engine);
    assert_eq!(load_branding(&fixture.act()).unwrap(), (Branding::default(), 0));
    let branding = Branding {
        name: Some("Pizza & Söhne".parse().unwrap()),
        logo: Some(Logo::from_bytes(b"\xff\xd8\xff\xe0\0\x01\xfe".to_vec()).unwrap()),
        accent: Some("#6a1b9a".parse().unwrap()),
        help_url: Some("https://example.com/help".parse().unwrap()),
        sign_in_text_de: Some("Nur für\nMitarbeiter".parse().unwrap()),
        ..Branding::default()
    };
    change_branding(&fixture.act(), &branding, |before, version| *before == Branding::default() && version == 0).unwrap();
    assert_eq!(load_branding(&fixture.act()).unwrap(), (branding.clone(), 1));
    // Someone else was faster.
    let stale =
        change_branding(&fixture.act(), &Branding::default(), |before, version| *before == Branding::default() && version == 0);
    assert!(matches!(stale, Err(Error::PreconditionFailed)), "{stale:?}");
    for (role, may_read) in [(Role::Auditor, true), (Role::Developer, false)] {
        let act = fixture.instance.act(Actor::Member("m".parse().unwrap(), role));
        assert_eq!(show_branding(&act).is_ok(), may_read, "{role:?}");
        assert!(matches!(change_branding(&act, &branding, |_, _| true), Err(Error::Forbidden { .. })), "{role:?}");
    }
    change_branding(&fixture.act(), &Branding::default(), |before, version| *before == branding && version == 1).unwrap();
    assert_eq!(load_branding(&fixture.act()).unwrap(), (Branding::default(), 2));
    assert_eq!(fixture.database.query("SELECT count(*) FROM audit WHERE action = 'branding.change'").unwrap(), "2");
}
