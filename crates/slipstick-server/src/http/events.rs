//! Answers as server-sent events: how far it is, then the document or the refusal.

use core::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};
use std::{fmt::Write as _, sync::Arc};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::Response,
};
use hyper::body::Frame;
use tokio::{
    sync::mpsc::{Receiver, channel},
    time::{Instant, Interval, interval_at},
};

use super::{
    App,
    asker::{Asker, Waiting},
    question::Question,
    reply,
};

/// Events that may wait to be read.
const WAITING: usize = 64;

/// What is sent where nothing was for a while: a comment, which readers of events pass over.
const COMMENT: &[u8] = b":\n\n";

/// Answers a question event by event.
pub(crate) fn answered(app: &Arc<App>, question: Question) -> Response<Body> {
    let (tell, told) = channel(WAITING);
    let (asker, waiting) = Asker::new(app.settings.limits.time, Some(tell.clone()));
    let quiet = interval_at(Instant::now() + app.settings.limits.quiet, app.settings.limits.quiet);
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let last = match question.answered(&app, asker).await {
            Ok(text) => event("answer", &String::from_utf8_lossy(&text)),
            Err(error) => event("problem", &error.problem().to_string()),
        };
        // Nobody may be there any more.
        let _ = tell.send(last).await;
    });
    reply::document("text/event-stream", Body::new(Events { told, quiet, _waiting: waiting }))
}

/// One event. Lines of its text stay lines, so that the document is the same bytes for whoever reads it.
pub(crate) fn event(name: &str, text: &str) -> Bytes {
    let mut event = format!("event: {name}\n");
    for line in text.trim_end_matches('\n').split('\n') {
        let _ = writeln!(event, "data: {line}");
    }
    event.push('\n');
    event.into()
}

/// The events as they come, up to the answer. Whoever stops reading them is gone.
struct Events {
    told: Receiver<Bytes>,
    /// When it is time to say that the connection lives.
    quiet: Interval,
    _waiting: Waiting,
}

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Poll::Ready(event) = self.told.poll_recv(context) {
            self.quiet.reset();
            return Poll::Ready(event.map(|event| Ok(Frame::data(event))));
        }
        self.quiet.poll_tick(context).map(|_| Some(Ok(Frame::data(Bytes::from_static(COMMENT)))))
    }
}
