//! Names that people write: of plugins and of process types in snake_case, of extensions, roles and aspects in
//! kebab-case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a {what}: use 1 to {max} {rule}")]
pub struct NameError {
    given: String,
    what: &'static str,
    max: usize,
    rule: &'static str,
}

/// How a name is written.
struct Style {
    fits: fn(&str) -> bool,
    rule: &'static str,
}

const SNAKE: Style = Style {
    fits: |text| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    },
    rule: "lower-case letters, digits and `_`, beginning with a letter",
};

/// Words of letters and digits with one `-` between two of them.
const KEBAB: Style = Style {
    fits: |text| {
        text.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
    },
    rule: "lower-case letters and digits, in words with one `-` between two of them",
};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $style:ident);+ $(;)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                if text.len() <= $max && ($style.fits)(text) {
                    return Ok(Self(text.to_owned()));
                }
                let given = text.chars().take(80).flat_map(char::escape_default).collect();
                Err(NameError { given, what: $what, max: $max, rule: $style.rule })
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

names! {
    /// A plugin's name, snake_case, as `configurations.plugin_name` holds it.
    PluginName, "plugin name", 63, SNAKE;
    /// A process type's id, for example `payroll_v1`.
    ProcessTypeId, "process type id", 63, SNAKE;
    /// An extension's id. A plugin's is its name with `_` as `-`; a site may ask for one that there is not.
    ExtensionId, "extension id", 64, KEBAB;
    /// What a user is at a site, for example `quality-manager`.
    SiteRole, "site role", 32, KEBAB;
    /// What of an extension's configuration somebody signs, for example `electronic-signature-validation`.
    Aspect, "compliance aspect", 128, KEBAB;
}

impl PluginName {
    /// The id that the plugin has as an extension: the name with `_` as `-`, one to one.
    ///
    /// # Errors
    /// A name that ends in `_` or has two of them in a row has no such id, so that the plugin is none.
    pub fn extension_id(&self) -> Result<ExtensionId, NameError> {
        self.0.replace('_', "-").parse()
    }
}

impl ExtensionId {
    /// The name of the plugin that has this id; none when no plugin's name begins so.
    pub fn plugin_name(&self) -> Option<PluginName> {
        self.0.replace('-', "_").parse().ok()
    }
}

#[cfg(test)]
mod tests;
