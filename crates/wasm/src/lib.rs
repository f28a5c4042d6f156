//! The boundary between the API's home (`leadline-home`) and the npm package, whose JavaScript is in the
//! folder `npm`. It exists for wasm alone. Nothing may rest on this crate: what it exports to JavaScript
//! would be in every program that links it.

#[cfg(target_arch = "wasm32")]
mod boundary;
