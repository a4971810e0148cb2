//! Files of the archive.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use daybook_projections::bookings::archive::Archive;
use daybook_testkit::ScratchDirectory;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::routes::RUNTIME;
use crate::world::World;

/// The archive, and where it is. Files have one name, so one input is looked at after the other.
struct Stage {
    archive: Archive,
    directory: PathBuf,
    _scratch: ScratchDirectory,
}

static STAGE: LazyLock<Mutex<Stage>> = LazyLock::new(|| {
    let scratch = ScratchDirectory::make().expect("a directory");
    let directory = scratch.path().to_owned();
    let world = World::get();
    Mutex::new(Stage {
        archive: Archive::new(world.pool(), world.codec(), directory.clone()),
        directory,
        _scratch: scratch,
    })
});

/// A month's manifest in the first line, or an empty one for the manifest that goes with the file; then the file.
///
/// Whatever the files hold, they are read to an end, and what is wrong is named.
pub fn archive(input: &[u8]) {
    let Stage { archive, directory, .. } = &*STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let line = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (manifest, lines) = (&input[..line], input.get(line + 1..).unwrap_or_default());
    let sha256 = Sha256::digest(lines).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let file = format!("bookings-2026-01.{}.jsonl", &sha256[..12]);
    let rows = lines.split_inclusive(|byte| *byte == b'\n').count();
    let fitting = json!({
        "format": 1, "month": "2026-01", "file": file, "rows": rows, "bytes": lines.len(), "sha256": sha256,
        "first_position": "1-1", "last_position": "9-9", "written_at": "2026-04-01T00:00:00Z",
    });
    let manifest = if manifest.is_empty() { fitting.to_string().into_bytes() } else { manifest.to_vec() };
    fs::write(directory.join(&file), lines).expect("the file is written");
    fs::write(directory.join("bookings-2026-01.json"), manifest).expect("the manifest is written");

    let verified = RUNTIME.block_on(archive.verify());
    fs::remove_file(directory.join(file)).expect("the file is there");
    let verified = verified.expect("the archive is looked at, whatever is in it");
    assert_eq!(verified.months, 1);
    assert!(!verified.differences.is_empty(), "the database knows of no archive");
    assert!(verified.differences.iter().all(|difference| !difference.what.is_empty()));
}
