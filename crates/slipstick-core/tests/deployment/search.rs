//! A search and an answer say the same.

use slipstick_core::{
    estimate::answer::{Money, Verdict, answer},
    trace::Trace,
};

use crate::{
    models::{deepseek_v3, qwen3_32b},
    space::{CONCURRENCIES, Space, shapes},
};

#[test]
fn searched_loads_are_answers() {
    for model in [qwen3_32b(), deepseek_v3()] {
        let mut queued = 0;
        // A prime step meets every axis of the space.
        Space::of(model).visit(97, |prepared, price| {
            for shape in shapes() {
                let requests = prepared.requests(&shape);
                for concurrency in CONCURRENCIES {
                    let load = shape.with_concurrency(concurrency).expect("a valid load");
                    let money = Money { price: Some(price), utilisation: 1.0 };
                    let answer = answer(prepared, &load, &money, Trace::off()).expect("there are peaks");
                    assert_eq!(answer.verdict, requests.verdict(concurrency));
                    queued += u32::from(answer.verdict == Verdict::Queues);
                    if let Some(estimate) = answer.estimate {
                        assert_eq!(Some(estimate.service), requests.serve(concurrency));
                    }
                }
            }
        });
        assert!(queued > 0, "some loads wait");
    }
}
