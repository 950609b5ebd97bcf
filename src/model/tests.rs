use super::*;

#[test]
fn a_digest_reads_back_what_it_writes() {
    let digest = Digest::of(b"keep");
    assert_eq!(Digest::parse(&digest.hex()), Some(digest));
    assert_eq!(Digest::parse(&digest.label()), Some(digest));
    assert_eq!(Digest::parse("sha256:zz"), None);
    assert_eq!(Digest::parse(&"é".repeat(32)), None);
}

#[test]
fn closed_lists_read_back_their_names() {
    for outcome in Outcome::ALL {
        assert_eq!(Outcome::parse(outcome.as_str()), Some(*outcome));
    }
    assert_eq!(Outcome::parse("captured "), None);
}

#[test]
fn a_failure_quotes_no_control_characters() {
    let failure = Failure::new(FailureKind::Malformed, "bad\x1b[2J\nline");
    assert!(!failure.message.chars().any(char::is_control));
}
