//! A server that listens, and clients that mean it no good.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use slipstick_server::http::{Limits, Server, Settings};
use tokio::sync::oneshot;

use crate::send::{limits, runtime};

/// A server while a test talks to it; it ends afterwards.
fn with_server(limits: Limits, talk: impl FnOnce(SocketAddr)) {
    let server = runtime().block_on(Server::bind(Settings { limits, ..Settings::default() })).unwrap();
    let (address, (end, ended)) = (server.address, oneshot::channel::<()>());
    assert!(address.ip().is_loopback() && address.port() != 0);
    let running = runtime().spawn(server.run(async move { drop(ended.await) }));
    talk(address);
    end.send(()).unwrap();
    runtime().block_on(running).unwrap();
    assert!(TcpStream::connect(address).is_err(), "it still listens");
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends bytes on a connection of their own and reads until the server closes it.
fn said(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    // The server may close before all is sent, and then nothing more is to be read.
    let _ = stream.write_all(bytes);
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// One response to a request on a connection that stays.
fn healthy(stream: &mut TcpStream) -> bool {
    stream.write_all(HEALTH).unwrap();
    let mut text = String::new();
    let mut some = [0; 1024];
    while !text.ends_with("ok\n") {
        let read = stream.read(&mut some).unwrap();
        if read == 0 {
            return false;
        }
        text.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    text.starts_with("HTTP/1.1 200 OK")
}

#[test]
fn a_thousand_connections_are_kept_and_each_is_answered_again() {
    with_server(limits(), |address| {
        let mut all: Vec<TcpStream> = (0..1000).map(|_| connect(address)).collect();
        for _ in 0..2 {
            assert!(all.iter_mut().all(healthy));
        }
        let counted = said(address, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert!(counted.contains("slipstick_connections 1001"), "{counted}");
    });
}

#[test]
fn slow_heads_and_bodies_are_cut_off_while_others_are_served() {
    let brief = Duration::from_millis(400);
    with_server(Limits { head_time: brief, body_time: brief, ..limits() }, |address| {
        let mut slow: Vec<TcpStream> = (0..50).map(|_| connect(address)).collect();
        for stream in &mut slow {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
        }
        assert!(healthy(&mut connect(address)));
        let started = Instant::now();
        for stream in &mut slow {
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
        }
        assert!(started.elapsed() < Duration::from_secs(10));
        let head = "POST /v1/memory HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let cut =
            said(address, format!("{head}Connection: close\r\nContent-Length: 99\r\n\r\n{{").as_bytes());
        assert!(cut.starts_with("HTTP/1.1 408") && cut.contains("request.slow"), "{cut}");
    });
}

#[test]
fn what_is_too_large_or_no_http_is_refused_and_the_server_goes_on() {
    with_server(Limits { head_time: Duration::from_secs(1), ..limits() }, |address| {
        let head = "POST /v1/memory HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";
        let stated = said(address, format!("{head}Content-Length: 99999999999\r\n\r\n").as_bytes());
        assert!(stated.starts_with("HTTP/1.1 413") && stated.contains("request.too_large"), "{stated}");
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(1 << 16)).repeat(20);
        let chunked =
            said(address, format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n").as_bytes());
        assert!(chunked.starts_with("HTTP/1.1 413"), "{chunked}");
        let many = said(
            address,
            format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(500)).as_bytes(),
        );
        assert!(many.starts_with("HTTP/1.1 431") && many.contains("request.headers"), "{many}");
        let long = said(
            address,
            format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(1 << 18)).as_bytes(),
        );
        assert!(long.starts_with("HTTP/1.1 4"), "{long}");
        for odd in ["\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}"] {
            let answer = said(address, odd.as_bytes());
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{odd:?}: {answer}");
            assert!(
                answer.is_empty() || answer.contains("\"code\": \"request.syntax\""),
                "{odd:?}: {answer}"
            );
        }
        assert!(healthy(&mut connect(address)));
    });
}

#[test]
fn a_path_leads_out_of_the_page_nowhere() {
    with_server(limits(), |address| {
        for path in [
            "/../Cargo.toml",
            "/../../../../../../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/..%2f..%2fetc%2fpasswd",
            "//etc/passwd",
            "/assets/../../Cargo.toml",
            "/..\\..\\Cargo.toml",
            "/index.html/../../Cargo.toml",
            "/index.html%00.png",
        ] {
            let asked = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = said(address, asked.as_bytes());
            assert!(
                answer.starts_with("HTTP/1.1 404") && answer.contains("request.no_such_place"),
                "{path}: {answer}"
            );
        }
        let other = said(
            address,
            b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        );
        assert!(other.starts_with("HTTP/1.1 421"), "{other}");
    });
}
