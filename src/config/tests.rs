use std::path::Path;
use std::time::Duration;

use super::*;
use crate::model::{Cadence, HttpVersion, ItemsMode, RequisitesMode, RobotsMode};

fn file(text: &str) -> Result<Config> {
    Config::load(Some((Path::new("/srv/news/keepfast.toml"), text)), &[], &[])
}

fn refusal(text: &str) -> String {
    file(text).expect_err("this must be refused").message().to_owned()
}

fn defaults() -> Config {
    Config::load(None, &[], &[]).expect("the built-in defaults are good")
}

fn each(seconds: u64) -> Cadence {
    Cadence::Interval(Duration::from_secs(seconds))
}

#[test]
fn the_defaults_are_what_the_file_says_and_nothing_is_left_out() {
    let config = defaults();
    let capture = config.capture_for(&[], &WatchOptions::new()).unwrap();
    assert_eq!(
        capture,
        Capture {
            robots: RobotsMode::Record,
            requisites: RequisitesMode::Media,
            read: true,
            max_page_bytes: 32 << 20,
            max_media_bytes: 2 << 30,
            max_decoded_bytes: 64 << 20,
            max_requisites: 300,
            max_requisite_bytes: 4 << 30,
            requisite_time: Duration::from_secs(600),
            follow_pages: 20,
            comment_services: true,
            platform: crate::model::PlatformMode::Auto,
            mirrors: Vec::new(),
            backfill: crate::model::Backfill::Posts(1000),
            items: ItemsMode::Feed,
            items_every: Cadence::Adaptive,
            items_for: Duration::from_secs(90 * 86_400),
            max_items: 500,
            items_pages: 5,
            max_redirects: 10,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(120),
            max_retries: 3,
            max_retry_after: Duration::from_secs(600),
            media_every: Some(Duration::from_secs(86_400)),
            full_fetch_every: Duration::from_secs(7 * 86_400),
            accept_invalid_tls: false,
            credentials: false,
            yt_dlp: false,
            http: HttpVersion::Auto,
        }
    );
    let (pace, hosts) = config.pace();
    assert_eq!((pace.per_second, pace.burst, pace.connections), (1.0, 2, 2));
    assert!(hosts.is_empty());
    assert_eq!(config.every_for(&[], None), Cadence::Adaptive);
    assert_eq!((config.workers(), config.client().memory, config.min_free()), (32, 64 << 20, 1 << 30));
    assert_eq!((config.archive_dir(), config.lists()), ("archive".into(), vec!["urls.txt".into()]));
    assert!(!config.looks_inside());
    assert_eq!(config.resolved(None).len(), keys::KEYS.len());
    assert!(config.resolved(None).iter().all(|line| line.origin == "default"));
    assert!(keys::KEYS.len() <= 72, "the budget of keys");
}

#[test]
fn every_key_of_the_file_has_a_comment_and_stands_in_the_order_of_the_table() {
    let mut section = String::new();
    let mut seen = Vec::new();
    let mut before = "";
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            assert!(before.starts_with('#'), "{section}.{name} has no comment");
            seen.push(format!("{section}.{name}"));
        }
        before = line;
    }
    assert_eq!(seen, keys::KEYS.iter().map(|key| key.path.to_owned()).collect::<Vec<_>>());
}

#[test]
fn a_new_folder_gets_the_file_with_everything_commented_out_and_its_examples_work() {
    let template = template();
    let config = file(&template).unwrap();
    assert!(config.resolved(None).iter().all(|line| line.origin == "default"));
    let at = template.find("# [host.").unwrap();
    let examples: String = template[at..]
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(""))
        .filter(|line| line.contains(['=', '[']))
        .map(|line| format!("{line}\n"))
        .collect();
    let examples: String = examples
        .lines()
        .filter(|line| !line.starts_with("Settings") && !line.starts_with("What"))
        .map(|line| format!("{line}\n"))
        .collect();
    let config = file(&examples).unwrap();
    assert_eq!(config.watches().len(), 1);
    assert_eq!(config.pace().1["example.org"].per_second, 0.2);
    assert_eq!(config.credentials()[0].name, "my-reddit");
}

