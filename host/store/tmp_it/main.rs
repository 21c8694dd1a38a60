//! Temporary.
mod support {
    #[path = "../../../../tests/it/support/database.rs"]
    pub mod database;
}
#[path = "../../../tests/it/store.rs"]
mod store;
