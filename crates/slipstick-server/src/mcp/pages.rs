//! Pages to read: each method with its formulas and faults, and how accurate answers are.

use rmcp::model::{Resource, ResourceContents};
use slipstick_api::{
    ApiError, Catalog, Output, World,
    commands::methods::{MethodsListRequest, MethodsShowRequest},
    render,
    request::Request,
};

/// Where methods stand.
const METHODS: &str = "slipstick://methods/";

/// Where the page about accuracy stands.
const ACCURACY: &str = "slipstick://accuracy";

const MARKDOWN: &str = "text/markdown";

/// What the program was measured to be off by, as its repository keeps it.
const ACCURACY_PAGE: &str = include_str!("../../../../docs/accuracy.md");

/// The pages that there are.
pub(super) fn all(catalog: &Catalog, world: &dyn World) -> Result<Vec<Resource>, ApiError> {
    let accuracy = Resource::new(ACCURACY, "accuracy")
        .with_description("How far answers are off measurements, by what was measured")
        .with_mime_type(MARKDOWN);
    let listed = Request::from(MethodsListRequest::default()).answer(catalog, world)?;
    let document = listed.document(false);
    let rows = document["methods"].as_array().cloned().unwrap_or_default();
    let methods = rows.iter().filter_map(|row| {
        let name = row["id"].as_str()?;
        let page = Resource::new(format!("{METHODS}{name}"), name).with_mime_type(MARKDOWN);
        Some(match row["title"].as_str() {
            Some(title) => page.with_description(title),
            None => page,
        })
    });
    Ok([accuracy].into_iter().chain(methods).collect())
}

/// One page.
pub(super) fn page(uri: &str, catalog: &Catalog, world: &dyn World) -> Result<ResourceContents, ApiError> {
    let text = match uri.strip_prefix(METHODS) {
        Some(name) => render::markdown(&method(name, catalog, world)?.view),
        None if uri == ACCURACY => ACCURACY_PAGE.to_owned(),
        None => {
            return Err(ApiError::input("mcp.unknown_page", "there is no such page")
                .help("list the resources for all that there are"));
        }
    };
    Ok(ResourceContents::text(text, uri).with_mime_type(MARKDOWN))
}

fn method(name: &str, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    Request::from(MethodsShowRequest::new(name)).answer(catalog, world)
}
