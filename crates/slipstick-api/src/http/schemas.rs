//! The schemas of a description: what each refers to stands beside all others, under a name of its own.

use serde_json::{Map, Value};

/// Where schemas stand in a description.
const PLACE: &str = "#/components/schemas/";

/// Where a schema keeps what it refers to.
const OWN_PLACE: &str = "#/$defs/";

/// Schemas under their names.
#[derive(Debug, Default)]
pub(super) struct Schemas(pub(super) Map<String, Value>);

impl Schemas {
    /// Adds a schema with all that it refers to, and gives a reference to it.
    pub(super) fn add(&mut self, name: &str, mut schema: Value) -> Value {
        if let Some(root) = schema.as_object_mut() {
            root.shift_remove("$schema");
            if let Some(Value::Object(parts)) = root.shift_remove("$defs") {
                let names = self.names(name, &parts);
                for (part, mut of) in parts {
                    refer(&mut of, &names);
                    self.0.insert(names[&part].as_str().unwrap_or_default().to_owned(), of);
                }
                refer(&mut schema, &names);
            }
        }
        self.0.insert(name.to_owned(), schema);
        reference(name)
    }

    /// What each part is called among all others: by its own name, unless something else is called so already.
    fn names(&self, owner: &str, parts: &Map<String, Value>) -> Map<String, Value> {
        let plain: Map<String, Value> =
            parts.keys().map(|part| (part.clone(), Value::from(part.as_str()))).collect();
        let is_known = |part: &str, schema: &Value| {
            let mut schema = schema.clone();
            refer(&mut schema, &plain);
            self.0.get(part).is_none_or(|known| *known == schema)
        };
        // One that differs takes all that it stands with along: their references could lead to it.
        if parts.iter().all(|(part, schema)| is_known(part, schema)) {
            return plain;
        }
        parts.keys().map(|part| (part.clone(), Value::from(format!("{owner}.{part}")))).collect()
    }
}

/// A reference to a schema of the description.
pub(super) fn reference(name: &str) -> Value {
    Value::Object(Map::from_iter([("$ref".to_owned(), format!("{PLACE}{name}").into())]))
}

/// Turns references to a schema's own parts into those to the description's.
fn refer(schema: &mut Value, names: &Map<String, Value>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if key == "$ref" => {
                        let name = text.strip_prefix(OWN_PLACE).and_then(|part| names[part].as_str());
                        if let Some(name) = name {
                            *text = format!("{PLACE}{name}");
                        }
                    }
                    other => refer(other, names),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| refer(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Schemas;

    #[test]
    fn parts_of_one_name_and_two_meanings_stay_apart() {
        let mut schemas = Schemas::default();
        let of = |kind: &str| json!({"properties": {"a": {"$ref": "#/$defs/Part"}}, "$defs": {"Part": {"type": kind}}});
        schemas.add("first", of("string"));
        schemas.add("same", of("string"));
        schemas.add("other", of("number"));
        let part = |name: &str| schemas.0[name]["properties"]["a"]["$ref"].clone();
        assert_eq!(part("first"), "#/components/schemas/Part");
        assert_eq!(part("same"), "#/components/schemas/Part");
        assert_eq!(part("other"), "#/components/schemas/other.Part");
        assert_eq!(schemas.0["other.Part"]["type"], "number");
        assert_eq!(schemas.0.len(), 5);
    }
}
