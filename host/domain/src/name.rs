//! Names that people write: of plugins and of process types.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not a {what}: use 1 to {max} lower-case letters, digits and `_`, beginning with a letter"
)]
pub struct NameError {
    given: String,
    what: &'static str,
    max: usize,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $max:literal);+ $(;)?) => {$(
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
                let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
                let rest = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
                if starts && rest && text.len() <= $max {
                    return Ok(Self(text.to_owned()));
                }
                let given = text.chars().take(80).flat_map(char::escape_default).collect();
                Err(NameError { given, what: $what, max: $max })
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
    PluginName, "plugin name", 63;
    /// A process type's id, for example `payroll_v1`.
    ProcessTypeId, "process type id", 63;
}

impl PluginName {
    /// The id that the plugin has as an extension: the name with `_` as `-`, one to one.
    pub fn extension_id(&self) -> String {
        self.0.replace('_', "-")
    }
}

#[cfg(test)]
mod tests;
