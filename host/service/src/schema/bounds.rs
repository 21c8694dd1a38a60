//! What a schema may cost, looked at before it is compiled: how large it is, and how much there is to decide about one
//! value before any of it is gone into.
//!
//! Invariant: a schema that passed is one resource without references to the outside; applying it to one value ends
//! and takes at most [`MOST_STEPS`] subschemas, within at most [`MOST_NESTED`] of one another.
//! Absent: how much of a value there is to go into; the meter of [`super::metered`] counts that while it happens.

use std::collections::{BTreeMap, HashMap};

use assay_domain::Problem;
use assay_domain::json::push_pointer;
use serde_json::Value;

/// Bytes of a schema.
pub(super) const MOST_BYTES: usize = 512 << 10;
/// Subschemas of a schema.
const MOST_SUBSCHEMAS: usize = 10_000;
/// Arrays and objects within one another.
const MOST_DEPTH: usize = 128;
/// Subschemas that are applied to one and the same value.
const MOST_STEPS: u64 = 2_000;
/// Subschemas that are applied to one and the same value, each by the one before.
const MOST_NESTED: u32 = 48;
/// The same, summed up over what `unevaluatedProperties` and `unevaluatedItems` have to go through once more.
const MOST_UNEVALUATED: u64 = 50_000;
/// Bytes of a pattern.
const MOST_PATTERN: usize = 1_000;
/// Patterns of a schema.
const MOST_PATTERNS: usize = 1_000;

/// What applying a schema to one value costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// The most subschemas for one value that decide nothing themselves, and so never look at it.
    pub(super) idle: u64,
    /// The most subschemas for one value that are within one another.
    pub(super) nested: u32,
    /// Whether strings are matched with patterns.
    pub(super) patterns: bool,
}

/// Keywords with a schema, with a list of them, and with schemas by name, and whether they apply to the same value.
const ONE: [(&str, bool); 12] = [
    ("not", true),
    ("if", true),
    ("then", true),
    ("else", true),
    ("items", false),
    ("contains", false),
    ("additionalItems", false),
    ("additionalProperties", false),
    ("propertyNames", false),
    ("unevaluatedItems", false),
    ("unevaluatedProperties", false),
    ("contentSchema", false),
];
const LIST: [(&str, bool); 4] = [
    ("allOf", true),
    ("anyOf", true),
    ("oneOf", true),
    ("prefixItems", false),
];
const NAMED: [(&str, bool); 6] = [
    ("dependentSchemas", true),
    ("dependencies", true),
    ("properties", false),
    ("patternProperties", false),
    ("$defs", false),
    ("definitions", false),
];
/// Keywords that look at the value whatever it is.
const LOOKS: [&str; 15] = [
    "type",
    "const",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
];

/// Looks at a schema.
pub(super) fn check(schema: &Value) -> Result<Cost, Problem> {
    let mut found = Found::default();
    found.walk(schema, &mut String::new(), 0)?;
    if found.patterns > MOST_PATTERNS {
        let message = format!("more than {MOST_PATTERNS} patterns; use `enum`, or leave some to the rules");
        return Err(Problem::new("", message));
    }
    let mut nodes = Vec::with_capacity(found.schemas.len());
    for (pointer, schema) in &found.schemas {
        nodes.push(found.node(pointer, schema)?);
    }
    Count::over(nodes)
}

/// The subschemas of a schema.
#[derive(Default)]
struct Found<'a> {
    schemas: Vec<(String, &'a Value)>,
    places: HashMap<String, usize>,
    anchors: BTreeMap<&'a str, usize>,
    patterns: usize,
}

/// A subschema and those that it applies to the same value.
struct Place {
    pointer: String,
    applies: Vec<(usize, Edge)>,
    unevaluated: bool,
    idle: bool,
    patterns: bool,
}

