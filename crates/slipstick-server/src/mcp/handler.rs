//! What is answered to a client.

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
        ReadResourceResponse, ReadResourceResult, Resource, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use slipstick_api::{ApiError, Catalog, provenance::asked, registry::Command, resolve};
use slipstick_world::ClosedWorld;
use tokio::task;

use super::{Settings, pages, tools, watched::Watched};

const INSTRUCTIONS: &str = "Memory, speed and cost of large language models on any hardware: does it fit, how fast is it, \
    what does it cost, which deployment is best. Estimates come with an interval of 80 % and their basis.";

/// Everything that calls share.
#[derive(Debug, Clone)]
pub(super) struct Handler(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: Settings,
    catalog: Catalog,
    tools: Vec<Tool>,
    pages: Vec<Resource>,
}

impl Handler {
    /// Reads the facts once.
    pub(super) fn new(settings: Settings) -> Result<Self, ApiError> {
        let world = ClosedWorld { overlays: settings.overlays.clone(), ..ClosedWorld::default() };
        let catalog = resolve::catalog(&world)?;
        let (tools, pages) = (tools::all(&settings)?, pages::all(&catalog, &world)?);
        Ok(Self(Arc::new(Shared { settings, catalog, tools, pages })))
    }
}

impl Shared {
    /// The text of the document that a tool answers with.
    fn answer(&self, name: &str, fields: JsonObject, watched: Arc<Watched>) -> Result<String, ApiError> {
        let world = self.settings.world(watched);
        if name == asked::NAME {
            let explained = asked::Asked::read(fields)?.explained(&self.catalog, &*world)?;
            return explained.document().map(|document| format!("{document:#}"));
        }
        let command = Command::named(name).ok_or_else(|| {
            ApiError::input("mcp.unknown_tool", format!("{name:?} is no tool")).help("list the tools")
        })?;
        let request = command.read(fields)?.opened(&*world)?;
        let output = request.answer(&self.catalog, &*world)?;
        let mut text = Vec::new();
        output.write_json(false, &mut text).map_err(|error| ApiError::unwritten(&error))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// The result of a call: the document, or the refusal, as text and as data.
fn result(answer: Result<String, ApiError>) -> CallToolResult {
    let (text, is_refused) = match answer {
        Ok(text) => (text, false),
        Err(error) => (format!("{:#}", error.to_json()), true),
    };
    let mut result =
        if is_refused { CallToolResult::error(Vec::new()) } else { CallToolResult::success(Vec::new()) };
    result.structured_content = text.parse().ok();
    result.content = vec![ContentBlock::text(text)];
    result
}

fn bug() -> ErrorData {
    ErrorData::internal_error("this question met a bug in slipstick", None)
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let able = ServerCapabilities::builder().enable_tools().enable_resources().build();
        ServerConfig::new(able)
            .with_server_info(Implementation::new("slipstick", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.0.tools.clone()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.0.tools.iter().any(|tool| tool.name == call.name) {
            return Err(ErrorData::invalid_params(format!("{:?} is no tool", call.name), None));
        }
        let (shared, watched) = (Arc::clone(&self.0), Arc::new(Watched::new(context)));
        let fields = call.arguments.unwrap_or_default();
        let answer = task::spawn_blocking(move || shared.answer(&call.name, fields, watched));
        Ok(result(answer.await.map_err(|_| bug())?).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(self.0.pages.clone()))
    }

    async fn read_resource(
        &self,
        asked: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let page = pages::page(&asked.uri, &self.0.catalog, &ClosedWorld::default());
        let page = page.map_err(|error| ErrorData::resource_not_found(error.message, None))?;
        Ok(ReadResourceResult::new(vec![page]).into())
    }
}
