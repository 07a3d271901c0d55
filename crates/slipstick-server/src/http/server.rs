//! The server: it listens until it is told to end.

use core::{net::SocketAddr, time::Duration};
use std::sync::Arc;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use slipstick_api::ApiError;
use tokio::{net::TcpListener, runtime, signal, time};

use super::{App, Settings, connection, routes};

/// How long answers may take that are under way when the server is told to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves until the process is told to end. `started` is told the address once it can be asked.
///
/// # Errors
/// If the address cannot be listened on, or a catalogue file is wrong.
pub fn serve(
    settings: Settings,
    started: impl FnOnce(SocketAddr) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        ApiError::internal("server.threads", format!("no threads can be started: {error}"))
    })?;
    let ended = runtime.block_on(async {
        let server = Server::bind(settings).await?;
        started(server.address)?;
        server.run(told_to_end()).await;
        Ok(())
    });
    runtime.shutdown_background();
    ended
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    listener: TcpListener,
    app: Arc<App>,
    routes: Router,
}

impl Server {
    /// Listens.
    ///
    /// # Errors
    /// If the address cannot be listened on, or a catalogue file is wrong.
    pub async fn bind(settings: Settings) -> Result<Self, ApiError> {
        let wanted = SocketAddr::new(settings.host, settings.port);
        let refused = |error: std::io::Error| {
            ApiError::input("server.address", format!("{wanted} cannot be listened on: {error}"))
                .at("--port")
                .help("choose another port, or --port 0 for any that is free")
        };
        let app = App::new(settings)?;
        let routes = routes(&app);
        let listener = TcpListener::bind(wanted).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { address, listener, app, routes })
    }

    /// Answers until `end`, then finishes what is under way.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let shutdown = GracefulShutdown::new();
        let limits = self.app.settings.limits;
        let mut end = core::pin::pin!(end);
        loop {
            let rooms = Arc::clone(&self.app.rooms);
            let accepted = async {
                let accepted = self.listener.accept().await;
                (rooms.acquire_owned().await, accepted)
            };
            tokio::select! {
                (room, accepted) = accepted => match (room, accepted) {
                    (Ok(room), Ok((stream, _))) => {
                        let _ = stream.set_nodelay(true);
                        connection::serve(stream, self.routes.clone(), limits, (&shutdown, room));
                    }
                    // Too many open files, or a connection that ended before it was taken.
                    _ => time::sleep(Duration::from_millis(20)).await,
                },
                () = &mut end => break,
            }
        }
        drop(self.listener);
        let _ = time::timeout(PATIENCE, shutdown.shutdown()).await;
    }
}

/// Until the process gets a signal to end.
async fn told_to_end() {
    let interrupted = async {
        if signal::ctrl_c().await.is_err() {
            core::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminated) => drop(terminated.recv().await),
            Err(_) => core::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = core::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
