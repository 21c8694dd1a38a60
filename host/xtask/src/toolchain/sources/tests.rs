use super::{Source, deb822, of_release, one_line, sibling, write};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

fn source(uri: &str, suite: &str, signed_by: Option<&str>) -> Source {
    Source {
        uri: uri.into(),
        suite: suite.into(),
        signed_by: signed_by.map(Into::into),
    }
}

#[test]
fn deb822_gives_one_entry_per_archive_and_suite() {
    let text = format!(
        "Types: deb deb-src\n# http://comment.example\nURIs: http://a.example/debian\nSuites: bookworm\n bookworm-updates\n\
         Components: main contrib\nSigned-By: {KEYRING}\n\n\
         Types: deb-src\nURIs: http://b.example\nSuites: bookworm\nComponents: main\n\n\n\
         Enabled: no\nTypes: deb\nURIs: http://c.example\nSuites: bookworm\nComponents: main\n\n\
         types: deb\nuris: http://d.example\nsuites: bookworm-security\ncomponents: main\n\
         signed-by:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEZ\n"
    );
    assert_eq!(
        deb822(&text),
        [
            source("http://a.example/debian", "bookworm", Some(KEYRING)),
            source("http://a.example/debian", "bookworm-updates", Some(KEYRING)),
            source("http://d.example", "bookworm-security", None),
        ]
    );
}

#[test]
fn one_line_reads_options_and_skips_comments_sources_and_other_components() {
    let text = format!(
        "# deb http://no.example bookworm main\n\
         deb http://a.example/debian bookworm main contrib # trailing\n\
         deb-src http://a.example/debian bookworm main\n\
         deb [arch=amd64 signed-by={KEYRING}] http://b.example bookworm-security main\n\
         deb http://c.example bookworm contrib\n\
         deb http://flat.example ./\n"
    );
    assert_eq!(
        one_line(&text),
        [
            source("http://a.example/debian", "bookworm", None),
            source("http://b.example", "bookworm-security", Some(KEYRING)),
        ]
    );
}

#[test]
fn a_release_is_its_suite_updates_and_security_once_each() {
    let sources = [
        source("http://a.example", "bookworm", None),
        source("http://v.example", "nodistro", None),
        source("http://a.example", "bookworm", None),
        source("http://s.example", "bookworm-security", None),
        source("http://a.example", "bookworm-backports", None),
    ];
    assert_eq!(
        of_release(&sources, "bookworm"),
        [sources[0].clone(), sources[3].clone()]
    );
}

#[test]
fn a_sibling_suite_is_of_the_main_archive_and_survives_writing() {
    let sources = [
        source("http://s.example", "bookworm-security", None),
        source("http://a.example", "bookworm", Some(KEYRING)),
    ];
    let trixie = sibling(&sources, "bookworm", "trixie").unwrap();
    assert_eq!(trixie, source("http://a.example", "trixie", Some(KEYRING)));
    assert_eq!(
        deb822(&write(&[trixie.clone(), sources[0].clone()])),
        [trixie, sources[0].clone()]
    );
    assert_eq!(sibling(&sources, "trixie", "sid"), None);
}
