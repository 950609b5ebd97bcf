//! A POST of JSON, signed if there is a secret.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderName, HeaderValue, header};
use sha2::Sha256;
use url::Url;

use super::{Parcel, Refusal, Secret};
use crate::net::{Gate, Post};

pub(super) async fn post(
    gate: &Gate,
    url: &Url,
    secret: Option<&Secret>,
    time: Duration,
    parcel: Parcel<'_>,
) -> Result<(), Refusal> {
    let body = parcel.json();
    let mut fields = vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let mut field = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            fields.push((HeaderName::from_static(name), value));
        }
    };
    field("keepfast-event-id", &parcel.id());
    if let Some(secret) = secret {
        field("keepfast-signature", &signature(secret.text().as_bytes(), parcel.at.as_second(), body.as_bytes()));
    }
    let post = Post { url: url.clone(), fields, body: body.into(), time };
    match gate.post(post).await {
        Err(failure) => Err(Refusal::of_all(failure.message)),
        Ok(answer) => match answer.status {
            200..=299 => Ok(()),
            status => Err(Refusal {
                reason: format!("the receiver answered with status {status}"),
                wait: answer.retry_after,
                // What the receiver has against this event it may not have against others.
                of_all: status >= 500 || matches!(status, 300..=399 | 401 | 403 | 404 | 408 | 410 | 429),
            }),
        },
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over the time in seconds, a point and the body.
pub(super) fn signature(secret: &[u8], seconds: i64, body: &[u8]) -> String {
    let tag = hmac(secret, &[format!("{seconds}.").as_bytes(), body]);
    let hex: String = tag.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

pub(super) fn hmac(secret: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // Keys of every length are taken; the empty answer to one that is not verifies nowhere.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}
