"""Log events are open data: DuckDB reads their Parquet from the suite's S3, and finds what FilterLogEvents finds."""

import json
import random

import pytest
from test_duckdb import over_http

from conftest import DAY, Suite
from log_model import MS_DAY, PATTERNS, a_message, create, filtered, millis, put

LOGS = "SELECT * FROM read_parquet('{root}/logs/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
GROUPS = {"/aws/lambda/f": ["2026/11/21/[$LATEST]0a", "b"], "a.b_c-d#e": ["x"], "x" * 512: ["=%2F ü"]}
ODD = ["\0", "a\nb", '"', "ünïcödé 🦀", " ", '{"a": {"b": [1]}}']


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A suite on disk with groups of odd names in two accounts and regions, over days, delivered in several rounds."""
    folder = tmp_path_factory.mktemp("duckdb")
    suite = Suite(folder)
    chance = random.Random(9)
    clients = {
        ("123456789012", "us-east-1"): suite.client("logs"),
        ("111122223333", "eu-west-1"): suite.client("logs", key="111122223333", region="eu-west-1"),
    }
    for logs in clients.values():
        for name, streams in GROUPS.items():
            create(logs, name, *streams)
    for round in range(3):
        for logs in clients.values():
            for name, streams in GROUPS.items():
                for stream in streams:
                    now = millis(suite)
                    texts = [a_message(chance) for _ in range(20)] + ODD
                    events = sorted((now - chance.randrange(20 * 3_600_000), text) for text in texts)
                    put(logs, events, name, stream)
                    late = now - chance.randrange(2, 12) * MS_DAY
                    put(logs, [(late, f"late {round}"), (late, f"late again {round}")], name, stream)
        suite.deliver()
        suite.advance(DAY // 2)
    yield suite, folder, clients
    suite.stop()


@pytest.fixture(params=["http", "folder"])
def table(request, filled):
    suite, folder, _ = filled
    connection = over_http(suite)
    root = "s3://watchtrail-data"
    if request.param == "folder":
        [root] = folder.glob("*/s3/watchtrail-data")
    return connection, f"({LOGS.format(root=root)})"


def test_columns(table):
    """As the page of the segment's format describes them, with the folders' columns behind."""
    connection, source = table
    described = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    assert described == {
        "log_stream": "VARCHAR",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
        "ingestion_time": "TIMESTAMP WITH TIME ZONE",
        "message": "VARCHAR",
        "stream_id": "VARCHAR",
        "request": "VARCHAR",
        "index": "INTEGER",
        "account": "VARCHAR",
        "date": "VARCHAR",
        "log_group": "VARCHAR",
        "region": "VARCHAR",
    }


def rows(connection, source, where="true"):
    """What stands in the files, in the order of FilterLogEvents."""
    return connection.execute(f"""
        SELECT log_stream, epoch_ms(timestamp), message, epoch_ms(ingestion_time) FROM {source}
        WHERE {where} ORDER BY timestamp, request, index
    """).fetchall()


def events(found):
    return [(each["logStreamName"], each["timestamp"], each["message"], each["ingestionTime"]) for each in found]


def test_the_same_events(filled, table):
    """By account, region and group, in the same order."""
    _, _, clients = filled
    connection, source = table
    groups = connection.execute(f"SELECT DISTINCT account, region, log_group FROM {source}").fetchall()
    assert len(groups) == len(clients) * len(GROUPS)
    for (account, region), logs in clients.items():
        for name in GROUPS:
            # A name that is too long for a folder is cut there, and has a hash.
            [folder] = [group for _, _, group in set(groups) if group[:200] == name[:200] or group[:150] == name[:150]][:1]
            where = f"account = '{account}' AND region = '{region}' AND log_group = '{folder}'"
            expected = events(filtered(logs, name))
            assert len(expected) == 3 * len(GROUPS[name]) * (20 + len(ODD) + 2)
            assert rows(connection, source, where) == expected


@pytest.mark.parametrize(
    ("pattern", "where"),
    [
        ("alpha", "message LIKE '%alpha%'"),
        ("alpha -beta", "message LIKE '%alpha%' AND message NOT LIKE '%beta%'"),
        ("?alpha ?gamma", "message LIKE '%alpha%' OR message LIKE '%gamma%'"),
        ("%n[0-4]$%", "regexp_matches(message, 'n[0-4]$')"),
        ("{ $.n >= 5 }", "CASE WHEN json_valid(message) THEN (message->>'$.n')::INTEGER >= 5 END"),
    ],
)
def test_the_same_search(filled, table, pattern, where):
    """What a filter pattern finds, SQL finds as well."""
    assert pattern in PATTERNS
    _, _, clients = filled
    connection, source = table
    logs = clients["123456789012", "us-east-1"]
    where = f"account = '123456789012' AND log_group = '/aws/lambda/f' AND ({where})"
    expected = events(filtered(logs, "/aws/lambda/f", filterPattern=pattern))
    assert expected and rows(connection, source, where) == expected


def test_folders_prune(filled, table):
    """A row's date is its folder's, and so a day's events are found by the folder."""
    connection, source = table
    wrong = f"SELECT count(*) FROM {source} WHERE date::DATE <> (timestamp AT TIME ZONE 'UTC')::DATE"
    assert connection.execute(wrong).fetchone() == (0,)
    days = connection.execute(f"SELECT DISTINCT date FROM {source} WHERE log_group = '/aws/lambda/f'").fetchall()
    assert len(days) > 3
    for [day] in days:
        where = f"log_group = '/aws/lambda/f' AND (timestamp AT TIME ZONE 'UTC')::DATE = '{day}'"
        assert rows(connection, source, f"{where} AND date = '{day}'") == rows(connection, source, where) != []


