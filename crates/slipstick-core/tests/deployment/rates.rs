//! Laws of requests that arrive at a rate.

use slipstick_core::{
    estimate::{
        answer::{Money, Prepared, Verdict, answer},
        serving::Service,
    },
    trace::Trace,
    workload::{Arrival, Workload},
};

use crate::{
    models::{deepseek_v3, llama_8b, qwen3_32b},
    space::{Space, shapes},
};

/// Shares of the rate that a deployment holds.
const SHARES: [f64; 9] = [0.001, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 0.999];

fn at(shape: &Workload, rate: f64) -> Workload {
    shape.with_arrival(Arrival::Open { rate }).expect("a rate above zero")
}

fn served(prepared: &Prepared, shape: &Workload, rate: f64) -> Service {
    prepared.serve(&at(shape, rate)).expect("there are peaks")
}

/// Every deployment of a sample that starts, with the rate that it holds.
fn each(step: usize, mut visit: impl FnMut(&Prepared, &Workload, f64)) {
    let mut seen = 0;
    for model in [llama_8b(), qwen3_32b(), deepseek_v3()] {
        Space::of(model).visit(step, |prepared, _| {
            for shape in shapes() {
                if !prepared.requests(&shape).verdict(1).starts() {
                    continue;
                }
                let at_rate = served(prepared, &shape, 1.0).at_rate.expect("requests arrive at a rate");
                seen += 1;
                visit(prepared, &shape, at_rate.sustained);
            }
        });
    }
    assert!(seen > 50, "{seen}");
}

fn near(a: f64, b: f64, share: f64) -> bool {
    (a - b).abs() <= share * a.abs().max(b.abs())
}

/// What is in flight is what arrives while a request is served, queue included; and those with a place, as a request meets
/// them, are those that arrive while one is served.
#[test]
fn littles_law_holds() {
    each(211, |prepared, shape, sustained| {
        let replicas = prepared.requests(shape).limits().replicas;
        for share in SHARES {
            let service = served(prepared, shape, share * sustained);
            let at_rate = service.at_rate.expect("requests arrive at a rate");
            assert!(near(at_rate.in_flight, at_rate.offered * service.e2e.get(), 1e-12));
            let placed = at_rate.offered / replicas * (service.e2e - service.queue).get();
            // All places taken, more arrive than have one.
            let full = service.batch >= prepared.requests(shape).limits().memory_sequences.min(256.0) - 1e-9;
            assert!(full || near(service.batch, 1.0 + placed, 1e-2), "{} {placed}", service.batch);
        }
    });
}

#[test]
fn a_rare_request_is_alone() {
    each(211, |prepared, shape, _| {
        let alone = prepared.serve(shape).expect("there are peaks");
        let rare = served(prepared, shape, 1e-6 / alone.e2e.get());
        for (rare, alone) in [(rare.ttft, alone.ttft), (rare.tpot, alone.tpot), (rare.e2e, alone.e2e)] {
            assert!(near(rare.get(), alone.get(), 1e-3), "{rare} {alone}");
        }
        assert!(rare.queue.get() < 1e-9);
    });
}

#[test]
fn more_arrivals_make_nothing_faster() {
    each(211, |prepared, shape, sustained| {
        let mut before: Option<Service> = None;
        for share in SHARES {
            let service = served(prepared, shape, share * sustained);
            if let Some(before) = before {
                assert!(service.tpot.get() >= before.tpot.get() * (1.0 - 1e-9));
                assert!(
                    service.ttft.get() >= before.ttft.get() * (1.0 - 1e-9),
                    "{share}: {service:?} {before:?}"
                );
                assert!(service.queue >= before.queue);
            }
            assert!(near(service.request_rate, share * sustained, 1e-12), "what arrives is answered");
            before = Some(service);
        }
    });
}

#[test]
fn nothing_is_faster_than_its_places_allow() {
    each(487, |prepared, shape, sustained| {
        let over = served(prepared, shape, 2.5 * sustained);
        let at_rate = over.at_rate.expect("requests arrive at a rate");
        assert!(near(over.request_rate, sustained, 1e-12) && !over.ttft.get().is_finite());
        assert!(!at_rate.is_held() && near(at_rate.deployments, 3.0, 1e-12));
        let load = at(shape, 2.5 * sustained);
        let answer = answer(prepared, &load, &Money::UNKNOWN, Trace::off()).expect("there are peaks");
        assert_eq!(answer.verdict, Verdict::Saturated);
        let held = answer_at(prepared, shape, 0.5 * sustained);
        assert_eq!(held.0, Verdict::Holds);
        assert!(held.1 >= 1);
    });
}

/// In a closed loop too no more requests are finished than while all places are taken and more wait, but for a hundredth: what
/// prompts wait for each other is an approximation, which keeps places a little longer the more of them there are.
#[test]
fn a_closed_loop_is_no_faster_than_its_places_allow() {
    each(211, |prepared, shape, sustained| {
        for in_flight in (0..13).map(|power| 1 << power) {
            let load = shape.with_concurrency(in_flight).expect("a load");
            let rate = prepared.serve(&load).expect("there are peaks").request_rate;
            assert!(rate <= sustained * 1.01, "{in_flight} in flight: {rate} above {sustained}");
        }
    });
}

/// The verdict on a rate, and what is in flight at it.
fn answer_at(prepared: &Prepared, shape: &Workload, rate: f64) -> (Verdict, u64) {
    let answer = answer(prepared, &at(shape, rate), &Money::UNKNOWN, Trace::off()).expect("there are peaks");
    (answer.verdict, answer.workload.concurrency())
}
