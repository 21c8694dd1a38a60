use super::*;

fn code(said: io::Result<Option<Said>>, complaint: &str, wait_status: i32) -> &'static str {
    let ended = Ended {
        said,
        complaint: complaint.to_owned(),
        status: ExitStatus::from_raw(wait_status),
    };
    match judge(ended, &CompileLimits::default()) {
        Ok(_) => "ok",
        Err(refused) => refused.reasons[0].code,
    }
}

#[test]
fn every_end_has_a_name() {
    let artifact = || Ok(Some(Said::Artifact(vec![1])));
    let error = |text: &str| Ok(Some(Said::Error(text.to_owned())));
    let exit = |code: i32| code << 8;
    assert_eq!(code(artifact(), "", 0), "ok");
    assert_eq!(code(artifact(), "", exit(1)), "compile");
    assert_eq!(code(artifact(), "", SIGKILL), "compile");
    assert_eq!(code(Ok(Some(Said::TooLarge)), "", 0), "too-large");
    assert_eq!(code(error("type mismatch"), "", 0), "compile");
    assert_eq!(
        code(error("out of memory (failed to allocate 8 bytes)"), "", 0),
        "compile-memory"
    );
    assert_eq!(code(error(wire::OTHER_BUILD), "", 0), "compile");
    assert_eq!(code(Ok(None), "", SIGXCPU), "compile-time");
    assert_eq!(
        code(Ok(None), "memory allocation of 9 bytes failed", SIGABRT),
        "compile-memory"
    );
    assert_eq!(code(Ok(None), "", 11), "compile");
    assert_eq!(
        code(Err(io::Error::other("cut")), "thread panicked", exit(101)),
        "compile"
    );
}