def test_ids_are_made_of_columns(filled, table):
    """Time, request and index are an event's identity: together unique, and the event's id in FilterLogEvents."""
    _, _, clients = filled
    connection, source = table
    where = "account = '123456789012' AND log_group = 'a.b_c-d#e'"
    found = connection.execute(f"""
        SELECT epoch_ms(timestamp), request, index FROM {source} WHERE {where} ORDER BY ALL
    """).fetchall()
    assert len(set(found)) == len(found)
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    def id(time, request, index):
        ulid = 0
        for letter in request:
            ulid = ulid * 32 + alphabet.index(letter)
        return f"{(time << 142) | (ulid << 14) | index:056}"

    ids = [event["eventId"] for event in filtered(clients["123456789012", "us-east-1"], "a.b_c-d#e")]
    assert sorted(id(*row) for row in found) == ids


def test_a_deleted_stream_is_told_by_its_id(suite):
    """Files are final: a deleted stream's rows stay until they expire, and `stream_id` keeps them from a new one's."""
    logs = suite.client("logs")
    create(logs)
    at = millis(suite)
    put(logs, [(at, "old")])
    suite.deliver()
    logs.delete_log_stream(logGroupName="g", logStreamName="s")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    put(logs, [(at, "new")])
    suite.deliver()
    source = f"({LOGS.format(root='s3://watchtrail-data')})"
    found = over_http(suite).execute(f"SELECT stream_id, message FROM {source} ORDER BY stream_id").fetchall()
    assert [message for _, message in found] == ["old", "new"] and found[0][0] != found[1][0]
    assert [event["message"] for event in filtered(logs)] == ["new"]


def test_large_messages_and_many(suite):
    """A segment of megabytes, with a message of one, reads as it was written."""
    logs = suite.client("logs")
    create(logs)
    at = millis(suite)
    put(logs, [(at, "é" * 524_275)])
    for number in range(5):
        put(logs, [(at + n, json.dumps({"request": number, "n": n})) for n in range(10_000)])
    suite.deliver()
    source = f"({LOGS.format(root='s3://watchtrail-data')})"
    counted = "count(*), max(strlen(message)), sum(CASE WHEN json_valid(message) THEN (message->>'$.n')::BIGINT END)"
    found = over_http(suite).execute(f"SELECT {counted} FROM {source}").fetchone()
    assert found == (50_001, 1_048_550, 5 * sum(range(10_000)))
    assert len(filtered(logs)) == 50_001
