//! Which addresses are those of one medium.

use super::media::media_identity;

#[test]
fn what_only_signs_an_address_is_left_out() {
    for (signed, identity) in [
        (
            "https://b.s3.amazonaws.com/i.jpg?X-Amz-Algorithm=A&X-Amz-Date=1&X-Amz-Signature=ab&v=2",
            "https://b.s3.amazonaws.com/i.jpg?v=2",
        ),
        ("https://d1.cloudfront.net/i.jpg?Expires=1&Signature=a~&Key-Pair-Id=K", "https://d1.cloudfront.net/i.jpg"),
        (
            "https://scontent.cdninstagram.com/i.jpg?stp=s150&_nc_cat=1&ccb=7&oh=00_A&oe=65&size=l",
            "https://scontent.cdninstagram.com/i.jpg?stp=s150&size=l",
        ),
        (
            "https://p16.tiktokcdn.com/i~tplv:1.webp?x-expires=1&x-signature=a%3D",
            "https://p16.tiktokcdn.com/i~tplv:1.webp",
        ),
        ("https://cdn.example.org/i.jpg?token=a&expires=9&w=100", "https://cdn.example.org/i.jpg?w=100"),
        ("https://cdn4.telesco.pe/file/a.jpg?token=abc#x", "https://cdn4.telesco.pe/file/a.jpg"),
        ("https://video.twimg.com/v/1.mp4?tag=12", "https://video.twimg.com/v/1.mp4"),
        ("https://preview.redd.it/a.jpg?width=640&s=ff", "https://preview.redd.it/a.jpg?width=640"),
        (
            "https://r1.googlevideo.com/videoplayback?expire=1&id=o-A&itag=18&ip=::1&sig=x",
            "https://r1.googlevideo.com/videoplayback?id=o-A&itag=18",
        ),
        (
            "https://acc.blob.core.windows.net/c/i.jpg?sv=2&se=3&sp=r&sig=x%2B",
            "https://acc.blob.core.windows.net/c/i.jpg",
        ),
    ] {
        assert_eq!(media_identity(signed), identity);
        assert_eq!(media_identity(identity), identity, "once and for all");
    }
}

#[test]
fn what_may_tell_one_medium_from_another_stays() {
    for address in [
        "https://example.org/img.php?s=2",
        "https://example.org/img.php?hash=abcdef",
        "https://example.org/img.php?tag=news&token=7",
        "https://example.org/img.php?e=1&l=2&ip=3",
        "https://example.org/i.jpg?oh=1",
        "https://notredd.it/a.jpg?s=1",
        "https://example.org/i.jpg?a=%20&b",
        "no address at all",
    ] {
        assert_eq!(media_identity(address), address);
    }
    assert_ne!(
        media_identity("https://c.org/i?stp=s150&oh=1&oe=2"),
        media_identity("https://c.org/i?stp=s640&oh=1&oe=2"),
        "a smaller rendition does not stand for a larger one"
    );
}
