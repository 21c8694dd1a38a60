//! What differs between two JSON values, by field.

use serde::Serialize;
use serde_json::Value;

/// How many differences are listed.
const MOST: usize = 100;

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// JSON Pointer (RFC 6901), beginning with `/outcome`, `/error`, `/output`, `/log` or `/host_answers`.
    pub field: String,
    /// What is stored there; none when nothing is.
    pub recorded: Option<Value>,
    /// What came there; none when nothing did.
    pub replayed: Option<Value>,
}

impl Difference {
    /// The first fields that differ, in the order of the recorded one.
    pub(crate) fn between(recorded: &Value, replayed: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        compare(Some(recorded), Some(replayed), &mut String::new(), &mut found);
        found
    }
}

/// Both sides come from parsers that bound their depth.
fn compare(recorded: Option<&Value>, replayed: Option<&Value>, at: &mut String, found: &mut Vec<Difference>) {
    if found.len() >= MOST || recorded == replayed {
        return;
    }
    match (recorded, replayed) {
        (Some(Value::Object(one)), Some(Value::Object(two))) => {
            let added = two.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                let token = key.replace('~', "~0").replace('/', "~1");
                within(at, &token, |at| compare(one.get(key), two.get(key), at, found));
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(two))) => {
            for index in 0..one.len().max(two.len()) {
                within(at, &index.to_string(), |at| {
                    compare(one.get(index), two.get(index), at, found);
                });
            }
        }
        _ => found.push(Difference {
            field: at.clone(),
            recorded: recorded.cloned(),
            replayed: replayed.cloned(),
        }),
    }
}

fn within(at: &mut String, token: &str, work: impl FnOnce(&mut String)) {
    let length = at.len();
    at.push('/');
    at.push_str(token);
    work(at);
    at.truncate(length);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Difference;

    fn fields(one: &Value, two: &Value) -> Vec<String> {
        let found = Difference::between(one, two);
        found.into_iter().map(|difference| difference.field).collect()
    }

    #[test]
    fn what_differs_is_named_by_its_place() {
        let one =
            json!({"output": {"findings": [{"rule": "a", "n": 1.0}, {"rule": "b"}], "x/y": 1}, "log": []});
        let two =
            json!({"output": {"findings": [{"rule": "c", "n": 1.0}], "x/y": 2, "new": null}, "log": []});
        assert_eq!(fields(&one, &one), Vec::<String>::new());
        assert_eq!(
            fields(&one, &two),
            [
                "/output/findings/0/rule",
                "/output/findings/1",
                "/output/x~1y",
                "/output/new"
            ]
        );
        assert_eq!(fields(&json!([1]), &json!({})), [""]);
        // A number is its text.
        assert_eq!(fields(&json!({"n": 1}), &json!({"n": 1.0})), ["/n"]);
    }

    #[test]
    fn only_the_first_are_listed() {
        let one: Vec<u32> = (0..1_000).collect();
        let two: Vec<u32> = (1_000..2_000).collect();
        assert_eq!(fields(&json!(one), &json!(two)).len(), 100);
    }
}
