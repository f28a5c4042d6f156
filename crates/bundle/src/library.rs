//! One wasm library for the web, as `NAME.js` and `NAME_bg.wasm`.

use std::path::PathBuf;

use anyhow::Result;

use crate::program;

#[derive(clap::Args)]
pub struct Arguments {
    /// The linked wasm.
    linked: PathBuf,
    /// The name of what comes out.
    #[arg(long)]
    name: String,
    /// The folder for it; what it held is gone.
    #[arg(long)]
    out: PathBuf,
}

pub fn build(arguments: &Arguments) -> Result<()> {
    program::bind(&arguments.linked, &arguments.name, &arguments.out, &[]).map(drop)
}
