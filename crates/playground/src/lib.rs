//! The API playground: a page, and a custom element for anybody's documentation, that lists what an
//! OpenAPI document offers, sends requests and explains the answers.
//!
//! Everything it knows of the API it reads from the document, and everything it does goes through
//! `fetch`: of the engine in the page (the npm package) or of a server. Requests, examples, samples,
//! checks and tours are worked out here without a browser; the screen is in `screen`.

pub mod document;
pub mod example;
pub mod json;
pub mod known;
pub mod meaning;
pub mod provoke;
pub mod request;
pub mod samples;
mod stage;
pub mod tour;

#[cfg(target_arch = "wasm32")]
mod screen;
