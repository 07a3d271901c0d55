//! A client of `slipstick serve`.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// The server, running.
pub(crate) struct Web {
    child: Child,
    address: String,
}

impl Web {
    /// Starts it and reads its address where other commands print results.
    pub(crate) fn start(mut program: Command) -> Self {
        program.args(["serve", "--port", "0"]).stdout(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        Self { child, address }
    }

    /// Asks a question; its status and its body.
    pub(crate) fn ask(&self, command: &str, question: &Value) -> (u16, String) {
        let (address, body) = (&self.address, question.to_string());
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST /v1/{command} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Tells it to end as a service manager does, and the exit code that follows.
    pub(crate) fn end(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().code()
    }
}
