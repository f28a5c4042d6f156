//! The program of the engine worker.

fn main() {
    #[cfg(target_arch = "wasm32")]
    leadline_worker::web::run();
}
