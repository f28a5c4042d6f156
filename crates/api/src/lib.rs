//! The REST API (SPEC 7): routes, bodies, errors and the OpenAPI document, over a small [`Host`].
//!
//! Nothing here performs I/O or knows the time, so the same requests get the same answers, byte for
//! byte, wherever the state is kept: behind a server, or in a page. [`router`] gives a tower service;
//! a host owns one [`Desk`] for each organization and makes what it hands out durable.
//!
//! Everything comes from one table, [`operations`]: the routes, which parameters and bodies are
//! accepted, and what the OpenAPI document says of them. A body is checked against the very schema
//! that is published, so the document cannot say what is not so. HTTP statuses live in this crate
//! and nowhere else.

mod ask;
mod body;
mod changes;
mod desk;
mod direct;
mod error;
mod host;
mod openapi;
pub mod operations;
mod place;
mod prose;
mod recent;
mod reply;
mod router;
mod routes;
mod schema;
mod strict;
mod write;

pub use changes::{Change, Changes};
pub use desk::{Delivery, Desk, ReplayError, Row, Stamp, Written};
pub use direct::respond;
pub use error::ApiError;
pub use host::{Calls, Clock, Condition, Host, Info, NotStored, Problem, Unavailable};
pub use openapi::document;
pub use prose::{PROSE_PATHS, prose};
pub use recent::{Recent, RequestKey};
pub use reply::Reply;
pub use router::{EPOCH, router};
pub use schema::problems;
pub use strict::{STRICT, odd_fields};
pub use write::Write;
