//! Registrations: how far an upload is, and what became of it. They are shown to whom the plugin would belong.
//!
//! Invariant: what is shown as under way is worked on by a host that lives; what a host left when it went is failed.

use assay_domain::{Actor, Digest, PluginName, RegistrationId, RegistrationStatus, ReleaseId};
use assay_store::registrations::Registration as Stored;
use assay_store::{Cursor, PageRequest};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::register::Reason;
use crate::Services;
use crate::processes::{ListError, ReadError};

/// What became of an upload.
#[derive(Clone, Debug, Serialize)]
pub struct Registration {
    /// Its id.
    pub registration_id: RegistrationId,
    /// How far it is, or how it ended.
    pub status: RegistrationStatus,
    /// What is done at the moment, in a word.
    pub progress: Option<String>,
    /// Why it was refused or failed.
    pub reasons: Vec<Reason>,
    /// SHA-256 of what was uploaded.
    pub sha256: Digest,
    /// Bytes of it.
    pub size: u64,
    /// The release that it became.
    pub release_id: Option<ReleaseId>,
    /// That one's plugin.
    pub name: Option<PluginName>,
    /// That one's version.
    pub version: Option<String>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When it came as far as it is.
    pub updated_at: DateTime<Utc>,
}

/// A page of registrations.
#[derive(Clone, Debug)]
pub struct RegistrationPage {
    /// Newest first.
    pub items: Vec<Registration>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// The reason of what nobody works on any more.
pub(super) fn interrupted() -> Reason {
    Reason {
        code: "interrupted".to_owned(),
        message: "the host that worked on it is gone; upload the same bytes again".to_owned(),
    }
}

/// As they are stored.
pub(super) fn to_json(reasons: &[Reason]) -> Value {
    reasons
        .iter()
        .map(|Reason { code, message }| json!({"code": code, "message": message}))
        .collect()
}

/// What this or another host stored.
pub(super) fn of_json(stored: &Value) -> Vec<Reason> {
    let text = |reason: &Value, field: &str| {
        let text = reason.get(field).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let reasons = stored.as_array().map(Vec::as_slice).unwrap_or_default();
    reasons
        .iter()
        .map(|reason| Reason {
            code: text(reason, "code"),
            message: text(reason, "message"),
        })
        .collect()
}

impl Services {
    /// Whether nobody works on it although it is under way. This host knows of itself that it lives.
    pub(super) fn is_interrupted(&self, stored: &Stored) -> bool {
        stored.status.is_under_way() && stored.host_is_gone && stored.host != self.inner.host
    }

    pub(super) fn shown(&self, stored: Stored) -> Registration {
        let interrupted_now = self.is_interrupted(&stored);
        let (status, progress, reasons) = if interrupted_now {
            (RegistrationStatus::Failed, None, vec![interrupted()])
        } else {
            (stored.status, stored.progress, of_json(&stored.reasons))
        };
        let (name, version) = stored
            .release
            .as_ref()
            .map(|release| (release.name.clone(), release.version.clone()))
            .unzip();
        Registration {
            registration_id: stored.id,
            status,
            progress,
            reasons,
            sha256: stored.digest,
            size: stored.size,
            release_id: stored.release.map(|release| release.id),
            name,
            version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }

    /// One registration of the caller's.
    ///
    /// # Errors
    /// The caller may not read, or the database can't.
    pub async fn registration(
        &self,
        actor: &Actor,
        id: RegistrationId,
    ) -> Result<Option<Registration>, ReadError> {
        let mut tx = self.begin_look(actor).await?;
        let stored = tx.registration(id).await?;
        tx.rollback().await?;
        Ok(stored.map(|stored| self.shown(stored)))
    }

    /// The caller's registrations, newest first: at most `limit` (1 to 200) after the place `after`.
    ///
    /// # Errors
    /// The caller may not read, `after` is of another list, or the database can't.
    pub async fn registrations(
        &self,
        actor: &Actor,
        limit: u16,
        after: Option<&str>,
    ) -> Result<RegistrationPage, ListError> {
        let list = Digest::of(json!(["registrations", actor.client]).to_string().as_bytes());
        let after = after.map(|text| Cursor::of_text(text, list)).transpose()?;
        let mut tx = self.begin_look(actor).await?;
        let page = tx.registrations(&PageRequest::new(limit, after)).await;
        let page = page.map_err(ReadError::from)?;
        tx.rollback().await.map_err(ReadError::from)?;
        Ok(RegistrationPage {
            items: page.items.into_iter().map(|stored| self.shown(stored)).collect(),
            next: page.next.map(|cursor| cursor.to_text(list)),
        })
    }
}
