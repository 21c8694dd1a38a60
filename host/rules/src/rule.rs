//! One rule: the keys that every rule has, and what its kind makes of the others.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use crate::condition::{Condition, Nesting};
use crate::finding::described;
use crate::finding::{Finding, Severity};
use crate::judge::{Context, Failure, Judge, Spot, Target, Visit, judge};
use crate::kinds;
use crate::limits::{MAX_ID_BYTES, MAX_SHOWN_CHARS, RESERVED_ID};
use crate::message::Template;
use crate::nearest::suggestion;
use crate::operands::Operands;
use crate::path::{Indices, Path};
use crate::problem::{Problems, Refused};

/// A compiled rule.
#[derive(Debug)]
pub(crate) struct Rule {
    id: String,
    severity: Severity,
    message: Option<Template>,
    field: Path,
    judge: Judge,
    when: Option<Condition>,
}

/// The keys of a rule that are not operands.
const KEYS: [&str; 6] = ["field", "rule", "id", "severity", "message", "when"];

impl Rule {
    /// Reads the rule at `pointer`. All of its problems are recorded.
    pub(crate) fn parse(value: &Value, pointer: &str, problems: &mut Problems) -> Result<Rule, Refused> {
        let Value::Object(object) = value else {
            let message = format!(
                "a rule is an object with field and rule, not {}",
                described(value)
            );
            return Err(problems.add(pointer.to_owned(), message));
        };
        let field = field(object, pointer, problems);
        let known = field.as_ref().ok();
        let judge = check(object, pointer, &KEYS, known, &mut Nesting::default(), problems);
        let id = id(object, pointer, problems);
        let severity = severity(object, pointer, problems);
        let message = message(object, pointer, problems);
        let when = object
            .get("when")
            .map(|when| {
                let nesting = &mut Nesting::default();
                Condition::parse(when, &format!("{pointer}/when"), known, nesting, problems)
            })
            .transpose();
        Ok(Rule {
            id: id?,
            severity: severity?,
            message: message?,
            judge: judge?,
            when: when?,
            field: field?,
        })
    }

    /// The rule's name within its set.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether the rule judges several documents together, and says nothing about one alone.
    pub(crate) fn spans_documents(&self) -> bool {
        self.judge.spans_documents()
    }

    /// Judges a document; breaks off if there is too much work or `report` has had enough.
    pub(crate) fn run(
        &self,
        context: &Context<'_>,
        report: &mut dyn FnMut(Finding) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match &self.judge {
            Judge::Each(check) => self.places(context, &mut |target| {
                let judged = judge(check.as_ref(), target);
                context.charge(0)?;
                match judged {
                    Ok(_) => ControlFlow::Continue(()),
                    Err(broken) => self.report(broken.0, report),
                }
            }),
            Judge::Together(check) => {
                let judged = check.judge(&mut |visit| self.places(context, visit));
                context.charge(0)?;
                match judged {
                    Ok(_) => ControlFlow::Continue(()),
                    Err(broken) => self.report(broken.0, report),
                }
            }
            Judge::Documents(_) => ControlFlow::Continue(()),
        }
    }

    /// Judges several documents together, if the rule is of a kind that does.
    pub(crate) fn run_together(
        &self,
        contexts: &[Context<'_>],
        report: &mut dyn FnMut(usize, Finding) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Judge::Documents(check) = &self.judge else {
            return ControlFlow::Continue(());
        };
        check.judge(
            contexts.len(),
            &mut |number, visit| match contexts.get(number) {
                Some(context) => self.places(context, visit),
                None => ControlFlow::Continue(()),
            },
            &mut |number, failure| report(number, self.finding(failure)),
        )?;
        contexts.iter().try_for_each(|context| context.charge(0))
    }

    /// Visits every place of the field for which `when` holds; breaks off if there is too much work.
    fn places<'a>(&'a self, context: &'a Context<'a>, visit: &mut Visit<'_, 'a>) -> ControlFlow<()> {
        let nowhere = Indices::default();
        let per_element = self.when.as_ref().filter(|when| when.is_paired());
        if let (None, Some(when)) = (per_element, &self.when) {
            let holds = when.holds(context, &nowhere);
            context.charge(0)?;
            if !holds {
                return ControlFlow::Continue(());
            }
        }
        self.field.walk(context.data, &nowhere, 0, &mut |found| {
            context.charge_match(&found)?;
            if per_element.is_some_and(|when| !when.holds(context, &found.indices)) {
                return context.charge(0);
            }
            let path = &self.field;
            visit(&Target {
                spot: Spot { path, found },
                context,
            })
        })
    }

    fn report(
        &self,
        failures: Vec<Failure>,
        report: &mut dyn FnMut(Finding) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        failures
            .into_iter()
            .try_for_each(|failure| report(self.finding(failure)))
    }

    fn finding(&self, failure: Failure) -> Finding {
        let message = match &self.message {
            Some(template) if failure.judged => template.render(&failure),
            _ => failure.text,
        };
        Finding {
            rule: self.id.clone(),
            severity: self.severity,
            pointer: failure.pointer,
            message,
            expected: failure.expected,
            actual: failure.actual,
        }
    }
}

