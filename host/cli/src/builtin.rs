//! What travels inside this program: the first-party plugins, and the sample tenants with their documents.

use anyhow::Context as _;
use bytes::Bytes;
use include_dir::{Dir, include_dir};

use crate::failure::UsageError;

static PLUGINS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/built");
pub(crate) static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// A plugin that comes with this program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// All of them, by name.
pub(crate) fn plugins() -> Vec<Builtin> {
    let mut plugins: Vec<_> = PLUGINS
        .files()
        .filter(|file| {
            file.path()
                .extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .filter_map(|file| {
            Some(Builtin {
                name: file.path().file_stem()?.to_str()?,
                bytes: file.contents(),
            })
        })
        .collect();
    plugins.sort_by_key(|plugin| plugin.name);
    plugins
}

/// The bytes of a plugin: of a file when there is one of that name, else of one that comes with this program.
pub(crate) fn plugin(name: &str) -> anyhow::Result<Bytes> {
    if let Some(found) = plugins().into_iter().find(|plugin| plugin.name == name) {
        return Ok(Bytes::from_static(found.bytes));
    }
    let is_path = name.contains(['/', '.']);
    if is_path {
        let bytes = std::fs::read(name).with_context(|| format!("can't read {name}"))?;
        return Ok(bytes.into());
    }
    let names: Vec<_> = plugins().iter().map(|plugin| plugin.name).collect();
    let message = format!(
        "there is no plugin `{}`; name a file, or one of those that come with this program: {}",
        name.escape_default(),
        names.join(", ")
    );
    Err(UsageError(message).into())
}
