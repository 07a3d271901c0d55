//! `slipstick compare`: several deployments side by side.

use serde::{Deserialize, Serialize};

use super::DeploymentRequest;

/// What is varied: each listed choice of one thing with each of the others. An empty list keeps what the base says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variations {
    /// Models.
    pub model: Vec<String>,
    /// Hardware.
    pub on: Vec<String>,
    /// Engines.
    pub engine: Vec<String>,
    /// Weight formats.
    pub quant: Vec<String>,
    /// Cache formats.
    pub kv_dtype: Vec<String>,
    /// Clouds.
    pub cloud: Vec<String>,
}

/// Deployments to compare.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CompareRequest {
    /// Deployments as they are, each with a name.
    pub named: Vec<(String, DeploymentRequest)>,
    /// The deployment that is varied, if there is one.
    pub base: Option<DeploymentRequest>,
    /// How.
    pub vary: Variations,
    /// The column to sort by; the order of the request if absent.
    pub sort: Option<String>,
}

/// More than this many deployments are a table that nobody reads; `sweep` writes them to a file.
const MAX_COMPARED: usize = 1000;

impl CompareRequest {
    /// Every deployment, in order, each with a name that says how it differs.
    ///
    /// # Errors
    /// If there are none, or too many.
    pub fn deployments(&self) -> Result<Vec<(String, DeploymentRequest)>, crate::ApiError> {
        let count =
            self.named.len().saturating_add(self.base.as_ref().map_or(0, |_| self.vary.combinations()));
        if count == 0 {
            return Err(crate::ApiError::input("compare.empty", "there is nothing to compare")
                .help("give several models or --on several accelerators, such as --on h100,h200"));
        }
        if count > MAX_COMPARED {
            let message = format!("{count} deployments are more than the {MAX_COMPARED} that are compared");
            return Err(crate::ApiError::input("compare.too_many", message).help("vary fewer things"));
        }
        let mut all = self.named.clone();
        if let Some(base) = &self.base {
            all.extend(self.vary.apply(base));
        }
        Ok(all)
    }
}

impl Variations {
    fn combinations(&self) -> usize {
        let lists = [&self.model, &self.on, &self.engine, &self.quant, &self.kv_dtype, &self.cloud];
        lists.iter().map(|list| list.len().max(1)).fold(1, usize::saturating_mul)
    }

    fn apply(&self, base: &DeploymentRequest) -> Vec<(String, DeploymentRequest)> {
        type Set = fn(&mut DeploymentRequest, &str);
        let axes: [(&Vec<String>, Set); 6] = [
            (&self.model, |request, value| value.clone_into(&mut request.model)),
            (&self.on, |request, value| request.on = Some(value.to_owned())),
            (&self.engine, |request, value| request.engine = Some(value.to_owned())),
            (&self.quant, |request, value| request.quant = Some(value.to_owned())),
            (&self.kv_dtype, |request, value| request.kv_dtype = Some(value.to_owned())),
            (&self.cloud, |request, value| request.prices.cloud = Some(value.to_owned())),
        ];
        let mut all = vec![(Vec::new(), base.clone())];
        for (values, set) in axes.iter().filter(|(values, _)| !values.is_empty()) {
            all = all
                .iter()
                .flat_map(|(names, request)| {
                    values.iter().map(move |value| {
                        let mut changed = request.clone();
                        set(&mut changed, value);
                        // One value of one axis is no difference and needs no name.
                        let names: Vec<&str> = names
                            .iter()
                            .copied()
                            .chain((values.len() > 1).then_some(value.as_str()))
                            .collect();
                        (names, changed)
                    })
                })
                .collect();
        }
        let named = |names: Vec<&str>, base: &DeploymentRequest| {
            if names.is_empty() { base.model.clone() } else { names.join(", ") }
        };
        all.into_iter().map(|(names, request)| (named(names, &request), request)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{CompareRequest, Variations};
    use crate::request::DeploymentRequest;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn choices_are_combined_and_named_by_what_differs() {
        let base = DeploymentRequest { model: "m".to_owned(), ..DeploymentRequest::default() };
        let vary = Variations {
            on: texts(&["h100", "h200"]),
            quant: texts(&["bf16", "fp8"]),
            engine: texts(&["vllm"]),
            ..Variations::default()
        };
        let request = CompareRequest { base: Some(base), vary, ..CompareRequest::default() };
        let all = request.deployments().unwrap();
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["h100, bf16", "h100, fp8", "h200, bf16", "h200, fp8"]);
        assert!(all.iter().all(|(_, request)| request.engine.as_deref() == Some("vllm")));
    }

    #[test]
    fn nothing_and_far_too_much_are_refused() {
        assert_eq!(CompareRequest::default().deployments().unwrap_err().code, "compare.empty");
        let many = vec!["x".to_owned(); 200];
        let vary = Variations { on: many.clone(), quant: many, ..Variations::default() };
        let request =
            CompareRequest { base: Some(DeploymentRequest::default()), vary, ..CompareRequest::default() };
        assert_eq!(request.deployments().unwrap_err().code, "compare.too_many");
    }
}
