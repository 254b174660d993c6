"""Audit records are open data: DuckDB reads the trail's Parquet and the trail's own files, and the template's named queries answer.

The records are of calls to the suite and of an application's channel, and real ones of an attack exercise
(../shared/data/cloudtrail-invictus.tar.gz), which come in as a real account's do: announced files, events, a backfill.
"""

import datetime as dt
import gzip
import json
import re
import tarfile
from pathlib import Path

import duckdb
import pytest
from botocore.exceptions import ClientError
from test_duckdb import over_http

from conftest import HOUR, ROOT, UTC, Suite
from trails import ACCOUNT, BUCKET, HISTORY, delivered, history, take_in

REAL = ROOT.parent / "shared" / "data" / "cloudtrail-invictus.tar.gz"
TABLE = "read_parquet('{root}/trail/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A suite on disk with calls of two days, accounts and regions, of which the first day is merged."""
    folder = tmp_path_factory.mktemp("duckdb")
    suite = Suite(folder)
    suite.client("s3").create_bucket(Bucket=BUCKET)
    trail = suite.client("cloudtrail")
    trail.create_trail(Name="mine", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    trail.start_logging(Name="mine")
    for day in range(2):
        for scope in ({}, {"region": "eu-west-1"}, {"key": "111122223333"}, {"key": "AKIAEVE"}):
            calls(suite, f"day-{day}-{scope.get('key', 'test').lower()}", **scope)
        suite.deliver()
        calls(suite, f"day-{day}-late")
        suite.advance(30 * HOUR)
    channel = trail.create_channel(Name="shop", Source="Custom", Destinations=[HISTORY])["ChannelArn"]
    events = [{"id": str(number), "eventData": json.dumps(denied(suite, number))} for number in range(3)]
    assert suite.client("cloudtrail-data").put_audit_events(channelArn=channel, auditEvents=events)["failed"] == []
    trail.update_trail(Name="mine", S3KeyPrefix="of")
    trail.stop_logging(Name="mine")
    trail.delete_trail(Name="mine")
    suite.deliver()
    yield suite, folder
    suite.stop()


def denied(suite, number):
    """What somebody tried in an application."""
    return {
        "version": "1.0",
        "userIdentity": {"type": "CustomUser", "principalId": "p", "arn": "arn:shop:eve"},
        "eventSource": "shop.example",
        "eventName": "Refund",
        "eventTime": dt.datetime.fromtimestamp(int(suite.now()), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "UID": str(number),
        "recipientAccountId": ACCOUNT,
        "errorCode": "AccessDeniedException",
    }


def calls(suite, name, **scope):
    """Calls of every kind: some refused, some that only read."""
    s3, logs = suite.client("s3", **scope), suite.client("logs", **scope)
    s3.create_bucket(Bucket=name)
    s3.delete_bucket(Bucket=name)
    try:
        s3.delete_bucket(Bucket=name)
    except ClientError:
        pass
    logs.create_log_group(logGroupName=name + scope.get("region", ""), tags={"Ödd key=": "ü / = @"})
    logs.describe_log_groups()
    try:
        logs.delete_log_group(logGroupName="nowhere")
    except ClientError:
        pass


@pytest.fixture(params=["http", "folder"])
def source(request, filled):
    """A connection, and what stands in FROM."""
    suite, folder = filled
    if request.param == "http":
        return over_http(suite), TABLE.format(root="s3://watchtrail-data")
    [root] = folder.glob("*/s3/watchtrail-data")
    return duckdb.connect(), TABLE.format(root=root)


def glue_columns():
    """Name and type of the columns of the template's table of records."""
    table = (ROOT / "template.yaml").read_text().split("\n  TrailTable:\n")[1].split("\n  TrailFilesTable:\n")[0]
    return dict(re.findall(r"- \{ Name: (\w+), Type: (\w+)", table))


def test_columns(source):
    """Those that the template tells Athena, and the folders'."""
    connection, table = source
    kinds = {"string": "VARCHAR", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP WITH TIME ZONE", "date": "VARCHAR"}
    described = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()}
    assert described == {name: kinds[type] for name, type in glue_columns().items()}


def test_the_same_records(filled, source):
    """What LookupEvents finds, each once, in every scope; and the columns say what the record says."""
    suite, _ = filled
    connection, table = source
    for key, region in (("test", "us-east-1"), ("test", "eu-west-1"), ("111122223333", "us-east-1")):
        account = key if key.isdigit() else ACCOUNT
        rows = connection.execute(
            f"""SELECT event_id, record, event_name, event_source, epoch(event_time), read_only, user_name, user_type, user_arn,
                access_key_id, source_ip_address, user_agent, error_code, error_message, request_id, recipient_account_id, date
                FROM {table} WHERE account = ? AND region = ?""",
            [account, region],
        ).fetchall()
        records = {row[0]: json.loads(row[1]) for row in rows}
        assert len(records) == len(rows) >= 10
        # Looking is recorded too, and not delivered yet.
        looked_up = {record["eventID"]: record for record in history(suite.client("cloudtrail", key=key, region=region))}
        looked_up = {id: record for id, record in looked_up.items() if record["eventName"] != "LookupEvents"}
        assert {id: record for id, record in records.items() if record["eventName"] != "LookupEvents"} == looked_up
        for id, _, *told, date in rows:
            record = records[id]
            who, at = record["userIdentity"], dt.datetime.fromisoformat(record["eventTime"])
            assert told == [
                record["eventName"],
                record["eventSource"],
                at.timestamp(),
                record.get("readOnly"),
                who.get("userName", "root" if who["type"] == "Root" else who["principalId"]),
                who["type"],
                who["arn"],
                who.get("accessKeyId"),
                record.get("sourceIPAddress"),
                record.get("userAgent"),
                record.get("errorCode"),
                record.get("errorMessage"),
                record.get("requestID"),
                record["recipientAccountId"],
            ]
            assert date == at.date().isoformat()


def test_the_trails_files(filled):
    """The same records by DuckDB from the `.json.gz` files."""
    suite, _ = filled
    files = f"s3://{BUCKET}/**/CloudTrail/*/*/*/*/*.json.gz"
    found = over_http(suite).execute(f"""
        SELECT r.eventID::VARCHAR, r.eventName FROM (SELECT unnest(Records) AS r FROM read_json('{files}', maximum_object_size = 100000000))
    """).fetchall()
    expected = [(record["eventID"], record["eventName"]) for record in delivered(suite)]
    assert sorted(found) == sorted(expected) and len(set(found)) == len(found) > 40


def named_query(name):
    """The SQL of a named query of the template."""
    block = (ROOT / "template.yaml").read_text().split(f"\n  {name}:\n")[1].split("QueryString: !Sub |\n")[1]
    lines = []
    for line in block.splitlines():
        if line and not line.startswith(" " * 8):
            break
        lines.append(line[8:])
    return "\n".join(lines)


QUERIES = ("BucketDeletedQuery", "FailedSignInsQuery", "UnauthorizedQuery", "AccessKeyQuery", "IamChangesQuery", "TrailsStoppedQuery")


def ask(connection, table, name, now, account=ACCOUNT, region="us-east-1", **replaced):
    """Rows of a named query, as dictionaries. Athena's functions that DuckDB has under other names are macros here."""
    sql = named_query(name).replace("${AWS::AccountId}", account).replace("${AWS::Region}", region)
    for old, new in replaced.items():
        assert old in sql
        sql = sql.replace(old, new)
    assert "${" not in sql
    # The suite's day, and not the machine's.
    day = dt.datetime.fromtimestamp(now, UTC).date()
    sql = sql.replace("current_date", f"DATE '{day}'")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE OR REPLACE MACRO json_extract_scalar(record, path) AS json_extract_string(record, path)")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW trail AS SELECT * REPLACE (date::DATE AS date) FROM {table}")
    answer = connection.execute(sql)
    columns = [column[0] for column in answer.description]
    return [dict(zip(columns, row)) for row in answer.fetchall()]


def of_calls(connection, table, filled, name, **replaced):
    return ask(connection, table, name, filled[0].now(), **replaced)


def test_all_queries_are_tried():
    """A query that is added to the template is added here."""
    template = (ROOT / "template.yaml").read_text()
    trails = template.split("\n  TrailFilesTable:\n")[1]
    assert set(re.findall(r"\n  (\w+):\n    Type: AWS::Athena::NamedQuery", trails)) == set(QUERIES)


def test_who_deleted_this_bucket(filled, source):
    found = of_calls(*source, filled, "BucketDeletedQuery")
    assert len([row for row in found if row["error_code"] is None]) == 6
    assert {row["error_code"] for row in found} == {None, "NoSuchBucket"}
    [done] = [
        row
        for row in of_calls(*source, filled, "BucketDeletedQuery", **{"LIKE '%'": "LIKE 'day-1-akiaeve'"})
        if row["error_code"] is None
    ]
    assert (done["access_key_id"], done["user_arn"]) == ("AKIAEVE", f"arn:aws:iam::{ACCOUNT}:user/AKIAEVE")
    times = [row["event_time"] for row in found]
    assert times == sorted(times, reverse=True)


def test_what_did_this_key_do(filled, source):
    found = of_calls(*source, filled, "AccessKeyQuery", AKIAIOSFODNN7EXAMPLE="AKIAEVE")
    each = ["CreateBucket", "CreateLogGroup", "DeleteBucket", "DeleteBucket", "DeleteLogGroup", "DescribeLogGroups"]
    assert sorted(row["event_name"] for row in found) == sorted(each * 2)
    assert of_calls(*source, filled, "AccessKeyQuery") == []


def test_trails_stopped(filled, source):
    found = of_calls(*source, filled, "TrailsStoppedQuery")
    assert sorted((row["event_name"], row["trail"]) for row in found) == [
        ("DeleteTrail", "mine"),
        ("StopLogging", "mine"),
        ("UpdateTrail", "mine"),
    ]


def test_unauthorized_attempts(filled, source):
    [row] = of_calls(*source, filled, "UnauthorizedQuery")
    told = {"user_arn": "arn:shop:eve", "event_source": "shop.example", "event_name": "Refund", "attempts": 3}
    assert {name: row[name] for name in told} == told and row["first_time"] <= row["last_time"]


@pytest.mark.parametrize("name", ["FailedSignInsQuery", "IamChangesQuery"])
def test_what_nobody_did(filled, source, name):
    """The others run over the suite's own records, which have nothing of the kind."""
    assert of_calls(*source, filled, name) == []


@pytest.fixture(scope="module")
def files():
    """CloudTrail's own files of the exercise: name → records."""
    if not REAL.exists():
        pytest.skip(f"the real records are not here: {REAL}")
    with tarfile.open(REAL) as archive:
        members = [member for member in archive.getmembers() if member.name.endswith(".json")]
        return {Path(member.name).name: json.load(archive.extractfile(member))["Records"] for member in members}


@pytest.fixture(scope="module")
def real(files):
    """The records of the exercise, each once."""
    found = {record["eventID"]: record for records in files.values() for record in records}
    assert len(found) > 2_000
    # All its console sign-ins went well: one more, that did not.
    signed_in = next(record for record in found.values() if record["eventName"] == "ConsoleLogin")
    failed = {**signed_in, "eventID": "failed", "errorMessage": "Failed authentication", "responseElements": {"ConsoleLogin": "Failure"}}
    return [*found.values(), failed]


def put_files(suite, files):
    """Puts them where CloudTrail would have; answers their keys."""
    keys = []
    suite.client("s3").create_bucket(Bucket="real")
    for name, records in files.items():
        account, _, region, minute, *_ = name.split("_")
        key = f"AWSLogs/{account}/CloudTrail/{region}/{minute[:4]}/{minute[4:6]}/{minute[6:8]}/{name}.gz"
        body = gzip.compress(json.dumps({"Records": records}).encode())
        suite.client("s3").put_object(Bucket="real", Key=key, Body=body)
        keys.append(key)
    return keys


def announcements(keys):
    """Two thirds of the files, as S3, EventBridge and CloudTrail tell of them, a fifth twice."""
    made = []
    for number, key in enumerate(keys):
        of_s3 = {"bucket": {"name": "real"}, "object": {"key": key}}
        notices = {
            0: {"Records": [{"eventName": "ObjectCreated:Put", "s3": of_s3}]},
            1: {"detail-type": "Object Created", "detail": of_s3},
            2: {"Type": "Notification", "Message": json.dumps({"s3Bucket": "real", "s3ObjectKey": [key]})},
        }
        if number % 3 < 2:
            made.append(notices[number // 3 % 3])
    return made + made[::5]


@pytest.fixture(scope="module")
def exercise(real, files, tmp_path_factory):
    """The real records, as they came in and were delivered: the folder of the embedded S3, and the last record's time."""
    folder = tmp_path_factory.mktemp("exercise")
    suite, account = Suite(folder), real[0]["recipientAccountId"]
    suite.client("s3", key=account).create_bucket(Bucket=BUCKET)
    trail = suite.client("cloudtrail", key=account)
    trail.create_trail(Name="copy", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    trail.start_logging(Name="copy")
    keys = put_files(suite, files)
    [signed_in] = [record for record in real if record["eventID"] == "failed"]
    events = [{"detail-type": "AWS Console Sign In via CloudTrail", "detail": signed_in}] * 2
    bodies = [*announcements(keys), *events]
    for start in range(0, len(bodies), 10):
        assert take_in(suite, *bodies[start : start + 10]) == {"batchItemFailures": []}
        if start == 20:
            suite.deliver()
    report = suite.control("trail", {"backfill": {"bucket": "real", "prefix": "AWSLogs/"}})
    assert (report["files"], report["aside"], report["next"]) == (len(keys), 0, None)
    suite.deliver()
    suite.stop()
    [root] = folder.glob("*/s3")
    return root, max(dt.datetime.fromisoformat(record["eventTime"]).timestamp() for record in real)


# The table's columns that the queries name, of CloudTrail's own files.
FILES = """(
    SELECT (r->>'eventTime')::TIMESTAMPTZ AS event_time, r->>'eventID' AS event_id, r->>'eventName' AS event_name,
        r->>'eventSource' AS event_source, (r->>'readOnly')::BOOLEAN AS read_only, r->>'$.userIdentity.userName' AS user_name,
        r->>'$.userIdentity.arn' AS user_arn, r->>'$.userIdentity.accessKeyId' AS access_key_id,
        r->>'sourceIPAddress' AS source_ip_address, r->>'userAgent' AS user_agent, r->>'errorCode' AS error_code,
        r->>'errorMessage' AS error_message, r::VARCHAR AS record, r->>'recipientAccountId' AS account,
        r->>'awsRegion' AS region, substr(r->>'eventTime', 1, 10) AS date
    FROM (
        SELECT unnest(Records) AS r
        FROM read_json('{root}/AWSLogs/*/CloudTrail/**/*.json.gz', columns = {{Records: 'JSON[]'}}, maximum_object_size = 100000000)
    )
)"""


@pytest.fixture(scope="module", params=["parquet", "files"])
def written(request, exercise):
    """What delivery wrote: a connection, what stands in FROM, and the last record's time."""
    root, now = exercise
    table = FILES.format(root=root / BUCKET) if request.param == "files" else TABLE.format(root=root / "watchtrail-data")
    return duckdb.connect(), table, now


def test_all_real_records_come_out_once(real, written):
    """As they went in, whoever told of them and however often."""
    connection, table, _ = written
    connection.execute("SET TimeZone = 'UTC'")
    found = connection.execute(f"SELECT event_id, account, region, record FROM {table} WHERE date < '2024'").fetchall()
    assert sorted(row[0] for row in found) == sorted(record["eventID"] for record in real)
    records = {record["eventID"]: record for record in real}
    for id, account, region, record in found:
        assert json.loads(record) == records[id]
        assert (account, region) == (records[id]["recipientAccountId"], records[id]["awsRegion"])


def matching(real, region, test):
    return [record for record in real if record["awsRegion"] == region and test(record)]


def is_unauthorized(record):
    return any(word in record.get("errorCode", "") for word in ("AccessDenied", "Unauthorized"))


def busiest_key(real):
    keys = [record["userIdentity"].get("accessKeyId") for record in real if record["awsRegion"] == "us-east-1"]
    return max(filter(None, set(keys)), key=keys.count)


# Query → what it is to find, said once more in Python.
EXPECTED = {
    "BucketDeletedQuery": lambda record: record["eventName"] == "DeleteBucket" and record["eventSource"] == "s3.amazonaws.com",
    "FailedSignInsQuery": lambda record: (record.get("responseElements") or {}).get("ConsoleLogin") == "Failure",
    "IamChangesQuery": lambda record: record["eventSource"] == "iam.amazonaws.com" and not record["readOnly"],
    "TrailsStoppedQuery": lambda record: record["eventName"] in ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_real_records(real, written, name):
    found = ask(*written[:2], name, written[2], real[0]["recipientAccountId"])
    expected = matching(real, "us-east-1", EXPECTED[name])
    assert expected
    times = sorted((record["eventTime"] for record in expected), reverse=True)
    assert [row["event_time"].strftime("%Y-%m-%dT%H:%M:%SZ") for row in found] == times


def test_how_real_sign_ins_failed(real, written):
    connection, table, now = written
    [failed] = ask(connection, table, "FailedSignInsQuery", now, real[0]["recipientAccountId"])
    assert failed["reason"] == "Failed authentication" and failed["user_name"] and failed["source_ip_address"]


def test_which_real_trails_were_changed(real, written):
    connection, table, now = written
    found = ask(connection, table, "TrailsStoppedQuery", now, real[0]["recipientAccountId"])
    assert len(found) > 5 and all(row["trail"] for row in found)


@pytest.mark.parametrize("name", ["IamChangesQuery", "FailedSignInsQuery"])
def test_global_services_where_the_stack_is_elsewhere(real, written, name):
    connection, table, now = written
    account = real[0]["recipientAccountId"]
    here, there = (ask(connection, table, name, now, account, region) for region in ("us-east-1", "eu-central-1"))
    # Those of one second stand in any order.
    assert here and sorted(map(str, here)) == sorted(map(str, there))


def test_real_attempts(real, written):
    connection, table, now = written
    found = ask(connection, table, "UnauthorizedQuery", now, real[0]["recipientAccountId"])
    expected = matching(real, "us-east-1", is_unauthorized)
    assert sum(row["attempts"] for row in found) == len(expected) > 0
    assert [row["attempts"] for row in found] == sorted((row["attempts"] for row in found), reverse=True)


def test_a_real_key(real, written):
    connection, table, now = written
    key = busiest_key(real)
    found = ask(connection, table, "AccessKeyQuery", now, real[0]["recipientAccountId"], AKIAIOSFODNN7EXAMPLE=key)
    expected = matching(real, "us-east-1", lambda record: record["userIdentity"].get("accessKeyId") == key)
    assert sorted(row["event_id"] for row in found) == sorted(record["eventID"] for record in expected)
