//! The guest's side of `wit/plugin-v1` and `wit/resolver-v1`, generated once per world.
//!
//! Invariant: the interfaces that worlds share (`types`, `log`, `history`) are generated once, in [`validator`], so
//! that a finding is one Rust type whatever world it is used in. A plugin carries only what its own [`export!`]
//! names: a world that is generated here and not exported leaves nothing in the component.
//!
//! Deliberately absent: everything written by hand.
//!
//! [`export!`]: crate::export

#![expect(
    missing_docs,
    clippy::pedantic,
    reason = "generated; the files in `wit` document every item"
)]

/// The world `validator`, and what all worlds share.
pub mod validator {
    wit_bindgen::generate!({
        path: "../../wit/plugin-v1",
        world: "validator",
        pub_export_macro: true,
        export_macro_name: "export_validator",
        additional_derives: [PartialEq],
    });
}

/// The world `extractor`.
pub mod extractor {
    wit_bindgen::generate!({
        path: "../../wit/plugin-v1",
        world: "extractor",
        pub_export_macro: true,
        export_macro_name: "export_extractor",
        additional_derives: [PartialEq],
        with: {
            "assay:plugin/types@1.0.0": crate::bindings::validator::assay::plugin::types,
            "assay:plugin/log@1.0.0": crate::bindings::validator::assay::plugin::log,
        },
    });
}

/// The world `scorer`.
pub mod scorer {
    wit_bindgen::generate!({
        path: "../../wit/plugin-v1",
        world: "scorer",
        pub_export_macro: true,
        export_macro_name: "export_scorer",
        additional_derives: [PartialEq],
        with: {
            "assay:plugin/types@1.0.0": crate::bindings::validator::assay::plugin::types,
            "assay:plugin/log@1.0.0": crate::bindings::validator::assay::plugin::log,
            "assay:plugin/history@1.0.0": crate::bindings::validator::assay::plugin::history,
        },
    });
}

/// The world `resolver`.
pub mod resolver {
    wit_bindgen::generate!({
        path: ["../../wit/plugin-v1", "../../wit/resolver-v1"],
        world: "assay:resolver/resolver",
        pub_export_macro: true,
        export_macro_name: "export_resolver",
        additional_derives: [PartialEq],
        with: {
            "assay:plugin/types@1.0.0": crate::bindings::validator::assay::plugin::types,
        },
    });
}
