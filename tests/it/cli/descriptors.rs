//! A host that has no file descriptor left: who is connected is answered, and so is everybody else as soon as there is
//! one again.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::binary::assay_with_descriptors;
use super::killed::{Served, token};
use crate::api::host::Host;

/// Asks over a connection that stays.
async fn healthy(connection: &mut TcpStream) -> Result<(), String> {
    let request = b"GET /healthz HTTP/1.1\r\nHost: assay\r\n\r\n";
    connection.write_all(request).await.unwrap();
    let mut answer = [0_u8; 15];
    let read = connection.read_exact(&mut answer);
    let read = tokio::time::timeout(Duration::from_secs(10), read).await;
    let ok = matches!(read, Ok(Ok(_))) && &answer == b"HTTP/1.1 200 OK";
    let said = format!("{read:?}: {}", String::from_utf8_lossy(&answer));
    // The rest of the answer, so that the next one begins at its beginning.
    let mut rest = [0; 4_096];
    tokio::time::timeout(Duration::from_millis(50), connection.read(&mut rest))
        .await
        .ok();
    if ok { Ok(()) } else { Err(said) }
}

#[tokio::test]
async fn more_connections_than_descriptors_trouble_nobody_for_long() {
    let host = Host::empty().await;
    let folder = tempfile::tempdir().unwrap();
    token(&host, folder.path());
    let served = Served::by(assay_with_descriptors(192, ["serve"]), &host, folder.path());
    let address = served.url.trim_start_matches("http://").to_owned();
    let mut first = TcpStream::connect(&address).await.unwrap();
    healthy(&mut first).await.expect("before");

    let mut crowd = Vec::new();
    for _ in 0..300 {
        crowd.push(TcpStream::connect(&address).await.unwrap());
    }
    let mut last = crowd.pop().unwrap();
    last.write_all(b"GET /healthz HTTP/1.1\r\nHost: assay\r\n\r\n")
        .await
        .unwrap();
    let answer = tokio::time::timeout(Duration::from_millis(700), last.read_u8()).await;
    assert!(answer.is_err(), "there was to be no descriptor left for it");
    for _ in 0..3 {
        healthy(&mut first)
            .await
            .expect("who is connected is answered meanwhile");
    }

    drop(crowd);
    let answer = tokio::time::timeout(Duration::from_secs(20), last.read_u8()).await;
    assert!(matches!(answer, Ok(Ok(b'H'))), "{answer:?}");
    let mut next = TcpStream::connect(&address).await.unwrap();
    healthy(&mut next).await.expect("afterwards");
    served.kill();
}
