//! The kinds of problems.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $text:literal, $title:literal;)*) => {
        /// The kind of a problem, as programs read it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        #[schema(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// Its name in the contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The kind of problem in words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// A field breaks a rule.
    ValidationError = BAD_REQUEST, "VALIDATION_ERROR", "The request is not valid";
    /// Credentials are needed.
    Unauthenticated = UNAUTHORIZED, "UNAUTHENTICATED", "Credentials are needed";
    /// The credentials do not allow this.
    Forbidden = FORBIDDEN, "FORBIDDEN", "This is not allowed";
    /// Not there, or not yours.
    NotFound = NOT_FOUND, "NOT_FOUND", "Not found";
    /// The path knows other methods.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "The method is not allowed here";
    /// Somebody else has the time.
    SlotUnavailable = CONFLICT, "SLOT_UNAVAILABLE", "The time is taken";
    /// The thing changed since the caller looked.
    VersionConflict = CONFLICT, "VERSION_CONFLICT", "It was changed in the meantime";
    /// The same request is being answered right now.
    IdempotencyConflict = CONFLICT, "IDEMPOTENCY_CONFLICT", "The same request is in progress";
    /// An account has the address.
    EmailTaken = CONFLICT, "EMAIL_TAKEN", "The e-mail address is taken";
    /// An account has the name.
    UsernameTaken = CONFLICT, "USERNAME_TAKEN", "The username is taken";
    /// A meeting type of the host has the slug.
    SlugTaken = CONFLICT, "SLUG_TAKEN", "The slug is taken";
    /// The time is not one that is offered.
    InvalidTimeSlot = UNPROCESSABLE_ENTITY, "INVALID_TIME_SLOT", "The time is not offered";
    /// The meeting type is switched off.
    MeetingTypeInactive = UNPROCESSABLE_ENTITY, "MEETING_TYPE_INACTIVE", "The meeting type is not active";
    /// A limit per day or week is reached.
    MaxBookingsReached = UNPROCESSABLE_ENTITY, "MAX_BOOKINGS_REACHED", "No more bookings are taken";
    /// The key came with another body before.
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", "The idempotency key was used for another request";
    /// The booking is over or has begun.
    BookingNotActive = UNPROCESSABLE_ENTITY, "BOOKING_NOT_ACTIVE", "The booking is not active";
    /// The body is too long.
    PayloadTooLarge = PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "The body is too large";
    /// The body is not JSON.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "The media type is not supported";
    /// Too many requests.
    RateLimited = TOO_MANY_REQUESTS, "RATE_LIMITED", "Too many requests";
    /// A fault of ours.
    Internal = INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong";
    /// A dependency does not answer.
    Unavailable = SERVICE_UNAVAILABLE, "UNAVAILABLE", "Not available right now";
}
