//! Components are compiled in a process of their own, which is held to limits and takes nobody with it.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assay_engine::{
    CacheOptions, Candidate, CompileLimits, CompileStep as Step, CompilerProgram, EngineOptions, Refused,
    manifest,
};

use super::guest::{Host, a_manifest, done, message_of, packed, told};
use crate::cli::binary;

const GENEROUS: CompileLimits = CompileLimits {
    cpu: Duration::from_mins(1),
    wall: Duration::from_mins(2),
    memory_bytes: 4 << 30,
    artifact_bytes: 64 << 20,
};

fn assay() -> CompilerProgram {
    CompilerProgram {
        program: binary::path().to_owned(),
        arguments: vec!["compile-component".into()],
    }
}

fn shell(script: &str) -> CompilerProgram {
    CompilerProgram {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into(), "sh".into()],
    }
}

fn options(compiler: CompilerProgram, compile: CompileLimits) -> EngineOptions {
    EngineOptions {
        compiler: Some(compiler),
        compile,
        concurrent_calls: 4,
        ..EngineOptions::default()
    }
}

fn host(compile: CompileLimits) -> Host {
    Host::with(options(assay(), compile))
}

/// A component that passes every look, with so many such functions.
fn component(body: &str, locals: usize, functions: usize) -> Vec<u8> {
    let function = format!("(func (param i32) (local {}) {body})", "i32 ".repeat(locals));
    let text = format!(
        r#"(component
            (core module $m {} (func (export "f") (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            (func $f (result u32) (canon lift (core func $i "f")))
            (instance $e (export "validate" (func $f)))
            (export "assay:plugin/validation@1.0.0" (instance $e)))"#,
        function.repeat(functions)
    );
    manifest::embed(&wat::parse_str(text).unwrap(), &a_manifest("\"validator\"", "")).unwrap()
}

/// Loops in one another, each of which changes a local: within every bound of what is counted, minutes of work.
pub(crate) fn takes_time() -> Vec<u8> {
    let (loops, locals) = (40_000, 250);
    let mut body = String::new();
    for at in 0..loops {
        let (from, to) = (1 + at * 7 % locals, 1 + at % locals);
        write!(body, "loop local.get {from} local.set {to} ").unwrap();
    }
    for at in 0..loops {
        write!(body, "local.get {} br_if 0 end ", 1 + at * 3 % locals).unwrap();
    }
    component(&body, locals, 1)
}

/// Loops after one another, in as many functions as are compiled at a time: gigabytes.
fn takes_memory() -> Vec<u8> {
    let locals = 245;
    let mut body = String::new();
    for at in 0..33_000 {
        let (one, two, to) = (1 + at * 7 % locals, 1 + at * 13 % locals, 1 + at % locals);
        write!(
            body,
            "loop local.get {one} local.get {two} i32.add local.set {to} local.get 0 br_if 0 end "
        )
        .unwrap();
    }
    component(&body, locals, 4)
}

async fn checked(host: &Host, bytes: Vec<u8>) -> Candidate {
    host.engine
        .check(bytes.into())
        .await
        .expect("it is within all bounds")
}

fn code(refused: &Refused) -> &str {
    let [reason] = refused.reasons.as_slice() else {
        panic!("{refused}");
    };
    reason.code
}

/// Processes whose parent is this one, or another.
fn children(of: u32) -> Vec<PathBuf> {
    let parent = |stat: &str| {
        let rest = stat.rsplit_once(')')?.1;
        rest.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .map(|process| process.path())
        .filter(|path| {
            let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
            parent(&stat) == Some(of) && !stat.contains(") Z ")
        })
        .collect()
}

fn compilers(of: u32) -> Vec<PathBuf> {
    let compiles = |path: &PathBuf| {
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains("compile-component")
    };
    children(of).into_iter().filter(compiles).collect()
}

/// Waits until there is one, or none.
async fn until_compilers(of: u32, count: usize) -> Vec<PathBuf> {
    let start = Instant::now();
    loop {
        let found = compilers(of);
        if found.len() == count {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{found:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_is_killed_and_the_neighbours_calls_go_on() {
    let host = host(CompileLimits {
        cpu: Duration::from_secs(2),
        ..GENEROUS
    });
    let neighbour = host.plugin("echo").await;
    let bomb = checked(&host, takes_time()).await;
    let (compiling, start) = (host.engine.clone(), Instant::now());
    let task = tokio::spawn(async move { compiling.compile(&bomb).await });
    let (mut calls, mut slowest) = (0, Duration::ZERO);
    while !task.is_finished() {
        let begun = Instant::now();
        let call = host.engine.validate(&neighbour, &host.context(), "{}").await;
        message_of(&call);
        slowest = slowest.max(begun.elapsed());
        calls += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let refused = task.await.unwrap().unwrap_err();
    assert_eq!(code(&refused), "compile-time", "{refused}");
    assert!(
        refused.reasons[0].message.contains("2 s of processor time"),
        "{refused}"
    );
    assert!(start.elapsed() > Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(
        calls > 50 && slowest < Duration::from_secs(1),
        "{calls} calls, {slowest:?}"
    );
    host.is_fine().await;
}

#[tokio::test]
async fn what_takes_too_much_memory_is_refused_by_name() {
    let host = host(CompileLimits {
        memory_bytes: 600 << 20,
        ..GENEROUS
    });
    let bomb = checked(&host, takes_memory()).await;
    let refused = host.engine.compile(&bomb).await.unwrap_err();
    assert_eq!(code(&refused), "compile-memory", "{refused}");
    host.is_fine().await;
}

#[tokio::test]
async fn nobody_waits_longer_than_the_wall_clock_allows() {
    let host = host(CompileLimits {
        wall: Duration::from_millis(500),
        ..GENEROUS
    });
    let bomb = checked(&host, takes_time()).await;
    let start = Instant::now();
    let refused = host.engine.compile(&bomb).await.unwrap_err();
    assert_eq!(code(&refused), "compile-time", "{refused}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(compilers(std::process::id()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_is_too_large_when_compiled_is_refused() {
    let host = host(CompileLimits {
        artifact_bytes: 1_000,
        ..GENEROUS
    });
    let candidate = checked(&host, packed("fine")).await;
    let refused = host.engine.compile(&candidate).await.unwrap_err();
    assert_eq!(code(&refused), "too-large", "{refused}");
}

#[tokio::test]
async fn who_gives_up_ends_the_compiler_and_others_get_their_turn() {
    let host = host(GENEROUS);
    let bomb = checked(&host, takes_time()).await;
    let engine = host.engine.clone();
    let task = tokio::spawn(async move { engine.compile(&bomb).await });
    let [compiler] = until_compilers(std::process::id(), 1).await.try_into().unwrap();
    let environment = std::fs::read_to_string(compiler.join("environ")).unwrap();
    let mut names: Vec<_> = environment
        .split_terminator('\0')
        .map(|pair| pair.split('=').next().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["MALLOC_ARENA_MAX", "RAYON_NUM_THREADS"]);
    task.abort();
    until_compilers(std::process::id(), 0).await;
    host.is_fine().await;
}

/// What the compiler is held to, before it has got anything.
#[test]
fn limits_are_set_before_anything_is_read() {
    let mut child = Command::new(binary::path())
        .args([
            "compile-component",
            "--cpu-seconds",
            "7",
            "--memory-bytes",
            "1073741824",
        ])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let values: Vec<_> = line[name.len()..].split_whitespace().take(2).collect();
        values.join(" ")
    };
    assert_eq!(limit("Max cpu time"), "7 8");
    assert_eq!(limit("Max address space"), "1073741824 1073741824");
    assert_eq!(limit("Max core file size"), "0 0");
    assert_eq!(limit("Max file size"), "0 0");
    assert_eq!(limit("Max open files"), "16 16");
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(1), "nobody spoke to it");
}

#[tokio::test]
async fn a_compiler_dies_with_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let bomb = folder.path().join("bomb.wasm");
    std::fs::write(&bomb, takes_time()).unwrap();
    let mut inspecting = binary::assay(["plugin", "inspect", bomb.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let [compiler] = until_compilers(inspecting.id(), 1).await.try_into().unwrap();
    inspecting.kill().unwrap();
    inspecting.wait().unwrap();
    let start = Instant::now();
    let lives = || {
        let state = std::fs::read_to_string(compiler.join("stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z ")
    };
    while lives() {
        assert!(start.elapsed() < Duration::from_secs(10), "it outlived its host");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// However the program ends, and whatever it says, there is a reason, and soon.
#[tokio::test]
async fn every_way_of_ending_is_a_refusal() {
    let cases = [
        (shell("kill -SEGV $$"), "signal 11"),
        (shell("kill -ABRT $$"), "signal 6"),
        (shell("exit 3"), "panicked"),
        (shell("exit 0"), "panicked"),
        (shell("echo hello; cat > /dev/null"), "panicked"),
        (shell("cat > /dev/null; head -c 100000000 /dev/zero"), "panicked"),
        (shell("head -c 100000000 /dev/zero >&2; exit 1"), "panicked"),
        (
            CompilerProgram {
                program: "/nowhere/assay".into(),
                arguments: Vec::new(),
            },
            "can't start",
        ),
    ];
    for (program, says) in cases {
        let host = Host::with(options(program.clone(), GENEROUS));
        let candidate = checked(&host, packed("fine")).await;
        let start = Instant::now();
        let refused = host.engine.compile(&candidate).await.unwrap_err();
        assert_eq!(code(&refused), "compile", "{program:?}: {refused}");
        assert!(
            refused.reasons[0].message.contains(says),
            "{program:?}: {refused}"
        );
        assert!(start.elapsed() < Duration::from_secs(5), "{program:?}");
    }
}

fn cached(dir: &Path) -> CacheOptions {
    CacheOptions {
        dir: dir.to_owned(),
        key: [1; 32],
        most_bytes: 1 << 30,
    }
}

/// Bytes of the one compiled component in a cache.
fn kept(dir: &Path) -> Vec<u8> {
    let [path] = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    std::fs::read(path).unwrap()
}

#[tokio::test]
async fn it_compiles_what_this_host_would_have_compiled() {
    for fuel in [None, Some(1 << 30)] {
        let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let steps = Arc::new(Mutex::new(Vec::new()));
        let child = Host::with(EngineOptions {
            cache: Some(cached(there.path())),
            fuel,
            ..options(assay(), GENEROUS)
        });
        let candidate = checked(&child, packed("echo")).await;
        let heard = Arc::clone(&steps);
        let watch = move |step| heard.lock().unwrap().push(step);
        let compiled = child.engine.compile_watched(&candidate, watch).await.unwrap();
        let plugin = told(child.engine.publish(compiled).await, "{}");
        done(child.engine.validate(&plugin, &child.context(), "{}").await);
        assert_eq!(
            *steps.lock().unwrap(),
            [Step::Reading, Step::Compiling, Step::Writing, Step::Linking]
        );

        let own = Host::with(EngineOptions {
            cache: Some(cached(here.path())),
            fuel,
            concurrent_calls: 1,
            ..EngineOptions::default()
        });
        own.register("echo").await;
        assert!(kept(there.path()) == kept(here.path()), "fuel {fuel:?}");
    }
}

#[tokio::test]
async fn snapshots_are_compiled_there_too() {
    let host = host(GENEROUS);
    let (candidate, plugin) = host.take(packed("echo")).await.unwrap();
    let prepared = Arc::new(told(plugin, "{}"));
    let bytes = || async { Ok::<_, std::io::Error>(candidate.component.to_vec()) };
    host.engine.snapshot(&prepared, bytes).await.unwrap();
    assert_eq!(prepared.snapshot(), Some(Ok(())));
    let call = host.engine.validate(&prepared, &host.context(), "{}").await;
    message_of(&call);
}

/// A plugin that a call waits for is loaded while an upload takes all the time that there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_takes_long_holds_up_no_load() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    // The first one that is compiled takes a minute.
    let script = format!(
        "mkdir '{}' 2>/dev/null && exec sleep 60; exec '{}' compile-component \"$@\"",
        first.display(),
        binary::path().display()
    );
    let registered = Host::new().register("fine").await;
    let host = Host::with(options(shell(&script), GENEROUS));
    let upload = host.engine.check(packed("fine").into()).await.unwrap();
    let engine = host.engine.clone();
    let upload = tokio::spawn(async move { engine.compile(&upload).await.map(drop) });
    while !first.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let component = registered.component.to_vec();
    let load = host
        .engine
        .load(registered.digest, || async { Ok::<_, std::io::Error>(component) });
    let loaded = tokio::time::timeout(Duration::from_secs(30), load).await;
    loaded.expect("it waits for the upload").unwrap();
    assert!(!upload.is_finished());
    upload.abort();
}
