use serde_json::json;

use super::*;

fn node(id: &str, level: u32, state: State) -> Node {
    Node {
        id: id.into(),
        version: "1.0.0".into(),
        state,
        level,
        note: String::new(),
    }
}

fn link(kind: Kind, from: &str, to: &str) -> Link {
    Link {
        kind,
        from: from.into(),
        to: to.into(),
        note: "as declared".into(),
    }
}

/// Fifty extensions in six levels.
fn fifty() -> Graph {
    let level = |n: u32| n % 6;
    let id = |n: u32| format!("extension-with-a-name-{n:02}");
    let nodes = (0..50)
        .map(|n| {
            node(
                &id(n),
                level(n),
                if n % 7 == 0 {
                    State::Requested
                } else {
                    State::Needed
                },
            )
        })
        .collect();
    let mut links = Vec::new();
    for n in 0..50 {
        for other in (0..50).filter(|other| level(*other) < level(n) && (n * 7 + other * 5) % 11 == 0) {
            links.push(link(
                if (n + other) % 4 == 0 {
                    Kind::Optional
                } else {
                    Kind::Requires
                },
                &id(n),
                &id(other),
            ));
        }
    }
    links.push(link(Kind::Error, &id(7), &id(20)));
    links.push(link(Kind::Error, &id(6), &id(12)));
    links.push(link(Kind::Warning, &id(3), &id(40)));
    links.push(link(Kind::Error, &id(9), &id(9)));
    Graph {
        title: "Site <north> & \"south\"".into(),
        nodes,
        links,
    }
}

