//! A call while it is answered: its client hears how far it is, and may take it back.

use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::{Peer, RequestContext},
};
use slipstick_api::ApiError;
use slipstick_world::Progress;
use tokio::runtime::Handle;

/// One call.
#[derive(Debug)]
pub(super) struct Watched {
    context: RequestContext<RoleServer>,
    token: Option<ProgressToken>,
    runtime: Handle,
}

impl Watched {
    /// The call of a context, inside the runtime.
    pub(super) fn new(context: RequestContext<RoleServer>) -> Self {
        let token = context.meta.get_progress_token();
        Self { token, context, runtime: Handle::current() }
    }
}

impl Progress for Watched {
    fn advanced(&self, what: &str, per_cent: u64) {
        let Some(token) = self.token.clone() else { return };
        let done = u32::try_from(per_cent).unwrap_or_default();
        let said = ProgressNotificationParam::new(token, done.into())
            .with_total(100_u32.into())
            .with_message(what.to_owned());
        let peer: Peer<RoleServer> = self.context.peer.clone();
        // Who does not listen any more has ended the process or soon will.
        self.runtime.spawn(async move { drop(peer.notify_progress(said).await) });
    }

    fn go_on(&self) -> Result<(), ApiError> {
        if self.context.ct.is_cancelled() {
            return Err(ApiError::input("question.gone", "the call was taken back").help("call again"));
        }
        Ok(())
    }
}
