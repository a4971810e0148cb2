//! Events as a table in a Parquet file.

use std::fs::File;
use std::sync::Arc;

use anyhow::Result;
use daybook_event_store::cloud_event::CloudEvent;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

/// The columns, in the order in which they are written below.
const SCHEMA: &str = "message event {
    required binary position (STRING);
    required int64 time (TIMESTAMP(MICROS, true));
    required binary type (STRING);
    required binary host_id (STRING);
    optional binary subject (STRING);
    required int64 version;
    optional binary actor (STRING);
    optional binary correlation_id (STRING);
    optional binary causation_id (STRING);
    required binary data (STRING);
    required binary id (STRING);
}";

/// A group of rows is written when it has so many rows, or so many bytes of text: all that is held in memory.
const ROWS: usize = 20_000;
const BYTES: usize = 16 << 20;

/// Writes events to a Parquet file, a group of rows at a time.
pub(super) struct Table {
    file: SerializedFileWriter<File>,
    rows: Rows,
}

/// The rows that are not written yet, by column.
#[derive(Default)]
struct Rows {
    bytes: usize,
    position: Vec<ByteArray>,
    time: Vec<i64>,
    kind: Vec<ByteArray>,
    host: Vec<ByteArray>,
    subject: Optional,
    version: Vec<i64>,
    actor: Optional,
    correlation: Optional,
    causation: Optional,
    data: Vec<ByteArray>,
    id: Vec<ByteArray>,
}

/// A column with gaps: the values that are there, and for every row whether there is one.
#[derive(Default)]
struct Optional {
    values: Vec<ByteArray>,
    given: Vec<i16>,
}

impl Table {
    /// Begins the table.
    pub(super) fn begin(file: File) -> Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
        Ok(Self { file, rows: Rows::default() })
    }

    /// Adds a row.
    pub(super) fn add(&mut self, event: &CloudEvent<'_>) -> Result<()> {
        self.rows.add(event);
        if self.rows.time.len() >= ROWS || self.rows.bytes >= BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    /// Ends the table.
    pub(super) fn finish(mut self) -> Result<File> {
        self.write_group()?;
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.time.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        texts(&mut group, &rows.position)?;
        numbers(&mut group, &rows.time)?;
        texts(&mut group, &rows.kind)?;
        texts(&mut group, &rows.host)?;
        rows.subject.write(&mut group)?;
        numbers(&mut group, &rows.version)?;
        rows.actor.write(&mut group)?;
        rows.correlation.write(&mut group)?;
        rows.causation.write(&mut group)?;
        texts(&mut group, &rows.data)?;
        texts(&mut group, &rows.id)?;
        group.close()?;
        Ok(())
    }
}

impl Rows {
    fn add(&mut self, event: &CloudEvent<'_>) {
        let recorded = event.recorded();
        let data = event.fields();
        // The others are short.
        self.bytes += data.len() + 300;
        self.position.push(text(&recorded.place.to_string()));
        self.time.push(recorded.recorded_at.timestamp_micros());
        self.kind.push(text(&event.kind()));
        self.host.push(text(&recorded.host.to_string()));
        self.subject.add(event.subject());
        self.version.push(recorded.version.cast_signed());
        self.actor.add(event.actor());
        self.correlation.add(event.correlation_id());
        self.causation.add(event.causation_id());
        self.data.push(ByteArray::from(data.into_bytes()));
        self.id.push(text(&recorded.id.to_string()));
    }
}

impl Optional {
    fn add(&mut self, value: Option<&str>) {
        self.given.push(value.is_some().into());
        self.values.extend(value.map(text));
    }

    fn write(&self, group: &mut SerializedRowGroupWriter<'_, File>) -> Result<()> {
        write_texts(group, &self.values, Some(&self.given))
    }
}

fn text(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

fn texts(group: &mut SerializedRowGroupWriter<'_, File>, values: &[ByteArray]) -> Result<()> {
    write_texts(group, values, None)
}

fn write_texts(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[ByteArray],
    given: Option<&[i16]>,
) -> Result<()> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<ByteArrayType>().write_batch(values, given, None)?;
        column.close()?;
    }
    Ok(())
}

fn numbers(group: &mut SerializedRowGroupWriter<'_, File>, values: &[i64]) -> Result<()> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<Int64Type>().write_batch(values, None, None)?;
        column.close()?;
    }
    Ok(())
}
