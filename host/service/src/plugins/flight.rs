//! Accepted uploads: each on its own task, so that a caller who hangs up loses the answer and not the registration.
//!
//! Invariant: of the same bytes of one owner one registration is under way, over all hosts; who comes second waits for
//! the first. A registration ends in the database before anybody is told, and a panic ends it as failed.

use std::sync::Arc;
use std::time::Duration;

use assay_domain::{Actor, ClientId, Digest, RegistrationId, RegistrationStatus};
use assay_store::StoreError;
use assay_store::plugins::Release as StoredRelease;
use assay_store::registrations::NewRegistration;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::register::{Progress, Publishing, Reason, RegisterError};
use super::registration::{Registration, interrupted, of_json, to_json};
use super::{Release, owner};
use crate::Services;
use crate::refusals::Refusal;
use crate::shares::Share;

/// The host has its hands full, or the same bytes go from hand to hand. It is worth coming back after about what one
/// registration takes.
const BUSY: RegisterError = RegisterError::Overloaded {
    retry_after: Duration::from_secs(10),
};
/// How often it is looked what another host made of the same bytes.
const LOOK: Duration = Duration::from_millis(200);
/// Pauses between tries to store how a registration ended.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often at most a registration is begun anew that somebody else did not finish.
const TRIES: usize = 3;

type Answer = oneshot::Sender<Result<Release, RegisterError>>;

/// An upload that the host has room for, until it is dropped.
#[derive(Debug)]
pub struct ExpectedUpload(Share);

/// What an upload is. Whoever has one has its bytes in memory, and its share of what may be.
#[derive(Clone)]
struct Upload {
    _share: Arc<Share>,
    actor: Actor,
    owner: Option<ClientId>,
    digest: Digest,
    component: Bytes,
    publishing: Publishing,
}

/// Whether an upload begins a registration.
enum Admitted {
    /// It does.
    Begun(RegistrationId),
    /// Somebody works on the same bytes.
    UnderWay(RegistrationId),
}

impl Services {
    /// Registers a release: for all clients when the caller is the platform, else for the caller's client. The same
    /// bytes again are answered with what is there. Dropped, it goes on.
    ///
    /// # Errors
    /// See [`RegisterError`]; a component is refused with every reason at once.
    pub async fn register_plugin(&self, actor: &Actor, component: Bytes) -> Result<Release, RegisterError> {
        self.register_plugin_as(actor, component, Publishing::default())
            .await
    }

