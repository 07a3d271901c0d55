//! Laws of static batches.

use slipstick_core::{
    units::Seconds,
    workload::{Arrival, Workload},
};

use crate::{
    models::llama_8b,
    space::{Space, shapes},
};

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of sequences")]
fn batch(shape: &Workload, sequences: f64) -> Workload {
    let batch = shape.with_arrival(Arrival::Static).expect("a prompt");
    batch.with_concurrency(sequences as u64).expect("a count")
}

/// Three times what memory holds takes three turns: as many requests a second, each of which waits in the mean.
#[test]
fn what_memory_does_not_hold_takes_turns() {
    let mut seen = 0;
    Space::of(llama_8b()).visit(97, |prepared, _| {
        for shape in shapes() {
            let limits = *prepared.requests(&batch(&shape, 1.0)).limits();
            let held = limits.memory_sequences;
            if !(8.0..10_000.0).contains(&held) {
                continue;
            }
            let serve = |turns: f64| {
                prepared.serve(&batch(&shape, turns * held * limits.replicas)).expect("there are peaks")
            };
            let (all, more) = (serve(1.0), serve(3.0));
            seen += 1;
            assert!(all.queue == Seconds::ZERO && more.queue > Seconds::ZERO);
            assert!((all.batch - held).abs() < 1e-9 && (more.batch - held).abs() < 1e-9);
            assert!((more.request_rate / all.request_rate - 1.0).abs() < 1e-9);
            assert!(more.e2e > all.e2e && more.tpot == all.tpot);
        }
    });
    assert!(seen > 10, "{seen}");
}
