//! What somebody wants of a site, and what the site is asked for when it is granted.
//!
//! Absent: whether it can be granted.

use std::collections::BTreeMap;

use assay_domain::{ExtensionId, PluginName, SnapshotId};
use assay_store::sites::{Pin, Policy};
use semver::Version;
use serde_json::{Value, json};

use super::secrets::Plain;
use super::situation::Situation;

/// What somebody wants.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// An extension, in a range, with a configuration.
    Enable {
        extension: ExtensionId,
        range: Option<String>,
        configuration: Plain,
    },
    /// Another configuration of one that is enabled, and another range where one is given.
    Reconfigure {
        extension: ExtensionId,
        range: Option<String>,
        configuration: Plain,
    },
    /// An extension no longer.
    Disable {
        extension: ExtensionId,
    },
    SetPin(Pin),
    RemovePin(ExtensionId),
    SetPolicy(Policy),
    RemovePolicy(String),
    /// Another plugin that resolves the site, from this change on.
    SetResolver(PluginName),
    /// What there was.
    RollBack(Earlier),
}

/// A site as it was.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    pub(crate) snapshot: SnapshotId,
    pub(crate) enabled: Vec<Was>,
    pub(crate) pins: Vec<Pin>,
    pub(crate) policies: Vec<Policy>,
}

/// An extension as it was enabled.
#[derive(Clone, Debug)]
pub(crate) struct Was {
    pub(crate) extension: ExtensionId,
    pub(crate) version: String,
    pub(crate) requested: bool,
    pub(crate) range: Option<String>,
    pub(crate) configuration: Plain,
}

/// What a site is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) requested: BTreeMap<ExtensionId, Option<String>>,
    /// New configurations; what has none keeps what it has.
    pub(crate) configurations: BTreeMap<ExtensionId, Plain>,
    pub(crate) pins: Vec<Pin>,
    pub(crate) policies: Vec<Policy>,
    /// Versions that are to come back.
    pub(crate) exactly: Vec<(ExtensionId, String)>,
    /// The plugin that resolves.
    pub(crate) resolver: PluginName,
}

impl Wish {
    /// The extension that it is about.
    pub(crate) fn extension(&self) -> Option<&ExtensionId> {
        match self {
            Self::Enable { extension, .. }
            | Self::Reconfigure { extension, .. }
            | Self::Disable { extension }
            | Self::RemovePin(extension) => Some(extension),
            Self::SetPin(pin) => Some(&pin.extension),
            Self::SetPolicy(_) | Self::RemovePolicy(_) | Self::SetResolver(_) | Self::RollBack(_) => None,
        }
    }

