//! From values by key to the typed settings of the other rooms.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Config;
use super::keys;
use super::layers::{Layers, Origin, Values};
use super::value::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Backfill, Cadence, Capture, Client, HttpVersion, ItemsMode, MailServer, MailTls, Pace, PlatformMode,
    RequisitesMode, RobotsMode, SecretPlace, Service,
};

/// Takes values of known keys. A key that is missing or of another type is a fault of the table of keys, which the
/// tests would find.
struct Taker<'a>(&'a Values);

impl Taker<'_> {
    fn get(&self, path: &str) -> Result<&Value> {
        self.0.get(path).map(|set| &set.value).ok_or_else(|| fault(path))
    }

    fn text(&self, path: &str) -> Result<String> {
        match self.get(path)? {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(fault(path)),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<String>> {
        match self.get(path)? {
            Value::List(items) => Ok(items.clone()),
            _ => Err(fault(path)),
        }
    }

    fn yes(&self, path: &str) -> Result<bool> {
        match self.get(path)? {
            Value::Bool(yes) => Ok(*yes),
            _ => Err(fault(path)),
        }
    }

    fn whole(&self, path: &str) -> Result<u32> {
        match self.get(path)? {
            Value::Whole(n) => u32::try_from(*n).map_err(|_| fault(path)),
            _ => Err(fault(path)),
        }
    }

    fn number(&self, path: &str) -> Result<f64> {
        match self.get(path)? {
            Value::Number(n) => Ok(*n),
            _ => Err(fault(path)),
        }
    }

    fn size(&self, path: &str) -> Result<u64> {
        match self.get(path)? {
            Value::Size(n) => Ok(*n),
            _ => Err(fault(path)),
        }
    }

    fn cadence(&self, path: &str) -> Result<Cadence> {
        match self.get(path)? {
            Value::Cadence(cadence) => Ok(cadence.clone()),
            _ => Err(fault(path)),
        }
    }

    fn time(&self, path: &str) -> Result<Duration> {
        match self.get(path)? {
            Value::Duration(length) => Ok(*length),
            _ => Err(fault(path)),
        }
    }

    fn lapse(&self, path: &str) -> Result<Option<Duration>> {
        match self.get(path)? {
            Value::Never => Ok(None),
            _ => self.time(path).map(Some),
        }
    }

    fn one_of<T>(&self, path: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
        parse(&self.text(path)?).ok_or_else(|| fault(path))
    }
}

fn fault(path: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the setting {path} has no value of its type"))
}

/// How a URL is captured, from the values that hold for it.
pub(super) fn capture(values: &Values) -> Result<Capture> {
    let take = Taker(values);
    Ok(Capture {
        robots: take.one_of("capture.robots", RobotsMode::parse)?,
        requisites: take.one_of("capture.requisites", RequisitesMode::parse)?,
        read: take.yes("capture.read")?,
        max_page_bytes: take.size("capture.max_page_bytes")?,
        max_media_bytes: take.size("capture.max_media_bytes")?,
        max_decoded_bytes: take.size("capture.max_decoded_bytes")?,
        max_requisites: take.whole("capture.max_requisites")?,
        max_requisite_bytes: take.size("capture.max_requisite_bytes")?,
        requisite_time: take.time("capture.requisite_time")?,
        follow_pages: take.whole("capture.follow_pages")?,
        comment_services: take.yes("capture.comment_services")?,
        platform: take.one_of("capture.platform", PlatformMode::parse)?,
        mirrors: take.list("capture.mirrors")?.iter().filter_map(|item| keys::mirror(item)).collect(),
        backfill: take.one_of("capture.backfill", Backfill::parse)?,
        items: take.one_of("capture.items", ItemsMode::parse)?,
        items_every: take.cadence("capture.items_every")?,
        items_for: take.time("capture.items_for")?,
        max_items: take.whole("capture.max_items")?,
        items_pages: take.whole("capture.items_pages")?,
        max_redirects: take.whole("capture.max_redirects")?,
        connect_timeout: take.time("capture.connect_timeout")?,
        first_byte_timeout: take.time("capture.first_byte_timeout")?,
        idle_timeout: take.time("capture.idle_timeout")?,
        total_timeout: take.time("capture.total_timeout")?,
        max_retries: take.whole("capture.max_retries")?,
        max_retry_after: take.time("capture.max_retry_after")?,
        media_every: take.lapse("capture.media_every")?,
        full_fetch_every: take.time("capture.full_fetch_every")?,
        accept_invalid_tls: take.yes("capture.accept_invalid_tls")?,
        credentials: take.yes("capture.credentials")?,
        yt_dlp: take.yes("capture.yt_dlp")?,
        http: take.one_of("capture.http", HttpVersion::parse)?,
    })
}

fn pace(values: &Values) -> Result<Pace> {
    let take = Taker(values);
    Ok(Pace {
        per_second: take.number("pace.per_second")?,
        burst: take.whole("pace.burst")?,
        connections: take.whole("pace.connections")?,
        max_crawl_delay: take.time("pace.max_crawl_delay")?,
        budget: Some(take.text("pace.budget")?).filter(|text| !text.is_empty()).and_then(|text| text.parse().ok()),
    })
}

/// Paths of a setting: relative ones count from the configuration file's folder, unless the value was typed.
pub(super) fn rooted(values: &Values, folder: &Path, path: &str) -> Vec<PathBuf> {
    let Some(set) = values.get(path) else { return Vec::new() };
    let place = |item: &String| match set.origin {
        Origin::Env(_) | Origin::Flag => PathBuf::from(item),
        _ => folder.join(item),
    };
    match &set.value {
        Value::Text(item) => vec![place(item)],
        Value::List(items) => items.iter().map(place).collect(),
        _ => Vec::new(),
    }
}

fn client(values: &Values, folder: &Path) -> Result<Client> {
    let take = Taker(values);
    let from = take.text("client.from")?;
    let contact = if from.is_empty() { String::new() } else { format!("; contact: {from}") };
    let pair = |item: &String| {
        let (host, address) = item.split_once('=')?;
        Some((host.trim().to_lowercase(), address.trim().trim_matches(['[', ']']).to_owned()))
    };
    Ok(Client {
        user_agent: take
            .text("client.user_agent")?
            .replace("{version}", env!("CARGO_PKG_VERSION"))
            .replace("{contact}", &contact),
        accept_language: take.text("client.accept_language")?,
        proxy: take.text("client.proxy")?,
        allow_private: take.list("client.allow_private")?,
        resolve: take.list("client.resolve")?.iter().filter_map(pair).collect(),
        ca_files: rooted(values, folder, "client.ca_files"),
        spool_above: take.size("archive.spool_above")?,
        memory: take.size("pace.memory")?,
        from,
    })
}

fn mail(values: &Values, folder: &Path) -> Result<MailServer> {
    let take = Taker(values);
    let env = Some(take.text("mail.password_env")?).filter(|name| !name.is_empty()).map(SecretPlace::Env);
    let file = Some(take.text("mail.password_file")?).filter(|name| !name.is_empty());
    let file =
        file.and_then(|_| rooted(values, folder, "mail.password_file").into_iter().next()).map(SecretPlace::File);
    let wrong = |why: &str| Err(Error::new(ErrorKind::Config, format!("mail.{why}")));
    let mail = MailServer {
        host: take.text("mail.host")?,
        port: u16::try_from(take.whole("mail.port")?).map_err(|_| fault("mail.port"))?,
        tls: take.one_of("mail.tls", MailTls::parse)?,
        user: take.text("mail.user")?,
        password: env.clone().or(file.clone()),
        from: take.text("mail.from")?,
    };
    if env.is_some() && file.is_some() {
        return wrong("password_env and mail.password_file are both set: one of them is enough");
    }
    if mail.password.is_some() && mail.user.is_empty() {
        return wrong("user is empty, but there is a password");
    }
    if mail.tls == MailTls::None && mail.password.is_some() {
        return wrong("tls is \"none\": a password is not sent in the clear");
    }
    if !mail.host.is_empty() && mail.from.is_empty() {
        return wrong("from is empty: mails need a sender");
    }
    Ok(mail)
}

/// Builds all typed settings.
pub(super) fn build(layers: Layers, folder: PathBuf) -> Result<Config> {
    let base = &layers.base;
    let take = Taker(base);
    let mut host_paces = std::collections::BTreeMap::new();
    for (host, own) in &layers.hosts {
        let mut values = base.clone();
        values.extend(own.iter().map(|(path, set)| (*path, set.clone())));
        host_paces.insert(host.clone(), pace(&values)?);
    }
    Ok(Config {
        client: client(base, &folder)?,
        capture: capture(base)?,
        every: take.cadence("run.every")?,
        limits: (take.time("run.floor")?, take.time("run.ceiling")?),
        pace: pace(base)?,
        host_paces,
        min_free: take.size("archive.min_free")?,
        keep_events: take.time("archive.keep_events")?,
        segment_size: take.size("archive.segment_size")?,
        service: Service {
            listen: take.text("service.listen")?.parse().ok(),
            alive_url: take.text("service.alive_url")?.parse().ok(),
            alive_every: take.time("service.alive_every")?,
        },
        workers: take.whole("pace.workers")?,
        mail: mail(base, &folder)?,
        rules: super::notify::rules(&layers, &folder)?,
        credentials: super::credentials::rules(&layers, &folder)?,
        inside: take.yes("search.inside")?,
        // A bare name is looked for on PATH.
        yt_dlp: match take.text("client.yt_dlp")? {
            name if name.contains('/') => rooted(base, &folder, "client.yt_dlp").into_iter().next().unwrap_or_default(),
            name => PathBuf::from(name),
        },
        folder,
        layers,
    })
}
