//! A month's rows in a file of JSON lines.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::super::months::Month;
use super::BATCH;
use super::error::{ArchiveError, Difference, at};
use super::line::Line;
use super::manifest::Manifest;

/// The name of a month's file with this SHA-256: files that are written one after the other do not get in each other's way.
pub(super) fn name(month: Month, sha256: &str) -> String {
    format!("bookings-{month}.{}.jsonl", sha256.get(..12).unwrap_or(sha256))
}

/// A month's file while it is written.
pub(super) struct Writer {
    out: BufWriter<File>,
    temporary: PathBuf,
    hash: Sha256,
    month: Month,
    pub(super) rows: u64,
    bytes: u64,
}

/// A month's file that has its name, and no manifest yet.
pub(super) struct Written {
    pub(super) file: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Writer {
    pub(super) fn begin(directory: &Path, month: Month) -> Result<Self, ArchiveError> {
        fs::create_dir_all(directory).map_err(at(directory))?;
        let temporary = directory.join(format!("bookings-{month}.jsonl.partial"));
        let out = BufWriter::new(File::create(&temporary).map_err(at(&temporary))?);
        Ok(Self { out, temporary, hash: Sha256::new(), month, rows: 0, bytes: 0 })
    }

    pub(super) fn add(&mut self, line: &Line) -> Result<(), ArchiveError> {
        let mut text = serde_json::to_vec(line).expect("a line has string keys and finite numbers");
        text.push(b'\n');
        self.hash.update(&text);
        self.rows += 1;
        self.bytes += text.len() as u64;
        self.out.write_all(&text).map_err(at(&self.temporary))
    }

    /// Gives the file its name once it is on the disk.
    pub(super) fn finish(self, directory: &Path) -> Result<Written, ArchiveError> {
        let Self { out, temporary, hash, month, rows, bytes } = self;
        let out = out.into_inner().map_err(|error| at(&temporary)(error.into_error()))?;
        let sha256 = hex(&hash.finalize());
        let file = name(month, &sha256);
        give_name(&out, &temporary, &directory.join(&file))?;
        Ok(Written { file, rows, bytes, sha256 })
    }
}

/// Renames a file that was written completely, durably.
pub(super) fn give_name(file: &File, temporary: &Path, wanted: &Path) -> Result<(), ArchiveError> {
    file.sync_all().map_err(at(temporary))?;
    fs::rename(temporary, wanted).map_err(at(wanted))?;
    let folder = wanted.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Reads a month's file, and finds out whether it is the one that was written.
pub(super) struct Reader {
    lines: BufReader<File>,
    path: PathBuf,
    month: Month,
    hash: Sha256,
    rows: u64,
    bytes: u64,
    expected: (u64, u64, String),
}

impl Reader {
    /// The file that a manifest names.
    pub(super) fn of(directory: &Path, month: Month, manifest: &Manifest) -> Result<Self, ArchiveError> {
        let Manifest { file, rows, bytes, sha256, .. } = manifest;
        Self::open(directory, month, file, (*rows, *bytes, sha256.clone()))
    }

    /// The file that was just written.
    pub(super) fn of_written(directory: &Path, month: Month, written: &Written) -> Result<Self, ArchiveError> {
        let Written { file, rows, bytes, sha256 } = written;
        Self::open(directory, month, file, (*rows, *bytes, sha256.clone()))
    }

    fn open(directory: &Path, month: Month, file: &str, expected: (u64, u64, String)) -> Result<Self, ArchiveError> {
        let path = directory.join(file);
        let lines = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let what = format!("{} is not there", path.display());
                return Err(ArchiveError::Differs(vec![Difference { month, what }]));
            }
            opened => BufReader::with_capacity(1 << 16, opened.map_err(at(&path))?),
        };
        Ok(Self { lines, path, month, hash: Sha256::new(), rows: 0, bytes: 0, expected })
    }

    /// The next lines; none at the end of the file, which is an error unless all was as it should be.
    pub(super) fn next(&mut self) -> Result<Vec<Line>, ArchiveError> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut text = Vec::new();
        while batch.len() < BATCH {
            text.clear();
            let read = self.lines.read_until(b'\n', &mut text).map_err(at(&self.path))?;
            if read == 0 {
                break;
            }
            self.hash.update(&text);
            self.rows += 1;
            self.bytes += read as u64;
            let line = serde_json::from_slice(&text);
            batch.push(line.map_err(|error| self.differs(&format!("line {} cannot be read: {error}", self.rows)))?);
        }
        if batch.is_empty() {
            let found = (self.rows, self.bytes, hex(&self.hash.clone().finalize()));
            if found != self.expected {
                let (rows, bytes, sha256) = &self.expected;
                let (found_rows, found_bytes, found_sha256) = &found;
                return Err(self.differs(&format!(
                    "has {found_rows} rows, {found_bytes} bytes and SHA-256 {found_sha256}, \
                     and should have {rows} rows, {bytes} bytes and SHA-256 {sha256}"
                )));
            }
        }
        Ok(batch)
    }

    /// Reads on to the end.
    pub(super) fn check(mut self) -> Result<(), ArchiveError> {
        while !self.next()?.is_empty() {}
        Ok(())
    }

    fn differs(&self, what: &str) -> ArchiveError {
        let what = format!("{} {what}", self.path.display());
        ArchiveError::Differs(vec![Difference { month: self.month, what }])
    }
}

/// Removes what earlier runs left of a month: files that were not finished, and those that no manifest names.
pub(super) fn remove_remains(directory: &Path, month: Month, kept: Option<&str>) -> Result<(), ArchiveError> {
    let prefix = format!("bookings-{month}.");
    for entry in fs::read_dir(directory).map_err(at(directory))? {
        let entry = entry.map_err(at(directory))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let ending = entry.path().extension().map(ToOwned::to_owned);
        let is_a_file_of_ours = ending.is_some_and(|ending| ending == "jsonl" || ending == "partial");
        if name.starts_with(&prefix) && is_a_file_of_ours && Some(name) != kept {
            fs::remove_file(entry.path()).map_err(at(&entry.path()))?;
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
