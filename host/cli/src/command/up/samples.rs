//! The sample tenants and documents that travel inside this program.

use anyhow::Context as _;
use assay_domain::{ClientId, ProcessTypeId, Role, UserId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::builtin::SAMPLES;

/// `tenants.toml`.
#[derive(Debug, Deserialize)]
pub(crate) struct Tenants {
    pub(crate) process_type: Vec<SampleType>,
    pub(crate) client: Vec<Tenant>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SampleType {
    pub(crate) process_type_id: ProcessTypeId,
    pub(crate) display_name: String,
    pub(crate) description: String,
    pub(crate) default_version: Option<i32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tenant {
    pub(crate) client_id: ClientId,
    pub(crate) slug: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) user: Vec<SampleUser>,
    #[serde(default)]
    pub(crate) configuration: Vec<SampleConfiguration>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SampleUser {
    pub(crate) user_id: UserId,
    pub(crate) email: String,
    pub(crate) role: Role,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SampleConfiguration {
    pub(crate) process_type_id: ProcessTypeId,
    pub(crate) file: String,
}

/// `expected.toml`.
#[derive(Debug, Deserialize)]
pub(crate) struct Expectations {
    pub(crate) document: Vec<Expected>,
}

/// A document, and what should be said of it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Expected {
    /// `documents/CLIENT/PROCESS_TYPE/FILE`.
    pub(crate) path: String,
    /// `accepted`, `rejected`, `review` or `failed`.
    pub(crate) verdict: String,
    /// Rules that must be among the findings.
    #[serde(default)]
    pub(crate) findings: Vec<String>,
    /// The plugin's named error.
    pub(crate) error: Option<String>,
    /// For people.
    #[serde(default)]
    pub(crate) why: String,
}

impl Expected {
    /// The client's slug, the process type and the file's name.
    pub(crate) fn parts(&self) -> anyhow::Result<(&str, ProcessTypeId, &str)> {
        let mut parts = self.path.splitn(4, '/').skip(1);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(client), Some(process_type), Some(file)) => Ok((client, process_type.parse()?, file)),
            _ => anyhow::bail!("the sample `{}` is in no folder CLIENT/PROCESS_TYPE", self.path),
        }
    }
}

impl Tenants {
    pub(crate) fn load() -> anyhow::Result<Self> {
        parse("tenants.toml")
    }
}

impl Expectations {
    pub(crate) fn load() -> anyhow::Result<Self> {
        parse("expected.toml")
    }
}

fn parse<T: DeserializeOwned>(path: &str) -> anyhow::Result<T> {
    let text = std::str::from_utf8(bytes(path)?)?;
    toml::from_str(text).with_context(|| format!("the sample file {path} can't be read"))
}

/// The bytes of a sample file.
pub(crate) fn bytes(path: &str) -> anyhow::Result<&'static [u8]> {
    let file = SAMPLES
        .get_file(path)
        .with_context(|| format!("there is no sample file {path}"))?;
    Ok(file.contents())
}