#[test]
fn a_later_layer_wins_even_when_it_says_the_default_and_each_value_tells_where_it_is_from() {
    let text = "[capture]\nrobots = \"obey\"\nmax_redirects = 4\nmax_retries = 1\n";
    let env = [("KEEPFAST_CAPTURE__MAX_REDIRECTS".to_owned(), "7".to_owned()), ("HOME".to_owned(), "/root".to_owned())];
    let sets = ["capture.robots=record".to_owned()];
    let config = Config::load(Some((Path::new("keepfast.toml"), text)), &env, &sets).unwrap();
    let capture = config.capture_for(&[], &WatchOptions::new()).unwrap();
    assert_eq!((capture.robots, capture.max_redirects, capture.max_retries), (RobotsMode::Record, 7, 1));
    let lines = config.resolved(None);
    let origin = |key: &str| lines.iter().find(|line| line.key == key).unwrap().origin.clone();
    assert_eq!(origin("capture.robots"), "--set");
    assert_eq!(origin("capture.max_redirects"), "env KEEPFAST_CAPTURE__MAX_REDIRECTS");
    assert_eq!(origin("capture.max_retries"), "keepfast.toml:4");
    assert_eq!(origin("capture.read"), "default");
}

#[test]
fn what_may_be_never_is_a_time_or_never() {
    let of = |text: &str| {
        let config = file(&format!("[capture]\nmedia_every = \"{text}\"\n"))?;
        config.capture_for(&[], &WatchOptions::new()).map(|capture| capture.media_every)
    };
    assert_eq!(of("never").unwrap(), None);
    assert_eq!(of("0s").unwrap(), Some(Duration::ZERO));
    assert_eq!(of("12h").unwrap(), Some(Duration::from_secs(43_200)));
    for wrong in ["", "ever", "-1d", "4000d"] {
        assert!(of(wrong).unwrap_err().to_string().contains("\"never\""), "{wrong}");
    }
    // As it is kept with a watch.
    let options = watch_options(&["capture.media_every=never".to_owned()]).unwrap();
    let capture = file("").unwrap().capture_for(&[], &options).unwrap();
    assert_eq!(capture.media_every, None);
    assert!(file("[capture]\nfull_fetch_every = \"never\"\n").is_err());
}

#[test]
fn tags_lie_over_the_configuration_and_the_watch_over_its_tags() {
    let config = file(
        "[tag.news]\nevery = \"30m\"\nrequisites = \"all\"\nmax_redirects = 1\n[tag.slow]\nmax_redirects = 2\n\
         [host.\"Example.org\"]\nper_second = 0.2\n",
    )
    .unwrap();
    let tags = ["news".to_owned(), "slow".to_owned()];
    let options = watch_options(&["capture.requisites=none".to_owned()]).unwrap();
    let capture = config.capture_for(&tags, &options).unwrap();
    assert_eq!((capture.requisites, capture.max_redirects), (RequisitesMode::None, 2));
    assert_eq!(config.every_for(&tags, None), each(1800));
    let three = ["news".to_owned(), "slow".to_owned(), "fast".to_owned()];
    let later = file("[tag.news]\nevery = \"30m\"\n[tag.fast]\nevery = \"5m\"\n").unwrap();
    assert_eq!(later.every_for(&three, None), each(300), "the last tag that has one");
    assert_eq!(config.every_for(&tags, Some(each(5))), each(5));
    let lines = config.resolved(Some(Target { host: "example.org:443", tags: &tags, options: &options, every: None }));
    let line = |key: &str| lines.iter().find(|line| line.key == key).map(|l| (l.value.as_str(), l.origin.as_str()));
    assert_eq!(line("capture.requisites"), Some(("none", "watch")));
    assert_eq!(line("capture.max_redirects"), Some(("2", "keepfast.toml:6")));
    assert_eq!(line("pace.per_second"), Some(("0.2", "keepfast.toml:8")));
    assert_eq!(line("run.every"), Some(("30m", "keepfast.toml:2")));
}

