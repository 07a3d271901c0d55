//! What is written is read again by the libraries' own readers.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};
use serde_json::Value;
use slipstick_api::table::{Chunk, ColumnKind, TableColumn, TableHead, Values};
use slipstick_table::FileKind;

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a table in memory is written").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const NAMES: [(&str, ColumnKind, Option<&str>); 3] = [
    ("word", ColumnKind::Word, None),
    ("count", ColumnKind::Count, Some("B")),
    ("number", ColumnKind::Number, Some("s")),
];

/// Two chunks with values, and with one of each missing.
fn written(kind: FileKind) -> Vec<u8> {
    let column = |(name, kind, unit): (&str, ColumnKind, Option<&'static str>)| TableColumn {
        name: name.to_owned(),
        kind,
        unit,
        about: "what it means",
        basis: "exact",
    };
    let head = TableHead { columns: NAMES.map(column).into(), facts: vec![("spec", "model = 1".to_owned())] };
    let words: Arc<[String]> = Arc::new(["a, \"b\"".to_owned(), String::new(), "c".to_owned()]);
    let chunk = |places: [u32; 2], counts: [u64; 2], numbers: [f64; 2]| Chunk {
        columns: vec![
            Values::Words { places: places.into(), words: Arc::clone(&words) },
            Values::Counts(counts.into()),
            Values::Numbers(numbers.into()),
        ],
    };
    let memory = Memory::default();
    let mut table = kind.begin(memory.clone(), &head).expect("a table in memory is written");
    table.write(chunk([0, 1], [7, u64::MAX], [0.5, f64::NAN])).expect("a table in memory is written");
    table.write(chunk([2, u32::MAX], [1 << 40, 0], [-1e-300, 3.0])).expect("a table in memory is written");
    table.finish().expect("a table in memory is written");

    memory.0.lock().expect("a table in memory is written").clone()
}

#[test]
fn parquet_is_read_again_with_its_columns_explained() {
    let reader = SerializedFileReader::new(bytes::Bytes::from(written(FileKind::Parquet)))
        .expect("a table in memory is written");
    let rows: Vec<Vec<Field>> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect())
        .collect();
    let text = |text: &str| Field::Str(text.to_owned());
    assert_eq!(
        rows,
        [
            vec![text("a, \"b\""), Field::Long(7), Field::Double(0.5)],
            vec![Field::Null, Field::Null, Field::Null],
            vec![text("c"), Field::Long(1 << 40), Field::Double(-1e-300)],
            vec![Field::Null, Field::Long(0), Field::Double(3.0)],
        ]
    );
    let keys = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let key = |name: &str| keys.iter().find(|one| one.key == name).unwrap().value.clone().unwrap();
    let columns: Value = serde_json::from_str(&key("columns")).unwrap();
    assert_eq!(columns[2]["unit"], "s");
    assert_eq!(columns[1]["description"], "what it means");
    assert_eq!(key("spec"), "model = 1");
}

#[test]
fn csv_and_json_lines_say_the_same() {
    let text = |kind| String::from_utf8(written(kind)).unwrap();
    assert_eq!(
        text(FileKind::Csv),
        format!(
            "word,count,number\n\"a, \"\"b\"\"\",7,0.5\n,,\nc,1099511627776,-{}1\n,0,3\n",
            format_args!("0.{}", "0".repeat(299))
        )
    );
    let rows: Vec<Value> =
        text(FileKind::JsonLines).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0], serde_json::json!({"word": "a, \"b\"", "count": 7, "number": 0.5}));
    assert_eq!(rows[1], serde_json::json!({"word": null, "count": null, "number": null}));
    assert_eq!(rows[2]["number"], -1e-300);
}

#[test]
fn an_ending_says_the_kind() {
    assert_eq!(FileKind::of("a/b.PARQUET").unwrap(), FileKind::Parquet);
    assert_eq!(FileKind::of("b.ndjson").unwrap(), FileKind::JsonLines);
    for path in ["b", "b.xlsx", "a.csv/b"] {
        assert_eq!(FileKind::of(path).unwrap_err().code, "table.kind", "{path}");
    }
}
