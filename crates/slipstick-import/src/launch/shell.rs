//! Arguments of a command, alone or in a script: what its variables stand for is put in where the script says it.

use std::collections::BTreeMap;

use super::{
    LaunchFileError,
    text::{COMMAND, NODES, Scalar, Setting, syntax},
};

/// Lines that a quotation may take.
const MOST_LINES: usize = 200;

/// No value is longer, whatever variables stand for.
const MOST_BYTES: usize = 4096;

/// Words that end a command.
const ENDS: [&str; 8] = ["|", "||", "&", "&&", ";", ">", ">>", "2>&1"];

/// Words before an assignment.
const DECLARES: [&str; 4] = ["export", "declare", "local", "readonly"];

/// The words of a command: `--key value`, `--key=value` and `--switch`, comments and broken lines as a shell has them.
pub(super) fn arguments(text: &str) -> Result<Vec<Setting>, LaunchFileError> {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut script = Script::default();
    if joined.trim_start().starts_with("--") {
        // A bare list of arguments goes on over lines.
        let words = shlex::split(&joined).ok_or_else(no_end)?;
        script.words(words)?;
        return Ok(script.found);
    }
    let mut lines = joined.lines();
    while let Some(line) = lines.next() {
        let mut text = listed(line).to_owned();
        let mut words = shlex::split(&text);
        for more in lines.clone().take(MOST_LINES) {
            if words.is_some() {
                break;
            }
            lines.next();
            text = format!("{text}\n{more}");
            words = shlex::split(&text);
        }
        script.line(words.ok_or_else(no_end)?)?;
    }
    Ok(script.found)
}

fn no_end() -> LaunchFileError {
    syntax("list of arguments", &"a quotation mark has no end")
}

