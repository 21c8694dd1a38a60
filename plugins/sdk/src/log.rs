//! Lines for the invocation's log. No permission is needed; the host cuts what is too much and escapes what a
//! terminal would act on.
//!
//! Run natively, in a plugin's own tests, the `testing::Host` keeps them, and without one they go nowhere.

pub use crate::bindings::validator::assay::plugin::log::Level;

/// Writes a line.
pub fn log(level: Level, message: &str) {
    #[cfg(target_family = "wasm")]
    crate::bindings::validator::assay::plugin::log::log(level, message);
    #[cfg(not(target_family = "wasm"))]
    crate::testing::host::log(level, message);
}

/// A line for the plugin's author.
pub fn debug(message: impl AsRef<str>) {
    log(Level::Debug, message.as_ref());
}

/// A line for whoever runs the plugin.
pub fn info(message: impl AsRef<str>) {
    log(Level::Info, message.as_ref());
}

/// Something was odd and handled.
pub fn warn(message: impl AsRef<str>) {
    log(Level::Warn, message.as_ref());
}

/// Something failed.
pub fn error(message: impl AsRef<str>) {
    log(Level::Error, message.as_ref());
}

/// Writes a formatted line: `log!(Info, "{count} lines")`.
#[macro_export]
macro_rules! log {
    ($level:ident, $($message:tt)+) => {
        $crate::log::log($crate::log::Level::$level, &::std::format!($($message)+))
    };
}
