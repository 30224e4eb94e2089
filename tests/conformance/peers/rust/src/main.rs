//! An echo peer on the crate tungstenite: tungstenite_peer server | client URL AGENT.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use tungstenite::protocol::WebSocketConfig;
use tungstenite::{accept_with_config, client::connect_with_config, Result, WebSocket};

fn limits() -> Option<WebSocketConfig> {
    let limit = Some(64 << 20);
    Some(WebSocketConfig::default().max_message_size(limit).max_frame_size(limit))
}

/// Until the connection ends; how it ends is the case's business.
fn echo<Stream: Read + Write>(mut socket: WebSocket<Stream>) -> Result<()> {
    loop {
        let message = socket.read()?;
        if message.is_text() || message.is_binary() {
            socket.send(message)?;
        }
    }
}

fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("listening on ws://{}", listener.local_addr().expect("an address"));
    for stream in listener.incoming().flatten() {
        thread::spawn(move || accept(stream));
    }
}

fn accept(stream: TcpStream) {
    stream.set_nodelay(true).expect("a TCP socket");
    if let Ok(socket) = accept_with_config(stream, limits()) {
        let _ = echo(socket);
    }
}

fn case_count(url: &str) -> Result<u32> {
    let (mut socket, _) = connect_with_config(format!("{url}/getCaseCount"), limits(), 0)?;
    let text = socket.read()?;
    Ok(text.into_text()?.parse().expect("a number"))
}

fn visit(url: String) {
    if let Ok((socket, _)) = connect_with_config(url, limits(), 0) {
        let _ = echo(socket);
    }
}

fn run_cases(url: &str, agent: &str) {
    for number in 1..=case_count(url).expect("the number of cases") {
        visit(format!("{url}/runCase?case={number}&agent={agent}"));
    }
    visit(format!("{url}/updateReports?agent={agent}"));
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match &arguments[1..] {
        [role] if role == "server" => serve(),
        [role, url, agent] if role == "client" => run_cases(url, agent),
        _ => panic!("usage: tungstenite_peer server | client URL AGENT"),
    }
}
