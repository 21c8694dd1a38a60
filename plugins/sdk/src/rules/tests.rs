use super::*;

#[test]
fn a_plugin_without_rules_takes_only_empty_ones() {
    for text in ["", "null", "{}", "[]", r#"{"validation_rules": []}"#] {
        assert_eq!(NoRules::read(text), Ok(NoRules), "{text}");
    }
    for text in ["[1]", "7", r#"{"validation_rules": [{}]}"#, "{"] {
        let problems = NoRules::read(text).unwrap_err();
        assert_eq!(problems.len(), 1, "{text}");
        assert_eq!(problems[0].part, Part::Rules);
    }
}

#[test]
fn the_problems_of_rules_say_that_they_are_about_rules() {
    let problems = <RuleSet as PluginRules>::read(r#"[{"field": "a", "rule": "nonsense"}]"#).unwrap_err();
    assert!(
        problems
            .iter()
            .all(|problem| problem.part == Part::Rules && problem.pointer.starts_with("/0")),
        "{problems:?}"
    );
}
