//! Any words as Retry-After or RateLimit-Reset at any moment: never longer than a day.
#![no_main]

use jiff::Timestamp;
use keepfast::policy::retry::{LONGEST, rate_limit_reset, retry_after};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (i64, &str)| {
    let (seconds, words) = data;
    let Ok(now) = Timestamp::from_second(seconds % 200_000_000_000) else { return };
    for wait in [retry_after(words, now), rate_limit_reset(words, now)].into_iter().flatten() {
        assert!(wait <= LONGEST);
    }
});