/// A line without what makes it a part of a list in brackets, as scripts keep arguments in.
fn listed(line: &str) -> &str {
    let line = line.trim().trim_start_matches(['(', ')']);
    let name = line.split_once("=(").map(|(name, rest)| (name.trim_end_matches('+'), rest));
    name.filter(|(name, _)| is_name(name)).map_or(line, |(_, rest)| rest)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// What was read of a script.
#[derive(Default)]
struct Script {
    variables: BTreeMap<String, String>,
    found: Vec<Setting>,
    /// The argument that further words belong to.
    last: Option<String>,
}

impl Script {
    /// A line: variables, or a command.
    fn line(&mut self, words: Vec<String>) -> Result<(), LaunchFileError> {
        let mut words = words.into_iter().peekable();
        while words.next_if(|word| DECLARES.contains(&word.as_str())).is_some() {}
        while let Some(word) = words.next_if(|word| variable(word).is_some()) {
            if let Some((name, value)) = variable(&word) {
                self.assign(name, value)?;
            }
        }
        if words.peek().is_some_and(|word| !word.starts_with("--")) {
            self.last = None;
        }
        self.words(words.collect())
    }

    /// A variable that holds arguments is read where they stand.
    fn assign(&mut self, name: &str, value: &str) -> Result<(), LaunchFileError> {
        if value.trim_start().starts_with("--") {
            self.words(shlex::split(value).ok_or_else(no_end)?)?;
        }
        let value = self.expanded(value);
        self.variables.insert(name.to_owned(), value);
        Ok(())
    }

    fn words(&mut self, words: Vec<String>) -> Result<(), LaunchFileError> {
        // What a list keeps between quotation marks, a shell splits where it is used.
        let split = |word: String| match word.split_once(char::is_whitespace) {
            Some((key, _)) if key.starts_with("--") && !key.contains('=') => {
                shlex::split(&word).unwrap_or_default()
            }
            _ => vec![word],
        };
        let own: Vec<String> = words.into_iter().filter(|word| !self.is_list(word)).flat_map(split).collect();
        let mut words = own.into_iter().peekable();
        while let Some(word) = words.next() {
            let word = closed(&word).to_owned();
            if let Some(key) = word.strip_prefix("--") {
                let (key, value) = match key.split_once('=') {
                    Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                    None => (key.to_owned(), words.next_if(|next| is_value(next))),
                };
                self.argument(&key, value.as_deref());
                self.last = Some(key);
            } else if ENDS.contains(&word.as_str()) {
                self.last = None;
            } else if let Some((own, value)) = assignment(&word).filter(|_| self.last.is_some()) {
                // What a file of settings says otherwise, as Hydra and OmegaConf write it.
                self.push(own, value);
            } else if !word.is_empty() {
                // Further words belong to the same argument, those before any to the command.
                let key = self.last.clone().unwrap_or_else(|| COMMAND.to_owned());
                self.push(&key, &word);
            }
            if self.found.len() > NODES {
                return Err(syntax("list of arguments", &"it is longer than any"));
            }
        }
        Ok(())
    }

    fn argument(&mut self, key: &str, value: Option<&str>) {
        match (key, value) {
            ("", _) => {}
            (_, Some(value)) => self.push(key, closed(value)),
            (_, None) => self.found.push(Setting { key: key.to_owned(), value: Scalar::Yes(true) }),
        }
    }

    /// A value, or each of a list in brackets.
    fn push(&mut self, key: &str, value: &str) {
        let value = self.expanded(value);
        let list = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let parts =
            list.map_or_else(|| vec![value.as_str()], |list| list.split(',').map(str::trim).collect());
        let own = parts.into_iter().map(|part| Setting { key: key.to_owned(), value: scalar(part) });
        self.found.extend(own);
    }

    /// Whether a word stands for arguments that were read where the script keeps them.
    fn is_list(&self, word: &str) -> bool {
        let name = word.strip_prefix('$').map(|name| name.trim_start_matches('{').trim_end_matches('}'));
        let holds =
            |name: &str| self.variables.get(name).is_some_and(|value| value.trim_start().starts_with("--"));
        name.is_some_and(|name| name.ends_with("[@]") || name.ends_with("[*]") || holds(name))
    }

    /// A word with what variables stand for; those that the script does not say stay, and so does what would grow too long.
    fn expanded(&self, word: &str) -> String {
        let (mut read, mut rest) = (String::new(), word);
        while let Some(start) = rest.find('$').filter(|_| read.len() < MOST_BYTES) {
            let (before, reference) = rest.split_at(start);
            let (length, value) = self.reference(reference);
            let end = length.min(reference.len());
            read.push_str(before);
            read.push_str(value.as_deref().unwrap_or(&reference[..end]));
            rest = &reference[end..];
        }
        read.push_str(rest);
        read
    }

    /// How long the reference is that a text begins with, and what it stands for.
    fn reference(&self, text: &str) -> (usize, Option<String>) {
        if let Some((inner, _)) = text.strip_prefix("$((").and_then(|rest| rest.split_once("))")) {
            return (inner.len() + 5, self.product(inner));
        }
        if let Some((inner, _)) = text.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            let (name, usual) = match inner.split_once(":-").or_else(|| inner.split_once('-')) {
                Some((name, usual)) => (name, Some(usual)),
                None => (inner, None),
            };
            let known = self.variables.get(name).cloned();
            return (inner.len() + 3, known.or_else(|| usual.map(str::to_owned)));
        }
        let name: String = text.chars().skip(1).take_while(|letter| is_name(&format!("_{letter}"))).collect();
        (name.len() + 1, self.variables.get(&name).cloned())
    }

    /// A product of variables and numbers.
    fn product(&self, text: &str) -> Option<String> {
        let factor = |part: &str| {
            let name = part.trim().trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
            self.variables.get(name).map_or(name, String::as_str).parse::<u64>().ok()
        };
        let product = text.split('*').try_fold(1_u64, |all, part| all.checked_mul(factor(part)?));
        product.map(|product| product.to_string())
    }
}

/// Whether a word after an argument is its value.
fn is_value(word: &str) -> bool {
    !word.starts_with("--") && !ENDS.contains(&word) && !closed(word).is_empty()
}

/// A word without the bracket that ends a list.
fn closed(word: &str) -> &str {
    if word.contains('(') { word } else { word.trim_end_matches(')') }
}

/// A variable and what it is set to.
fn variable(word: &str) -> Option<(&str, &str)> {
    word.split_once('=').filter(|(name, _)| is_name(name))
}

/// A word such as `model.rank=16`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let named = |letter: char| letter.is_ascii_alphanumeric() || "._".contains(letter);
    word.split_once('=').filter(|(key, _)| key.starts_with(char::is_alphabetic) && key.chars().all(named))
}

fn scalar(text: &str) -> Scalar {
    match (text, text.parse::<f64>()) {
        ("true" | "True", _) => Scalar::Yes(true),
        ("false" | "False", _) => Scalar::Yes(false),
        (_, Ok(number)) => Scalar::Number(number),
        (_, Err(_)) => Scalar::Text(text.to_owned()),
    }
}
