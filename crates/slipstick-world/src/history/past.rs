//! The lines of past answers: found by one walk over their files, read only where they are asked for.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use slipstick_api::{
    ApiError,
    history::{Kept, Newest, Wanted},
};

use super::{FULL, LONGEST, refusal};
use crate::file::{self, FileError};

/// What is walked over in one file: more can only be somebody else's, and its end is the newest.
const MOST: u64 = FULL + (1 << 20);

/// Where a line lies in its file.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u64,
    length: usize,
}

/// One file, and where the lines lie that have the form of a past answer, oldest first.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    file: File,
    spans: Vec<Span>,
}

/// Past answers. They stay in their files: what they take in memory does not grow with their length.
#[derive(Debug, Default)]
pub struct Past {
    parts: Vec<Part>,
    spoilt: usize,
}

impl Past {
    /// Those in some files, the oldest first. A file that is not there holds none.
    pub(super) fn of(paths: &[&Path]) -> Result<Self, ApiError> {
        let mut past = Self::default();
        for path in paths {
            match file::open(path) {
                Err(FileError::Missing) => {}
                Err(error) => return Err(refusal(path, &error)),
                Ok(file) => past.add(path, file).map_err(|error| refusal(path, &error.into()))?,
            }
        }
        Ok(past)
    }

    fn add(&mut self, path: &Path, mut file: File) -> io::Result<()> {
        let mut spans = Vec::new();
        let start = file.seek(SeekFrom::End(0))?.saturating_sub(MOST);
        file.seek(SeekFrom::Start(start))?;
        // What is cut off at its start is no line, and what goes on is not a second one.
        let mut goes_on = start > 0;
        each_line(&mut BufReader::with_capacity(1 << 16, &file), |at, line| {
            let is_rest = std::mem::replace(&mut goes_on, !line.ends_with(b"\n"));
            let line = line.trim_ascii_end();
            if is_rest || line.is_empty() {
                return;
            }
            if Kept::is_one(line) {
                spans.push(Span { start: start + at, length: line.len() });
            } else {
                self.spoilt += 1;
            }
        })?;
        self.parts.push(Part { path: path.to_owned(), file, spans });
        Ok(())
    }

    /// How many lines have the form of a past answer.
    fn count(&self) -> usize {
        self.parts.iter().map(|part| part.spans.len()).sum()
    }

    /// The lines that have the form of a past answer, the newest first, each read when its turn comes.
    fn lines(&self) -> impl Iterator<Item = Result<Vec<u8>, ApiError>> {
        let places =
            self.parts.iter().rev().flat_map(|part| part.spans.iter().rev().map(move |span| (part, *span)));
        places.map(|(part, span)| part.read(span).map_err(|error| refusal(&part.path, &error.into())))
    }

    /// The last `limit` past answers that are `wanted`, in the order that is wanted.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn newest(&self, limit: usize, wanted: &Wanted) -> Result<Newest, ApiError> {
        let mut rows = Vec::new();
        let (mut spoilt, mut number) = (0, 0);
        let mut lines = self.lines();
        // Where they are sorted, the last one read may be the first.
        while (wanted.sort.is_some() || rows.len() < limit)
            && let Some(line) = lines.next().transpose()?
        {
            match Kept::read(&line) {
                Some(kept) => {
                    number += 1;
                    if wanted.admits(&kept) {
                        rows.push((number, kept));
                    }
                }
                None => spoilt += 1,
            }
        }
        wanted.arrange(&mut rows, limit);
        Ok(Newest { rows, total: self.count() - spoilt, spoilt: self.spoilt + spoilt })
    }

    /// The past answer that a person means: by how far back it lies, the last being 1, or by its name.
    ///
    /// # Errors
    /// If there is none, or a file cannot be read.
    pub fn find(&self, name: &str) -> Result<Kept, ApiError> {
        let wanted = name.to_ascii_lowercase();
        let back = name.parse::<usize>().ok();
        let mut number = 0;
        for line in self.lines() {
            let line = line?;
            // A name is told without reading the line.
            if back.is_none() && Kept::id(&line) != wanted {
                continue;
            }
            let Some(kept) = Kept::read(&line) else { continue };
            number += 1;
            if back.is_none_or(|back| number == back) {
                return Ok(kept);
            }
        }
        Err(Kept::unknown(name, self.count()))
    }
}

