//! Asks a replica by an adapter's route, and lets the adapter read what came: as the crawler does it, without one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use keepfast::model::{Headers, Route};
use keepfast::site::{self, Answer, Reading, Target};
use url::Url;

use crate::server::Origin;

/// What came.
pub struct Got {
    /// The status.
    pub status: u16,
    /// The fields, names in lower case.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks for an address with some fields.
pub fn get(url: &Url, fields: &[(&str, &str)]) -> Got {
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect((host, port)).unwrap();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut head = format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    fields.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = Headers::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.as_bytes().to_vec().into()));
    }
    let length = headers.iter().find(|(n, _)| n == "content-length").unwrap();
    let mut body = vec![0; std::str::from_utf8(&length.1).unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Got { status, headers, body }
}

/// Asks by a route; addresses that begin with one of `mirrors` are asked there.
pub fn by(route: &Route, target: &Target, mirrors: &[(&str, &Origin)]) -> Reading {
    let url = Url::parse(&route.url).unwrap();
    let there = mirrors.iter().find_map(|(from, to)| {
        let rest = route.url.strip_prefix(from)?;
        Some(to.url(rest))
    });
    let fields: Vec<(&str, &str)> = route.headers.iter().map(|(n, v)| (n.as_ref(), v.as_str())).collect();
    let got = get(there.as_ref().unwrap_or(&url), &fields);
    let kind = got.headers.iter().find(|(n, _)| n == "content-type");
    let kind = kind.map(|(_, v)| String::from_utf8(v.to_vec()).unwrap()).unwrap_or_default();
    site::read(
        &Answer { url: &url, status: got.status, headers: &got.headers, body: &got.body, content_type: &kind },
        target,
    )
}

/// What an address is about.
#[track_caller]
pub fn target(url: &str) -> Target {
    site::matches(&Url::parse(url).unwrap()).unwrap()
}

/// The route of this name.
#[track_caller]
pub fn route(target: &Target, name: &str) -> Route {
    site::routes(target).into_iter().find(|r| r.name == name).unwrap()
}
