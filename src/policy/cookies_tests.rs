//! Cookie files, and where their cookies go.

use url::Url;

use super::cookies::{FileCookie, parse};

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn one(line: &str) -> FileCookie {
    parse(line).expect("a cookie").remove(0)
}

#[test]
fn a_file_is_read_as_browsers_and_tools_write_it() {
    let text = "\u{feff}# Netscape HTTP Cookie File\r\n\r\n#HttpOnly_.Example.org\tTRUE\t/\tTRUE\t1999999999.25\tsid\tabc=\r\n\
                a.test\tFALSE\t/x\tFALSE\t0\tempty\t\n# the end";
    let cookies = parse(text).expect("it is well");
    assert_eq!(cookies.len(), 2);
    assert_eq!(
        (cookies[0].domain.as_str(), cookies[0].value.as_str(), cookies[0].expires),
        ("example.org", "abc=", 1_999_999_999)
    );
    assert_eq!((cookies[1].name.as_str(), cookies[1].value.as_str()), ("empty", ""));
    assert!(cookies[0].has_expired(2_000_000_000) && !cookies[0].has_expired(1_999_999_998));
    assert!(!cookies[1].has_expired(i64::MAX), "zero is the session");
    assert!(!format!("{:?}", cookies[0]).contains("abc"), "the value is shown to nobody");
}

#[test]
fn a_bad_line_is_named_by_its_number_and_not_repeated() {
    let good = "a.test\tFALSE\t/\tFALSE\t0\tn\tv\n";
    for (line, why) in [
        ("a.test FALSE / FALSE 0 n hush", "has 1"),
        ("a.test\tFALSE\t/\tFALSE\t0\tn", "has 6"),
        ("a.test\tyes\t/\tFALSE\t0\tn\thush", "neither TRUE nor FALSE"),
        ("a.test\tTRUE\t/\t1\t0\tn\thush", "neither TRUE nor FALSE"),
        ("\tTRUE\t/\tFALSE\t0\tn\thush", "no host"),
        ("org\tTRUE\t/\tFALSE\t0\tn\thush", "top-level"),
        ("a.test\tTRUE\tx\tFALSE\t0\tn\thush", "path"),
        ("a.test\tTRUE\t/\tFALSE\tsoon\tn\thush", "expiry"),
        ("a.test\tTRUE\t/\tFALSE\t0\t\thush", "cannot be sent"),
        ("a.test\tTRUE\t/\tFALSE\t0\tn\thush;hush", "cannot be sent"),
        ("a.test\tTRUE\t/\tFALSE\t0\tn\thush\u{1}", "cannot be sent"),
    ] {
        let said = parse(&format!("{good}{line}")).expect_err(line);
        assert!(said.starts_with("line 2: ") && said.contains(why), "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
}

#[test]
fn cookies_go_to_their_host_their_path_and_below_if_they_say_so() {
    let wide = one("example.org\tTRUE\t/\tTRUE\t0\tn\tv");
    for (to, fits) in [
        ("https://example.org/", true),
        ("https://www.example.org/a", true),
        ("http://example.org/", false),
        ("https://badexample.org/", false),
        ("https://example.org.evil.net/", false),
        ("https://org/", false),
    ] {
        assert_eq!(wide.fits(&url(to)), fits, "{to}");
    }
    let narrow = one("example.org\tFALSE\t/x\tFALSE\t0\tn\tv");
    for (to, fits) in [
        ("http://example.org/x", true),
        ("http://example.org/x/y", true),
        ("http://example.org/xy", false),
        ("http://example.org/", false),
        ("http://www.example.org/x", false),
    ] {
        assert_eq!(narrow.fits(&url(to)), fits, "{to}");
    }
    let address = one("127.0.0.1\tFALSE\t/\tFALSE\t0\tn\tv");
    assert!(address.fits(&url("http://127.0.0.1:8080/")) && !address.fits(&url("http://127.0.0.2/")));
}
