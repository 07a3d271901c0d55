//! The `slipstick` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    slipstick::main(std::env::args_os())
}
