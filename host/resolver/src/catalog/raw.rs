//! A catalog as it is written. Every field may be absent; [`super`] says which may not.

use serde::Deserialize;

use crate::input::{Shape, Text};

macro_rules! raw {
    ($($name:ident { $($field:ident : $type:ty),* $(,)? })*) => {$(
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: Option<$type>,)*
            #[serde(skip)]
            _text: std::marker::PhantomData<&'a str>,
        }
    )*};
}

raw! {
    RawCatalog { dialect: Text<'a>, extensions: Vec<RawRelease<'a>> }
    RawRelease {
        id: Text<'a>,
        version: Text<'a>,
        yanked: bool,
        requires: Vec<RawRequirement<'a>>,
        provides: Vec<RawProvision<'a>>,
        resources: Vec<RawUse<'a>>,
        conflicts: Vec<RawConflict<'a>>,
    }
    RawRequirement { extension: Text<'a>, capability: Text<'a>, range: Text<'a>, optional: bool, policy: Text<'a> }
    RawProvision { capability: Text<'a>, version: Text<'a>, policy: Text<'a>, exclusive: bool }
    RawUse { resource: Text<'a>, mode: Text<'a> }
    RawConflict {
        extension: Text<'a>,
        capability: Text<'a>,
        resource: Text<'a>,
        range: Text<'a>,
        scope: Text<'a>,
        severity: Text<'a>,
        reason: Text<'a>,
    }
}

pub(crate) const SHAPE: Shape = Shape::Object(&[
    ("dialect", Shape::Text),
    ("extensions", Shape::List(&RELEASE)),
]);
const RELEASE: Shape = Shape::Object(&[
    ("id", Shape::Text),
    ("version", Shape::Text),
    ("yanked", Shape::Flag),
    ("requires", Shape::List(&REQUIREMENT)),
    ("provides", Shape::List(&PROVISION)),
    ("resources", Shape::List(&USE)),
    ("conflicts", Shape::List(&CONFLICT)),
]);
const REQUIREMENT: Shape = Shape::Object(&[
    ("extension", Shape::Text),
    ("capability", Shape::Text),
    ("range", Shape::Text),
    ("optional", Shape::Flag),
    ("policy", Shape::Text),
]);
const PROVISION: Shape = Shape::Object(&[
    ("capability", Shape::Text),
    ("version", Shape::Text),
    ("policy", Shape::Text),
    ("exclusive", Shape::Flag),
]);
const USE: Shape = Shape::Object(&[("resource", Shape::Text), ("mode", Shape::Text)]);
const CONFLICT: Shape = Shape::Object(&[
    ("extension", Shape::Text),
    ("capability", Shape::Text),
    ("resource", Shape::Text),
    ("range", Shape::Text),
    ("scope", Shape::Text),
    ("severity", Shape::Text),
    ("reason", Shape::Text),
]);
