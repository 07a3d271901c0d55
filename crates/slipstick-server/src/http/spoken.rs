//! What is said on a connection: where hyper refuses what is no HTTP it says a status and nothing else, and a problem
//! document stands in its place.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use slipstick_api::ApiError;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::refusal;

/// A stream whose refusals without a text get one. All refusals of our own have a text.
#[derive(Debug)]
pub(crate) struct Spoken<S> {
    stream: S,
    /// What is still to be written in place of a bare refusal.
    pending: Vec<u8>,
}

impl<S> Spoken<S> {
    pub(crate) const fn new(stream: S) -> Self {
        Self { stream, pending: Vec::new() }
    }
}

impl<S: AsyncWrite + Unpin> Spoken<S> {
    fn poll_pending(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.pending))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

/// The whole response for the head of one that refuses and says nothing.
fn explained(head: &[u8]) -> Option<Vec<u8>> {
    // Nearly all that is written is something else, and may be long.
    if !head.starts_with(b"HTTP/1.1 4") && !head.starts_with(b"HTTP/1.0 4") {
        return None;
    }
    let head = std::str::from_utf8(head).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ").or_else(|| head.strip_prefix("HTTP/1.0 "))?.get(..3)?;
    let is_bare = head.contains("\r\ncontent-length: 0\r\n") && head.ends_with("\r\n\r\n");
    let error: ApiError = match status {
        "400" if is_bare => refusal::no_http(),
        "414" if is_bare => refusal::long_address(),
        "431" if is_bare => refusal::large_head(),
        _ => return None,
    };
    let text = format!("{:#}\n", error.problem());
    let length = format!("\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n", text.len());
    Some((head.replacen("\r\ncontent-length: 0\r\n", &length, 1) + &text).into_bytes())
}

impl<S: AsyncRead + Unpin> AsyncRead for Spoken<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Spoken<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pending(context))?;
        if let Some(text) = explained(bytes) {
            self.pending = text;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = pieces {
            return self.poll_write(context, only);
        }
        ready!(self.poll_pending(context))?;
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
