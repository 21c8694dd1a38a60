//! The states of a process and of its documents, by the names of docflow-ai.md.

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$case_doc:meta])* $case:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $type {
            $($(#[$case_doc])* #[serde(rename = $name)] $case),+
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$case),+];

            /// The name in JSON and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $name),+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($name => Ok(Self::$case),)+
                    other => Err(format!("unknown value `{}`", other.escape_default())),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// `processes.status`.
    ProcessStatus {
        /// Accepted, nothing done.
        Pending = "pending",
        /// Documents stored.
        Ingested = "ingested",
        /// Finding out what it is.
        Classifying = "classifying",
        /// Reading data from documents.
        Extracting = "extracting",
        /// Validating and scoring.
        Validating = "validating",
        /// A person has to look.
        HitlReview = "hitl_review",
        /// Done, with a verdict.
        Completed = "completed",
        /// Broke, without one.
        Failed = "failed",
        /// Called off.
        Cancelled = "cancelled",
    }
}

named! {
    /// `processes.current_stage` and `audit_logs.stage_type`.
    Stage {
        /// Taking documents in.
        Ingest = "INGEST",
        /// Extraction.
        Ocr = "INTELLIGENT_OCR",
        /// Validation and scoring.
        Process = "INTELLIGENT_PROCESS",
        /// Handing the result on.
        Output = "OUTPUT",
    }
}

named! {
    /// `documents.status`.
    DocumentStatus {
        /// Not begun.
        Pending = "pending",
        /// Under way.
        Processing = "processing",
        /// Done.
        Completed = "completed",
        /// Broke.
        Failed = "failed",
    }
}

named! {
    /// `processes.ingestion_source`.
    IngestionSource {
        /// The portal.
        Web = "web",
        /// WhatsApp.
        Whatsapp = "whatsapp",
        /// Telegram.
        Telegram = "telegram",
        /// This API or the command line.
        Api = "api",
    }
}
