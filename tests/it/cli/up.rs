//! `assay up`: from nothing to verdicts, again, and after a kill in the middle.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::binary::{Said, assay};
use crate::support::database::cluster_folder;

fn once(folder: &std::path::Path) -> Said {
    let output = assay(["up", "--once", "--format", "json"])
        .arg("--data-dir")
        .arg(folder)
        .output()
        .unwrap();
    Said::of(output)
}

fn processes(table: &Value) -> Vec<&Value> {
    table["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["process_id"])
        .collect()
}

#[test]
fn a_second_run_finds_the_data_of_the_first() {
    let folder = cluster_folder();
    let first = once(folder.path());
    assert_eq!(first.code, 0, "{first:?}");
    let first = first.json();
    assert!(first["documents"].as_array().unwrap().len() >= 10);
    assert_eq!(first["not_as_expected"], 0);
    let second = once(folder.path());
    assert_eq!(second.code, 0, "{second:?}");
    let second = second.json();
    assert_eq!(processes(&second), processes(&first));
    assert!(
        second["documents"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["stored_before"] == true)
    );
}

#[test]
fn it_serves_is_killed_and_starts_again() {
    let folder = cluster_folder();
    let start = || {
        let mut child = assay(["up", "--listen", "127.0.0.1:0", "--format", "json"])
            .arg("--data-dir")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut text = String::new();
        let greeting = loop {
            text.push_str(&lines.next().expect("it serves").unwrap());
            text.push('\n');
            let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
            if let Some(Ok(greeting)) = values
                .last()
                .filter(|last| last.as_ref().is_ok_and(|value| value["token"].is_string()))
            {
                break greeting;
            }
        };
        (child, greeting)
    };
    let (mut child, greeting) = start();
    let ask = |greeting: &Value| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let url = format!(
                "{}/v1/processes?limit=200",
                greeting["listening"].as_str().unwrap()
            );
            let request = reqwest::Client::new()
                .get(url)
                .bearer_auth(greeting["token"].as_str().unwrap());
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.json::<Value>().await.unwrap()["items"]
                .as_array()
                .unwrap()
                .len()
        })
    };
    let before = ask(&greeting);
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut child, greeting) = start();
    assert_eq!(ask(&greeting), before);
    let stopped = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(stopped.success());
    assert!(child.wait().unwrap().success(), "it stops in order");
    let left = std::fs::read_to_string(folder.path().join("pg/postmaster.pid"));
    assert!(left.is_err(), "the embedded database runs on");
}

#[test]
fn a_taken_port_is_said_at_once() {
    let folder = cluster_folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut child = assay(["up", "--listen", &address])
        .arg("--data-dir")
        .arg(folder.path())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
    assert!(!folder.path().join("pg").exists(), "nothing was begun");
}
