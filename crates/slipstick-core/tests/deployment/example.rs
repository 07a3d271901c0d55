//! The example that searches with the core alone runs, and finds a bound that physics allows.

#[path = "../../../../examples/search_layouts.rs"]
mod search_layouts;

#[test]
fn the_best_layout_is_within_the_roofline() {
    search_layouts::main().expect("the example runs");
    let (rate, degrees, concurrency) =
        search_layouts::best().expect("the parts go together").expect("something is fast");
    assert_eq!(degrees.tp * degrees.pp * degrees.dp, 8);
    // 141.1 GB of weights are read once a step from 8 x 4 TB/s: no step of `concurrency` tokens is faster.
    let bound = concurrency as f64 * 8.0 * 4e12 / 141.1e9;
    assert!(rate < bound && rate > 0.25 * bound, "{rate} tokens a second of at most {bound}");
    // A token every 20 ms for each request at the slowest.
    assert!(rate > concurrency as f64 / 0.020 * 0.9, "{rate}");
}
