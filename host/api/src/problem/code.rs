//! The stable codes of problems. A code once given is never given another meaning.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $case:ident = $code:literal, $status:ident, $title:literal;)+) => {
        /// What went wrong, as programs go by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $title] $(#[$doc])* $case),+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$case),+];

            /// The code itself.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $code),+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$case => StatusCode::$status),+ }
            }

            /// What it is, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$case => $title),+ }
            }
        }
    };
}

codes! {
    RouteUnknown = "route-unknown", NOT_FOUND, "No such route.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The route does not have this method.";
    RequestInvalid = "request-invalid", BAD_REQUEST, "The request can't be read.";
    PathInvalid = "path-invalid", BAD_REQUEST, "A part of the path can't be read.";
    QueryInvalid = "query-invalid", BAD_REQUEST, "A query parameter is unknown or can't be read.";
    BodyInvalid = "body-invalid", UNPROCESSABLE_ENTITY, "The body is JSON of another form than expected.";
    JsonInvalid = "json-invalid", BAD_REQUEST, "The body is not JSON.";
    BodyIncomplete = "body-incomplete", BAD_REQUEST, "The body ended too early.";
    BodyTooSlow = "body-too-slow", REQUEST_TIMEOUT, "The body took too long to arrive.";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large.";
    MediaTypeUnsupported = "media-type-unsupported", UNSUPPORTED_MEDIA_TYPE, "The content type can't be taken.";
    TokenMissing = "token-missing", UNAUTHORIZED, "The request carries no token.";
    TokenInvalid = "token-invalid", UNAUTHORIZED, "The token is not one of this service.";
    TokenExpired = "token-expired", UNAUTHORIZED, "The token is no longer valid.";
    NotAllowed = "not-allowed", FORBIDDEN, "The caller's role may not do this.";
    ClientSuspended = "client-suspended", FORBIDDEN, "The client is suspended.";
    ClientInactive = "client-inactive", FORBIDDEN, "The client is unknown or no longer active.";
    NotFound = "not-found", NOT_FOUND, "There is nothing with this id that the caller may see.";
    ProcessTypeUnknown = "process-type-unknown", UNPROCESSABLE_ENTITY, "There is no such process type.";
    ProcessTypeInactive = "process-type-inactive", UNPROCESSABLE_ENTITY, "The process type is switched off.";
    ConfigurationMissing = "configuration-missing", UNPROCESSABLE_ENTITY, "No configuration is active for the process type.";
    DocumentsMissing = "documents-missing", UNPROCESSABLE_ENTITY, "The submission has no documents.";
    DocumentsTooMany = "documents-too-many", UNPROCESSABLE_ENTITY, "The submission has too many documents.";
    DocumentTooLarge = "document-too-large", PAYLOAD_TOO_LARGE, "A document is too large.";
    DocumentEmpty = "document-empty", UNPROCESSABLE_ENTITY, "A document has no content.";
    DocumentInvalid = "document-invalid", UNPROCESSABLE_ENTITY, "A document's data can't be taken.";
    DocumentMediaType = "document-media-type", UNSUPPORTED_MEDIA_TYPE, "Nothing reads documents of this type.";
    InputInvalid = "input-invalid", UNPROCESSABLE_ENTITY, "The submission's input does not satisfy the configuration.";
    PluginUnusable = "plugin-unusable", UNPROCESSABLE_ENTITY, "A plugin that the configuration names can't be used.";
    ConfigurationInvalid = "configuration-invalid", UNPROCESSABLE_ENTITY, "The configuration can't be used.";
    ConfigurationConflict = "configuration-conflict", CONFLICT, "Somebody changed the configuration at the same time.";
    ConfigurationStale = "configuration-stale", PRECONDITION_FAILED, "The configuration is not in the state that the request names.";
    PluginRefused = "plugin-refused", UNPROCESSABLE_ENTITY, "The component is not a plugin that can run here.";
    PluginVersionExists = "plugin-version-exists", CONFLICT, "The version is there already, with other bytes.";
    PluginNameTaken = "plugin-name-taken", CONFLICT, "The plugin's name belongs to somebody else.";
    ReleaseYanked = "release-yanked", CONFLICT, "The release is yanked.";
    ReleaseNeverActive = "release-never-active", CONFLICT, "The release was never in use.";
    ReleaseUnfit = "release-unfit", UNPROCESSABLE_ENTITY, "The release does not load or fails its own tests.";
    ClientUnknown = "client-unknown", UNPROCESSABLE_ENTITY, "There is no such client.";
    GrantPointless = "grant-pointless", UNPROCESSABLE_ENTITY, "A client needs no grant for its own plugin.";
    InvocationNotReplayable = "invocation-not-replayable", CONFLICT, "The clock ended the invocation, so that nothing can be replayed.";
    InvocationUnrestorable = "invocation-unrestorable", CONFLICT, "What the invocation was given can't be put together any more.";
    Overloaded = "overloaded", TOO_MANY_REQUESTS, "Too much is being worked on.";
    PluginFailing = "plugin-failing", SERVICE_UNAVAILABLE, "A plugin of the configuration fails whatever it is given.";
    DatabaseUnavailable = "database-unavailable", SERVICE_UNAVAILABLE, "The database can't be reached.";
    ProcessUnfinished = "process-unfinished", SERVICE_UNAVAILABLE, "The process is accepted; its result can't be stored yet.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something broke in the service.";
}
