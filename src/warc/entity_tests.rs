use proptest::prelude::*;

use super::*;

/// Head and entity of a message, read a few octets at a time.
fn read(message: &[u8], step: usize) -> (Head, Vec<u8>, Framing) {
    struct Slow<'a>(&'a [u8], usize);
    impl Read for Slow<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(buf.len()).min(self.0.len());
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }
    let mut block = Slow(message, step);
    let (head, mut rest) = Head::read(&mut block).unwrap();
    // As many first octets as tell whether there are chunks.
    while rest.len() < 64 {
        let mut more = [0; 64];
        let n = block.read(&mut more).unwrap();
        if n == 0 {
            break;
        }
        rest.extend_from_slice(&more[..n]);
    }
    let mut entity = Entity::new(&head, rest, block);
    let mut body = Vec::new();
    entity.read_to_end(&mut body).unwrap();
    let framing = entity.framing();
    (head, body, framing)
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Type: text/html\r\n\r\n";

#[test]
fn chunks_are_taken_out_whatever_stands_between_them() {
    let message =
        [CHUNKED, b"4;name=value\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX: y\r\n\r\n"].concat();
    for step in [1, 2, 7, 4096] {
        let (head, body, framing) = read(&message, step);
        assert_eq!((head.status(), framing), (Some(200), Framing::Chunks), "{step}");
        assert_eq!(body, b"Wikipedia in \r\n\r\nchunks.");
        assert_eq!(head.field("content-type").as_deref(), Some("text/html"));
    }
}

#[test]
fn chunks_that_were_taken_out_before_leave_the_body_as_it_is() {
    let message = [CHUNKED, b"<html>\nWikipedia</html>"].concat();
    let (head, body, framing) = read(&message, 5);
    assert!(head.says_chunked());
    assert_eq!((body.as_slice(), framing), (&b"<html>\nWikipedia</html>"[..], Framing::Plain));
}

#[test]
fn a_body_that_breaks_off_within_a_chunk_is_had_as_far_as_it_goes() {
    let message = [CHUNKED, b"4\r\nWiki\r\nff\r\npedia"].concat();
    assert_eq!(read(&message, 3).1, b"Wikipedia");
    assert_eq!(read(&message, 3).2, Framing::CutChunks);
    let broken = [CHUNKED, b"4\r\nWikiXX\r\n0\r\n\r\n"].concat();
    assert_eq!(read(&broken, 3).2, Framing::CutChunks);
}

#[test]
fn heads_of_all_kinds_are_read() {
    assert_eq!(read(b"HTTP/1.0 404\nServer: x\n\nbody", 4).0.status(), Some(404));
    assert_eq!(read(b"HTTP/2 200\r\nA: \xe9\r\n\r\n", 1).0.field("a").as_deref(), Some("\u{e9}"));
    let (head, body, _) = read(b"no head at all", 4);
    assert!(head.is_cut && body.is_empty() && head.status().is_none());
}

proptest! {
    #[test]
    fn what_is_put_into_chunks_comes_out_again(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..20), step in 1usize..50) {
        let mut message = CHUNKED.to_vec();
        for part in &parts {
            message.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
            message.extend_from_slice(part);
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(b"0\r\n\r\n");
        let (_, body, framing) = read(&message, step);
        prop_assert_eq!(body, parts.concat());
        prop_assert_eq!(framing, Framing::Chunks);
    }

    #[test]
    fn any_octets_are_read_to_their_end(message in prop::collection::vec(any::<u8>(), 0..2000), step in 1usize..50) {
        let (head, body, _) = read(&message, step);
        prop_assert!(head.octets.len() + body.len() <= message.len());
    }
}
