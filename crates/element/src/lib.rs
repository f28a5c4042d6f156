//! The boundary between the API playground and `js/element.js`, which makes the custom element of it. It
//! exists for wasm alone. Nothing may rest on this crate: what it exports to JavaScript would be in every
//! program that links it.

#[cfg(target_arch = "wasm32")]
mod boundary;
