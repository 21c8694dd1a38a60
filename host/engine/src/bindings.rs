//! The bindings to `wit/plugin-v1` and `wit/resolver-v1`, generated once for all worlds.
//!
//! Private: what others see are the domain's types. What these types hold is what the guest says, not yet checked.

/// The generated code.
mod generated {
    wasmtime::component::bindgen!({
        path: ["../../wit/plugin-v1", "../../wit/resolver-v1"],
        // One world with all exports, so that they share their types; which of them a plugin has is looked up.
        inline: "
            package assay:host;
            world plugin {
                import assay:plugin/log@1.0.0;
                import assay:plugin/history@1.0.0;
                export assay:plugin/extraction@1.0.0;
                export assay:plugin/validation@1.0.0;
                export assay:plugin/scoring@1.0.0;
                export assay:resolver/resolution@1.0.0;
            }
        ",
        world: "assay:host/plugin",
        imports: {
            "assay:plugin/history": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

pub(crate) use generated::assay::plugin::{history, log, types};
pub(crate) use generated::exports::assay::plugin::{extraction, scoring, validation};
pub(crate) use generated::exports::assay::resolver::resolution;
