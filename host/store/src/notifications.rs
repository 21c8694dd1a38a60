//! Notices for a client's people.

use assay_domain::{NotificationId, ProcessId, UserId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::page::{Cursor, Page, PageRequest};
use crate::{StoreError, Tx};

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$case_doc:meta])* $case:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type {
            $($(#[$case_doc])* $case),+
        }

        impl $type {
            /// The name in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $name),+ }
            }

            fn read(key: Uuid, text: &str) -> Result<Self, StoreError> {
                match text {
                    $($name => Ok(Self::$case),)+
                    other => Err(StoreError::inconsistent("notifications", stringify!($type), key)(other)),
                }
            }
        }
    };
}

named! {
    /// `notifications.type`.
    NotificationType {
        /// A person has to look.
        HitlRequired = "hitl_required",
        /// Something broke.
        ProcessFailed = "process_failed",
        /// An extractor was not sure.
        LowConfidence = "low_confidence",
        /// A scorer was alarmed.
        FraudDetected = "fraud_detected",
        /// Done.
        ProcessCompleted = "process_completed",
    }
}

named! {
    /// `notifications.severity`.
    NotificationSeverity {
        /// To know.
        Info = "info",
        /// To look at.
        Warning = "warning",
        /// To act on.
        Error = "error",
        /// To act on now.
        Critical = "critical",
    }
}

/// A notice that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewNotification<'a> {
    /// Its id.
    pub id: NotificationId,
    /// About which process.
    pub process: Option<ProcessId>,
    /// For whom; none is for all of the client's people.
    pub user: Option<UserId>,
    /// What it is about.
    pub kind: NotificationType,
    /// How much it matters.
    pub severity: NotificationSeverity,
    /// A line.
    pub title: &'a str,
    /// A paragraph.
    pub message: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// About which process.
    pub process: Option<ProcessId>,
    /// For whom.
    pub user: Option<UserId>,
    /// What it is about.
    pub kind: NotificationType,
    /// How much it matters.
    pub severity: NotificationSeverity,
    /// A line.
    pub title: String,
    /// A paragraph.
    pub message: String,
    /// When.
    pub at: DateTime<Utc>,
    /// When somebody read it.
    pub read_at: Option<DateTime<Utc>>,
}

impl Tx {
    /// Adds a notice.
    pub async fn insert_notification(&mut self, new: &NewNotification<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO notifications (
                 client_id, notification_id, process_id, user_id, type, severity, title, message, created_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.client,
            new.id.0,
            new.process.map(|id| id.0),
            new.user.map(|id| id.0),
            new.kind.as_str(),
            new.severity.as_str(),
            new.title,
            new.message,
            new.at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The client's notices, newest first.
    pub async fn notifications(&mut self, request: &PageRequest) -> Result<Page<Notification>, StoreError> {
        let (at, id) = request.before();
        let rows = sqlx::query!(
            r#"SELECT notification_id, process_id, user_id, type AS kind, severity, title, message, created_at, read_at
             FROM notifications WHERE (created_at, notification_id) < ($1, $2)
             ORDER BY created_at DESC, notification_id DESC LIMIT $3"#,
            at,
            id,
            request.fetch()
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let items = rows
            .into_iter()
            .map(|row| {
                Ok(Notification {
                    id: NotificationId(row.notification_id),
                    process: row.process_id.map(ProcessId),
                    user: row.user_id.map(UserId),
                    kind: NotificationType::read(row.notification_id, &row.kind)?,
                    severity: NotificationSeverity::read(row.notification_id, &row.severity)?,
                    title: row.title,
                    message: row.message,
                    at: row.created_at,
                    read_at: row.read_at,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(request.page(items, |item: &Notification| Cursor {
            at: item.at,
            id: item.id.0,
        }))
    }

    /// Marks a notice as read. False when it is not there or was read before.
    pub async fn read_notification(
        &mut self,
        id: NotificationId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE notifications SET is_read = true, read_at = $2 WHERE notification_id = $1 AND NOT is_read",
            id.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