#[test]
fn watches_come_with_their_line_and_their_own_settings() {
    let config = file(
        "[[watch]]\nurl = \"https://example.org/\"\ntags = [\"a\"]\nevery = \"15m\"\nnote = \"front\"\nmax_page_bytes = 1000\n\n\
         [[watch]]\nurl = \"http://example.net/\"\n",
    )
    .unwrap();
    let [first, second] = config.watches() else { panic!("two watches") };
    assert_eq!((first.url.as_str(), first.line, first.every.clone()), ("https://example.org/", 2, Some(each(900))));
    assert_eq!(second.line, 9);
    assert_eq!(config.capture_for(&first.tags, &first.options).unwrap().max_page_bytes, 1000);
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_place_and_nearest_key() {
    let message = refusal(
        "robots = \"obey\"\n[capture]\nrobot = \"obey\"\nmax_redirects = \"many\"\nidle_timeout = 10\n[clinet]\nx = 1\n\
         [host.\"a\"]\nper_secnd = 1\n[tag.t]\nevry = \"1h\"\n[[watch]]\nurl = \"http://a/\"\nrequisite = \"all\"\n[[watch]]\nnote = \"x\"\n[[watch]]\nurl = \" \"\n",
    );
    for part in [
        "10 things are wrong",
        "keepfast.toml:1:1: unknown key robots; did you mean capture.robots?",
        "keepfast.toml:3:1: unknown key capture.robot; did you mean capture.robots?",
        "keepfast.toml:4:17: capture.max_redirects takes a whole number from 0 to 100",
        "keepfast.toml:5:16: capture.idle_timeout takes a duration like \"10s\"",
        "keepfast.toml:6:2: unknown key clinet; did you mean client?",
        "keepfast.toml:9:1: unknown key host.\"a\".per_secnd; did you mean per_second?",
        "keepfast.toml:11:1: unknown key tag.\"t\".evry; did you mean every?",
        "unknown key watch.requisite; did you mean requisites?",
        "this [[watch]] has no url",
    ] {
        assert!(message.contains(part), "{part}\nis not in\n{message}");
    }
    assert!(message.contains("watch.url is empty"), "{message}");
}

#[test]
fn broken_toml_is_told_with_its_place() {
    for (text, place) in [
        ("a = = 1", "keepfast.toml:1:"),
        ("[pace]\nburst = 1\nburst = 2\n", "keepfast.toml:3:"),
        ("[x", "keepfast.toml:1:"),
    ] {
        assert!(refusal(text).starts_with(place) || refusal(text).contains(place), "{text}: {}", refusal(text));
    }
    assert!(refusal("capture = 3").contains("capture is a section"));
    assert!(refusal("[watch]\nurl = \"http://a/\"").contains("[[watch]]"));
    assert!(file("\u{feff}[pace]\r\nburst = 3\r\n").is_ok(), "a byte order mark and Windows line ends");
}

#[test]
fn wrong_variables_and_flags_are_told_too() {
    let env =
        [("KEEPFAST_CAPTURE__ROBOT".to_owned(), "obey".to_owned()), ("KEEPFAST_ARCHIVE".to_owned(), "x".to_owned())];
    let sets = ["pace.burst=0".to_owned(), "nonsense".to_owned(), "tag.a.read=false".to_owned()];
    let error = Config::load(None, &env, &sets).unwrap_err();
    let message = error.message();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        message.contains("KEEPFAST_CAPTURE__ROBOT: no such setting; did you mean KEEPFAST_CAPTURE__ROBOTS?"),
        "{message}"
    );
    assert!(message.contains("--set pace.burst: pace.burst takes a whole number from 1 to 10000"), "{message}");
    assert!(message.contains("--set nonsense: write it as section.key=value"), "{message}");
    assert!(message.contains("3 things"), "{message}");
}

#[test]
fn bad_settings_of_a_watch_name_the_nearest_key() {
    let error = watch_options(&["requisite=all".to_owned(), "read=perhaps".to_owned()]).unwrap_err();
    assert!(error.message().contains("did you mean requisites?"), "{error}");
    assert!(error.message().contains("read takes true or false"), "{error}");
}

#[test]
fn settings_of_a_watch_that_are_none_any_more_are_shown_as_unusable() {
    let options = WatchOptions::from([("colour".to_owned(), "red".into())]);
    let target = Target { host: "a.example", tags: &[], options: &options, every: None };
    let lines = defaults().resolved(Some(target));
    assert!(lines.last().is_some_and(|line| line.key == "unusable" && line.value.contains("unknown key colour")));
    assert!(defaults().capture_for(&[], &options).is_err());
}

