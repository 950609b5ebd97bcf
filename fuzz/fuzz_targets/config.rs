//! Any words as a configuration file, as variables and as flags: a configuration or one clear error.
#![no_main]

use std::path::Path;

use keepfast::config::{Config, lists};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &str, &str)| {
    let (file, variable, flag) = data;
    let env = [("KEEPFAST_CAPTURE__ROBOTS".to_owned(), variable.to_owned())];
    if let Err(error) = Config::load(Some((Path::new("keepfast.toml"), file)), &env, &[flag.to_owned()]) {
        assert!(!error.message().is_empty());
    }
    let _ = lists::read("list.txt", file.as_bytes());
});
