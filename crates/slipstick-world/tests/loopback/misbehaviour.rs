//! One URL, and a server that does with it what servers do.

use std::time::{Duration, Instant};

use slipstick_world::{Options, SourceErrorKind as Kind, Token};

use crate::{
    get, options, safetensors,
    server::{Reply, Request, Server},
    writer,
};

/// Options whose hub is elsewhere: the servers here are just servers.
fn plain() -> Options {
    options("http://127.0.0.1:9")
}

/// What comes of a weight file's URL when the server answers so.
fn kind_of(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> (Kind, String) {
    let server = Server::start(answer);
    let error = get(&format!("{}/m.safetensors", server.address), &plain()).unwrap_err();
    (error.kind, format!("{error} ({})", error.help))
}

#[test]
fn ranges_are_used() {
    let (header, size) = safetensors("w");
    let server = Server::start(move |request| Reply::part(request, &header, size));
    let files = get(&format!("{}/m.safetensors?sig=secret", server.address), &plain()).unwrap();
    assert_eq!(files.tensors.unwrap().bytes().get(), 2 << 20);
    assert_eq!(files.origin, format!("{}/m.safetensors", server.address));
    let requests = server.requests();
    assert_eq!(requests[0].range(), Some((0, 99_999)));
    // The first hundred kilobytes hold the header: one request, and the data stays where it is.
    assert_eq!((requests.len(), server.sent()), (1, 100_000));
}

#[test]
fn a_long_header_is_fetched_in_growing_parts() {
    let writer =
        writer::Gguf::new(3).text("general.architecture", "llama").tokens(40_000).tensor("t", &[32], 0, 128);
    let (header, size) = writer.finish();
    let length = header.len() as u64;
    let server = Server::start(move |request| Reply::part(request, &header, size));
    let files = get(&format!("{}/m.gguf", server.address), &plain()).unwrap();
    assert_eq!(files.gguf.unwrap().vocabulary(), Some(40_000));
    let ranges: Vec<_> = server.requests().iter().map(|request| request.range().unwrap()).collect();
    assert!(length > 400_000 && (3..=5).contains(&ranges.len()), "{length} {ranges:?}");
    assert!(ranges.windows(2).all(|pair| pair[1].0 == pair[0].1 + 1), "{ranges:?}");
}

#[test]
fn a_server_without_ranges_is_cut_off() {
    let (header, _) = safetensors("w");
    let whole = 10_000_000_000_u64;
    // The tensor takes all the rest, so that the size is right.
    let server = Server::start(move |_| {
        let zeros = whole - header.len() as u64;
        Reply { zeros, body: header.clone(), ..Reply::status(200) }.with("Content-Length", whole)
    });
    let start = Instant::now();
    let files = get(&format!("{}/m.safetensors", server.address), &plain()).unwrap();
    assert_eq!(files.tensors.unwrap().bytes().get(), 2 << 20);
    assert!(start.elapsed() < Duration::from_secs(1));
    // What the sockets of both sides buffer, and no more.
    assert!(server.sent() < 50_000_000, "{}", server.sent());
}

#[test]
fn statuses_say_what_to_do() {
    let status = |status: u16, code: &'static str| {
        kind_of(move |_| Reply::status(status).with("X-Error-Code", code).with("Content-Length", 0))
    };
    for (code, hub_code, kind, says) in [
        (401, "", Kind::Unauthorised, "set HF_TOKEN"),
        (401, "GatedRepo", Kind::Unauthorised, "accept the licence"),
        (403, "GatedRepo", Kind::Unauthorised, "gated"),
        (403, "", Kind::Unauthorised, "refused"),
        (404, "RevisionNotFound", Kind::Missing, "revision"),
        (404, "EntryNotFound", Kind::Missing, "no such file"),
        (404, "", Kind::Missing, "spelling"),
        (429, "", Kind::RateLimited, "HF_TOKEN"),
        (500, "", Kind::Unreachable, "failed"),
        (503, "", Kind::Unreachable, "later"),
        (416, "", Kind::Protocol, "fewer bytes"),
        (418, "", Kind::Protocol, "no sense"),
        (206, "", Kind::Protocol, "without saying which"),
    ] {
        let (found, message) = status(code, hub_code);
        assert_eq!(found, kind, "{code}: {message}");
        assert!(message.contains(says), "{code} {hub_code}: {message}");
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let (header, size) = safetensors("w");
    let server = Server::start({
        let tries = std::sync::atomic::AtomicU32::new(0);
        move |request| match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Reply::status(503).with("Content-Length", 0).with("Retry-After", 0),
            _ => Reply::part(request, &header, size),
        }
    });
    assert!(get(&format!("{}/m.safetensors", server.address), &plain()).is_ok());
    assert_eq!(server.requests().len(), 2);
    let limited = Server::start(|_| Reply::status(429).with("Content-Length", 0));
    assert!(get(&format!("{}/m.safetensors", limited.address), &plain()).is_err());
    assert_eq!(limited.requests().len(), 2, "tries are bounded");
}