impl Part {
    fn read(&self, span: Span) -> io::Result<Vec<u8>> {
        let mut line = vec![0; span.length];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(span.start))?;
        file.read_exact(&mut line)?;
        Ok(line)
    }
}

/// Each line with the place where it starts. One that is too long is cut into pieces, none of which is an answer.
fn each_line(reader: &mut impl BufRead, mut each: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let mut line = Vec::new();
    let mut at = 0;
    loop {
        line.clear();
        let read = reader.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        each(at, &line);
        at += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf, process};

    use slipstick_api::{Answered, commands::schemas, history::HistoryEntry, request::Request, view::View};

    use super::{Newest, Past, Wanted};

    /// A file of this test, removed with it.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str, text: impl AsRef<[u8]>) -> Self {
            let path = env::temp_dir().join(format!("slipstick-past-{}-{name}", process::id()));
            fs::write(&path, text).expect("the temporary directory takes files");
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            drop(fs::remove_file(&self.0));
        }
    }

    fn line(model: &str) -> String {
        let request =
            Request::from_toml(&format!("[model]\nmodel = {model:?}"), "m.toml").expect("a request");
        let answered = Answered::new(schemas().report, View::new(format!("about {model}")));
        let entry = HistoryEntry::of(request, &answered.into()).given(
            "2026-11-22T10:00:00Z".into(),
            "0.1.0",
            "/here".into(),
        );
        entry.line().expect("a request is JSON")
    }

    fn titles(past: &Past, limit: usize) -> (Vec<String>, usize, usize) {
        let Newest { rows, total, spoilt } = past.newest(limit, &Wanted::default()).expect("it is our file");
        (
            rows.into_iter().map(|(number, kept)| format!("{number} {}", kept.entry.title)).collect(),
            total,
            spoilt,
        )
    }

    #[test]
    fn spoilt_lines_cost_nothing_but_themselves() {
        let (first, second) = (line("a"), line("b"));
        // A writer was stopped in the middle of a line; the next one came after it.
        let half = &first[..first.len() / 2];
        let mut text =
            format!("{first}{half}{second}\u{fffd}\u{0}garbage\n[1, 2]\n{{\"at\":\"3\"}}\n").into_bytes();
        text.extend(b"\xff\xfe\n");
        let file = Scratch::new("spoilt", text);
        let past = Past::of(&[&file.0]).expect("it is our file");
        assert_eq!(titles(&past, 9), (vec!["1 about b".to_owned(), "2 about a".to_owned()], 2, 5));
    }

    #[test]
    fn an_answer_is_found_from_the_end_and_by_its_name() {
        let text = ["a", "b", "c"].map(line);
        let (before, file) = (Scratch::new("before", text[..2].concat()), Scratch::new("now", &text[2]));
        let past = Past::of(&[&before.0, &file.0]).expect("they are our files");
        let title = |name: &str| past.find(name).map(|kept| kept.entry.title);
        assert_eq!((title("1").as_deref(), title("3").as_deref()), (Ok("about c"), Ok("about a")));
        let second = past.find("2").expect("there are three");
        assert_eq!(past.find(&second.id.to_ascii_uppercase()), Ok(second.clone()));
        for bad in ["0", "4", "h", "-1", "99999999999999999999999"] {
            assert_eq!(past.find(bad).expect_err(bad).code, "history.unknown");
        }
        // Names do not move when older answers are dropped.
        let later = Scratch::new("later", &text[1]);
        assert_eq!(Past::of(&[&later.0]).expect("it is our file").find("1"), Ok(second));
    }

    /// 4,000 answers behind 5 MiB that are nobody's: all are found, and only those asked for are read.
    #[test]
    fn thousands_of_answers_are_walked_over() {
        let mut text = "x".repeat(5 << 20);
        text.push('\n');
        for number in 0..4000 {
            text.push_str(&line(&format!("m{number}")));
        }
        let file = Scratch::new("many", text);
        let past = Past::of(&[&file.0]).expect("it is our file");
        let last = vec!["1 about m3999".to_owned(), "2 about m3998".to_owned()];
        assert_eq!(titles(&past, 2), (last, 4000, 0));
        assert_eq!(past.find("4000").expect("the first").entry.title, "about m0");
    }
}
