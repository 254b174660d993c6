use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use watchtrail_core::metrics::{
    Dimensions, Point, Sample, SeriesKey, SeriesPoints, Sketch, StatisticSet, Unit,
};
use watchtrail_core::time::{DAY, MINUTE, Timestamp};

use super::*;

/// A file in memory that counts what is fetched of it.
#[derive(Clone)]
struct Counting {
    file: Bytes,
    fetched: Arc<AtomicU64>,
}

impl Counting {
    fn new(file: impl Into<Bytes>) -> Self {
        Self { file: file.into(), fetched: Arc::default() }
    }
}

impl AsyncFileReader for Counting {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        let held = range.start <= range.end && range.end <= self.file.len() as u64;
        self.fetched.fetch_add(range.end.saturating_sub(range.start), Ordering::Relaxed);
        let bytes = held
            .then(|| self.file.slice(range.start as usize..range.end as usize))
            .ok_or_else(|| ParquetError::EOF("beyond the file".to_owned()));
        async move { bytes }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let file = self.file.clone();
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            reader.parse_and_finish(&file).map(Arc::new)
        }
        .boxed()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

const ALWAYS: Range<Timestamp> = Timestamp::MIN..Timestamp::MAX;

fn read_back(file: impl Into<Bytes>, wanted: &Wanted<'_>) -> Result<Vec<SeriesPoints>, SegmentError> {
    let mut file = Counting::new(file);
    let footer = block_on(open(&mut file))?;
    block_on(read(file, footer, wanted))
}

fn everything(file: impl Into<Bytes>) -> Result<Vec<SeriesPoints>, SegmentError> {
    read_back(file, &Wanted { series: None, range: ALWAYS })
}

fn key(metric_name: &str, dimensions: &[(&str, &str)]) -> SeriesKey {
    let pairs = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    SeriesKey { metric_name: metric_name.to_owned(), dimensions: Dimensions::new(pairs).unwrap() }
}

fn at(minute: usize, sample: Sample) -> Point {
    Point { timestamp: Timestamp::from_millis(20_000 * DAY + minute as i64 * MINUTE), sample }
}

/// `series` series of one metric, named in order, each with a value a minute.
fn fleet(series: usize, minutes: usize) -> Vec<SeriesPoints> {
    (0..series)
        .map(|host| SeriesPoints {
            series: key("CPUUtilization", &[("InstanceId", &format!("i-{host:08}"))]),
            unit: Unit::Percent,
            points: (0..minutes)
                .map(|minute| at(minute, Sample::Value(((host * 31 + minute * 7) % 1000) as f64 / 10.0)))
                .collect(),
        })
        .collect()
}

const SET: StatisticSet = StatisticSet { sample_count: 3.0, sum: 6.5, minimum: -1.0, maximum: 5.0 };

#[test]
fn every_form_reads_back() {
    fn check(samples: Vec<Sample>) {
        let points = samples.into_iter().enumerate().map(|(minute, sample)| at(minute, sample)).collect();
        let series = vec![SeriesPoints { series: key("m", &[("a", "1")]), unit: Unit::None, points }];
        assert_eq!(everything(write(&series).unwrap()).unwrap(), series);
    }
    let sketch = |buckets| Sample::Sketch(Box::new(Sketch { statistics: SET, buckets }));
    check(vec![Sample::Value(0.1 + 0.2)]);
    check(vec![Sample::Value(f64::MIN_POSITIVE), Sample::Value(2f64.powi(360)), Sample::Value(-1.0)]);
    check(vec![Sample::Values(vec![(1.5, 2.0), (2.5, 1.0)])]);
    check(vec![Sample::Values(vec![]), Sample::Values(vec![(0.0, 1.0)]), Sample::Values(vec![])]);
    check(vec![Sample::Statistics(SET)]);
    check(vec![sketch(vec![(1.0, 3.0)]), sketch(vec![])]);
    check(vec![
        Sample::Values(vec![(1.0, 1.0)]),
        Sample::Value(1.0),
        Sample::Statistics(SET),
        sketch(vec![(4.0, 1.0)]),
    ]);
}

#[test]
fn no_series_is_a_file_too() {
    assert_eq!(everything(write(&[]).unwrap()).unwrap(), vec![]);
}