#[test]
fn promises_that_are_not_kept() {
    let truncated = |_: &Request| {
        Reply { status: 206, ..Reply::ok(vec![0; 50]) }.with("Content-Range", "bytes 0-99999/1000000")
    };
    // The lengths contradict each other before anything is read.
    assert_eq!(kind_of(truncated).0, Kind::Protocol);
    let cut = |_: &Request| {
        Reply { body: vec![0; 50], ..Reply::status(206) }
            .with("Content-Range", "bytes 0-99999/1000000")
            .with("Content-Length", 100_000)
    };
    assert_eq!(kind_of(cut).0, Kind::Truncated);
    for lie in ["bytes 5-100004/1000000", "bytes 0-199999/1000000", "bytes 0-9/1000000", "bytes 9-0/4", "x"] {
        let (kind, message) =
            kind_of(move |_| Reply { status: 206, ..Reply::ok(vec![0; 100_000]) }.with("Content-Range", lie));
        assert_eq!(kind, Kind::Protocol, "{lie}: {message}");
    }
    // More than promised is never read.
    let (header, size) = safetensors("w");
    let server =
        Server::start(move |request| Reply { zeros: 1 << 33, ..Reply::part(request, &header, size) });
    assert!(get(&format!("{}/m.safetensors", server.address), &plain()).is_ok());
    assert!(server.sent() < 50_000_000, "{}", server.sent());
}

#[test]
fn a_file_that_changes_while_it_is_read() {
    let (header, size) = writer::Gguf::new(3).tokens(20_000).tensor("t", &[32], 0, 128).finish();
    let server = Server::start(move |request| {
        let tag = request.range().map_or(0, |(first, _)| first);
        Reply::part(request, &header, size).with("ETag", format!("\"{tag}\""))
    });
    let error = get(&format!("{}/m.gguf", server.address), &plain()).unwrap_err();
    assert!(error.message.contains("changed"), "{error}");
}

#[test]
fn slow_servers_are_left() {
    let silent = |_: &Request| Reply { silence: Duration::from_secs(5), ..Reply::ok(b"") };
    let start = Instant::now();
    let (kind, _) = kind_of(silent);
    assert_eq!(kind, Kind::Timeout);
    let (kind, message) = kind_of(|_| {
        Reply { status: 206, pause: Duration::from_secs(5), ..Reply::ok(vec![0; 1000]) }
            .with("Content-Range", "bytes 0-999/1000")
    });
    assert_eq!(kind, Kind::Timeout, "{message}");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn content_that_is_no_file() {
    let (kind, message) = kind_of(|_| Reply::ok(b"<html>").with("Content-Type", "text/html; charset=utf-8"));
    assert!(kind == Kind::WrongContent && message.contains("web page"), "{message}");
    let (kind, message) = kind_of(|_| Reply::ok(vec![0x1f, 0x8b]).with("Content-Encoding", "gzip"));
    assert!(kind == Kind::WrongContent && message.contains("gzip"), "{message}");
    assert_eq!(kind_of(|_| Reply::ok(b"not a header at all")).0, Kind::Damaged);
    assert_eq!(kind_of(|_| Reply::ok(b"")).0, Kind::Damaged);
}

#[test]
fn redirects_are_followed_so_far() {
    let (kind, message) = kind_of(|request| Reply::redirect(&format!("{}x", request.path)));
    assert!(kind == Kind::Redirect && message.contains("more than 5"), "{message}");
    for nowhere in ["file:///etc/passwd", "ftp://x/y", "", "http://user@host/"] {
        assert_eq!(kind_of(move |_| Reply::redirect(nowhere)).0, Kind::Redirect, "{nowhere}");
    }
    assert_eq!(kind_of(|_| Reply::status(302).with("Content-Length", 0)).0, Kind::Redirect);
}

#[test]
fn a_token_stays_with_its_host() {
    let (header, size) = safetensors("w");
    let storage = Server::start(move |request| Reply::part(request, &header, size));
    let away = format!("{}/storage.safetensors", storage.address);
    let hub = Server::start(move |request| match request.path.as_str() {
        "/m.safetensors" => Reply::redirect("/moved.safetensors"),
        _ => Reply::redirect(&away),
    });
    let mut options = options(&hub.address);
    options.token = Some(Token::new("hf_very_secret").unwrap());
    // An address on the hub's own host, though the argument is a plain URL to this test.
    let argument = slipstick_world::Argument::Url(format!("{}/m.safetensors", hub.address));
    slipstick_world::resolve_argument(&argument, &options, &slipstick_world::Silent).unwrap();
    assert_eq!(hub.requests().len(), 2);
    for request in hub.requests() {
        assert_eq!(request.header("authorization"), Some("Bearer hf_very_secret"));
    }
    for request in storage.requests() {
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.range(), Some((0, 99_999)), "the range goes along");
    }
    assert!(!format!("{options:?}").contains("secret"));
}

#[test]
fn nobody_is_there() {
    let (kind, message) = {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = get(&format!("http://{gone}/m.gguf"), &plain()).unwrap_err();
        (error.kind, error.message)
    };
    assert_eq!(kind, Kind::Unreachable, "{message}");
}