    /// The same, as it is said: in use at once or not, telling how far it is.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn register_plugin_as(
        &self,
        actor: &Actor,
        component: Bytes,
        publishing: Publishing,
    ) -> Result<Release, RegisterError> {
        let expected = self.expect_upload(actor)?;
        self.register_upload(actor, expected, component, publishing).await
    }

    /// A share of what the host holds for an upload of the caller's, to be taken before its body is read.
    ///
    /// # Errors
    /// The role does not allow it, or there is too much to do.
    pub fn expect_upload(&self, actor: &Actor) -> Result<ExpectedUpload, RegisterError> {
        let share = self.inner.registrations.take(owner(actor)?);
        share.map(ExpectedUpload).ok_or(BUSY)
    }

    /// The same for an upload that was expected before it was read.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn register_upload(
        &self,
        actor: &Actor,
        expected: ExpectedUpload,
        component: Bytes,
        publishing: Publishing,
    ) -> Result<Release, RegisterError> {
        let upload = upload(actor, expected, component, publishing)?;
        for _ in 0..TRIES {
            match self.admit_upload(&upload).await? {
                Admitted::Begun(id) => {
                    let (answer, answered) = oneshot::channel();
                    self.carry_out(upload, id, Some(answer));
                    return answered.await.unwrap_or(Err(RegisterError::Lost));
                }
                Admitted::UnderWay(id) => {
                    if let Some(ended) = self.wait_for(&upload, id).await? {
                        return ended;
                    }
                }
            }
        }
        Err(BUSY)
    }

    /// Begins to register a release and does not wait: what becomes of it is shown by [`Services::registration`]. Of bytes
    /// that somebody works on already it is that registration.
    ///
    /// # Errors
    /// See [`RegisterError`]; nothing that is wrong with the component shows here.
    pub async fn begin_registration(
        &self,
        actor: &Actor,
        expected: ExpectedUpload,
        component: Bytes,
        activate: bool,
    ) -> Result<Registration, RegisterError> {
        let publishing = Publishing {
            activate,
            ..Publishing::default()
        };
        let upload = upload(actor, expected, component, publishing)?;
        let owner = upload.owner;
        let id = match self.admit_upload(&upload).await? {
            Admitted::Begun(id) => {
                self.carry_out(upload, id, None);
                id
            }
            Admitted::UnderWay(id) => {
                self.see_to(upload, id);
                id
            }
        };
        let mut tx = self.begin_owner(owner).await??;
        let stored = tx.registration(id).await?;
        tx.rollback().await?;
        stored.map(|stored| self.shown(stored)).ok_or(RegisterError::Lost)
    }

    /// As often as it takes to find either that nobody works on the same bytes, or who does.
    async fn admit_upload(&self, upload: &Upload) -> Result<Admitted, RegisterError> {
        for _ in 0..TRIES {
            if let Some(admitted) = self.try_to_admit(upload).await? {
                return Ok(admitted);
            }
        }
        Err(BUSY)
    }

    async fn try_to_admit(&self, upload: &Upload) -> Result<Option<Admitted>, RegisterError> {
        let inner = &self.inner;
        // Before anything is done for somebody who is not served.
        let mut tx = self.begin_owner(upload.owner).await??;
        if let Some(there) = tx.registration_of(upload.digest).await? {
            if !self.is_interrupted(&there) {
                tx.rollback().await?;
                return Ok(Some(Admitted::UnderWay(there.id)));
            }
            let (now, why) = (inner.clock.now(), to_json(&[interrupted()]));
            tx.end_registration(there.id, RegistrationStatus::Failed, &why, now)
                .await?;
        }
        let now = inner.clock.now();
        let new = NewRegistration {
            id: RegistrationId::new(now),
            digest: upload.digest,
            size: upload.component.len() as u64,
            host: inner.host,
            created_at: now,
        };
        if tx.begin_registration(&new).await? {
            tx.commit().await?;
            return Ok(Some(Admitted::Begun(new.id)));
        }
        // Somebody was faster; under read committed the next statement sees it, unless it has ended by now.
        let there = tx.registration_of(upload.digest).await?;
        tx.rollback().await?;
        Ok(there.map(|there| Admitted::UnderWay(there.id)))
    }

    /// Whoever does not wait and would have a release in use that somebody else registers may have to have it put into
    /// use afterwards.
    fn see_to(&self, upload: Upload, id: RegistrationId) {
        if !upload.publishing.activate {
            return;
        }
        let services = self.clone();
        self.inner.accepted.spawn(async move {
            match services.wait_for(&upload, id).await {
                Ok(Some(Ok(_)) | None) => {}
                Ok(Some(Err(error))) | Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, registration.id = %id, "a release could not be put into use");
                }
            }
        });
    }

    /// How the registration of somebody else ended for this upload. None when it has to be begun anew.
    async fn wait_for(
        &self,
        upload: &Upload,
        id: RegistrationId,
    ) -> Result<Option<Result<Release, RegisterError>>, RegisterError> {
        loop {
            let mut tx = self.begin_owner(upload.owner).await??;
            let Some(there) = tx.registration(id).await? else {
                return Ok(None);
            };
            if there.status.is_under_way() && !self.is_interrupted(&there) {
                tx.rollback().await?;
                upload
                    .publishing
                    .progress
                    .tell(there.status, there.progress.as_deref());
                tokio::time::sleep(LOOK).await;
                continue;
            }
            return match (there.status, there.release) {
                (RegistrationStatus::Registered, Some(release)) => {
                    let stored = tx.release(release.id).await?;
                    tx.rollback().await?;
                    match stored {
                        Some(stored) => Ok(Some(self.known(upload, stored).await)),
                        None => Ok(None),
                    }
                }
                (RegistrationStatus::Refused, _) => {
                    tx.rollback().await?;
                    Ok(RegisterError::of_reasons(of_json(&there.reasons)).map(Err))
                }
                _ => Ok(None),
            };
        }
    }

    /// What this very upload became before: in use by now, if that is wanted.
    async fn known(&self, upload: &Upload, stored: StoredRelease) -> Result<Release, RegisterError> {
        if upload.publishing.activate {
            self.use_known(&upload.actor, &stored).await?;
        }
        self.registered_release(upload.owner, stored, false).await
    }

    fn carry_out(&self, upload: Upload, id: RegistrationId, answer: Option<Answer>) {
        let services = self.clone();
        self.inner.accepted.spawn(async move {
            let (worker, own) = (services.clone(), upload.clone());
            // On a task of its own, so that a panic ends this registration and nothing else.
            let task = tokio::spawn(async move {
                let _turn = worker.inner.registering.slot(own.owner, 1).await;
                worker
                    .register(&own.actor, own.owner, id, own.component, &own.publishing)
                    .await
            });
            let ended = task.await.unwrap_or(Err(RegisterError::Lost));
            if let Err(error) = &ended {
                services.ended(upload.owner, id, error).await;
            }
            services.tell(&upload.actor, ended, answer).await;
        });
    }

    /// Stores how a registration ended that is no release, as often as it takes.
    async fn ended(&self, owner: Option<ClientId>, id: RegistrationId, error: &RegisterError) {
        let (status, reasons) = error.ending();
        let reasons = to_json(&reasons);
        let mut pause = PAUSE;
        loop {
            let stored = async {
                let mut tx = self.begin_of(owner).await?;
                let now = self.inner.clock.now();
                tx.end_registration(id, status, &reasons, now).await?;
                tx.commit().await
            };
            let Err(error) = stored.await else { return };
            let again = error.is_transient();
            tracing::error!(
                error = &error as &dyn std::error::Error,
                registration.id = %id,
                again,
                "how a registration ended could not be stored"
            );
            if !again {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Tells who waits. Where nobody does, a refusal leaves its audit row here; else who answers the request sees to it.
    async fn tell(&self, actor: &Actor, ended: Result<Release, RegisterError>, answer: Option<Answer>) {
        let unheard = match answer {
            Some(answer) => match answer.send(ended) {
                Ok(()) => return,
                Err(unheard) => unheard,
            },
            None => ended,
        };
        let Err(error) = unheard else { return };
        let (RegistrationStatus::Refused, reasons) = error.ending() else {
            return;
        };
        let sentences: Vec<_> = reasons.iter().map(|reason| reason.message.as_str()).collect();
        let reason = format!("{error}: {}", sentences.join("; "));
        let refusal = Refusal {
            event: "plugin.refused",
            process_type: None,
            code: error.refusal_code(),
            reason: reason.chars().filter(|c| !c.is_control()).take(1_000).collect(),
            pointers: Vec::new(),
        };
        self.record_refusal(actor, &refusal).await;
    }

    /// It came further, for whoever looks. Not being able to say so is no reason to stop.
    pub(super) async fn step(
        &self,
        owner: Option<ClientId>,
        id: RegistrationId,
        progress: &Progress,
        (status, word): (RegistrationStatus, Option<&str>),
    ) {
        progress.tell(status, word);
        let stored: Result<(), StoreError> = async {
            let mut tx = self.begin_of(owner).await?;
            let now = self.inner.clock.now();
            tx.step_registration(id, status, word, now).await?;
            tx.commit().await
        }
        .await;
        if let Err(error) = stored {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(error, registration.id = %id, "progress could not be stored");
        }
    }
}

fn upload(
    actor: &Actor,
    ExpectedUpload(share): ExpectedUpload,
    component: Bytes,
    publishing: Publishing,
) -> Result<Upload, RegisterError> {
    Ok(Upload {
        _share: Arc::new(share),
        actor: actor.clone(),
        owner: owner(actor)?,
        digest: Digest::of(&component),
        component,
        publishing,
    })
}

impl RegisterError {
    /// How a registration ends that ended with this.
    fn ending(&self) -> (RegistrationStatus, Vec<Reason>) {
        let one = |code: &str, message: String| {
            vec![Reason {
                code: code.to_owned(),
                message,
            }]
        };
        match self {
            Self::Refused(reasons) => (RegistrationStatus::Refused, reasons.clone()),
            Self::VersionExists { .. } | Self::NameTaken { .. } | Self::NotAllowed(_) | Self::Client(_) => (
                RegistrationStatus::Refused,
                one(self.refusal_code(), self.to_string()),
            ),
            Self::Store(error) if error.is_transient() => {
                let text = "the database could not be reached; upload the same bytes again";
                (
                    RegistrationStatus::Failed,
                    one("database-unavailable", text.to_owned()),
                )
            }
            Self::Store(_) | Self::Overloaded { .. } | Self::Lost => {
                let text = "something broke in the service; upload the same bytes again";
                (RegistrationStatus::Failed, one("internal", text.to_owned()))
            }
        }
    }

    /// The problem that a refusal is to its caller.
    fn refusal_code(&self) -> &'static str {
        match self {
            Self::VersionExists { .. } => "plugin-version-exists",
            Self::NameTaken { .. } => "plugin-name-taken",
            Self::NotAllowed(_) => "not-allowed",
            Self::Client(_) => "client-inactive",
            _ => "plugin-refused",
        }
    }

    /// What a refused registration of the same bytes means for another upload of them. None where it has to be asked
    /// anew: what is registered meanwhile decides about a name and a version.
    fn of_reasons(reasons: Vec<Reason>) -> Option<Self> {
        let settled = [
            "plugin-version-exists",
            "plugin-name-taken",
            "not-allowed",
            "client-inactive",
        ];
        let open = reasons
            .iter()
            .any(|reason| settled.contains(&reason.code.as_str()));
        (!open && !reasons.is_empty()).then_some(Self::Refused(reasons))
    }
}
