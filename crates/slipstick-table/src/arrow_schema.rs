//! The columns as an Arrow schema: what Parquet readers of the Arrow family (pyarrow, pandas, arrow-rs) look for under
//! `ARROW:schema`, so that unit, description and basis come along as metadata of each field.
//!
//! It is one message of Arrow's interprocess format, a flatbuffer. Nothing else of Arrow is needed to write it, so the few
//! tables it consists of are laid out here.

use slipstick_api::table::{ColumnKind, TableColumn};

/// The key of a Parquet file that holds it.
pub(crate) const KEY: &str = "ARROW:schema";

/// The version of the format's metadata since Arrow 1.0.
const METADATA_V5: i16 = 4;
/// A message that is a schema.
const SCHEMA: u8 = 1;
/// Precision of a double.
const DOUBLE: i16 = 2;

/// The schema as the key's value.
pub(crate) fn value(columns: &[TableColumn]) -> String {
    base64(&message(columns))
}

/// An encapsulated message: a mark, its length, and the flatbuffer, padded to eight bytes.
fn message(columns: &[TableColumn]) -> Vec<u8> {
    let mut to = Flat::default();
    let fields: Vec<usize> = columns.iter().map(|column| field(&mut to, column)).collect();
    let fields = to.offsets(&fields);
    // Little-endian is the default, which is left out.
    let schema = to.table(4, &[(1, Slot::Offset(fields))]);
    let root = to.table(
        4,
        &[
            (0, Slot::Short(METADATA_V5)),
            (1, Slot::Byte(SCHEMA)),
            (2, Slot::Offset(schema)),
            (3, Slot::Long(0)),
        ],
    );
    let flat = to.finish(root);
    let length = u32::try_from(flat.len()).unwrap_or(u32::MAX);
    [&[0xff; 4], length.to_le_bytes().as_slice(), &flat].concat()
}

/// A field: name, whether it may be null, its type, and its metadata.
fn field(to: &mut Flat, column: &TableColumn) -> usize {
    let said = [("unit", column.unit), ("description", Some(column.about)), ("basis", Some(column.basis))];
    let pairs: Vec<usize> = said.into_iter().filter_map(|(key, text)| Some(pair(to, key, text?))).collect();
    let pairs = to.offsets(&pairs);
    let children = to.offsets(&[]);
    let (kind, of_kind) = match column.kind {
        ColumnKind::Word => (5, to.table(0, &[])),
        ColumnKind::Count => (2, to.table(2, &[(0, Slot::Int(64)), (1, Slot::Byte(1))])),
        ColumnKind::Number => (3, to.table(1, &[(0, Slot::Short(DOUBLE))])),
    };
    let name = to.text(&column.name);
    to.table(
        7,
        &[
            (0, Slot::Offset(name)),
            (1, Slot::Byte(1)),
            (2, Slot::Byte(kind)),
            (3, Slot::Offset(of_kind)),
            (5, Slot::Offset(children)),
            (6, Slot::Offset(pairs)),
        ],
    )
}

fn pair(to: &mut Flat, key: &str, value: &str) -> usize {
    let (key, value) = (to.text(key), to.text(value));
    to.table(2, &[(0, Slot::Offset(key)), (1, Slot::Offset(value))])
}

/// A value in a table of a flatbuffer.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Byte(u8),
    Short(i16),
    Int(i32),
    Long(i64),
    /// Something that was written before, by its distance from the end.
    Offset(usize),
}

/// A flatbuffer as it grows: from its end, so that what is referred to is there already. Bytes are kept in reverse.
#[derive(Debug, Default)]
struct Flat {
    reversed: Vec<u8>,
}

