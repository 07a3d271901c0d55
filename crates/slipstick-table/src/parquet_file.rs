//! Apache Parquet by its low-level writer: no Arrow stands between our columns and the file.
//!
//! Words go through dictionaries; numbers do not, where a dictionary costs time and makes the file larger. What a column
//! means stands in the file's key `columns`, as JSON, and as metadata of each field in the schema of Arrow.

use std::{io::Write, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::{ColumnPath, Type},
};
use serde_json::json;
use slipstick_api::{
    ApiError,
    table::{Chunk, ColumnKind, TableColumn, TableHead, TableWriter, Values},
};

use crate::arrow_schema;

/// Rows of a group: what waits in memory until its columns are written one after the other.
const GROUP: usize = 1 << 18;

/// A Parquet file.
pub(crate) struct ParquetFile<W: Write + Send> {
    out: SerializedFileWriter<W>,
    /// Chunks of the next group.
    waiting: Vec<Chunk>,
    rows: usize,
}

impl<W: Write + Send> ParquetFile<W> {
    pub(crate) fn new(out: W, head: &TableHead) -> Result<Self, ApiError> {
        let schema = schema(&head.columns).map_err(|error| unwritten(&error))?;
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties(head)));
        Ok(Self { out: writer.map_err(|error| unwritten(&error))?, waiting: Vec::new(), rows: 0 })
    }

    /// Writes the chunks that wait as one group.
    fn group(&mut self) -> Result<(), ParquetError> {
        let waiting = core::mem::take(&mut self.waiting);
        self.rows = 0;
        if waiting.is_empty() {
            return Ok(());
        }
        let mut group = self.out.next_row_group()?;
        let mut at = 0;
        while let Some(mut column) = group.next_column()? {
            for chunk in &waiting {
                write(column.untyped(), &chunk.columns[at])?;
            }
            column.close()?;
            at += 1;
        }
        group.close()?;
        Ok(())
    }
}

impl<W: Write + Send> TableWriter for ParquetFile<W> {
    fn write(&mut self, chunk: Chunk) -> Result<(), ApiError> {
        if chunk.rows() > 0 {
            self.rows += chunk.rows();
            self.waiting.push(chunk);
        }
        if self.rows >= GROUP { self.group().map_err(|error| unwritten(&error)) } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<(), ApiError> {
        let closed = self.group().and_then(|()| self.out.close());
        closed.map(drop).map_err(|error| unwritten(&error))
    }
}

fn schema(columns: &[TableColumn]) -> Result<Arc<Type>, ParquetError> {
    let field = |column: &TableColumn| {
        let (physical, logical) = match column.kind {
            ColumnKind::Word => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnKind::Count => (Physical::INT64, None),
            ColumnKind::Number => (Physical::DOUBLE, None),
        };
        let field = Type::primitive_type_builder(&column.name, physical);
        field.with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("sweep").with_fields(fields).build().map(Arc::new)
}

fn properties(head: &TableHead) -> WriterProperties {
    let columns: Vec<serde_json::Value> = head
        .columns
        .iter()
        .map(|column| {
            json!({"name": column.name, "unit": column.unit, "description": column.about, "basis": column.basis})
        })
        .collect();
    let facts = head.facts.iter().map(|(name, fact)| KeyValue::new((*name).to_owned(), fact.clone()));
    let said = [
        KeyValue::new("columns".to_owned(), json!(columns).to_string()),
        KeyValue::new(arrow_schema::KEY.to_owned(), arrow_schema::value(&head.columns)),
    ];
    let keys = facts.chain(said).collect();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(keys));
    for column in head.columns.iter().filter(|column| column.kind == ColumnKind::Word) {
        properties =
            properties.set_column_dictionary_enabled(ColumnPath::new(vec![column.name.clone()]), true);
    }
    properties.build()
}

/// Writes the values of one column; what is missing is null.
fn write(column: &mut ColumnWriter<'_>, values: &Values) -> Result<(), ParquetError> {
    match (column, values) {
        (ColumnWriter::ByteArrayColumnWriter(column), Values::Words { places, words }) => {
            let words: Vec<ByteArray> = words.iter().map(|word| ByteArray::from(word.as_str())).collect();
            let word = |place: &u32| words.get(*place as usize).filter(|word| !word.is_empty());
            let levels: Vec<i16> = places.iter().map(|place| i16::from(word(place).is_some())).collect();
            let there: Vec<ByteArray> = places.iter().filter_map(|place| word(place).cloned()).collect();
            column.write_batch(&there, Some(&levels), None)?;
        }
        (ColumnWriter::Int64ColumnWriter(column), Values::Counts(counts)) => {
            let count = |count: &u64| i64::try_from(*count).ok();
            let levels: Vec<i16> = counts.iter().map(|one| i16::from(count(one).is_some())).collect();
            let there: Vec<i64> = counts.iter().filter_map(count).collect();
            column.write_batch(&there, Some(&levels), None)?;
        }
        (ColumnWriter::DoubleColumnWriter(column), Values::Numbers(numbers)) => {
            let levels: Vec<i16> = numbers.iter().map(|one| i16::from(!one.is_nan())).collect();
            let there: Vec<f64> = numbers.iter().copied().filter(|one| !one.is_nan()).collect();
            column.write_batch(&there, Some(&levels), None)?;
        }
        _ => return Err(ParquetError::General("a chunk's columns are not those of its head".to_owned())),
    }
    Ok(())
}

fn unwritten(error: &ParquetError) -> ApiError {
    ApiError::unwritten(&std::io::Error::other(error.to_string()))
}
