use super::*;

async fn heard(bytes: &[u8], most: u64) -> (io::Result<Option<Said>>, Vec<CompileStep>) {
    let steps = std::sync::Mutex::new(Vec::new());
    let mut from = bytes;
    let said = read(&mut from, most, &|step| steps.lock().unwrap().push(step)).await;
    (said, steps.into_inner().unwrap())
}

#[tokio::test]
async fn what_is_written_is_read() {
    for said in [
        Said::Artifact(vec![7; 100_000]),
        Said::Error("it's \u{1f980}".into()),
        Said::TooLarge,
    ] {
        let mut bytes = Vec::new();
        step(&mut bytes, CompileStep::Reading).unwrap();
        step(&mut bytes, CompileStep::Compiling).unwrap();
        end(&mut bytes, &said).unwrap();
        let (heard, steps) = heard(&bytes, 100_000).await;
        assert_eq!(heard.unwrap(), Some(said));
        assert_eq!(steps, [CompileStep::Reading, CompileStep::Compiling]);
    }
}

#[tokio::test]
async fn nothing_is_believed_that_is_too_long_cut_or_unknown() {
    let mut artifact = Vec::new();
    end(&mut artifact, &Said::Artifact(vec![0; 11])).unwrap();
    assert!(heard(&artifact, 10).await.0.is_err());
    assert!(heard(&artifact[..15], 100).await.0.is_err());
    assert!(heard(&artifact[..3], 100).await.0.is_err());
    assert_eq!(heard(&[], 100).await.0.unwrap(), None);
    let huge = [b"s".as_slice(), &u64::MAX.to_le_bytes()].concat();
    assert!(heard(&huge, u64::MAX).await.0.is_err());
    let unknown = [b"?".as_slice(), &0_u64.to_le_bytes()].concat();
    assert!(heard(&unknown, 100).await.0.is_err());
}

#[tokio::test]
async fn long_errors_are_cut() {
    let mut bytes = Vec::new();
    end(&mut bytes, &Said::Error("x".repeat(TEXT + 1))).unwrap();
    let (heard, _) = heard(&bytes, 100).await;
    assert_eq!(heard.unwrap(), Some(Said::Error("x".repeat(TEXT))));
}
