//! By what a medium is the same at every look: its address without what only signs it or lets it expire. The rules are data. A
//! parameter goes only where its whole family stands, since `?s=2` alone may be what tells one picture from another.

use url::Url;

/// Parameters that belong together.
struct Family {
    /// Hosts, and all below them; none: any.
    hosts: &'static [&'static str],
    /// All of these have to be there …
    needs: &'static [&'static str],
    /// … for these to go; a star stands for any rest of a name.
    drops: &'static [&'static str],
}

const fn any(needs: &'static [&'static str], drops: &'static [&'static str]) -> Family {
    Family { hosts: &[], needs, drops }
}

const fn on(hosts: &'static [&'static str], needs: &'static [&'static str], drops: &'static [&'static str]) -> Family {
    Family { hosts, needs, drops }
}

static FAMILIES: &[Family] = &[
    // Storage and delivery networks.
    any(&["x-amz-signature"], &["x-amz-*"]),
    any(&["awsaccesskeyid", "signature"], &["awsaccesskeyid", "expires", "signature", "x-amz-*"]),
    any(&["x-goog-signature"], &["x-goog-*"]),
    any(&["googleaccessid", "signature"], &["googleaccessid", "expires", "signature"]),
    any(&["key-pair-id", "signature"], &["expires", "policy", "signature", "key-pair-id"]),
    any(&["se", "sig", "sp", "sv"], &["se", "sig", "sp", "sv", "sr", "st", "spr", "ss", "srt", "sip", "sk*"]),
    any(&["hdnts"], &["hdnts"]),
    any(&["hdnea"], &["hdnea"]),
    any(&["hdntl"], &["hdntl"]),
    any(&["expires", "token"], &["expires", "token", "token_path", "hash"]),
    any(&["expire", "token"], &["expire", "token"]),
    any(&["exp", "token"], &["exp", "token"]),
    any(&["expires", "hash"], &["expires", "hash"]),
    any(&["expires", "md5"], &["expires", "md5"]),
    any(&["expires", "sign"], &["expires", "sign"]),
    any(&["expires", "sig"], &["expires", "sig"]),
    any(&["expires", "signature"], &["expires", "signature"]),
    any(&["exp", "hmac"], &["exp", "hmac"]),
    any(&["e", "st"], &["e", "st"]),
    any(&["utm_source"], &["utm_*"]),
    // Platforms.
    any(&["oe", "oh"], &["oe", "oh", "_nc_*", "ccb", "efg", "edm"]),
    any(
        &["x-expires", "x-signature"],
        &["x-expires", "x-signature", "refresh_token", "shcp", "shp", "dr", "ps", "t", "idc"],
    ),
    on(
        &["googlevideo.com"],
        &["expire"],
        &["expire", "ei", "ip", "sig", "lsig", "sparams", "lsparams", "signature", "s", "n"],
    ),
    on(&["discordapp.com", "discordapp.net"], &["ex", "hm", "is"], &["ex", "hm", "is"]),
    on(&["redd.it", "redditmedia.com"], &["s"], &["s"]),
    on(
        &["userapi.com", "vkuserphoto.ru", "mycdn.me", "okcdn.ru"],
        &["sig"],
        &["expires", "sig", "srcip", "ct", "ms", "sign"],
    ),
    on(&["userapi.com", "vkuserphoto.ru"], &["sign"], &["sign", "c_uniq_tag"]),
    on(&["telesco.pe", "telegram-cdn.org", "cdn-telegram.org"], &["token"], &["token"]),
    on(&["video.twimg.com"], &["tag"], &["tag"]),
];

/// The address without fragment and without what signs it.
pub fn media_identity(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.chars().take(500).collect() };
    url.set_fragment(None);
    let Some(query) = url.query().map(str::to_owned) else { return url.into() };
    let host = url.host_str().unwrap_or_default().to_owned();
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    let pairs: Vec<(String, &str)> = query.split('&').map(|pair| (name(pair), pair)).collect();
    let is_there = |wanted: &&str| pairs.iter().any(|(name, _)| name == wanted);
    let fits: Vec<&Family> = FAMILIES
        .iter()
        .filter(|family| {
            let own = |own: &&str| host == **own || super::cookies::is_below(&host, own);
            (family.hosts.is_empty() || family.hosts.iter().any(own)) && family.needs.iter().all(is_there)
        })
        .collect();
    if fits.is_empty() {
        return url.into();
    }
    let goes = |name: &str| {
        fits.iter().flat_map(|family| family.drops).any(|drop| match drop.strip_suffix('*') {
            Some(begin) => name.starts_with(begin),
            None => name == *drop,
        })
    };
    let kept: Vec<&str> = pairs.iter().filter(|(name, _)| !goes(name)).map(|(_, pair)| *pair).collect();
    url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    url.into()
}
