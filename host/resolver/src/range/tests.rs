use super::*;

mod algebra;
mod node;
mod pitfalls;

fn cargo(text: &str) -> Range {
    Range::parse(text, Dialect::Cargo).unwrap()
}

fn node(text: &str) -> Range {
    Range::parse(text, Dialect::Node).unwrap()
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}
