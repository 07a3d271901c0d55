//! One connection: the requests that come over it, one after the other.

use core::net::SocketAddr;

use axum::{Router, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpStream, sync::OwnedSemaphorePermit};
use tower::ServiceExt as _;

use super::{Limits, spoken::Spoken};

/// The address of this side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalAddress(pub(crate) SocketAddr);

/// Serves one connection until it ends or the server does; `room` is given back then.
pub(crate) fn serve(
    stream: TcpStream,
    routes: Router,
    limits: Limits,
    (shutdown, room): (&GracefulShutdown, OwnedSemaphorePermit),
) {
    let Ok(local) = stream.local_addr() else { return };
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(LocalAddress(local));
        routes.clone().oneshot(request.map(axum::body::Body::new) as Request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(1 << 16)
        .serve_connection(TokioIo::new(Spoken::new(stream)), service);
    let watched = shutdown.watch(connection);
    tokio::spawn(async move {
        // What ends a connection early is the other side's doing: there is nobody left to tell.
        let _ = watched.await;
        drop(room);
    });
}