    /// What it is called in the log.
    pub(crate) const fn action(&self) -> &'static str {
        match self {
            Self::Enable { .. } => "enable",
            Self::Reconfigure { .. } => "reconfigure",
            Self::Disable { .. } => "disable",
            Self::SetPin(_) => "set-pin",
            Self::RemovePin(_) => "remove-pin",
            Self::SetPolicy(_) => "set-policy",
            Self::RemovePolicy(_) => "remove-policy",
            Self::SetResolver(_) => "set-resolver",
            Self::RollBack(_) => "roll-back",
        }
    }

    /// The snapshot that it goes back to.
    pub(crate) const fn snapshot(&self) -> Option<SnapshotId> {
        match self {
            Self::RollBack(earlier) => Some(earlier.snapshot),
            _ => None,
        }
    }

    /// The configuration that it brings, with its range.
    pub(crate) fn configuration(&self) -> Option<(&ExtensionId, &Plain, Option<&str>)> {
        match self {
            Self::Enable {
                extension,
                range,
                configuration,
            }
            | Self::Reconfigure {
                extension,
                range,
                configuration,
            } => Some((extension, configuration, range.as_deref())),
            _ => None,
        }
    }

    /// What the site is asked for.
    pub(crate) fn target(&self, now: &Situation) -> Target {
        let mut target = Target::as_it_is(now);
        match self {
            Self::Enable {
                extension,
                range,
                configuration,
            } => {
                target.requested.insert(extension.clone(), range.clone());
                target
                    .configurations
                    .insert(extension.clone(), configuration.clone());
            }
            Self::Reconfigure {
                extension,
                range,
                configuration,
            } => {
                if let (Some(asked), Some(_)) = (target.requested.get_mut(extension), range) {
                    asked.clone_from(range);
                }
                target
                    .configurations
                    .insert(extension.clone(), configuration.clone());
            }
            Self::Disable { extension } => {
                target.requested.remove(extension);
            }
            Self::SetPin(pin) => {
                target.pins.retain(|other| other.extension != pin.extension);
                target.pins.push(pin.clone());
            }
            Self::RemovePin(extension) => target.pins.retain(|pin| pin.extension != *extension),
            Self::SetPolicy(policy) => {
                target
                    .policies
                    .retain(|other| other.capability != policy.capability);
                target.policies.push(policy.clone());
            }
            Self::RemovePolicy(capability) => {
                target.policies.retain(|policy| policy.capability != *capability);
            }
            Self::SetResolver(name) => target.resolver = name.clone(),
            Self::RollBack(earlier) => {
                let asked = earlier.enabled.iter().filter(|was| was.requested);
                target.requested = asked
                    .map(|was| (was.extension.clone(), was.range.clone()))
                    .collect();
                let all = earlier.enabled.iter();
                target.configurations = all
                    .clone()
                    .map(|was| (was.extension.clone(), was.configuration.clone()))
                    .collect();
                target.exactly = all
                    .map(|was| (was.extension.clone(), was.version.clone()))
                    .collect();
                target.pins.clone_from(&earlier.pins);
                target.policies.clone_from(&earlier.policies);
            }
        }
        target
    }
}

impl Target {
    /// What a site is asked for already.
    pub(crate) fn as_it_is(now: &Situation) -> Self {
        let requested = now.enabled.values().filter(|enabled| enabled.requested);
        Self {
            requested: requested
                .map(|enabled| (enabled.extension.clone(), enabled.requested_range.clone()))
                .collect(),
            configurations: BTreeMap::new(),
            pins: now.pins.clone(),
            policies: now.policies.clone(),
            exactly: Vec::new(),
            resolver: now.site.resolver.clone(),
        }
    }

    /// The resolver's request. `newest` asks for the newest versions of all; otherwise as little changes as can be.
    pub(crate) fn request(&self, now: &Situation, newest: bool, without: &[String]) -> Value {
        let requested = self.requested.iter().map(|(id, range)| match range {
            Some(range) => json!({"id": id, "range": range}),
            None => json!({"id": id}),
        });
        let installed = now.enabled.values().filter(|enabled| {
            // What is to go is not kept for being there.
            !without.iter().any(|id| id == enabled.extension.as_str())
        });
        let installed = installed.map(|enabled| version(&enabled.extension, &enabled.version.to_string()));
        let mut pins: BTreeMap<&ExtensionId, String> = BTreeMap::new();
        pins.extend(self.exactly.iter().map(|(id, version)| (id, version.clone())));
        // What was enabled under a pin had its version; where they differ, the pin is what somebody wrote.
        pins.extend(
            self.pins
                .iter()
                .map(|pin| (&pin.extension, Version::to_string(&pin.version))),
        );
        json!({
            "site": now.site.id,
            "requested": requested.collect::<Vec<_>>(),
            "installed": installed.collect::<Vec<_>>(),
            "pins": pins.iter().map(|(id, at)| version(id, at)).collect::<Vec<_>>(),
            "policies": self.policies.iter()
                .map(|policy| json!({"capability": policy.capability, "policy": policy.policy}))
                .collect::<Vec<_>>(),
            "prefer": if newest { "newest" } else { "minimal-change" },
        })
    }
}

fn version(id: &ExtensionId, version: &str) -> Value {
    json!({"id": id, "version": version})
}
