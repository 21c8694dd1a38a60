//! The type of a value.

use serde_json::Value;

use super::Kind;
use crate::finding::described;
use crate::judge::{Applied, Check, Judge, Judged, Target, kept_if};
use crate::nearest::suggestion;
use crate::operands::Operands;
use crate::problem::Refused;
use crate::reference::{KindDoc, OperandDoc};
use crate::{date, date_time, decimal};

pub(super) const KINDS: &[Kind] = &[Kind {
    doc: KindDoc {
        name: "type",
        family: "type",
        summary: "The field is of the type, or of one of them. integer is a number without a fraction (2.0 is one); \
                  decimal is a number or plain decimal text with at most 28 digits; date is text as YYYY-MM-DD, \
                  date_time text of RFC 3339 with its offset. null keeps the rule whatever the type: use required \
                  beside it.",
        operands: &[OperandDoc {
            name: "type",
            required: true,
            takes: "string, number, integer, boolean, array, object, null, decimal, date or date_time, or a list of these",
        }],
        example: r#"{"field": "net", "rule": "type", "type": "decimal"}"#,
        kept: r#"{"net": "12.50"}"#,
        broken: r#"{"net": "12,50"}"#,
    },
    compile: |operands| compile(operands),
}];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    String,
    Number,
    Integer,
    Boolean,
    Array,
    Object,
    Null,
    Decimal,
    Date,
    DateTime,
}

const TYPES: [(&str, Type); 10] = [
    ("string", Type::String),
    ("number", Type::Number),
    ("integer", Type::Integer),
    ("boolean", Type::Boolean),
    ("array", Type::Array),
    ("object", Type::Object),
    ("null", Type::Null),
    ("decimal", Type::Decimal),
    ("date", Type::Date),
    ("date_time", Type::DateTime),
];

impl Type {
    fn has(self, value: &Value) -> bool {
        match self {
            Type::String => value.is_string(),
            Type::Number => value.is_number(),
            Type::Integer => matches!(value, Value::Number(number) if decimal::is_whole(number)),
            Type::Boolean => value.is_boolean(),
            Type::Array => value.is_array(),
            Type::Object => value.is_object(),
            Type::Null => value.is_null(),
            Type::Decimal => matches!(decimal::of(value), Ok(Some(_))),
            Type::Date => value.as_str().and_then(date::parse).is_some(),
            Type::DateTime => value.as_str().is_some_and(|text| date_time::parse(text).is_ok()),
        }
    }
}

#[derive(Debug)]
struct TypeOf {
    types: Vec<Type>,
    /// The types as they were named.
    named: Value,
    phrase: String,
}

fn compile(operands: &mut Operands<'_>) -> Result<Judge, Refused> {
    let named = operands.need("type", "the name of a type, or a list of names")?;
    let one = std::slice::from_ref(named);
    let (items, listed) = match named {
        Value::Array(items) => (items.as_slice(), true),
        _ => (one, false),
    };
    if items.is_empty() || items.len() > TYPES.len() {
        return Err(operands.refuse("type", None, format!("name from 1 to {} types", TYPES.len())));
    }
    let mut read = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let found = item
            .as_str()
            .and_then(|name| TYPES.iter().find(|(known, _)| *known == name));
        read.push(found.copied().ok_or_else(|| {
            let known = TYPES.map(|(name, _)| name);
            let nearest = suggestion(item.as_str().unwrap_or_default(), known.into_iter());
            let message = match nearest.as_str() {
                "" => format!(
                    "{} is no type; the types are {}",
                    described(item),
                    known.join(", ")
                ),
                nearest => format!("{} is no type{nearest}", described(item)),
            };
            operands.refuse("type", listed.then_some(at), message)
        }));
    }
    let read: Vec<(&str, Type)> = read.into_iter().collect::<Result<_, _>>()?;
    Ok(Judge::each(TypeOf {
        types: read.iter().map(|(_, one)| *one).collect(),
        named: named.clone(),
        phrase: read
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(" or "),
    }))
}

impl Check for TypeOf {
    fn present(&self, target: &Target<'_>, value: &Value) -> Judged {
        kept_if(self.types.iter().any(|one| one.has(value)), || {
            let text = format!(
                "{} is {}, but must be of type {}",
                target.spot.name(),
                described(value),
                self.phrase
            );
            let actual = TYPES
                .iter()
                .find(|(_, one)| one.has(value))
                .map(|(name, _)| Value::from(*name));
            target.spot.broken(text, Some(self.named.clone()), actual)
        })
    }

    fn missing(&self, _: &Target<'_>, is_null: bool) -> Judged {
        Ok(if is_null && self.types.contains(&Type::Null) {
            Applied::Kept
        } else {
            Applied::NotApplicable
        })
    }
}
