//! The program of the engine worker, and what is fetched only when it is used.
//!
//! Each split point gives a part of [`leadline_worker::parts`], of which the library knows no more than
//! what fetches it. After linking, `crates/bundle` puts what only a split point reaches into a chunk.

#[cfg(target_arch = "wasm32")]
mod chunks;

fn main() {
    #[cfg(target_arch = "wasm32")]
    leadline_worker::web::run(chunks::parts());
}
