//! Faults in every call to the stores: throttling, 500s, answers that are lost, late or slow. What was acknowledged is read back exactly once,
//! and nothing else is left than without faults.
//!
//! Each path is gone once without faults, to learn how many calls it makes. Then each of its calls has each fault, in a world of its own, under SDK
//! clients that tell of it and under such that try again by themselves, as on AWS: then a write whose answer was lost meets itself.
//! Of long paths some calls have one fault, the kinds in turn and at random: with `FAULTS=every cargo test --workspace faults` every call of them has one,
//! and with `FAULTS=all` every one, which takes an hour.

mod background;
mod inject;
mod puts;
mod world;

use inject::{Case, Injector};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Prints what went on when a test fails.
struct Told<'a>(&'a Injector);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{:?}: {:?}", self.0.case, self.0.hit.lock().map(|hit| hit.clone()));
        }
    }
}

/// Runs a path with every fault of every call. A run answers how many calls it made.
async fn every_fault(run: impl AsyncFn(Case) -> usize) {
    let calls = run(Case::CALM).await;
    assert!(calls > 2, "a path makes more calls than {calls}");
    for case in (1..=calls).flat_map(Case::of) {
        run(case).await;
    }
}

/// Runs a long path with a fault in one of `stride` calls, the kinds in turn, and with as many at random.
async fn faults_in_turn(stride: usize, run: impl AsyncFn(Case) -> usize) {
    let calls = run(Case::CALM).await;
    assert!(calls > 2, "a path makes more calls than {calls}");
    let wanted = std::env::var("FAULTS").unwrap_or_default();
    if wanted == "all" {
        for case in (1..=calls).flat_map(Case::of) {
            run(case).await;
        }
        return;
    }
    let stride = if wanted == "every" { 1 } else { stride };
    let mut rng = StdRng::seed_from_u64(7);
    for call in (1..=calls).step_by(stride) {
        let kinds = Case::of(call);
        run(kinds[call / stride % kinds.len()]).await;
        let kinds = Case::of(rng.random_range(1..=calls));
        run(kinds[rng.random_range(0..kinds.len())]).await;
    }
}
