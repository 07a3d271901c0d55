//! Text that cannot command a terminal.
//!
//! Names come from files, servers and arguments of strangers. What they hold of control characters (colours, titles,
//! erased lines) and of marks that turn the direction of writing is shown as its code, never sent.

use std::{borrow::Cow, fmt::Write as _, io};

use crate::{
    rows::Form,
    view::{Bar, Block, Plot, Table, View},
};

/// Whether a character commands a terminal or hides what stands there. Line breaks and tabs are layout.
fn commands(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}

/// The text with each commanding character as its code.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(commands) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if commands(character) {
            let _ = write!(out, "<U+{:04X}>", u32::from(character));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// The view with each of its texts made harmless, before a renderer adds colours of its own.
pub(super) fn view(view: &View) -> View {
    let mut view = view.clone();
    disarm(&mut view.title.text);
    view.blocks.iter_mut().for_each(block);
    view
}

fn disarm(text: &mut String) {
    if let Cow::Owned(shown) = harmless(text) {
        *text = shown;
    }
}

fn block(block: &mut Block) {
    match block {
        Block::Heading(text)
        | Block::Text(text)
        | Block::Note(text)
        | Block::Warning(text)
        | Block::Code { text, .. } => disarm(text),
        Block::Pairs(pairs) => pairs.iter_mut().for_each(|(label, value)| {
            disarm(label);
            disarm(&mut value.text);
        }),
        Block::Table(table) => self::table(table),
        Block::Bar(bar) => self::bar(bar),
        Block::Plot(plot) => self::plot(plot),
    }
}

fn table(table: &mut Table) {
    table.caption.iter_mut().for_each(disarm);
    table.columns.iter_mut().for_each(|column| disarm(&mut column.name));
    table.rows.iter_mut().flatten().for_each(|cell| disarm(&mut cell.text));
}

fn bar(bar: &mut Bar) {
    disarm(&mut bar.label);
    disarm(&mut bar.capacity);
    for segment in &mut bar.segments {
        disarm(&mut segment.label);
        disarm(&mut segment.text);
    }
}

fn plot(plot: &mut Plot) {
    for text in [&mut plot.caption, &mut plot.x.label, &mut plot.y.label] {
        disarm(text);
    }
    plot.series.iter_mut().for_each(|series| disarm(&mut series.label));
}

/// A document on its way out, in which no text commands a terminal that shows it. JSON says such a character by its
/// escape, which reads back the same; a cell of CSV shows its code.
#[derive(Debug)]
pub struct HarmlessWriter<W> {
    out: W,
    form: Form,
    /// The bytes of a character that is not whole yet.
    begun: Vec<u8>,
}

impl<W: io::Write> HarmlessWriter<W> {
    /// Writes documents of this form.
    pub const fn new(out: W, form: Form) -> Self {
        Self { out, form, begun: Vec::new() }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        // JSON escapes what stands before the blank itself, and a line of CSV may end with a carriage return.
        let sent = |character: char| !commands(character) || (character == '\r' && self.form == Form::Csv);
        let mut rest = text;
        while let Some(at) = rest.find(|character| !sent(character)) {
            self.out.write_all(&rest.as_bytes()[..at])?;
            let character = rest[at..].chars().next().unwrap_or_default();
            match self.form {
                Form::Json => write!(self.out, "\\u{:04x}", u32::from(character))?,
                Form::Csv | Form::View => self.out.write_all(harmless(&character.to_string()).as_bytes())?,
            }
            rest = &rest[at + character.len_utf8()..];
        }
        self.out.write_all(rest.as_bytes())
    }
}

impl<W: io::Write> io::Write for HarmlessWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let joined = if self.begun.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            self.begun.extend_from_slice(bytes);
            Cow::Owned(std::mem::take(&mut self.begun))
        };
        let (whole, begun) = match std::str::from_utf8(&joined) {
            Ok(text) => (Cow::Borrowed(text), &[][..]),
            Err(error) if error.error_len().is_none() => {
                let (whole, begun) = joined.split_at(error.valid_up_to());
                (String::from_utf8_lossy(whole), begun)
            }
            Err(_) => (String::from_utf8_lossy(&joined), &[][..]),
        };
        self.begun = begun.to_vec();
        self.text(&whole)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{HarmlessWriter, harmless};
    use crate::rows::Form;

    const HOSTILE: &str = "a\u{1b}[31m\u{9b}2J\u{202e}b\u{7}\u{e9}\u{65e5}";

    #[test]
    fn what_commands_is_shown_by_its_code() {
        assert_eq!(harmless("a\tb\n\u{e9}"), "a\tb\n\u{e9}");
        assert_eq!(harmless(HOSTILE), "a<U+001B>[31m<U+009B>2J<U+202E>b<U+0007>\u{e9}\u{65e5}");
    }

    /// Wherever the bytes are cut, the document is the same, and JSON still holds the same text.
    #[test]
    fn a_document_reads_back_the_same() {
        let document = serde_json::to_string(HOSTILE).expect("a text is JSON");
        for size in 1..8 {
            let mut out = Vec::new();
            let mut writer = HarmlessWriter::new(&mut out, Form::Json);
            for part in document.as_bytes().chunks(size) {
                writer.write_all(part).expect("memory takes it");
            }
            let text = String::from_utf8(out).expect("it is text");
            assert!(!text.chars().any(super::commands), "{text}");
            assert_eq!(serde_json::from_str::<String>(&text).expect("it is JSON"), HOSTILE);
        }
    }

    #[test]
    fn lines_of_a_table_end_as_they_did() {
        let mut out = Vec::new();
        HarmlessWriter::new(&mut out, Form::Csv).write_all(b"a\r\n\x1bb\r\n").expect("memory takes it");
        assert_eq!(out, b"a\r\n<U+001B>b\r\n");
    }
}
