//! XML to a small tree of elements, within limits.
//!
//! Invariant: only namespace URIs decide what an element is, never its prefix. Nothing that the document points to is
//! read, no entity is expanded: a DOCTYPE is refused whole. Work and memory are bounded by the document's size and by
//! the limits here, and recursion by [`MAX_DEPTH`].
//!
//! Deliberately absent: elements outside of UBL's namespaces (they are read past), comments, processing instructions.

use assay_plugin_sdk::ExtractError;
use quick_xml::XmlVersion;
use quick_xml::errors::Error;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceError, ResolveResult};
use quick_xml::reader::NsReader;

/// Levels of elements.
pub(crate) const MAX_DEPTH: usize = 64;
/// Attributes of one element.
pub(crate) const MAX_ATTRIBUTES: usize = 64;
/// Namespaces that are declared at once.
pub(crate) const MAX_NAMESPACES: usize = 128;

const INVOICE: &str = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
const CREDIT_NOTE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";
const AGGREGATES: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASICS: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";

/// The namespaces that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// The root's, of an invoice or a credit note.
    Root,
    /// `cac`, usually.
    Aggregate,
    /// `cbc`, usually.
    Basic,
    /// Any other.
    Other,
}

/// An element with what is in it.
#[derive(Debug)]
pub(crate) struct Element {
    space: Space,
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The local name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The text, without the white space around it.
    pub(crate) fn text(&self) -> &str {
        self.text.trim_matches([' ', '\t', '\r', '\n'])
    }

    /// An attribute without a prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.trim())
    }

    /// The aggregates of that name.
    pub(crate) fn all<'e>(&'e self, name: &'static str) -> impl Iterator<Item = &'e Element> + use<'e> {
        self.children
            .iter()
            .filter(move |child| child.space == Space::Aggregate && child.name == name)
    }

    /// The basic elements of that name.
    pub(crate) fn values<'e>(&'e self, name: &'static str) -> impl Iterator<Item = &'e Element> + use<'e> {
        self.children
            .iter()
            .filter(move |child| child.space == Space::Basic && child.name == name)
    }

    /// The first aggregate at a path of names.
    pub(crate) fn find(&self, path: &[&'static str]) -> Option<&Element> {
        path.iter()
            .try_fold(self, |element, name| element.all(name).next())
    }

    /// The first basic element of that name.
    pub(crate) fn value(&self, name: &'static str) -> Option<&Element> {
        self.values(name).next()
    }

    /// The text of the first basic element of that name, if it is not empty.
    pub(crate) fn text_of(&self, name: &'static str) -> Option<&str> {
        self.value(name)
            .map(Element::text)
            .filter(|text| !text.is_empty())
    }
}