#[test]
fn a_proxy_password_is_shown_nowhere() {
    let config = file("[client]\nproxy = \"socks5://me:s3cret@proxy:1080\"\n").unwrap();
    assert_eq!(config.client().proxy, "socks5://me:s3cret@proxy:1080");
    assert!(!format!("{config:?}").contains("s3cret"));
    let lines = config.resolved(None);
    assert!(lines.iter().any(|line| line.value == "socks5://***@proxy:1080"));
    assert!(!refusal("[client]\nproxy = \"ftp://me:s3cret@proxy\"\n").contains("s3cret"));
    let other = file("[client]\nproxy = \"socks5://me:other@proxy:1080\"\n").unwrap();
    assert_eq!(config.digest(), other.digest(), "the digest does not hang on the password");
    assert_ne!(config.digest(), defaults().digest());
}

#[test]
fn the_user_agent_names_the_contact_once_there_is_one() {
    let bare = format!("keepfast/{} (archiving crawler)", env!("CARGO_PKG_VERSION"));
    assert_eq!(defaults().client().user_agent, bare);
    let named = file("[client]\nfrom = \"desk@example.org\"\n").unwrap().client();
    assert!(named.user_agent.ends_with("(archiving crawler; contact: desk@example.org)"));
    assert!(refusal("[client]\nfrom = \"a\\r\\nX: y\"\n").contains("control characters"));
}

#[test]
fn paths_count_from_the_file_unless_they_were_typed() {
    let text = "[archive]\ndir = \"kept\"\n[client]\nca_files = [\"ca.pem\"]\n";
    let config = file(text).unwrap();
    assert_eq!(config.archive_dir(), Path::new("/srv/news/kept"));
    assert_eq!(config.client().ca_files, [Path::new("/srv/news/ca.pem")]);
    let typed = Config::load(None, &[], &["archive.dir=kept".to_owned()]).unwrap();
    assert_eq!(typed.archive_dir(), Path::new("kept"));
}

#[test]
fn addresses_are_checked() {
    assert!(file("[client]\nallow_private = [\"127.0.0.1\", \"10.1.0.0/16\", \"[::1]\", \"fd00::/8\"]\n").is_ok());
    assert!(refusal("[client]\nallow_private = [\"localhost\"]\n").contains("neither an address nor a network"));
    assert!(refusal("[client]\nallow_private = [\"10.0.0.0/33\"]\n").contains("neither an address"));
    let config = file("[client]\nresolve = [\"A.example=[::1]\"]\n").unwrap();
    assert_eq!(config.client().resolve, [("a.example".to_owned(), "::1".to_owned())]);
}

#[test]
fn sizes_and_durations_read_back_what_they_write() {
    for text in ["0 B", "1 B", "1000 B", "1 KiB", "1536 B", "64 MiB", "3 TiB"] {
        assert_eq!(size(parse_size(text).unwrap()), text);
    }
    assert_eq!(parse_size("1.5 GB"), Some(1_500_000_000));
    assert_eq!(parse_size("2mib"), Some(2 << 20));
    for bad in ["", "MiB", "1.5", "-1", "1 XB", "99999999999 TiB", "1..5 MB", "nan"] {
        assert_eq!(parse_size(bad), None, "{bad}");
    }
    for text in ["0s", "250ms", "10s", "2h 30m", "7d", "1d 1h 1m 1s 1ms"] {
        assert_eq!(duration(parse_duration(text).unwrap()), text);
    }
    assert_eq!(parse_duration("1 h"), parse_duration("60 minutes"));
    assert_eq!(parse_duration("2w"), parse_duration("14 days"));
    for bad in ["", "10", "h", "1 fortnight", "-1s", "99999999999999999999s", "999999999999999999w", "1s,"] {
        assert_eq!(parse_duration(bad), None, "{bad}");
    }
}

#[test]
fn no_broken_file_makes_it_panic() {
    let mut text = DEFAULTS.replace("# [", "[").replace("# url", "url").replace("Settings", "Սահման");
    for cut in (0..text.len()).step_by(23).filter(|cut| text.is_char_boundary(*cut)) {
        let _ = file(&text[..cut]);
        let _ = file(&text[cut..]);
    }
    text.push_str(&"[[watch]]\nurl = 3\n".repeat(200));
    let message = refusal(&text);
    assert!(message.contains("\n  and "), "{message}");
    assert!(message.lines().count() <= 52, "a flood of problems is counted, not told");
    let _ = file(&format!("a = {}1{}", "[".repeat(5000), "]".repeat(5000)));
}
