//! The macro that makes a component of a plugin.
//!
//! Invariant: what `prepare` made lives in one static per world, in linear memory, where a snapshot finds it.

/// Exports a plugin as a world: `export!(MyPlugin as validator);`, or `extractor`, `scorer` or `resolver`. A plugin of several
/// worlds is exported once for each.
#[macro_export]
macro_rules! export {
    ($plugin:ty as validator) => {
        $crate::export!(@world $plugin, ValidatorCell, ValidatorComponent, validator, export_validator);
    };
    ($plugin:ty as extractor) => {
        $crate::export!(@world $plugin, ExtractorCell, ExtractorComponent, extractor, export_extractor);
    };
    ($plugin:ty as scorer) => {
        $crate::export!(@world $plugin, ScorerCell, ScorerComponent, scorer, export_scorer);
    };
    ($plugin:ty as resolver) => {
        $crate::export!(@world $plugin, ResolverCell, ResolverComponent, resolver, export_resolver);
    };
    (@world $plugin:ty, $cell:ident, $component:ident, $world:ident, $export:ident) => {
        #[allow(unsafe_code, reason = "what wit-bindgen generates")]
        const _: () = {
            ::std::thread_local! {
                static PREPARED: ::std::cell::RefCell<::std::option::Option<$plugin>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            impl $crate::$cell for $plugin {
                fn cell() -> &'static ::std::thread::LocalKey<::std::cell::RefCell<::std::option::Option<Self>>> {
                    &PREPARED
                }
            }

            type Component = $crate::$component<$plugin>;
            // A native library has no component's exports; linkers even refuse their names.
            #[cfg(target_family = "wasm")]
            $crate::bindings::$world::$export!(Component with_types_in $crate::bindings::$world);
            #[cfg(not(target_family = "wasm"))]
            const _: ::std::marker::PhantomData<Component> = ::std::marker::PhantomData;
        };
    };
}
