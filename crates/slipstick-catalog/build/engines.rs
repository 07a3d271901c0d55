//! Engine profiles: each with all its facts, those it takes from an earlier version included.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Spanned, Table, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Vec<Spanned<Table>>,
}

/// One file, for messages.
struct Source {
    path: PathBuf,
    text: String,
}

/// All profiles of a folder, as the static rows that `src/engines/profiles.rs` reads.
pub(crate) fn profiles(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut rows = String::new();
    let mut count = 0;
    for path in crate::files(folder, "toml")? {
        let source = Source { text: fs::read_to_string(&path)?, path };
        count += source.profiles(&mut rows)?;
    }
    Ok(format!(
        "/// The shipped profiles, those of one engine together and oldest first.\n\
         pub(crate) static PROFILES: [ProfileRow; {count}] = [\n{rows}];\n"
    ))
}

/// The facts of a file that has no profiles.
pub(crate) fn assumptions(path: &Path) -> Result<String, Box<dyn Error>> {
    let source = Source { text: fs::read_to_string(path)?, path: path.to_owned() };
    let facts: BTreeMap<String, Spanned<Table>> = toml::from_str(&source.text)
        .map_err(|error| source.error(error.span().map_or(0, |span| span.start), error.message()))?;
    let mut out = format!(
        "/// The shipped assumptions.\npub(crate) static ASSUMPTIONS: [(Cow<'static, str>, Fact); {}] = [\n",
        facts.len()
    );
    for (field, fact) in &facts {
        let written = write_fact(field, fact.get_ref());
        let written = written.map_err(|error| source.error(fact.span().start, error))?;
        writeln!(out, "    ({}, {written}),", cow(field))?;
    }
    writeln!(out, "];")?;
    Ok(out)
}

impl Source {
    fn error(&self, at: usize, what: impl core::fmt::Display) -> Box<dyn Error> {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("{file}, line {line}, column {column}: {what}").into()
    }

    fn profiles(&self, out: &mut String) -> Result<usize, Box<dyn Error>> {
        let engine = self.path.file_stem().and_then(|stem| stem.to_str()).ok_or("a name is not text")?;
        let file: File = toml::from_str(&self.text)
            .map_err(|error| self.error(error.span().map_or(0, |span| span.start), error.message()))?;
        let mut known: BTreeMap<String, Table> = BTreeMap::new();
        for profile in &file.profile {
            let wrong = |what: String| self.error(profile.span().start, what);
            let mut facts = profile.get_ref().clone();
            let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
            let version =
                text(facts.remove("version")).ok_or_else(|| wrong("it has no version".to_owned()))?;
            if let Some(like) = text(facts.remove("like")) {
                let base = known.get(&like);
                let base =
                    base.ok_or_else(|| wrong(format!("{like:?} does not stand before {version:?}")))?;
                for (field, fact) in base {
                    facts.entry(field.clone()).or_insert_with(|| fact.clone());
                }
            }
            let row = write_profile(engine, &version, &facts).map_err(|error| wrong(error.to_string()))?;
            out.push_str(&row);
            known.insert(version, facts);
        }
        Ok(file.profile.len())
    }
}

fn write_profile(engine: &str, version: &str, facts: &Table) -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    let mut batch = String::new();
    writeln!(
        out,
        "    ProfileRow {{ engine: {}, version: {}, facts: Cow::Borrowed(&[",
        cow(engine),
        cow(version)
    )?;
    // The library looks fields up by binary search.
    for (field, fact) in facts.iter().collect::<BTreeMap<_, _>>() {
        match (field.as_str(), fact) {
            ("batch", Value::Array(rows)) => {
                for row in rows {
                    batch.push_str(&write_batch(row)?);
                }
            }
            (_, Value::Table(fact)) => {
                writeln!(out, "        ({}, {}),", cow(field), write_fact(field, fact)?)?;
            }
            _ => return Err(format!("{field} is no value with its source").into()),
        }
    }
    writeln!(out, "    ]), batch: Cow::Borrowed(&[{batch}]) }},")?;
    Ok(out)
}

fn write_fact(field: &str, fact: &Table) -> Result<String, Box<dyn Error>> {
    let known = ["value", "low", "high", "basis", "source", "seen"];
    if let Some(unknown) = fact.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("{field} has an unknown key {unknown:?}").into());
    }
    let end = |key: &str| match fact.get(key) {
        None => Ok("None".to_owned()),
        Some(bound) => value(bound).map(|bound| format!("Some({bound})")),
    };
    let stated = fact.get("value").ok_or_else(|| format!("{field} has no value"))?;
    let basis = fact.get("basis").map_or(Ok("None".to_owned()), |basis| {
        basis.as_str().map(|basis| format!("Some({})", cow(basis))).ok_or("its basis is no text")
    })?;
    Ok(format!(
        "Fact {{ value: {}, low: {}, high: {}, basis: {basis}, source: {}, seen: {} }}",
        value(stated)?,
        end("low")?,
        end("high")?,
        cow(text(fact, "source")?),
        cow(text(fact, "seen")?),
    ))
}

fn write_batch(row: &Value) -> Result<String, Box<dyn Error>> {
    let row = row.as_table().ok_or("a row of batch is no table")?;
    let count =
        |key: &str| row.get(key).and_then(Value::as_integer).ok_or_else(|| format!("batch has no {key}"));
    let except = row.get("except").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let except: Vec<String> = except.iter().filter_map(Value::as_str).map(cow).collect();
    Ok(format!(
        "BatchRow {{ from_memory: {}, except: Cow::Borrowed(&[{}]), max_batched_tokens: {}, max_sequences: {}, source: {}, seen: {} }}, ",
        value(row.get("from_memory").ok_or("batch has no from_memory")?)?,
        except.join(", "),
        count("max_batched_tokens")?,
        count("max_sequences")?,
        cow(text(row, "source")?),
        cow(text(row, "seen")?),
    ))
}

fn text<'a>(table: &'a Table, key: &str) -> Result<&'a str, Box<dyn Error>> {
    Ok(table.get(key).and_then(Value::as_str).ok_or_else(|| format!("a fact has no {key}"))?)
}

fn cow(text: &str) -> String {
    format!("Cow::Borrowed({text:?})")
}

fn value(value: &Value) -> Result<String, Box<dyn Error>> {
    match value {
        Value::String(text) => Ok(format!("Value::Text({})", cow(text))),
        Value::Integer(value) => Ok(format!("Value::Whole({value})")),
        Value::Float(value) => Ok(format!("Value::Number({value:?})")),
        Value::Boolean(value) => Ok(format!("Value::Flag({value})")),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => Err("a value is no text or number".into()),
    }
}
