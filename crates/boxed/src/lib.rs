//! What the page and the playground's screen share: closures handed to the framework in a box, and the
//! clipboard.
//!
//! What the framework builds around a closure (listeners, erased attributes, nodes of the reactive graph)
//! is generic over it, so hundreds of closures would mean hundreds of copies of the same code. Boxed first,
//! all closures of a signature have one type, and the code around them is compiled once.

pub mod clipboard;
pub mod control_flow;
mod handlers;

pub use handlers::{closes, effect, handler, is_composing, memo, opens, pressed, typed_into};