/// Reads a document.
pub(crate) fn read(text: &str, max_elements: usize) -> Result<Element, ExtractError> {
    let mut builder = Builder {
        text,
        max_elements,
        elements: 0,
        open: Vec::new(),
        root: None,
    };
    if let Some(at) = text
        .char_indices()
        .find(|(_, character)| !is_allowed(*character))
        .map(|(at, _)| at)
    {
        return Err(builder.malformed(at, "a character that XML does not allow"));
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    reader.resolver_mut().set_max_namespace_bindings(MAX_NAMESPACES);
    loop {
        let before = position(reader.buffer_position());
        let (space, event) = match reader.read_resolved_event() {
            Ok(read) => read,
            Err(Error::Namespace(NamespaceError::TooManyBindings(_))) => {
                return Err(ExtractError::Hostile(format!(
                    "more than {MAX_NAMESPACES} namespaces are declared at once"
                )));
            }
            Err(error) => {
                let at = position(reader.error_position());
                return Err(builder.malformed(at, &error.to_string()));
            }
        };
        match event {
            Event::Start(start) => builder.open(&start, &space, before)?,
            Event::Empty(start) => {
                builder.open(&start, &space, before)?;
                builder.close();
            }
            Event::End(_) => builder.close(),
            Event::Text(text) => builder.append(&text.xml10_content(), before)?,
            Event::CData(text) => builder.append(&text.xml10_content(), before)?,
            Event::GeneralRef(reference) => builder.refer(&reference, before)?,
            Event::DocType(_) => {
                let message =
                    "the document has a DOCTYPE, which can define entities and point elsewhere; remove it";
                return Err(ExtractError::Hostile(message.to_owned()));
            }
            Event::Decl(_) if before > 0 => {
                return Err(builder.malformed(before, "an XML declaration that is not first"));
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return builder.finish(),
        }
    }
}

struct Builder<'t> {
    text: &'t str,
    max_elements: usize,
    elements: usize,
    open: Vec<Element>,
    root: Option<Element>,
}

impl Builder<'_> {
    fn open(
        &mut self,
        start: &BytesStart<'_>,
        space: &ResolveResult<'_>,
        at: usize,
    ) -> Result<(), ExtractError> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.malformed(at, "a second root element"));
        }
        self.elements += 1;
        if self.elements > self.max_elements {
            return Err(ExtractError::Hostile(format!(
                "there are more than {} elements",
                self.max_elements
            )));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(ExtractError::Hostile(format!(
                "elements are nested more than {MAX_DEPTH} levels deep"
            )));
        }
        let local = start.local_name();
        let name = local.as_ref();
        let space = match space {
            ResolveResult::Unknown(prefix) => {
                let prefix: String = prefix.chars().take(40).collect();
                return Err(self.malformed(at, &format!("the prefix {prefix:?} is bound to no namespace")));
            }
            ResolveResult::Bound(uri) => match uri.0 {
                AGGREGATES => Space::Aggregate,
                BASICS => Space::Basic,
                INVOICE if name == "Invoice" => Space::Root,
                CREDIT_NOTE if name == "CreditNote" => Space::Root,
                _ => Space::Other,
            },
            ResolveResult::Unbound => Space::Other,
        };
        let attributes = self.attributes(start, at)?;
        let element = Element {
            space,
            name: name.to_owned(),
            attributes,
            text: String::new(),
            children: Vec::new(),
        };
        if self.open.is_empty() && space != Space::Root {
            let name: String = name.chars().take(60).collect();
            let message = format!("the root element is {name:?}, not an Invoice or CreditNote of UBL 2");
            return Err(ExtractError::Unsupported(message));
        }
        self.open.push(element);
        Ok(())
    }

    fn attributes(&self, start: &BytesStart<'_>, at: usize) -> Result<Vec<(String, String)>, ExtractError> {
        let mut kept = Vec::new();
        for (index, attribute) in start.attributes().enumerate() {
            if index == MAX_ATTRIBUTES {
                return Err(ExtractError::Hostile(format!(
                    "an element has more than {MAX_ATTRIBUTES} attributes"
                )));
            }
            let attribute = attribute.map_err(|error| self.malformed(at, &error.to_string()))?;
            if attribute.value.contains('<') {
                return Err(self.malformed(at, "a `<` within the value of an attribute"));
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| self.malformed(at, &error.to_string()))?;
            if !value.chars().all(is_allowed) {
                return Err(self.malformed(at, "a character that XML does not allow"));
            }
            let key = attribute.key;
            if key.prefix().is_none() && key.as_namespace_binding().is_none() {
                kept.push((key.local_name().as_ref().to_owned(), value.into_owned()));
            }
        }
        Ok(kept)
    }

    fn append(&mut self, text: &str, at: usize) -> Result<(), ExtractError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
            None => return Err(self.malformed(at, "text outside of the root element")),
        }
        Ok(())
    }

    fn refer(&mut self, reference: &BytesRef<'_>, at: usize) -> Result<(), ExtractError> {
        let character = reference
            .resolve_char_ref()
            .map_err(|error| self.malformed(at, &error.to_string()))?;
        match character {
            Some(character) if is_allowed(character) => self.append(character.encode_utf8(&mut [0; 4]), at),
            Some(_) => Err(self.malformed(at, "a reference to a character that XML does not allow")),
            None => match resolve_predefined_entity(reference) {
                Some(text) => self.append(text, at),
                None => Err(self.malformed(at, "an entity that is not one of XML's own five")),
            },
        }
    }

    fn close(&mut self) {
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            // What is not UBL is read past; its children go with it.
            Some(parent) if element.space != Space::Other => parent.children.push(element),
            Some(_) => {}
            None => self.root = Some(element),
        }
    }

    fn finish(mut self) -> Result<Element, ExtractError> {
        let end = self.text.len();
        if let Some(element) = self.open.last() {
            let name: String = element.name.chars().take(60).collect();
            return Err(self.malformed(end, &format!("the document ends within {name:?}")));
        }
        self.root
            .take()
            .ok_or_else(|| self.malformed(end, "there is no element"))
    }

    fn malformed(&self, at: usize, message: &str) -> ExtractError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before
            .chars()
            .rev()
            .take_while(|character| *character != '\n')
            .count()
            + 1;
        ExtractError::Malformed(format!("line {line}, column {column}: {message}"))
    }
}

/// The characters of XML 1.0.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn position(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
