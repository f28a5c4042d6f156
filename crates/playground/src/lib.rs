//! The API playground: a screen that lists what an OpenAPI document offers, sends requests and explains
//! the answers.
//!
//! Everything it knows of the API it reads from the document, and everything it does is a request: to the
//! engine of whoever shows it (`screen::Host`), or to a server. Requests, examples, samples, checks and
//! tours are worked out here without a browser; the screen is in `screen`. The app's page shows it, and so
//! does the custom element for anybody's documentation (`leadline-element`).

pub mod document;
pub mod example;
pub mod json;
pub mod known;
pub mod meaning;
pub mod provoke;
pub mod request;
pub mod samples;
pub mod screen;
mod stage;
pub mod tour;
