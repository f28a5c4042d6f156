//! Compressed copies beside the files.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::files;

const WINDOW: u32 = 22;
/// What is worth compressing.
const KINDS: [&str; 6] = ["html", "js", "css", "wasm", "svg", "webmanifest"];

/// Bytes as they are sent, at a quality from 0 to 11.
pub fn compress(bytes: &[u8], quality: u32) -> Result<Vec<u8>> {
    let mut packed = brotli::CompressorWriter::new(Vec::new(), 1 << 16, quality, WINDOW);
    packed.write_all(bytes)?;
    Ok(packed.into_inner())
}

/// Whether files of this name are compressed.
pub fn is_compressed(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, kind)| KINDS.contains(&kind))
}

/// Puts a brotli copy beside every file worth it, two at a time: a page is two large programs.
pub fn compress_folder(folder: &Path, quality: u32) -> Result<()> {
    let mut files = files::below(folder)?;
    files.retain(|(name, _)| is_compressed(name));
    files.sort_by_key(|(_, file)| std::cmp::Reverse(fs::metadata(file).map_or(0, |m| m.len())));
    let next = std::sync::Mutex::new(files.into_iter());
    let work = || -> Result<()> {
        loop {
            let file = match next.lock() {
                Ok(mut files) => files.next(),
                Err(_) => None,
            };
            let Some((_, file)) = file else { return Ok(()) };
            let packed = compress(&fs::read(&file)?, quality)?;
            fs::write(format!("{}.br", file.display()), packed)?;
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        work()?;
        match other.join() {
            Ok(done) => done,
            Err(_) => anyhow::bail!("compressing broke off"),
        }
    })
}