/// The path in `field`.
pub(crate) fn field(
    object: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Result<Path, Refused> {
    let at = || format!("{pointer}/field");
    match object.get("field") {
        None => Err(problems.add(
            at(),
            "the key field is missing; name the field that the rule is about",
        )),
        Some(Value::String(text)) => Path::parse(text).map_err(|error| problems.add(at(), error.to_string())),
        Some(other) => Err(problems.add(
            at(),
            format!("field must be a path such as total, not {}", described(other)),
        )),
    }
}

/// The rule's own part: its kind, with the kind's operands read and all other keys refused.
pub(crate) fn check(
    object: &Map<String, Value>,
    pointer: &str,
    keys: &[&str],
    field: Option<&Path>,
    nesting: &mut Nesting,
    problems: &mut Problems,
) -> Result<Judge, Refused> {
    let kind = kind(object, pointer, problems)?;
    let operands = kind.doc.operands;
    for key in object.keys() {
        if keys.contains(&key.as_str()) || operands.iter().any(|operand| operand.name == key) {
            continue;
        }
        let known = || {
            keys.iter()
                .copied()
                .chain(operands.iter().map(|operand| operand.name))
        };
        let message = match suggestion(key, known()) {
            nearest if !nearest.is_empty() => format!("{} has no key of this name{nearest}", kind.doc.name),
            _ => format!(
                "{} has no key of this name; it takes {}",
                kind.doc.name,
                known().collect::<Vec<_>>().join(", ")
            ),
        };
        let mut at = pointer.to_owned();
        crate::path::push_token(&mut at, &crate::finding::shortened(key));
        problems.add(at, message);
    }
    (kind.compile)(&mut Operands::new(
        object,
        pointer,
        kind.doc.name,
        field,
        nesting,
        problems,
    ))
}

fn kind(
    object: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Result<&'static kinds::Kind, Refused> {
    let at = || format!("{pointer}/rule");
    match object.get("rule") {
        None => Err(problems.add(
            at(),
            "the key rule is missing; name a rule such as required or less_than",
        )),
        Some(Value::String(name)) => kinds::of(name).ok_or_else(|| {
            let names = kinds::all().map(|kind| kind.doc.name);
            let message = match suggestion(name, names.clone()) {
                nearest if nearest.is_empty() => {
                    format!(
                        "there is no such rule; the rules are {}",
                        names.collect::<Vec<_>>().join(", ")
                    )
                }
                nearest => format!("there is no such rule{nearest}"),
            };
            problems.add(at(), message)
        }),
        Some(other) => Err(problems.add(
            at(),
            format!("rule must be the name of a rule, not {}", described(other)),
        )),
    }
}

/// The `id`, or one made of what the rule says, so that it stays the same when rules are added or moved.
fn id(object: &Map<String, Value>, pointer: &str, problems: &mut Problems) -> Result<String, Refused> {
    let Some(given) = object.get("id") else {
        return Ok(generated_id(object));
    };
    let at = || format!("{pointer}/id");
    let Value::String(id) = given else {
        return Err(problems.add(at(), format!("id must be text, not {}", described(given))));
    };
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err(problems.add(
            at(),
            format!("an id has from 1 to {MAX_ID_BYTES} bytes; shorten or remove it"),
        ));
    }
    if id
        .chars()
        .any(|character| character.is_whitespace() || character.is_control())
    {
        return Err(problems.add(
            at(),
            "an id has no spaces and no control characters; write _ or - instead",
        ));
    }
    if id.starts_with(RESERVED_ID) {
        return Err(problems.add(
            at(),
            format!("ids that start with {RESERVED_ID} are the language's own; rename it"),
        ));
    }
    Ok(id.clone())
}

fn generated_id(object: &Map<String, Value>) -> String {
    let text = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Bool(value)) => Some(value.to_string()),
        _ => None,
    };
    let short = |text: &String| text.chars().nth(MAX_SHOWN_CHARS).is_none();
    let operand = ["compare_to", "value", "type"]
        .into_iter()
        .find_map(text)
        .filter(short);
    let parts = [text("field"), text("rule"), operand];
    parts.into_iter().flatten().collect::<Vec<_>>().join(".")
}

fn severity(
    object: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Result<Severity, Refused> {
    let Some(given) = object.get("severity") else {
        return Ok(Severity::default());
    };
    given.as_str().and_then(Severity::of).ok_or_else(|| {
        let message = format!(
            "severity must be \"error\", \"warning\" or \"info\", not {}",
            described(given)
        );
        problems.add(format!("{pointer}/severity"), message)
    })
}

fn message(
    object: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Result<Option<Template>, Refused> {
    let Some(given) = object.get("message") else {
        return Ok(None);
    };
    let read = match given {
        Value::String(text) => Template::parse(text),
        other => Err(format!("message must be text, not {}", described(other))),
    };
    read.map(Some)
        .map_err(|message| problems.add(format!("{pointer}/message"), message))
}
