"""The data are open: DuckDB reads what the suite wrote, from its S3 over HTTP and from the folder, and finds the same numbers.

DuckDB stands for everything that reads Parquet in hive-style folders: Athena, Spark, Polars.
"""

import duckdb
import pytest
from duckdb_extensions import import_extension

from conftest import DAY, HOUR, MINUTE, ROOT, Suite

HOSTS = ("a", "b", "c")

# A row is in one file of its resolution: nothing to choose.
CURRENT = "SELECT * FROM read_parquet('{root}/metrics/**/*.parquet', hive_partitioning = true)"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A suite on disk with every kind of value, in two namespaces and accounts, over three days, delivered."""
    folder = tmp_path_factory.mktemp("duckdb")
    suite = Suite(folder)
    # From two days ago to the last hour that is over.
    start = int(suite.now()) // HOUR * HOUR - 2 * DAY
    for key, namespace in (("test", "Shop"), ("test", "My App/a=b"), ("111122223333", "Shop")):
        client = suite.client(key=key)
        for hour in range(0, 48, 6):
            data = []
            for n, host in enumerate(HOSTS):
                at = start + hour * HOUR + n * MINUTE
                base = {"MetricName": "m", "Timestamp": at, "Unit": "Count", "Dimensions": [{"Name": "Host", "Value": host}]}
                data += [
                    {**base, "Value": hour + n},
                    {**base, "Values": [1.5, 2.5], "Counts": [2, 1]},
                    {**base, "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}},
                ]
            client.put_metric_data(Namespace=namespace, MetricData=data)
            if hour == 24:
                suite.deliver()
    suite.deliver()
    # The days that are over are settled before anybody reads the folder.
    suite.advance(MINUTE)
    yield suite, folder, start
    suite.stop()


@pytest.fixture(params=["http", "folder"])
def table(request, filled):
    """A connection, and what stands in FROM."""
    suite, folder, _ = filled
    if request.param == "http":
        return over_http(suite), f"({CURRENT.format(root='s3://watchtrail-data')})"
    [root] = folder.glob("*/s3/watchtrail-data")
    return duckdb.connect(), f"({CURRENT.format(root=root)})"


def over_http(suite):
    """A connection to the suite's own S3, for which the extension comes from PyPI as well."""
    connection = duckdb.connect()
    import_extension("httpfs", con=connection)
    connection.execute(f"""
        CREATE SECRET (TYPE s3, ENDPOINT '{suite.url.removeprefix("http://")}', URL_STYLE 'path', USE_SSL false,
                       KEY_ID 'test', SECRET 'test', REGION 'us-east-1')
    """)
    return connection


# A row holds one value, or a list of values with counts, or the four figures of a set.
SUM = "coalesce(value, sum, list_sum(list_transform(list_zip(values, counts), lambda p: p[1] * p[2])))"
COUNT = "CASE WHEN value IS NOT NULL THEN 1 ELSE coalesce(sample_count, list_sum(counts)) END"


def test_the_same_sums(filled, table):
    """By account, namespace, series and hour, DuckDB's figures are those of GetMetricStatistics."""
    suite, _, start = filled
    connection, source = table
    rows = connection.execute(f"""
        SELECT lpad(account::VARCHAR, 12, '0'), namespace, dimensions, epoch(date_trunc('hour', timestamp)), unit,
               sum({SUM}), sum({COUNT})
        FROM {source} WHERE resolution = 60 AND metric_name = 'm' GROUP BY ALL
    """).fetchall()
    found = {row[:4]: row[4:] for row in rows}
    expected = {}
    for key, account in (("test", "123456789012"), ("111122223333", "111122223333")):
        client = suite.client(key=key)
        for metric in client.list_metrics()["Metrics"]:
            answer = client.get_metric_statistics(
                **metric, StartTime=start, EndTime=start + 2 * DAY, Period=HOUR, Statistics=["Sum", "SampleCount"]
            )
            [host] = metric["Dimensions"]
            dimensions = f'{{"{host["Name"]}":"{host["Value"]}"}}'
            for point in answer["Datapoints"]:
                series = (account, metric["Namespace"], dimensions, point["Timestamp"].timestamp())
                expected[series] = (point["Unit"], point["Sum"], point["SampleCount"])
    assert len(expected) == 3 * len(HOSTS) * 8
    assert found == expected


def test_partitions_prune(filled, table):
    """The columns in the folders' names select what is read: account, region, namespace, resolution, date."""
    _, _, start = filled
    connection, source = table
    names = connection.execute(f"SELECT DISTINCT account::VARCHAR, region, namespace, resolution FROM {source}").fetchall()
    assert sorted(names) == [
        ("111122223333", "us-east-1", "Shop", 60),
        ("123456789012", "us-east-1", "My App/a=b", 60),
        ("123456789012", "us-east-1", "Shop", 60),
    ]
    wrong = f"SELECT count(*) FROM {source} WHERE date::DATE <> timestamp::DATE"
    assert connection.execute(wrong).fetchone() == (0,)
    every = connection.execute(f"SELECT count(DISTINCT date), min(timestamp) = to_timestamp({start}) FROM {source}")
    days, from_start = every.fetchone()
    assert days in (2, 3) and from_start


def test_every_resolution_has_all_of_it(suite):
    """A day that was rolled up is there at 60, 300 and 3600 s; whoever chooses one counts nothing twice."""
    client = suite.client()
    at = int(suite.now()) // HOUR * HOUR - HOUR
    data = [{"MetricName": "m", "Timestamp": at + n * MINUTE, "Value": n} for n in range(60)]
    client.put_metric_data(Namespace="Shop", MetricData=data)
    # Rolled up an hour after two weeks after the day's end; at 60 s it is kept for 15 days.
    rolled = (at // DAY + 1) * DAY + 14 * DAY + 2 * HOUR
    suite.advance(rolled - int(suite.now()))
    found = over_http(suite).execute(f"""
        SELECT resolution, count(*), sum({SUM}), sum({COUNT}) FROM ({CURRENT.format(root='s3://watchtrail-data')})
        GROUP BY resolution ORDER BY resolution
    """)
    assert found.fetchall() == [(60, 60, 1770, 60), (300, 12, 1770, 60), (3600, 1, 1770, 60)]


def test_the_query_of_the_readme(filled):
    """It reads the folder as it says."""
    _, folder, _ = filled
    query = (ROOT / "README.md").read_text().split("```sql\n")[1].split(";\n```")[0]
    assert ".watchtrail/" in query
    # Counted, since a time with its zone needs one package more to become Python's.
    [count] = duckdb.sql(f"SELECT count(*) FROM ({query.replace('.watchtrail/', f'{folder}/')})").fetchone()
    assert count > 0
