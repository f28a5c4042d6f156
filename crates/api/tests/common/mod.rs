pub mod memory;
pub mod script;
