//! The settings of nodes and of the workflow as forms. They know the model and the surroundings
//! they offer choices from, not the editor: each changes a [`Bound`] value.

pub mod application;
pub mod bound;
pub mod condition;
pub mod controls;
pub mod delay;
pub mod fields;
pub mod length;
pub mod library;
pub mod prompt;
pub mod retry;
pub mod rule;
pub mod simulation;
pub mod surroundings;
pub mod values;
pub mod variables;
pub mod voice_call;
pub mod window;
pub mod workflow;
