//! One past answer as a line of text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Answer, ApiError, Output, request::Request};

/// A past answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was given, in UTC.
    pub at: String,
    /// The program that gave it.
    pub version: String,
    /// The directory that its relative paths are taken from.
    pub directory: String,
    /// The question.
    pub request: Request,
    /// Whether the answer was yes.
    pub yes: bool,
    /// The answer in brief.
    pub title: String,
    /// The answer in full, as JSON.
    pub document: Value,
}

impl Entry {
    /// An answer just given.
    pub fn new(at: String, version: &str, directory: String, request: Request, output: &Output) -> Self {
        Self {
            at,
            version: version.to_owned(),
            directory,
            request,
            yes: output.answer == Answer::Yes,
            title: output.view.title.text.clone(),
            document: output.document(false),
        }
    }

    /// Its line in the file. It begins with a line break too: what a program that was stopped left half written before
    /// it then spoils no more than itself.
    ///
    /// # Errors
    /// If it cannot be written as JSON, which is a bug.
    pub fn line(&self) -> Result<String, ApiError> {
        let text = serde_json::to_string(self)
            .map_err(|error| ApiError::internal("history.write", error.to_string()))?;
        Ok(format!("\n{text}\n"))
    }
}

/// A past answer and the name it goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name: a hash of its line, so that it stays the same when older ones are dropped.
    pub id: String,
    /// The answer.
    pub entry: Entry,
}

/// Past answers, oldest first, and how many lines could not be read.
///
/// ```
/// # use slipstick_api::history::read;
/// let (kept, spoilt) = read(["{\"at\": \"half a li", ""]);
/// assert_eq!((kept.len(), spoilt), (0, 1));
/// ```
pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> (Vec<Kept>, usize) {
    let mut kept = Vec::new();
    let mut spoilt = 0;
    for line in texts.into_iter().flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()) {
        match serde_json::from_str(line) {
            Ok(entry) => kept.push(Kept { id: id(line), entry }),
            Err(_) => spoilt += 1,
        }
    }
    (kept, spoilt)
}

/// Six hexadecimal digits of the line's FNV-1a hash, behind a letter so that they are never taken for a number.
fn id(line: &str) -> String {
    let hash = line.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("h{:06x}", hash >> 40)
}

impl Kept {
    /// The entry that a person means: by how far back it lies, the last being 1, or by its name.
    ///
    /// # Errors
    /// If there is none.
    pub fn find<'a>(all: &'a [Self], name: &str) -> Result<&'a Self, ApiError> {
        let back = name.parse::<usize>().ok().filter(|back| *back > 0);
        let found = match back {
            Some(back) => all.len().checked_sub(back).and_then(|index| all.get(index)),
            None => all.iter().rev().find(|kept| kept.id == name.to_ascii_lowercase()),
        };
        found.ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            let message = format!("there is no past answer {shown:?} among {}", all.len());
            ApiError::input("history.unknown", message)
                .at("ANSWER")
                .help("give its number, 1 being the last one, or its name; slipstick history list shows both")
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Entry, Kept, read};
    use crate::{Output, request::Request, view::View};

    fn entry(model: &str) -> Entry {
        let request = Request::from_words(["model", model]).unwrap();
        let output = Output::new("model", json!({"a": 1}), View::new(format!("about {model}")));
        Entry::new("2026-11-22T10:00:00Z".to_owned(), "0.1.0", "/here".to_owned(), request, &output)
    }

    #[test]
    fn spoilt_lines_cost_nothing_but_themselves() {
        let (first, second) = (entry("a").line().unwrap(), entry("b").line().unwrap());
        // A writer was stopped in the middle of a line; the next one came after it.
        let half = &first[..first.len() / 2];
        let text = format!("{first}{half}{second}\u{fffd}\u{0}garbage\n[1, 2]\n{{\"at\": 3}}\n");
        let (kept, spoilt) = read([text.as_str()]);
        let titles: Vec<&str> = kept.iter().map(|kept| kept.entry.title.as_str()).collect();
        assert_eq!((titles, spoilt), (vec!["about a", "about b"], 4));
    }

    #[test]
    fn an_answer_is_found_from_the_end_and_by_its_name() {
        let text = ["a", "b", "c"].map(|model| entry(model).line().unwrap()).concat();
        let (kept, _) = read([text.as_str()]);
        assert_eq!(Kept::find(&kept, "1").unwrap().entry.title, "about c");
        assert_eq!(Kept::find(&kept, "3").unwrap().entry.title, "about a");
        assert_eq!(Kept::find(&kept, &kept[1].id).unwrap(), &kept[1]);
        for bad in ["0", "4", "h", "-1", "99999999999999999999999"] {
            assert_eq!(Kept::find(&kept, bad).unwrap_err().code, "history.unknown", "{bad}");
        }
        // Names do not move when the oldest answer is dropped.
        let later = text.split_once("\n\n").unwrap().1;
        assert_eq!(read([later]).0[0].id, kept[1].id);
    }
}