/// Where a subschema applies another.
#[derive(Clone, Copy)]
enum Edge {
    Within,
    Reference(&'static str),
}

impl<'a> Found<'a> {
    fn walk(&mut self, schema: &'a Value, pointer: &mut String, depth: usize) -> Result<(), Problem> {
        if self.schemas.len() >= MOST_SUBSCHEMAS {
            let message = format!("more than {MOST_SUBSCHEMAS} subschemas; leave parts of it to the rules");
            return Err(Problem::new(pointer.as_str(), message));
        }
        if depth > MOST_DEPTH {
            let message =
                format!("more than {MOST_DEPTH} subschemas within one another; put some under `$defs`");
            return Err(Problem::new(pointer.as_str(), message));
        }
        let place = self.schemas.len();
        self.schemas.push((pointer.clone(), schema));
        self.places.insert(pointer.clone(), place);
        let Value::Object(keywords) = schema else {
            return Ok(());
        };
        if depth > 0 && keywords.contains_key("$id") {
            let message = "a schema within a schema can't have an `$id` here; put it under `$defs` and refer to it as `#/$defs/NAME`";
            return Err(Problem::new(format!("{pointer}/$id"), message));
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            let name = keywords.get(keyword).and_then(Value::as_str);
            if let Some(name) = name
                && self
                    .anchors
                    .insert(name, place)
                    .is_some_and(|other| other != place)
            {
                let message = format!("the anchor `{name}` stands twice; keep one");
                return Err(Problem::new(format!("{pointer}/{keyword}"), message));
            }
        }
        self.pattern(
            keywords.get("pattern").and_then(Value::as_str),
            pointer,
            "pattern",
        )?;
        let named = keywords.get("patternProperties").and_then(Value::as_object);
        for pattern in named.into_iter().flat_map(serde_json::Map::keys) {
            self.pattern(Some(pattern), pointer, "patternProperties")?;
        }
        for (path, schema, _) in subschemas(keywords) {
            let length = pointer.len();
            for segment in path.into_iter().flatten() {
                push_pointer(pointer, &segment);
            }
            self.walk(schema, pointer, depth + 1)?;
            pointer.truncate(length);
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: Option<&str>, pointer: &str, keyword: &str) -> Result<(), Problem> {
        let Some(pattern) = pattern else {
            return Ok(());
        };
        self.patterns += 1;
        if pattern.len() > MOST_PATTERN {
            let message = format!("a pattern of more than {MOST_PATTERN} bytes; make it shorter");
            return Err(Problem::new(format!("{pointer}/{keyword}"), message));
        }
        Ok(())
    }

    fn node(&self, pointer: &str, schema: &Value) -> Result<Place, Problem> {
        let mut place = Place {
            pointer: pointer.to_owned(),
            applies: Vec::new(),
            unevaluated: false,
            idle: true,
            patterns: false,
        };
        let Value::Object(keywords) = schema else {
            return Ok(place);
        };
        let has = |keyword: &str| keywords.contains_key(keyword);
        place.unevaluated = has("unevaluatedProperties") || has("unevaluatedItems");
        place.idle = !LOOKS.iter().any(|keyword| has(keyword));
        place.patterns = has("pattern") || has("patternProperties");
        for (path, _, same) in subschemas(keywords) {
            let mut below = pointer.to_owned();
            for segment in path.into_iter().flatten() {
                push_pointer(&mut below, &segment);
            }
            if let (true, Some(index)) = (same, self.places.get(&below)) {
                place.applies.push((*index, Edge::Within));
            }
        }
        for keyword in ["$ref", "$dynamicRef"] {
            if let Some(reference) = keywords.get(keyword).and_then(Value::as_str) {
                let target = self.target(reference);
                let target =
                    target.map_err(|message| Problem::new(format!("{pointer}/{keyword}"), message))?;
                place.applies.push((target, Edge::Reference(keyword)));
            }
        }
        Ok(place)
    }

    /// Where a reference leads. In a schema of one resource a dynamic reference leads where another would.
    fn target(&self, reference: &str) -> Result<usize, String> {
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(format!(
                "`{reference}` is outside of this schema, and nothing is fetched; refer to `#/$defs/NAME`"
            ));
        };
        let fragment = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
        let found = if fragment.is_empty() || fragment.starts_with('/') {
            self.places.get(fragment.as_ref())
        } else {
            self.anchors.get(fragment.as_ref())
        };
        found.copied().ok_or_else(|| {
            format!("`{reference}` leads to no subschema; put what it should lead to under `$defs`")
        })
    }
}

type Path = [Option<String>; 2];

/// The subschemas of a schema: where they are, and whether they apply to the same value.
fn subschemas(keywords: &serde_json::Map<String, Value>) -> Vec<(Path, &Value, bool)> {
    let mut found = Vec::new();
    let schema = |value: &Value| value.is_object() || value.is_boolean();
    for (keyword, same) in ONE {
        if let Some(value) = keywords.get(keyword).filter(|value| schema(value)) {
            found.push(([Some(keyword.to_owned()), None], value, same));
        }
    }
    for (keyword, same) in LIST {
        let items = keywords.get(keyword).and_then(Value::as_array);
        for (index, value) in items.into_iter().flatten().enumerate() {
            found.push(([Some(keyword.to_owned()), Some(index.to_string())], value, same));
        }
    }
    for (keyword, same) in NAMED {
        let members = keywords.get(keyword).and_then(Value::as_object);
        for (name, value) in members.into_iter().flatten().filter(|(_, value)| schema(value)) {
            found.push(([Some(keyword.to_owned()), Some(name.clone())], value, same));
        }
    }
    found
}

/// What one subschema costs per value, those that it applies included.
#[derive(Clone, Copy, Default)]
struct Price {
    steps: u64,
    /// What finding out takes which parts of the value it has evaluated.
    marks: u64,
    idle: u64,
    nested: u32,
}

/// The prices of subschemas, each counted once: those that it applies before itself.
struct Count {
    places: Vec<Place>,
    prices: Vec<Option<Price>>,
    open: Vec<bool>,
}

impl Count {
    fn over(places: Vec<Place>) -> Result<Cost, Problem> {
        let mut count = Self {
            prices: vec![None; places.len()],
            open: vec![false; places.len()],
            places,
        };
        let mut cost = Cost {
            idle: 0,
            nested: 0,
            patterns: count.places.iter().any(|place| place.patterns),
        };
        let mut unevaluated = 0_u64;
        for index in 0..count.places.len() {
            let price = count.price(index, 0)?;
            cost.idle = cost.idle.max(price.idle);
            cost.nested = cost.nested.max(price.nested);
            if let Some(place) = count.places.get(index).filter(|place| place.unevaluated) {
                unevaluated = unevaluated.saturating_add(price.marks);
                if unevaluated > MOST_UNEVALUATED {
                    let message = "`unevaluatedProperties` and `unevaluatedItems` stand above too many other subschemas; use `additionalProperties` or `items`";
                    return Err(Problem::new(place.pointer.as_str(), message));
                }
            }
        }
        Ok(cost)
    }

