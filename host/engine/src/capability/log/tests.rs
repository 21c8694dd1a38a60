use super::*;

#[test]
fn printed_text_becomes_lines() {
    let mut log = Log::new(1_000);
    log.print(Source::Stdout, b"one\ntw");
    log.print(Source::Stderr, b"bad \xff\x1b[0m");
    log.print(Source::Stdout, b"o\nrest");
    let (lines, cut) = log.finish();
    let texts: Vec<_> = lines
        .iter()
        .map(|line| (line.source.as_str(), line.message.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("stdout", "one"),
            ("stdout", "two"),
            ("stdout", "rest"),
            ("stderr", "bad \u{fffd}\\u{1b}[0m")
        ]
    );
    assert_eq!(cut, 0);
}

#[test]
fn a_flood_is_cut_and_counted() {
    let mut log = Log::new(100);
    for _ in 0..1_000 {
        log.line(LogLevel::Info, Source::Log, "12345678");
    }
    let (lines, cut) = log.finish();
    assert_eq!(lines.len(), 4, "each takes its 8 bytes and 16 more");
    assert_eq!(cut, 996 * 8);
}

#[test]
fn empty_lines_fill_a_log_too() {
    let mut log = Log::new(1_600);
    log.print(Source::Stdout, &vec![b'\n'; 100_000]);
    assert!(log.finish().0.len() <= 100);
}

#[test]
fn a_line_without_end_is_held_to_the_limit() {
    let mut log = Log::new(100);
    for _ in 0..100 {
        log.print(Source::Stdout, &[b'x'; 4_096]);
    }
    assert!(log.stdout.len() <= 100);
    let (lines, cut) = log.finish();
    let kept: usize = lines.iter().map(|line| line.message.len()).sum();
    assert_eq!(kept as u64 + cut, 100 * 4_096);
}
