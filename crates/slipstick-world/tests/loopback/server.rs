//! A server for one test: it answers every request by a function.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The range that was asked for.
    pub(crate) fn range(&self) -> Option<(u64, u64)> {
        let (first, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse().unwrap(), last.parse().unwrap()))
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Zeros sent after the body, as many as the client takes.
    pub(crate) zeros: u64,
    /// How long nothing is sent, before the answer.
    pub(crate) silence: Duration,
    /// How long the body is interrupted half way.
    pub(crate) pause: Duration,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            zeros: 0,
            silence: Duration::ZERO,
            pause: Duration::ZERO,
        }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let length = body.len();
        Self { body, ..Self::status(200) }.with("Content-Length", length)
    }

    pub(crate) fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::status(302).with("Location", to).with("Content-Length", 0)
    }

    /// The wanted part of a file of `size` bytes that begins with `start` and goes on with zeros.
    pub(crate) fn part(request: &Request, start: &[u8], size: u64) -> Self {
        let Some((first, last)) = request.range() else {
            let zeros = size - start.len() as u64;
            return Self { zeros, body: start.to_vec(), ..Self::status(200) }.with("Content-Length", size);
        };
        if first >= size {
            return Self::status(416)
                .with("Content-Range", format!("bytes */{size}"))
                .with("Content-Length", 0);
        }
        let last = last.min(size - 1);
        let body: Vec<u8> = (first..=last)
            .map(|at| usize::try_from(at).ok().and_then(|at| start.get(at)).copied().unwrap_or(0))
            .collect();
        Self { status: 206, ..Self::ok(body) }.with("Content-Range", format!("bytes {first}-{last}/{size}"))
    }
}

/// A server on a port of its own.
pub(crate) struct Server {
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    sent: Arc<AtomicU64>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let sent = Arc::new(AtomicU64::new(0));
        let answer = Arc::new(answer);
        let server = Self { address, requests: requests.clone(), sent: sent.clone() };
        // The threads end with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, requests, sent) = (answer.clone(), requests.clone(), sent.clone());
                thread::spawn(move || {
                    let request = read(&stream)?;
                    requests.lock().unwrap().push(request.clone());
                    write(stream, &answer(&request), &sent)
                });
            }
        });
        server
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Bytes of bodies that clients took, or at least their machine did.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(Request { path, headers })
}

fn write(mut stream: TcpStream, reply: &Reply, sent: &AtomicU64) -> std::io::Result<()> {
    thread::sleep(reply.silence);
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head = head + name + ": " + value + "\r\n";
    }
    stream.write_all((head + "\r\n").as_bytes())?;
    // Counted first: a client that has its bytes may look at the count at once.
    sent.fetch_add(reply.body.len() as u64, Ordering::Relaxed);
    let (first, second) = reply.body.split_at(reply.body.len() / 2);
    stream.write_all(first)?;
    if !reply.pause.is_zero() {
        stream.flush()?;
        thread::sleep(reply.pause);
    }
    stream.write_all(second)?;
    let zeros = vec![0; 65_536];
    let mut left = reply.zeros;
    while left > 0 {
        let now = left.min(65_536);
        stream.write_all(&zeros[..usize::try_from(now).unwrap()])?;
        sent.fetch_add(now, Ordering::Relaxed);
        left -= now;
    }
    stream.flush()
}
