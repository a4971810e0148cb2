//! What a month's file should be.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use daybook_domain::time::Instant;
use daybook_event_store::Place;
use serde::{Deserialize, Serialize};

use super::super::months::Month;
use super::error::{ArchiveError, Difference, at};
use super::file;

/// The form of the files that this program writes.
pub(super) const FORMAT: u32 = 1;

/// What a month's file should be. The month is archived as soon as this is in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) month: String,
    /// The file's name, beside the manifest.
    pub(super) file: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Where the first and the last event about the rows stand in the log.
    pub(super) first_position: Place,
    pub(super) last_position: Place,
    pub(super) written_at: Instant,
}

impl Manifest {
    /// Where the manifest of a month is.
    pub(super) fn path(directory: &Path, month: Month) -> PathBuf {
        directory.join(format!("bookings-{month}.json"))
    }

    /// Reads the manifest of a month, if there is one.
    pub(super) fn read(directory: &Path, month: Month) -> Result<Option<Self>, ArchiveError> {
        let path = Self::path(directory, month);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(at(&path))?,
        };
        let differs = |what: String| ArchiveError::Differs(vec![Difference { month, what }]);
        let manifest: Self = serde_json::from_slice(&text)
            .map_err(|error| differs(format!("{} cannot be read: {error}", path.display())))?;
        let name = file::name(month, &manifest.sha256);
        if (manifest.format, manifest.month.as_str(), &manifest.file) != (FORMAT, month.to_string().as_str(), &name) {
            return Err(differs(format!("{} is not the manifest of this month", path.display())));
        }
        Ok(Some(manifest))
    }

    /// Puts the manifest in its place, at once and for good.
    pub(super) fn write(&self, directory: &Path, month: Month) -> Result<(), ArchiveError> {
        let text = serde_json::to_vec_pretty(self).expect("a manifest has string keys and finite numbers");
        let path = Self::path(directory, month);
        let temporary = path.with_extension("json.partial");
        let mut out = fs::File::create(&temporary).map_err(at(&temporary))?;
        std::io::Write::write_all(&mut out, &text).map_err(at(&temporary))?;
        file::give_name(&out, &temporary, &path)
    }

    /// The months of which a directory has a manifest.
    pub(super) fn months(directory: &Path) -> Result<Vec<Month>, ArchiveError> {
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(at(directory))?,
        };
        let mut months = Vec::new();
        for entry in entries {
            let name = entry.map_err(at(directory))?.file_name();
            let month = name.to_str().and_then(|name| name.strip_prefix("bookings-")?.strip_suffix(".json"));
            months.extend(month.and_then(|month| month.parse::<Month>().ok()));
        }
        months.sort_unstable();
        Ok(months)
    }
}
