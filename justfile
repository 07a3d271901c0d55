# The developer's daily commands. `just` lists them.

default:
    @just --list

# Everything that must pass: formatting, lints, tests, doctests.
test:
    cargo xtask test

# Formatting and lints alone.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- --deny warnings

# The program, built for speed, with its arguments.
run *arguments:
    cargo run --quiet --release --package slipstick -- {{arguments}}

# The program as it is shipped: slower to build, some per cent faster.
dist:
    cargo build --profile dist --package slipstick

# Generated pages.
docs:
    cargo xtask docs

# The library's documentation.
doc:
    cargo doc --workspace --no-deps --open

# Benchmarks of the core.
bench:
    cargo bench --package slipstick-core