#[test]
fn negative_zero_keeps_its_sign() {
    let series = vec![SeriesPoints {
        series: key("m", &[]),
        unit: Unit::None,
        points: vec![at(0, Sample::Value(-0.0))],
    }];
    let read = everything(write(&series).unwrap()).unwrap();
    assert!(matches!(read[0].points[0].sample, Sample::Value(zero) if zero.is_sign_negative()));
}

#[test]
fn units_of_a_series_stay_apart_and_points_of_one_time_keep_their_order() {
    let values = |list: &[f64]| list.iter().map(|value| at(7, Sample::Value(*value))).collect();
    let series = vec![
        SeriesPoints { series: key("m", &[]), unit: Unit::Bytes, points: values(&[3.0, 1.0, 2.0]) },
        SeriesPoints { series: key("m", &[]), unit: Unit::None, points: values(&[5.0]) },
    ];
    assert_eq!(everything(write(&series).unwrap()).unwrap(), series);
}

#[test]
fn several_row_groups_read_back() {
    let series = fleet(100, 1_440);
    let file = write(&series).unwrap();
    let footer = block_on(open(&mut Counting::new(file.clone()))).unwrap();
    assert_eq!(footer.metadata().num_row_groups(), 3);
    assert_eq!(everything(file).unwrap(), series);
}

#[test]
fn one_series_of_ten_thousand_is_a_small_part_of_the_file() {
    let all = fleet(10_000, 60);
    let file = Counting::new(write(&all).unwrap());
    let footer = block_on(open(&mut file.clone())).unwrap();
    for host in [0, 4_321, 9_999] {
        file.fetched.store(0, Ordering::Relaxed);
        let wanted = [all[host].series.clone()];
        let wanted = Wanted { series: Some(&wanted), range: ALWAYS };
        assert_eq!(block_on(read(file.clone(), footer.clone(), &wanted)).unwrap(), all[host..=host]);
        let fetched = file.fetched.load(Ordering::Relaxed);
        assert!(fetched * 20 < file.file.len() as u64, "{fetched} of {}", file.file.len());
    }
}

#[test]
fn only_wanted_times_are_read_and_fetched() {
    let all = fleet(8, 20_000);
    let file = Counting::new(write(&all).unwrap());
    let footer = block_on(open(&mut file.clone())).unwrap();
    let range = all[0].points[100].timestamp..all[0].points[110].timestamp;
    let found = block_on(read(file.clone(), footer, &Wanted { series: None, range })).unwrap();
    assert_eq!(found.len(), 8);
    for (found, all) in found.iter().zip(&all) {
        assert_eq!((&found.series, &found.points[..]), (&all.series, &all.points[100..110]));
    }
    assert!(file.fetched.load(Ordering::Relaxed) * 4 < file.file.len() as u64 * 3);
}

#[test]
fn what_no_row_can_match_is_not_fetched() {
    fn check(
        file: &Counting,
        footer: &ArrowReaderMetadata,
        series: Option<&[SeriesKey]>,
        range: Range<Timestamp>,
    ) {
        file.fetched.store(0, Ordering::Relaxed);
        let wanted = Wanted { series, range };
        assert_eq!(block_on(read(file.clone(), footer.clone(), &wanted)).unwrap(), vec![]);
        assert_eq!(file.fetched.load(Ordering::Relaxed), 0);
    }
    let file = Counting::new(write(&fleet(300, 60)).unwrap());
    let footer = block_on(open(&mut file.clone())).unwrap();
    check(&file, &footer, Some(&[]), ALWAYS);
    check(&file, &footer, Some(&[key("A", &[])]), ALWAYS);
    check(
        &file,
        &footer,
        Some(&[key("CPUUtilization", &[]), key("Z", &[("InstanceId", "i-00000001")])]),
        ALWAYS,
    );
    check(&file, &footer, None, Timestamp::MIN..Timestamp::from_millis(20_000 * DAY));
    check(&file, &footer, None, Timestamp::from_millis(20_001 * DAY)..Timestamp::MAX);
}

#[test]
fn the_series_of_a_file() {
    let mut all = fleet(300, 60);
    all.push(SeriesPoints { unit: Unit::Seconds, ..all[299].clone() });
    let file = Counting::new(write(&all).unwrap());
    let footer = block_on(open(&mut file.clone())).unwrap();
    let found = block_on(series(file.clone(), footer)).unwrap();
    let expected: Vec<_> = all.iter().map(|one| (one.series.clone(), one.unit)).collect();
    assert_eq!(found, expected);
    assert!(file.fetched.load(Ordering::Relaxed) * 2 < file.file.len() as u64);
}

