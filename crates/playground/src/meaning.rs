//! What the statuses of the API mean, in words.

/// A status in a sentence.
pub fn of_status(status: u16) -> &'static str {
    match status {
        200 => "It worked; the answer is below.",
        201 => "It was made; the answer shows it.",
        400 => {
            "Something in the request is wrong, or the graph is not complete. The message names it. Nothing was changed."
        }
        401 => "There is no key, or not a good one. Send `Authorization: Bearer <key>`.",
        404 => {
            "There is nothing of this name here. What belongs to another organization is answered alike."
        }
        405 => "This path does not take this method.",
        408 => "The server gave up waiting for the request.",
        409 => {
            "The request is right in itself but does not fit how things stand now, such as pausing what is not active. Nothing was changed."
        }
        410 => {
            "The cursor is older than what is kept, or newer than what there is. Read everything again."
        }
        412 => {
            "It has changed since you read it: the ETag in If-Match, or the life in Leadline-Epoch, is not the present one. Read it again."
        }
        413 => "The body is larger than this operation accepts.",
        429 => "Too many requests. Try again after the seconds in Retry-After.",
        500 => "A fault of Leadline itself.",
        503 => {
            "It could not be stored just now. Send it again, with the same Idempotency-Key if it had one."
        }
        100..=199 => "The request is being worked on.",
        202..=299 => "It worked.",
        300..=399 => "It is to be found elsewhere.",
        402..=499 => "The request was refused.",
        _ => "The server could not do it.",
    }
}

/// A status as HTTP names it.
pub fn name(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Payload Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "",
    }
}