/// Start and size of every box.
fn boxes(svg: &str) -> Vec<(i32, i32)> {
    let attribute = |line: &str, name: &str| -> i32 {
        let (_, rest) = line
            .split_once(&format!("class=\"b\" {name}=\""))
            .or_else(|| line.split_once(&format!(" {name}=\"")))
            .unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let lines = svg.lines().filter(|line| line.contains("class=\"b\""));
    lines
        .map(|line| (attribute(line, "x"), attribute(line, "y")))
        .collect()
}

#[test]
fn fifty_extensions_do_not_overlap() {
    let svg = svg(&fifty());
    let boxes = boxes(&svg);
    assert_eq!(boxes.len(), 50);
    for (at, a) in boxes.iter().enumerate() {
        for b in &boxes[at + 1..] {
            let apart = (a.0 - b.0).abs() >= BOX_WIDTH + 40 || (a.1 - b.1).abs() >= BOX_HEIGHT + 8;
            assert!(apart, "{a:?} {b:?}");
        }
    }
    assert_eq!(svg.matches("class=\"error\"").count(), 2);
    assert_eq!(svg.matches(" bad\"").count(), 5);
    assert!(svg.contains(
        "<title>Conflict of extension-with-a-name-07 and extension-with-a-name-20: as declared</title>"
    ));
    assert!(svg.contains("Conflict of extension-with-a-name-09: as declared"));
}

#[test]
fn any_order_gives_the_same_bytes_and_texts_are_escaped() {
    let graph = fifty();
    let mut turned = graph.clone();
    turned.nodes.reverse();
    turned.links.rotate_left(13);
    assert_eq!(svg(&graph), svg(&turned));
    let evil = Graph {
        title: "</title><script>alert('x')</script>\u{0}".into(),
        nodes: vec![node("a\"><script>", 0, State::Missing)],
        links: vec![
            link(Kind::Error, "a\"><script>", "a\"><script>"),
            link(Kind::Requires, "a\"><script>", "not-there"),
        ],
    };
    let drawn = svg(&evil);
    assert!(!drawn.contains("<script") && !drawn.contains('\0') && drawn.contains("&lt;script&gt;"));
    assert!(!drawn.contains("not-there"));
    for outside in ["http:", "https:", "url(", "@import", "href"] {
        let allowed = [("http:", 1), ("url(", 0)]
            .iter()
            .find(|(known, _)| *known == outside)
            .map_or(0, |(_, n)| *n);
        assert_eq!(drawn.matches(outside).count(), allowed, "{outside}");
    }
}

#[test]
fn nothing_and_one_level_of_many_can_be_drawn() {
    assert!(svg(&Graph::default()).ends_with("</svg>\n"));
    let nodes: Vec<_> = (0..200)
        .map(|n| node(&format!("e{n}"), 0, State::Needed))
        .collect();
    let links = vec![
        link(Kind::Requires, "e1", "e2"),
        link(Kind::Requires, "e3", "e199"),
        link(Kind::Requires, "e5", "e5"),
    ];
    let drawn = svg(&Graph {
        title: String::new(),
        nodes,
        links,
    });
    assert_eq!(boxes(&drawn).len(), 200);
    assert!(boxes(&drawn).iter().all(|(_, y)| *y < 1100));
}

#[test]
fn an_answer_becomes_a_graph() {
    let row = |from: &str, kind: &str, to: &str, by: Option<&str>, met: bool, optional: bool| {
        json!({"extension_id": from, "dependency_type": kind, "dependency_id": to, "range": "^1", "resolved_version": met.then_some("1.0.0"),
            "resolved_provider": by, "satisfied": met, "optional": optional, "reason": "r"})
    };
    let answer = json!({
        "site": "north",
        "extensions": [
            {"id": "app", "version": "2.0.0", "requested": true, "because": ["you asked for it"]},
            {"id": "lib", "version": "1.0.0", "requested": false, "because": []},
            {"id": "mail", "version": "1.0.0", "requested": false, "because": []},
            {"id": "loop", "version": "1.0.0", "requested": false, "because": []},
        ],
        "activation": [["lib", "mail"], ["app"]],
        "quarantined": ["loop"],
        "dependencies": [
            row("app", "extension", "lib", None, true, false),
            row("app", "capability", "sending", Some("mail"), true, true),
            row("app", "capability", "lost", None, false, false),
            row("lib", "extension", "absent", None, true, true),
        ],
        "conflicts": [
            {"extension_id_1": "lib", "extension_id_2": "mail", "extensions": ["lib", "mail"], "severity": "warning", "reason": "w"},
            {"extension_id_1": "loop", "extension_id_2": null, "extensions": ["loop"], "severity": "error", "reason": "e"},
        ],
    });
    let graph = Graph::of_answer(&answer);
    let nodes: Vec<_> = graph
        .nodes
        .iter()
        .map(|n| (n.id.as_str(), n.level, n.state))
        .collect();
    assert_eq!(
        nodes,
        [
            ("app", 1, State::Requested),
            ("lib", 0, State::Needed),
            ("loop", 2, State::Quarantined),
            ("lost", 0, State::Missing),
            ("mail", 0, State::Needed),
        ]
    );
    let links: Vec<_> = graph
        .links
        .iter()
        .map(|l| (l.kind, l.from.as_str(), l.to.as_str()))
        .collect();
    for expected in [
        (Kind::Requires, "app", "lib"),
        (Kind::Optional, "app", "mail"),
        (Kind::Error, "app", "lost"),
        (Kind::Warning, "lib", "mail"),
        (Kind::Error, "loop", "loop"),
    ] {
        assert!(links.contains(&expected), "{expected:?} in {links:?}");
    }
    assert_eq!(links.len(), 5);
    // Without a set, the levels come from the requirements; whatever else is there is left alone.
    let graph = Graph::of_answer(
        &json!({"conflicts": [{"extensions": ["a", "b", "c"], "severity": "error"}], "dependencies":
        [row("a", "extension", "b", None, true, false), row("b", "extension", "c", None, true, false), {"extension_id": 5}]}),
    );
    assert_eq!(graph.nodes.iter().map(|n| n.level).collect::<Vec<_>>(), [2, 1, 0]);
    assert_eq!(Graph::of_answer(&json!([1])).nodes, []);
}