impl Flat {
    /// Pads so that `size` more bytes end where `align` divides the distance from the end.
    fn pad(&mut self, size: usize, align: usize) {
        while !(self.reversed.len() + size).is_multiple_of(align) {
            self.reversed.push(0);
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.reversed.extend(bytes.iter().rev());
    }

    fn scalar(&mut self, bytes: &[u8]) -> usize {
        self.pad(bytes.len(), bytes.len());
        self.put(bytes);
        self.reversed.len()
    }

    /// The distance to what was written before.
    fn offset(&mut self, of: usize) -> usize {
        self.pad(4, 4);
        let distance = u32::try_from(self.reversed.len() + 4 - of).unwrap_or(u32::MAX);
        self.put(&distance.to_le_bytes());
        self.reversed.len()
    }

    fn slot(&mut self, value: Slot) -> usize {
        match value {
            Slot::Byte(byte) => self.scalar(&[byte]),
            Slot::Short(short) => self.scalar(&short.to_le_bytes()),
            Slot::Int(int) => self.scalar(&int.to_le_bytes()),
            Slot::Long(long) => self.scalar(&long.to_le_bytes()),
            Slot::Offset(of) => self.offset(of),
        }
    }

    fn count(&mut self, count: usize) -> usize {
        self.scalar(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes())
    }

    /// A text: its length, its bytes, and a zero.
    fn text(&mut self, text: &str) -> usize {
        self.pad(text.len() + 1, 4);
        self.put(&[0]);
        self.put(text.as_bytes());
        self.count(text.len())
    }

    /// A list of what was written before.
    fn offsets(&mut self, all: &[usize]) -> usize {
        self.pad(0, 4);
        for of in all.iter().rev() {
            self.offset(*of);
        }
        self.count(all.len())
    }

    /// A table of so many slots, some of which hold a value; before it stands where each of them is.
    fn table(&mut self, slots: usize, held: &[(usize, Slot)]) -> usize {
        let start = self.reversed.len();
        let places: Vec<(usize, usize)> =
            held.iter().map(|(slot, value)| (*slot, self.slot(*value))).collect();
        let table = self.scalar(&[0; 4]);
        let short = |value: usize| u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes();
        for slot in (0..slots).rev() {
            let place = places.iter().find(|(of, _)| *of == slot).map_or(0, |(_, place)| table - place);
            self.put(&short(place));
        }
        self.put(&short(table - start));
        self.put(&short(4 + 2 * slots));
        let back = i32::try_from(self.reversed.len() - table).unwrap_or(i32::MAX);
        for (byte, value) in back.to_le_bytes().into_iter().enumerate() {
            self.reversed[table - 1 - byte] = value;
        }
        table
    }

    /// The whole, which begins with where its root is.
    fn finish(mut self, root: usize) -> Vec<u8> {
        self.pad(4, 8);
        self.offset(root);
        self.reversed.reverse();
        self.reversed
    }
}

/// Bytes in the alphabet of RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let of = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = of(0) << 16 | of(1) << 8 | of(2);
        for letter in 0..4 {
            let known = letter <= three.len();
            let place = usize::try_from(bits >> (18 - 6 * letter) & 63).unwrap_or(0);
            text.push(if known { char::from(ALPHABET[place]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use slipstick_api::table::{ColumnKind, TableColumn};

    use super::{base64, message};

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    fn int(at: &[u8], place: usize) -> usize {
        u32::from_le_bytes(at[place..place + 4].try_into().unwrap()) as usize
    }

    /// What stands behind an offset.
    fn follow(at: &[u8], place: usize) -> usize {
        place + int(at, place)
    }

    /// Where a slot of a table stands.
    fn slot(at: &[u8], table: usize, slot: usize) -> Option<usize> {
        let places = table - int(at, table);
        let place = u16::from_le_bytes(at[places + 4 + 2 * slot..][..2].try_into().unwrap());
        (place > 0).then_some(table + usize::from(place))
    }

    fn text(at: &[u8], place: usize) -> &str {
        let start = follow(at, place);
        core::str::from_utf8(&at[start + 4..][..int(at, start)]).unwrap()
    }

    fn list(at: &[u8], place: usize) -> Vec<usize> {
        let start = follow(at, place);
        (0..int(at, start)).map(|one| follow(at, start + 4 + 4 * one)).collect()
    }

    /// Read back as the format says (arrow.apache.org, "Schema.fbs"): every field with its type and what is said of it.
    #[test]
    fn every_field_is_read_back() {
        let column = |name: &str, kind, unit| TableColumn {
            name: name.to_owned(),
            kind,
            unit,
            about: "what it is",
            basis: "estimated",
        };
        let columns = [
            column("id", ColumnKind::Count, None),
            column("on", ColumnKind::Word, None),
            column("tpot_s", ColumnKind::Number, Some("s")),
        ];
        let message = message(&columns);
        assert_eq!(&message[..4], [0xff; 4]);
        let flat = &message[8..];
        assert_eq!((int(&message, 4), flat.len() % 8), (flat.len(), 0));
        let root = follow(flat, 0);
        let schema = follow(flat, slot(flat, root, 2).unwrap());
        let fields = list(flat, slot(flat, schema, 1).unwrap());
        for ((field, column), kind) in fields.iter().zip(&columns).zip([2, 5, 3]) {
            assert_eq!(text(flat, slot(flat, *field, 0).unwrap()), column.name);
            assert_eq!(
                (flat[slot(flat, *field, 1).unwrap()], flat[slot(flat, *field, 2).unwrap()]),
                (1, kind)
            );
            let pairs = list(flat, slot(flat, *field, 6).unwrap());
            let said: Vec<(&str, &str)> = pairs
                .iter()
                .map(|pair| [0, 1].map(|at| text(flat, slot(flat, *pair, at).unwrap())))
                .map(|[key, value]| (key, value))
                .collect();
            let unit = column.unit.map(|unit| ("unit", unit));
            let all: Vec<_> =
                unit.into_iter().chain([("description", "what it is"), ("basis", "estimated")]).collect();
            assert_eq!(said, all);
        }
        let number = slot(flat, fields[2], 3).map(|place| follow(flat, place)).unwrap();
        assert_eq!(flat[slot(flat, number, 0).unwrap()], 2, "a double");
    }
}
