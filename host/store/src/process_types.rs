//! Process types: what can be processed. All clients read them, the platform writes them.

use assay_domain::ProcessTypeId;

use crate::{StoreError, Tx};

/// A process type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessType {
    /// Its id, for example `payroll_v1`.
    pub id: ProcessTypeId,
    /// For people.
    pub display_name: String,
    /// For people.
    pub description: String,
    /// Whether documents are taken.
    pub is_active: bool,
    /// The version of a client's configuration that is used while none is active.
    pub default_version: Option<i32>,
}

struct Row {
    process_type_id: String,
    display_name: String,
    description: String,
    is_active: bool,
    default_version: Option<i32>,
}

impl Row {
    fn read(self) -> Result<ProcessType, StoreError> {
        Ok(ProcessType {
            id: self.process_type_id.parse().map_err(StoreError::inconsistent(
                "process_types",
                "process_type_id",
                &self.process_type_id,
            ))?,
            display_name: self.display_name,
            description: self.description,
            is_active: self.is_active,
            default_version: self.default_version,
        })
    }
}

impl Tx {
    /// One process type.
    pub async fn process_type(&mut self, id: &ProcessTypeId) -> Result<Option<ProcessType>, StoreError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT process_type_id, display_name, description, is_active, default_version
             FROM process_types WHERE process_type_id = $1",
            id.as_str()
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// All process types, by id.
    pub async fn process_types(&mut self) -> Result<Vec<ProcessType>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT process_type_id, display_name, description, is_active, default_version
             FROM process_types ORDER BY process_type_id"
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Platform: makes a process type, or changes the one with that id.
    pub async fn put_process_type(&mut self, new: &ProcessType) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO process_types (process_type_id, display_name, description, is_active, default_version)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (process_type_id) DO UPDATE SET
                 display_name = excluded.display_name, description = excluded.description,
                 is_active = excluded.is_active, default_version = excluded.default_version",
            new.id.as_str(),
            new.display_name,
            new.description,
            new.is_active,
            new.default_version
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