#[test]
fn a_footer_read_by_other_means_serves_too() {
    let all = fleet(3, 60);
    let file = Counting::new(write(&all).unwrap());
    let footer =
        block_on(ArrowReaderMetadata::load_async(&mut file.clone(), ArrowReaderOptions::new())).unwrap();
    let wanted = Wanted { series: None, range: ALWAYS };
    assert_eq!(block_on(read(file, footer, &wanted)).unwrap(), all);
}

#[test]
fn damaged_files_are_errors() {
    let file = write(&fleet(3, 60)).unwrap();
    for length in 0..file.len() {
        assert!(everything(file[..length].to_vec()).is_err(), "{length}");
    }
    assert!(everything(&b"PAR1 is not enough PAR1"[..]).is_err());
}

#[test]
fn other_parquet_files_are_errors() {
    let other =
        parquet::schema::parser::parse_message_type("message other { required int64 timestamp; }").unwrap();
    let mut bytes = Vec::new();
    parquet::file::writer::SerializedFileWriter::new(&mut bytes, Arc::new(other), Arc::default())
        .unwrap()
        .close()
        .unwrap();
    assert!(everything(bytes).is_err());
}

fn sample() -> impl Strategy<Value = Sample> {
    let number = || prop_oneof![(-1000i32..1000).prop_map(|n| f64::from(n) / 100.0), -1e100..1e100f64];
    let pairs = || vec((number(), 0.0..1e6f64), 0..6);
    let set = || {
        (number(), number(), number(), number()).prop_map(|(sample_count, sum, minimum, maximum)| {
            StatisticSet { sample_count, sum, minimum, maximum }
        })
    };
    prop_oneof![
        4 => number().prop_map(Sample::Value),
        1 => pairs().prop_map(Sample::Values),
        1 => set().prop_map(Sample::Statistics),
        1 => (set(), pairs()).prop_map(|(statistics, buckets)| Sample::Sketch(Box::new(Sketch { statistics, buckets }))),
    ]
}

fn sorted_series() -> impl Strategy<Value = Vec<SeriesPoints>> {
    let dimensions = btree_map("[a-c\"é]{1,2}", "[ -~é\n]{1,4}", 0..3);
    let place = ("[A-Cé]{1,2}", dimensions, 0..Unit::ALL.len());
    btree_map(place, vec((0..1440usize, sample()), 1..20), 0..12).prop_map(|map| {
        let mut all: Vec<_> = map
            .into_iter()
            .map(|((metric_name, dimensions, unit), points)| {
                let dimensions = Dimensions::new(dimensions.into_iter().collect()).unwrap();
                let mut points: Vec<_> =
                    points.into_iter().map(|(minute, sample)| at(minute, sample)).collect();
                points.sort_by_key(|point| point.timestamp);
                SeriesPoints { series: SeriesKey { metric_name, dimensions }, unit: Unit::ALL[unit], points }
            })
            .collect();
        all.sort_by(|a, b| (&a.series, a.unit).cmp(&(&b.series, b.unit)));
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_read_back(all in sorted_series()) {
        prop_assert_eq!(everything(write(&all).unwrap()).unwrap(), all);
    }

    #[test]
    fn pruning_is_filtering(
        all in sorted_series(),
        picks in vec(any::<bool>(), 12),
        start in 0..1440i64,
        minutes in 0..1440i64,
    ) {
        let from = Timestamp::from_millis(20_000 * DAY + start * MINUTE);
        let range = from..from.plus_millis(minutes * MINUTE);
        let mut keys: Vec<_> =
            all.iter().zip(&picks).filter(|(_, pick)| **pick).map(|(one, _)| one.series.clone()).collect();
        keys.dedup();
        let mut expected = all.clone();
        expected.retain(|one| keys.contains(&one.series));
        for one in &mut expected {
            one.points.retain(|point| range.contains(&point.timestamp));
        }
        expected.retain(|one| !one.points.is_empty());
        let wanted = Wanted { series: Some(&keys), range };
        prop_assert_eq!(read_back(write(&all).unwrap(), &wanted).unwrap(), expected);
    }

    #[test]
    fn changed_bytes_do_not_panic(all in sorted_series(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut file = write(&all).unwrap();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let _ = everything(file);
    }
}
