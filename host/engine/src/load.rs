//! A component becomes a plugin that can be called.
//!
//! Invariant: a [`Plugin`] has passed every check that needs no running: its code is valid, its imports are linked, and
//! every function of every world it exports has the type that `wit` says.

use std::sync::Arc;

use std::time::Duration;

use assay_domain::{Digest, World};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Linker, Lower,
};

use crate::bindings::{extraction, resolution, scoring, types, validation};
use crate::refuse::{Reason, Refused};
use crate::state::State;

type Extraction = (Result<extraction::Extracted, extraction::ExtractError>,);
type Validation = (Result<validation::Report, validation::ValidateError>,);
type Scoring = (Result<scoring::ScoreReport, scoring::ScoreError>,);
type Resolution = (Result<String, resolution::ResolveError>,);

/// A compiled component with its exports looked up.
pub struct Plugin {
    pub(crate) digest: Digest,
    pub(crate) instance: InstancePre<State>,
    pub(crate) extraction: Option<extraction::GuestIndices>,
    pub(crate) validation: Option<validation::GuestIndices>,
    pub(crate) scoring: Option<scoring::GuestIndices>,
    pub(crate) resolution: Option<resolution::GuestIndices>,
}

impl Plugin {
    /// The digest of the component's bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Bytes of its compiled code, which it holds in memory.
    pub(crate) fn code_bytes(&self) -> u64 {
        let image = self.instance.component().image_range();
        (image.end.addr() as u64).saturating_sub(image.start.addr() as u64)
    }

    /// The worlds that it exports.
    pub fn worlds(&self) -> Vec<World> {
        let has = |world: &World| match world {
            World::Extractor => self.extraction.is_some(),
            World::Validator => self.validation.is_some(),
            World::Scorer => self.scoring.is_some(),
            World::Resolver => self.resolution.is_some(),
        };
        World::ALL.into_iter().filter(has).collect()
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("digest", &self.digest)
            .field("worlds", &self.worlds())
            .finish_non_exhaustive()
    }
}

/// A component that was compiled and linked, and that nobody knows of yet.
pub struct Compiled {
    pub(crate) component: Component,
    pub(crate) plugin: Arc<Plugin>,
}

impl Compiled {
    /// The plugin, for whoever wants to try it before it is published.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Compiled").field(&self.plugin).finish()
    }
}

/// Why a registered plugin could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its bytes could not be had.
    #[error("the component's bytes can't be read")]
    Bytes(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The bytes are not those that were registered.
    #[error(
        "the component's bytes have the digest {found}, not {expected}: what is stored was changed; register it again"
    )]
    Digest {
        /// What was asked for.
        expected: Digest,
        /// What the bytes hash to.
        found: Digest,
    },
    /// The component can't be used by this host.
    #[error("the component can't be used by this host")]
    Refused(#[source] Refused),
    /// It is still being fetched or compiled.
    #[error(
        "the component was not loaded within {} ms; it goes on being compiled, so try again", .limit.as_millis()
    )]
    Deadline {
        /// How long it was waited for.
        limit: Duration,
    },
}

/// Links a compiled component and looks up what it exports.
pub(crate) fn link(linker: &Linker<State>, digest: Digest, component: &Component) -> Result<Plugin, Refused> {
    let instance = linker
        .instantiate_pre(component)
        .map_err(|error| Refused::one("import", format!("its imports do not fit: {error:#}")))?;
    let mut reasons = Vec::new();
    let mut plugin = Plugin {
        digest,
        extraction: None,
        validation: None,
        scoring: None,
        resolution: None,
        instance,
    };
    let mut exported = Exported {
        component,
        reasons: &mut reasons,
        world: World::Extractor,
        interface: None,
    };
    if exported.has(World::Extractor) {
        exported.checks_and_prepares::<(&str,)>();
        exported.function::<(types::Document<'_>,), Extraction>("extract");
        plugin.extraction = extraction::GuestIndices::new(&plugin.instance).ok();
    }
    if exported.has(World::Validator) {
        exported.checks_and_prepares::<(&str, &str)>();
        exported.function::<(&str,), Validation>("validate");
        plugin.validation = validation::GuestIndices::new(&plugin.instance).ok();
    }
    if exported.has(World::Scorer) {
        exported.checks_and_prepares::<(&str, &str)>();
        exported.function::<(&str,), Scoring>("score");
        plugin.scoring = scoring::GuestIndices::new(&plugin.instance).ok();
    }
    if exported.has(World::Resolver) {
        exported.checks_and_prepares::<(&str,)>();
        exported.function::<(&str, &str), Resolution>("resolve");
        plugin.resolution = resolution::GuestIndices::new(&plugin.instance).ok();
    }
    if reasons.is_empty() {
        Ok(plugin)
    } else {
        Err(Refused { reasons })
    }
}

/// The exports of a component, one interface at a time.
struct Exported<'a> {
    component: &'a Component,
    reasons: &'a mut Vec<Reason>,
    world: World,
    interface: Option<ComponentExportIndex>,
}

impl Exported<'_> {
    fn has(&mut self, world: World) -> bool {
        self.world = world;
        let name = format!("{}@1.0.0", world.interface());
        self.interface = self.component.get_export_index(None, &name);
        self.interface.is_some()
    }

    /// Both take the same: the settings, and the rules where the world has them.
    fn checks_and_prepares<P>(&mut self)
    where
        P: ComponentNamedList + Lower,
    {
        self.function::<P, (Vec<types::Problem>,)>("check-settings");
        self.function::<P, (Result<(), types::PrepareError>,)>("prepare");
    }

    fn function<P, R>(&mut self, name: &str)
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let world = self.world;
        let problem = match self.component.get_export(self.interface.as_ref(), name) {
            Some((ComponentItem::ComponentFunc(function), _)) => {
                let component = self.component.component_type();
                let Err(error) = function.typecheck::<P, R>(&component.instance_type()) else {
                    return;
                };
                format!("has another type than in `wit`: {error:#}")
            }
            Some(_) => "is not a function".to_owned(),
            None => "is missing".to_owned(),
        };
        let message = format!(
            "`{name}` of {}@1.0.0 (world `{world}`) {problem}",
            world.interface()
        );
        self.reasons.push(Reason::new("world", message));
    }
}
