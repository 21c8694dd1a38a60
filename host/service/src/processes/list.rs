//! The list of a client's processes, page by page.
//!
//! Invariant: a page begins where the one before ended, of the same list: a cursor is good for the client and the
//! filters that it was made with.

use assay_domain::{Actor, Digest};
use assay_store::processes::{ProcessFilter, ProcessSummary};
use assay_store::{Cursor, CursorError, PageRequest};
use serde_json::json;

use super::ReadError;
use crate::Services;

/// Which processes to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct ProcessQuery {
    /// What they have to have.
    pub filter: ProcessFilter,
    /// At most this many, 1 to 200.
    pub limit: u16,
    /// Those after this place: `next` of the page before.
    pub after: Option<String>,
}

/// A page of processes.
#[derive(Clone, Debug)]
pub struct ProcessPage {
    /// Newest first.
    pub items: Vec<ProcessSummary>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// Why processes were not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// They can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// `after` is no place in this list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

impl Services {
    /// The processes of the caller's client.
    ///
    /// # Errors
    /// The caller may not read, `after` is of another list, or the database can't.
    pub async fn processes(&self, actor: &Actor, query: ProcessQuery) -> Result<ProcessPage, ListError> {
        let ProcessQuery { filter, limit, after } = query;
        let list = Digest::of(json!([actor.client, filter]).to_string().as_bytes());
        let after = after.map(|text| Cursor::of_text(&text, list)).transpose()?;
        let mut tx = self.begin_read(actor).await?;
        let page = tx.processes(&filter, &PageRequest::new(limit, after)).await;
        let page = page.map_err(ReadError::from)?;
        tx.rollback().await.map_err(ReadError::from)?;
        Ok(ProcessPage {
            items: page.items,
            next: page.next.map(|cursor| cursor.to_text(list)),
        })
    }
}
