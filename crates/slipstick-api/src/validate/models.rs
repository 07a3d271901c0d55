//! The model that a row of measurements is about.

use std::{cell::RefCell, collections::BTreeMap};

use super::table::Cells;
use crate::resolve::Resolver;

/// A configuration is some kilobytes.
const CONFIG_LIMIT: u64 = 16 << 20;

/// Where configurations of a table's rows are looked up.
pub(crate) struct Models<'a> {
    resolver: &'a Resolver<'a>,
    folders: &'a [String],
    found: RefCell<BTreeMap<String, Option<String>>>,
}

impl<'a> Models<'a> {
    /// Looks into `folders` first, then into the catalogue.
    pub(crate) const fn new(resolver: &'a Resolver<'a>, folders: &'a [String]) -> Self {
        Self { resolver, folders, found: RefCell::new(BTreeMap::new()) }
    }

    /// What resolves requests.
    pub(crate) const fn resolver(&self) -> &'a Resolver<'a> {
        self.resolver
    }

    /// The model argument of a row: its configuration's file, else the name under which the catalogue has it.
    pub(crate) fn argument(&self, cells: &Cells<'_>) -> Result<String, String> {
        if let Some(stated) = cells.first(&["model_argument"]) {
            return Ok(stated.to_owned());
        }
        let file = cells.get("config_file");
        if let Some(path) = self.path(file) {
            return Ok(path);
        }
        let stem = file.trim_end_matches(".json").replace("--", "/");
        let id = cells.get("model_id");
        // Instruction-tuned versions have the base model's architecture.
        let names = [stem, id.to_owned(), format!("{id}-Instruct")];
        let known = |name: &&String| !name.is_empty() && self.resolver.catalog().model(name).is_ok();
        match names.iter().find(known) {
            Some(name) => Ok(name.clone()),
            None if file.is_empty() && id.is_empty() => Err("the model is not known".to_owned()),
            None => Err(format!("there is no configuration {:?}", if file.is_empty() { id } else { file })),
        }
    }

    /// The path of a configuration file. A table may come from anywhere: its file names stay within the folders given.
    fn path(&self, file: &str) -> Option<String> {
        if file.is_empty() || file.contains(['/', '\\']) || file.starts_with('.') {
            return None;
        }
        if let Some(known) = self.found.borrow().get(file) {
            return known.clone();
        }
        let world = self.resolver.world();
        let mut paths = self.folders.iter().map(|folder| format!("{folder}/{file}"));
        let path = paths.find(|path| world.read_text(path, CONFIG_LIMIT).is_ok());
        self.found.borrow_mut().insert(file.to_owned(), path.clone());
        path
    }
}
