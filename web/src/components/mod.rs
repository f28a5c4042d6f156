//! Parts that several pages are made of.

pub mod address;
pub mod badge;
pub mod dialog;
pub mod field;
pub mod file_drop;
pub mod graph;
pub mod icon;
pub mod lead_bar;
pub mod live;
pub mod pager;
pub mod pairs;
pub mod reply;
pub mod run;
pub mod toast;
pub mod workflow_bar;

pub use leadline_boxed::control_flow;
