//! keepfast: parse, run, exit code.

use std::process::ExitCode;

#[cfg(not(target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Of huge pages, which some systems give unasked, a little of each is used: a third more memory for no speed.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    keepfast::cli::run(std::env::args_os()).into()
}