    fn price(&mut self, index: usize, above: u32) -> Result<Price, Problem> {
        if let Some(price) = self.prices.get(index).copied().flatten() {
            return Ok(price);
        }
        let Some(place) = self.places.get(index) else {
            return Ok(Price::default());
        };
        let (pointer, unevaluated, idle) = (place.pointer.clone(), place.unevaluated, place.idle);
        let applies = place.applies.clone();
        let mut price = Price {
            steps: 1,
            marks: 1,
            idle: u64::from(idle),
            nested: 1,
        };
        if let Some(open) = self.open.get_mut(index) {
            *open = true;
        }
        for (other, edge) in applies {
            if let (Some(true), Edge::Reference(keyword)) = (self.open.get(other).copied(), edge) {
                let message = "this leads back to itself without going into the value, so that nothing would ever be decided; refer to it from within `properties` or `items`";
                return Err(Problem::new(format!("{pointer}/{keyword}"), message));
            }
            if above >= MOST_NESTED {
                return Err(Problem::new(pointer, too_nested()));
            }
            let part = self.price(other, above + 1)?;
            price.steps = price.steps.saturating_add(part.steps);
            price.marks = price.marks.saturating_add(part.steps).saturating_add(part.marks);
            price.idle = price.idle.saturating_add(part.idle);
            price.nested = price.nested.max(part.nested + 1);
        }
        if unevaluated {
            price.steps = price.steps.saturating_add(price.marks);
        }
        if price.nested > MOST_NESTED {
            return Err(Problem::new(pointer, too_nested()));
        }
        if price.steps > MOST_STEPS {
            let message = format!(
                "one value would be held against {} subschemas here, and {MOST_STEPS} are allowed; apply fewer of them by `allOf`, `anyOf`, `oneOf`, `if`, `$ref` and `unevaluated…`",
                price.steps
            );
            return Err(Problem::new(pointer, message));
        }
        if let (Some(open), Some(kept)) = (self.open.get_mut(index), self.prices.get_mut(index)) {
            *open = false;
            *kept = Some(price);
        }
        Ok(price)
    }
}

fn too_nested() -> String {
    format!(
        "more than {MOST_NESTED} subschemas are applied to one value, each by the one before; apply them side by side"
    )
}

#[cfg(test)]
mod tests;
