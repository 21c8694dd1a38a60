//! The stable codes of problems, each with what it is, what it means and what to do. A code once given is never given
//! another meaning.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $case:ident = $code:literal, $status:ident, $title:literal, $means:literal, $remedy:literal;)+) => {
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

            /// What it means.
            pub const fn means(self) -> &'static str {
                match self { $(Self::$case => $means),+ }
            }

            /// What to do.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$case => $remedy),+ }
            }
        }
    };
}

codes! {
    RouteUnknown = "route-unknown", NOT_FOUND, "No such route.",
        "No handler answers this path.",
        "Look the path up in /openapi.json and correct it.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The route does not have this method.",
        "The path is there, for other methods: the header `Allow` names them.",
        "Use one of those methods.";
    RequestInvalid = "request-invalid", BAD_REQUEST, "The request can't be read.",
        "Something about the request as a whole is not HTTP as the interface has it.",
        "Compare the request with /openapi.json.";
    PathInvalid = "path-invalid", BAD_REQUEST, "A part of the path can't be read.",
        "A part of the path, such as an id, a name or a version, has not the form that it must have.",
        "Correct the part that `detail` names.";
    QueryInvalid = "query-invalid", BAD_REQUEST, "A query parameter is unknown or can't be read.",
        "A query parameter is not known, has a value outside its bounds, or is a cursor of another list.",
        "Correct the parameter that `detail` names; take cursors from `next` of the same list with the same filters.";
    BodyInvalid = "body-invalid", UNPROCESSABLE_ENTITY, "The body is JSON of another form than expected.",
        "The body is JSON, and a field is missing, unknown or of another type.",
        "Correct the places in `errors`.";
    JsonInvalid = "json-invalid", BAD_REQUEST, "The body is not JSON.",
        "The body does not parse as JSON, holds a name twice in one object, or goes beyond the bounds on depth or numbers.",
        "Correct the JSON at the place that `detail` names.";
    BodyIncomplete = "body-incomplete", BAD_REQUEST, "The body ended too early.",
        "The connection ended before as many bytes came as were announced. Nothing was stored.",
        "Send the request again.";
    BodyTooSlow = "body-too-slow", REQUEST_TIMEOUT, "The body took too long to arrive.",
        "The body did not arrive within the time that there is for it. Nothing was stored.",
        "Send the request again, over a faster connection or in smaller parts.";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large.",
        "The body has more bytes than this route takes.",
        "Send less at once.";
    MediaTypeUnsupported = "media-type-unsupported", UNSUPPORTED_MEDIA_TYPE, "The content type can't be taken.",
        "The route does not take bodies of this `Content-Type`.",
        "Send one that /openapi.json lists for the route.";
    TokenMissing = "token-missing", UNAUTHORIZED, "The request carries no token.",
        "Everything under /v1 needs a token of this service.",
        "Send `Authorization: Bearer` with a token; `assay token` makes one.";
    TokenInvalid = "token-invalid", UNAUTHORIZED, "The token is not one of this service.",
        "The token is damaged, not signed with a key of this service, or for somebody else.",
        "Get a new token from whoever runs the service.";
    TokenExpired = "token-expired", UNAUTHORIZED, "The token is no longer valid.",
        "The token was valid and is too old, or is not valid yet.",
        "Get a new token; see that the clocks agree.";
    NotAllowed = "not-allowed", FORBIDDEN, "The caller's role may not do this.",
        "The token is valid, and its role may not do this.",
        "Use a token of the role that `detail` names.";
    ClientSuspended = "client-suspended", FORBIDDEN, "The client is suspended.",
        "The host owner suspended the client. Its data is kept, and nothing is served.",
        "Ask the host owner to lift it.";
    ClientInactive = "client-inactive", FORBIDDEN, "The client is unknown or no longer active.",
        "The token's client does not exist or is not active any more.",
        "Ask the host owner to activate it, or use another client's token.";
    NotFound = "not-found", NOT_FOUND, "There is nothing with this id that the caller may see.",
        "Nothing has this id or name, or it belongs to somebody else: the answer is the same.",
        "Correct the id or name; the lists show what there is.";
    ProcessTypeUnknown = "process-type-unknown", UNPROCESSABLE_ENTITY, "There is no such process type.",
        "The submission or configuration names a process type that nobody set up.",
        "Correct the name, or have the host owner set the type up.";
    ProcessTypeInactive = "process-type-inactive", UNPROCESSABLE_ENTITY, "The process type is switched off.",
        "The host owner switched the process type off for all clients.",
        "Ask the host owner to switch it on.";
    ConfigurationMissing = "configuration-missing", UNPROCESSABLE_ENTITY, "No configuration is active for the process type.",
        "The client has no active configuration for the process type, and the type has no default version.",
        "Save a configuration and activate it, then submit again.";
    DocumentsMissing = "documents-missing", UNPROCESSABLE_ENTITY, "The submission has no documents.",
        "A submission needs at least one document. Nothing was stored.",
        "Add a document.";
    DocumentsTooMany = "documents-too-many", UNPROCESSABLE_ENTITY, "The submission has too many documents.",
        "The submission has more documents than one may have. Nothing was stored.",
        "Split the submission.";
    DocumentTooLarge = "document-too-large", PAYLOAD_TOO_LARGE, "A document is too large.",
        "A document has more bytes than one may have. Nothing was stored.",
        "Split the document or send less of it.";
    DocumentEmpty = "document-empty", UNPROCESSABLE_ENTITY, "A document has no content.",
        "A document has no bytes. Nothing was stored.",
        "Send its content, or leave it out.";
    DocumentInvalid = "document-invalid", UNPROCESSABLE_ENTITY, "A document's data can't be taken.",
        "A document's JSON can't be read, is no object, or its file name can't be taken. Nothing was stored.",
        "Correct the place in `errors`.";
    DocumentMediaType = "document-media-type", UNSUPPORTED_MEDIA_TYPE, "Nothing reads documents of this type.",
        "No extractor of the configuration reads the document's media type, or it is none. Nothing was stored.",
        "Send a type that `detail` lists, or configure an extractor that reads it.";
    InputInvalid = "input-invalid", UNPROCESSABLE_ENTITY, "The submission's input does not satisfy the configuration.",
        "`input` does not satisfy the `input_schema` of the configuration. Nothing was stored.",
        "Correct the places in `errors`, or change the schema.";
    PluginUnusable = "plugin-unusable", UNPROCESSABLE_ENTITY, "A plugin that the configuration names can't be used.",
        "A plugin that the configuration names does not exist for the client, or none of its releases in use satisfies the range. Nothing was stored.",
        "Register or activate a release, or change the configuration, as `detail` says.";
    ConfigurationInvalid = "configuration-invalid", UNPROCESSABLE_ENTITY, "The configuration can't be used.",
        "Rules, a schema, settings, limits or a plugin of the configuration can't be used. Nothing was saved.",
        "Correct the places in `errors`.";
    ConfigurationConflict = "configuration-conflict", CONFLICT, "Somebody changed the configuration at the same time.",
        "Two saved or activated a configuration for the same process type at the same moment; the other one was faster.",
        "Read what is there now, and try again.";
    ConfigurationStale = "configuration-stale", PRECONDITION_FAILED, "The configuration is not in the state that the request names.",
        "`If-Match` or `If-None-Match` names another state than the one that is there.",
        "Read the newest version, and decide anew.";
    PluginRefused = "plugin-refused", UNPROCESSABLE_ENTITY, "The component is not a plugin that can run here.",
        "The bytes are no plugin that this host can run, or the release fails its own tests; `errors` has every reason.",
        "Mend each reason in `errors`; `assay plugin inspect` shows the same before uploading.";
    PluginVersionExists = "plugin-version-exists", CONFLICT, "The version is there already, with other bytes.",
        "Releases are never edited, and this version is registered with other bytes.",
        "Raise the version in the manifest.";
    PluginNameTaken = "plugin-name-taken", CONFLICT, "The plugin's name belongs to somebody else.",
        "The name means another plugin already: the platform's, or one of another client that was granted.",
        "Choose another name.";
    ReleaseYanked = "release-yanked", CONFLICT, "The release is yanked.",
        "A yanked release can't be put into use again.",
        "Register the code as a new version.";
    ReleaseNeverActive = "release-never-active", CONFLICT, "The release was never in use.",
        "A rollback leads only to a release that was in use.",
        "Activate the release instead.";
    ReleaseUnfit = "release-unfit", UNPROCESSABLE_ENTITY, "The release does not load or fails its own tests.",
        "The release can't be loaded here, or fails the tests in its manifest. What was in use stays in use.",
        "Mend each reason in `errors` and register a new version.";
    ClientUnknown = "client-unknown", UNPROCESSABLE_ENTITY, "There is no such client.",
        "The request names a client that does not exist.",
        "Correct the client's id.";
    GrantPointless = "grant-pointless", UNPROCESSABLE_ENTITY, "A client needs no grant for its own plugin.",
        "The plugin is the client's own, which it may use anyway.",
        "Name the client that is to use it.";
    GrantMissing = "grant-missing", NOT_FOUND, "The plugin is not granted to the client.",
        "The plugin is there, and this client holds no grant for it: it was never given, or was taken back. Nothing was changed.",
        "Correct the client, the owner or the plugin's name, if there was to be a grant.";
    InvocationNotReplayable = "invocation-not-replayable", CONFLICT, "The clock ended the invocation, so that nothing can be replayed.",
        "A deadline ended the call, so that the same call may end elsewhere.",
        "Submit the document again, if its verdict is wanted.";
    InvocationUnrestorable = "invocation-unrestorable", CONFLICT, "What the invocation was given can't be put together any more.",
        "A part of what the call was given, such as a release or a document's bytes, is not there any more.",
        "See `detail` for what is missing.";
    SiteInactive = "site-inactive", CONFLICT, "The site is not in use.",
        "The site is inactive: it is kept and can be looked at, and nothing is changed there.",
        "Use another site, or have this one put into use again.";
    SiteNameTaken = "site-name-taken", CONFLICT, "The client has a site of that name.",
        "Names of sites are unique within a client. Nothing was made.",
        "Choose another name, or use the site that there is.";
    SiteUserUnknown = "site-user-unknown", UNPROCESSABLE_ENTITY, "The client has no such user.",
        "Only users of the site's own client can be something at a site.",
        "Correct the user's id, or have the user made first.";
    SiteStale = "site-stale", PRECONDITION_FAILED, "The site is not at the revision that the request names.",
        "`If-Match` names a revision of the site, and somebody changed the site since. Nothing was written.",
        "Look at the site as it is now, and decide anew.";
    SiteContended = "site-contended", CONFLICT, "Others changed the site again and again meanwhile.",
        "A change is decided from one revision of a site and written only while it is at that one. Others were faster each time.",
        "Look at the site, and try again.";
    SecretUnusable = "secret-unusable", CONFLICT, "A secret setting can't be encrypted or opened.",
        "The host has no key to encrypt a secret setting with, or not the one that a stored one is under. Nothing was written.",
        "Have the host's owner set the keys, as `detail` says.";
    SiteChangeRefused = "site-change-refused", CONFLICT, "The change of the site can't be made.",
        "Configurations are wrong, or what would be enabled is in conflict. The site stays as it is; what was refused is kept as a version of its own, to be looked at.",
        "See `change`: `problems`, `conflicts` and `explanation` say why, and `fixes` what would mend it. `dry_run=true` tries without keeping; an administrator can `force` some conflicts with a reason.";
    ReasonMissing = "reason-missing", UNPROCESSABLE_ENTITY, "It needs a reason.",
        "What overrides something, or ends it, is done only with a reason, which the log shows.",
        "Say why, in `reason`.";
    ResolverUnusable = "resolver-unusable", UNPROCESSABLE_ENTITY, "The site's resolver can't be used.",
        "No release of the plugin that resolves the site is in use for the client, or it is no resolver. Nothing else resolves in its place, and nothing was written.",
        "Register and activate the plugin, or name another one with PUT /v1/sites/{site_id}/resolver.";
    ResolverFailed = "resolver-failed", UNPROCESSABLE_ENTITY, "The site's resolver gave no answer that holds.",
        "The plugin that resolves the site failed, or its answer breaks a rule that the host checks by itself. Nothing was written.",
        "Mend or roll back the plugin that `detail` names, or name another one with PUT /v1/sites/{site_id}/resolver.";
    SignoffOwnVersion = "signoff-own-version", CONFLICT, "Nobody signs a version of their own.",
        "Whoever made a version of a configuration can't sign it.",
        "Have somebody else sign it.";
    SignoffAspectUnknown = "signoff-aspect-unknown", UNPROCESSABLE_ENTITY, "The extension has no such aspect to sign.",
        "The manifest of the enabled release says which aspects are signed, and this is none of them.",
        "Correct the aspect; `detail` lists those there are.";
    SignoffStale = "signoff-stale", CONFLICT, "The version is not the current one.",
        "A signature is of the version that was looked at, and another one is current by now.",
        "Look at the current version, and sign that.";
    SignoffExists = "signoff-exists", CONFLICT, "It is signed already.",
        "The same user has signed the same aspect of the same version.",
        "There is nothing to do.";
    Overloaded = "overloaded", TOO_MANY_REQUESTS, "Too much is being worked on.",
        "The host, or the client's share of it, is used up: submissions or uploads under way, those that wait, or time in plugins. Nothing was stored.",
        "Try again after the time in `Retry-After`, with fewer requests at once.";
    PluginFailing = "plugin-failing", SERVICE_UNAVAILABLE, "A plugin of the configuration fails whatever it is given.",
        "The last calls of a plugin of the configuration failed one after the other, so that it is not called for a while. Nothing was stored.",
        "Roll the plugin back or mend it; try again after the time in `Retry-After`.";
    DatabaseUnavailable = "database-unavailable", SERVICE_UNAVAILABLE, "The database can't be reached.",
        "The service has no connection to its database at the moment.",
        "Try again after the time in `Retry-After`.";
    ProcessUnfinished = "process-unfinished", SERVICE_UNAVAILABLE, "The process is accepted; its result can't be stored yet.",
        "The submission is stored and judged, and its result is not stored yet. It will be, without the caller.",
        "Don't send it again; look at the process that `Location` names.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something broke in the service.",
        "A defect of the service, not of the request.",
        "Try again; if it stays so, give the operator the id in `instance`.";
}
