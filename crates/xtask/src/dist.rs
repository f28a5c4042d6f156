//! `cargo xtask dist`: the release build of all that is published.

use anyhow::Result;

use crate::build::{self, Kind, Wanted};
use crate::process::{cargo, command, run};
use crate::progress::{Step, Usual};
use crate::project::{self, root, target};
use crate::{pack, setup};

/// What a visitor may have to download, in bytes of brotli.
const BUDGET: &str = "docs/budget.json";

/// Builds page, package and server in release, and says what a visitor downloads, against the budget.
pub fn build(public_url: Option<&str>) -> Result<()> {
    setup::for_package()?;
    build::page(Kind::Release, public_url, Wanted::PageAndPackage)?;
    pack::package(Kind::Release)?;
    server()?;
    sizes()
}

/// Builds the server as it is published.
pub fn server() -> Result<std::path::PathBuf> {
    let step = Step {
        name: "server-release",
        why: "compiling the server, as fast as it gets",
        usual: Usual {
            cold: 420,
            shared: 180,
            again: 120,
        },
    };
    let mut build = cargo()?;
    step.run(build.args([
        "build",
        "--locked",
        "--profile",
        "server",
        "-p",
        "leadline-server",
    ]))?;
    Ok(target()
        .join("server")
        .join(format!("leadline{}", std::env::consts::EXE_SUFFIX)))
}

/// Says what the built page and package weigh, and fails over the budget.
pub fn sizes() -> Result<()> {
    println!("\nDownload");
    run(command(build::bundler()?)?
        .arg("sizes")
        .arg(project::dist())
        .arg("--package")
        .arg(pack::folder())
        .arg("--budget")
        .arg(root().join(BUDGET)))
}
