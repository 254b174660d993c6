//! Deliveries that race each other, writers, readers and the clock: sums never go down, never double, never miss what was
//! acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aws_sdk_cloudwatch::Client;
use serde_json::Value;

use crate::harness::{DAY, Endpoint, HOUR, MINUTE, NAMESPACE, Question, Running, datum};

const WRITERS: usize = 4;
const READERS: usize = 3;
const DELIVERERS: usize = 4;

/// What the writers have begun and what was acknowledged, in data points.
#[derive(Default)]
struct Progress {
    begun: AtomicU64,
    acknowledged: AtomicU64,
    over: AtomicBool,
}

impl Progress {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::SeqCst)
    }
}

/// Each request has a data point in each of the hours, so that every delivery cuts several segments.
async fn write(client: Arc<Client>, progress: Arc<Progress>, hours: Vec<i64>, requests: u64) {
    for _ in 0..requests {
        let points = hours.len() as u64;
        progress.begun.fetch_add(points, Ordering::SeqCst);
        let data = hours.iter().map(|at| datum("m", *at, 1.0)).collect();
        client.put_metric_data().namespace(NAMESPACE).set_metric_data(Some(data)).send().await.unwrap();
        progress.acknowledged.fetch_add(points, Ordering::SeqCst);
    }
}

async fn read(client: Arc<Client>, progress: Arc<Progress>, range: (i64, i64)) {
    let mut before = 0;
    while progress.goes_on() {
        let least = progress.acknowledged.load(Ordering::SeqCst).max(before);
        let series = Question::of("m", range, 3600).ask(&client, &["Sum", "SampleCount"]).await;
        let most = progress.begun.load(Ordering::SeqCst);
        let [sum, count] =
            [&series[0], &series[1]].map(|s| s.iter().map(|(_, value)| *value as u64).sum::<u64>());
        assert!((least..=most).contains(&sum), "{sum} data points, of {least} acknowledged and {most} begun");
        assert_eq!(sum, count, "each value is 1");
        before = sum;
    }
}

async fn deliver(endpoint: Endpoint, progress: Arc<Progress>) {
    while progress.goes_on() {
        let (status, report) = endpoint.control("POST", "deliver", &Value::Null).await.unwrap();
        assert_eq!((status, &report["failures"]), (200, &Value::from(0)), "{report}");
    }
}

async fn advance(endpoint: Endpoint, progress: Arc<Progress>) {
    while progress.goes_on() {
        endpoint.advance(20 * MINUTE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deliveries_race_writers_and_readers() {
    let running = Running::start().await;
    let endpoint = running.endpoint;
    let now = endpoint.now().await / HOUR * HOUR;
    let hours: Vec<i64> = [0, 1, 5, 30, 50].iter().map(|age| now - age * HOUR).collect();
    let range = (now - 3 * DAY, now + HOUR);
    let progress = Arc::new(Progress::default());
    let mut tasks = Vec::new();
    tasks.extend((0..READERS).map(|_| tokio::spawn(read(running.client(), progress.clone(), range))));
    tasks.extend((0..DELIVERERS).map(|_| tokio::spawn(deliver(endpoint, progress.clone()))));
    // Days end, are settled and expire at 1 s while all of this goes on.
    tasks.push(tokio::spawn(advance(endpoint, progress.clone())));
    let writers =
        (0..WRITERS).map(|_| tokio::spawn(write(running.client(), progress.clone(), hours.clone(), 60)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    progress.over.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.unwrap();
    }
    let written = (WRITERS * 60 * hours.len()) as f64;
    endpoint.deliver().await;
    assert_eq!(Question::of("m", range, 3600).total(&running.client(), "Sum").await, written);
    endpoint.advance(4 * DAY).await;
    assert_eq!(Question::of("m", range, 3600).total(&running.client(), "Sum").await, written);
    endpoint.advance(16 * DAY).await;
    assert_eq!(Question::of("m", range, 3600).total(&running.client(), "Sum").await, written);
}
