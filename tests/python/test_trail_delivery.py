"""What trails deliver: files under AWS's keys with each event once, notices, log events; and what becomes of a bucket that is missing."""

import collections
import json
import random
import threading

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from logs import arn as arn_of

from conftest import DAY, HOUR, MINUTE, Suite
from test_log_kill import again
from test_trail_validate import Validation
from trails import (  # noqa: F401 (fixtures)
    ACCOUNT,
    BUCKET,
    LOG_KEY,
    bucket,
    content,
    delivered,
    history,
    keys,
    log_keys,
    logging,
    mine,
    names,
    request_id,
    trail,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/to-logs"


def call(suite, name, **client):
    """A management call; its request's id."""
    return request_id(suite.client("logs", **client).create_log_group(logGroupName=name))


def ids(records):
    return [record["requestID"] for record in records]


def once(records):
    """The records, of which none is there twice."""
    twice = [id for id, count in collections.Counter(record["eventID"] for record in records).items() if count > 1]
    assert twice == [], "an event is there twice"
    return records


def test_keys(suite, trail, bucket):
    """AWS's own, with the prefix before them."""
    trail.create_trail(Name="mine", S3BucketName=bucket, S3KeyPrefix="of/us", IsMultiRegionTrail=True)
    trail.start_logging(Name="mine")
    for region in ("us-east-1", "eu-west-1"):
        call(suite, "g", region=region)
    suite.deliver()
    call(suite, "h")
    suite.deliver()
    assert len(keys(suite)) == 3
    for key in keys(suite):
        match = LOG_KEY.fullmatch(key)
        assert match and match["prefix"] == "of/us/" and match["account"] == ACCOUNT, key
        records = content(suite, key)["Records"]
        assert records and {record["awsRegion"] for record in records} == {match["region"]}
        assert match["minute"][:8] == match["day"].replace("/", "")
        found = suite.client("s3").head_object(Bucket=BUCKET, Key=key)
        assert found["ContentLength"] < 100_000
    assert {LOG_KEY.fullmatch(key)["region"] for key in keys(suite)} == {"us-east-1", "eu-west-1"}


def test_files_are_there_within_five_minutes(suite, trail, logging):
    made = call(suite, "g")
    suite.advance(5 * MINUTE)
    assert made in ids(delivered(suite))
    status = trail.get_trail_status(Name=logging)
    assert "LatestDeliveryError" not in status
    assert suite.now() - status["LatestDeliveryTime"].timestamp() < 6 * MINUTE


def test_a_trail_of_one_region(suite, logging):
    here, there = call(suite, "g"), call(suite, "g", region="eu-west-1")
    suite.deliver()
    assert here in ids(delivered(suite)) and there not in ids(delivered(suite))


def test_each_account_has_its_own(suite, logging):
    other = call(suite, "g", key="210987654321")
    suite.deliver()
    assert other not in ids(delivered(suite))


def test_nothing_twice_however_often_it_is_delivered(suite, trail, logging):
    made = []
    for round in range(5):
        made += [call(suite, f"{round}-{number}") for number in range(5)]
        suite.deliver()
        suite.deliver()
    suite.advance(2 * DAY)
    records = once(delivered(suite))
    assert sorted(set(made) & set(ids(records))) == sorted(made)
    # What the history has since logging began, the files have, and the other way around.
    known = {record["eventID"] for record in history(trail) if record["eventName"] == "CreateLogGroup"}
    assert known == {record["eventID"] for record in records if record["eventName"] == "CreateLogGroup"}


def test_logging_starts_and_stops(suite, trail, mine):
    """What happens between is in the files, and nothing else."""

    def step(name):
        # Times are told apart by more than a clock's step.
        suite.advance(MINUTE)
        made = call(suite, name)
        suite.advance(MINUTE)
        return made

    before = step("before")
    trail.start_logging(Name=mine)
    first = step("first")
    trail.stop_logging(Name=mine)
    between = step("between")
    trail.start_logging(Name=mine)
    second = step("second")
    trail.stop_logging(Name=mine)
    after = step("after")
    suite.advance(HOUR)
    found = ids(once(delivered(suite)))
    assert [made in found for made in (before, first, between, second, after)] == [False, True, False, True, False]
    assert {before, between, after} <= set(ids(history(trail)))


def test_what_was_logged_before_a_stop_is_delivered_after_it(suite, trail, logging):
    made = call(suite, "g")
    suite.advance(1)
    trail.stop_logging(Name=logging)
    suite.advance(10 * MINUTE)
    assert made in ids(delivered(suite))


def test_what_was_logged_before_a_deletion_is_delivered_after_it(suite, trail, logging):
    made = call(suite, "g")
    suite.advance(1)
    trail.delete_trail(Name=logging)
    assert trail.describe_trails()["trailList"] == []
    after = call(suite, "h")
    suite.advance(10 * MINUTE)
    assert made in ids(once(delivered(suite))) and after not in ids(delivered(suite))
    assert kept_of_trails(suite) == []


def kept_of_trails(suite):
    """What the tables say of single trails."""
    pages = [
        page
        for table in ("watchtrail-ledger", "watchtrail-catalog")
        for page in suite.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    ]
    found = {item["pk"]["S"] for page in pages for item in page["Items"]}
    kinds = ("trails#", "trailsdeleted#", "trailcursors#", "trailchains#", "trailfiles#", "trailstatus#")
    # The event bus has a cursor of the account's.
    return sorted(pk for pk in found if pk.startswith(kinds) and pk != f"trailcursors#{ACCOUNT}")


def test_nothing_is_left_of_a_deleted_trail(suite, trail, bucket):
    """Not of one that had everything, in several regions, and not of one whose bucket has gone as well; a new one of the name begins anew."""
    suite.client("sns").create_topic(Name="files")
    settings = {"SnsTopicName": "files", "IsMultiRegionTrail": True, "EnableLogFileValidation": True}
    for _ in range(2):
        trail.create_trail(Name="mine", S3BucketName=bucket, **settings)
        trail.start_logging(Name="mine")
        made = call(suite, str(suite.now())), call(suite, str(suite.now()), region="eu-west-1")
        suite.advance(2 * HOUR)
        assert set(made) <= set(ids(once(delivered(suite))))
        assert len(kept_of_trails(suite)) >= 4
        trail.delete_trail(Name="mine")
        suite.deliver()
        assert kept_of_trails(suite) == []
    suite.client("s3").create_bucket(Bucket="gone")
    trail.create_trail(Name="mine", S3BucketName="gone", **settings)
    trail.start_logging(Name="mine")
    call(suite, "g")
    suite.client("s3").delete_bucket(Bucket="gone")
    trail.delete_trail(Name="mine")
    suite.deliver()
    assert kept_of_trails(suite) != []
    suite.advance(2 * HOUR)
    assert kept_of_trails(suite) == []


def test_killed_after_a_deletion(tmp_path):
    """What was logged is delivered by whoever starts next."""
    suite = Suite(tmp_path)
    suite.client("s3").create_bucket(Bucket=BUCKET)
    trail = suite.client("cloudtrail")
    made = []
    for number in range(3):
        trail.create_trail(Name="mine", S3BucketName=BUCKET)
        trail.start_logging(Name="mine")
        made.append(call(suite, f"g{number}"))
        suite.advance(1)
        trail.delete_trail(Name="mine")
        suite.kill()
        suite = Suite(tmp_path)
        trail = suite.client("cloudtrail")
    suite.deliver()
    assert set(made) <= set(ids(once(delivered(suite)))) and kept_of_trails(suite) == []
    suite.stop()


def test_two_trails_with_selectors(suite, trail, bucket):
    suite.client("s3").create_bucket(Bucket="reads")
    suite.client("s3").create_bucket(Bucket="elsewhere")
    for name, into in (("writes", bucket), ("reads", "reads"), ("none", "elsewhere")):
        trail.create_trail(Name=name, S3BucketName=into)
    management = {"Field": "eventCategory", "Equals": ["Management"]}
    reads = [management, {"Field": "readOnly", "Equals": ["true"]}, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]
    trail.put_event_selectors(TrailName="writes", EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    trail.put_event_selectors(TrailName="reads", AdvancedEventSelectors=[{"FieldSelectors": reads}])
    data = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::nothing/"]}]
    selector = {"IncludeManagementEvents": False, "DataResources": data}
    trail.put_event_selectors(TrailName="none", EventSelectors=[selector])
    for name in ("writes", "reads", "none"):
        trail.start_logging(Name=name)
    suite.advance(1)
    call(suite, "g")
    suite.client("logs").describe_log_groups()
    suite.client().describe_alarms()
    suite.client("s3").list_buckets()
    suite.deliver()
    own = {"StartLogging", "CreateTrail", "PutEventSelectors", "CreateBucket"}
    assert set(names(delivered(suite))) - own == {"CreateLogGroup"}
    assert names(delivered(suite, "reads")) == ["DescribeAlarms", "DescribeLogGroups", "ListBuckets"]
    assert keys(suite, "elsewhere") == []


def test_a_bucket_that_is_missing_for_a_while(suite, trail, logging):
    """Its error is told, other trails go on, and it gets everything when it is back."""
    s3 = suite.client("s3")
    s3.create_bucket(Bucket="other")
    trail.create_trail(Name="other", S3BucketName="other")
    trail.start_logging(Name="other")
    s3.delete_bucket(Bucket=BUCKET)
    made = []
    for number in range(4):
        made.append(call(suite, f"g{number}"))
        suite.advance(20 * MINUTE)
    status = trail.get_trail_status(Name=logging)
    assert status["LatestDeliveryError"] == "NoSuchBucket"
    assert status["LatestDeliveryAttemptTime"] and "LatestDeliveryTime" not in status
    assert set(made) <= set(ids(delivered(suite, "other")))
    assert "LatestDeliveryError" not in trail.get_trail_status(Name="other")
    s3.create_bucket(Bucket=BUCKET)
    made.append(call(suite, "back"))
    suite.advance(6 * HOUR)
    assert set(made) <= set(ids(once(delivered(suite))))
    status = trail.get_trail_status(Name=logging)
    assert "LatestDeliveryError" not in status and status["LatestDeliveryTime"]
    once(delivered(suite, "other"))


def test_a_bucket_that_is_missing_over_a_restart(tmp_path):
    suite = Suite(tmp_path)
    trail, s3 = suite.client("cloudtrail"), suite.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    trail.create_trail(Name="mine", S3BucketName=BUCKET)
    trail.start_logging(Name="mine")
    s3.delete_bucket(Bucket=BUCKET)
    made = call(suite, "g")
    suite.advance(HOUR)
    suite.kill()
    suite = Suite(tmp_path)
    assert suite.client("cloudtrail").get_trail_status(Name="mine")["LatestDeliveryError"] == "NoSuchBucket"
    suite.client("s3").create_bucket(Bucket=BUCKET)
    suite.advance(6 * HOUR)
    assert made in ids(once(delivered(suite)))
    suite.stop()


def test_notices(suite, trail, bucket):
    """One for each file that names it, to the topic."""
    topic = suite.client("sns").create_topic(Name="files")["TopicArn"]
    trail.create_trail(Name="mine", S3BucketName=bucket, SnsTopicName="files")
    trail.start_logging(Name="mine")
    for number in range(3):
        call(suite, f"g{number}")
        suite.advance(10 * MINUTE)
    told = [
        json.loads(notice["message"])
        for notice in suite.control("notifications", method="GET")["notifications"]
        if notice["kind"] == "sns" and notice["topic_arn"] == topic
    ]
    assert {notice["s3Bucket"] for notice in told} == {bucket}
    assert sorted(key for notice in told for key in notice["s3ObjectKey"]) == log_keys(suite) != []
    status = trail.get_trail_status(Name="mine")
    assert status["LatestNotificationTime"] and "LatestNotificationError" not in status


def test_a_topic_that_is_not_there(suite, trail, bucket):
    """It holds up no file."""
    suite.client("sns").create_topic(Name="files")
    trail.create_trail(Name="mine", S3BucketName=bucket, SnsTopicName="files")
    suite.client("sns").delete_topic(TopicArn=arn_of("files", service="sns"))
    trail.start_logging(Name="mine")
    made = call(suite, "g")
    # Nor is it a failure of delivery.
    suite.deliver()
    assert made in ids(once(delivered(suite)))
    assert trail.get_trail_status(Name="mine")["LatestNotificationError"]


def test_the_event_bus(suite, logging):
    """Calls that only read are not on it."""
    made = call(suite, "g")
    suite.client("logs").describe_log_groups()
    suite.deliver()
    sent = [told["event"] for told in suite.control("notifications", method="GET")["notifications"] if "event" in told]
    assert "CreateLogGroup" in names([event["detail"] for event in sent]) != ["CreateLogGroup"]
    assert [event for event in sent if event["detail"]["readOnly"]] == []
    [event] = [event for event in sent if event["detail"]["requestID"] == made]
    assert (event["detail-type"], event["source"]) == ("AWS API Call via CloudTrail", "aws.logs")
    assert (event["account"], event["region"]) == (ACCOUNT, "us-east-1")


def log_events(suite, group="audit"):
    pages = suite.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def with_group(suite, trail, **settings):
    suite.client("logs").create_log_group(logGroupName="audit")
    group = arn_of("log-group:audit:*")
    trail.create_trail(Name="mine", S3BucketName=BUCKET, CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=ROLE, **settings)


def test_a_log_group_and_its_filters(suite, trail, bucket):
    """Deletions of buckets are counted, and an alarm tells of them."""
    with_group(suite, trail)
    counted = {"metricName": "Deleted", "metricNamespace": "Audit", "metricValue": "1"}
    pattern = '{ $.eventSource = "s3.amazonaws.com" && $.eventName = "DeleteBucket" && $.errorCode NOT EXISTS }'
    suite.client("logs").put_metric_filter(
        logGroupName="audit", filterName="deleted", filterPattern=pattern, metricTransformations=[counted]
    )
    suite.client().put_metric_alarm(
        AlarmName="deleted",
        Namespace="Audit",
        MetricName="Deleted",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Statistic="Sum",
    )
    trail.start_logging(Name="mine")
    s3 = suite.client("s3")
    for name in ("first", "second"):
        s3.create_bucket(Bucket=name)
    for name in ("first", "second", "nowhere"):
        try:
            s3.delete_bucket(Bucket=name)
        except ClientError:
            continue
    start = suite.now()
    suite.advance(10 * MINUTE)
    found = log_events(suite)
    assert names(found).count("DeleteBucket") == 3
    once(found)
    input = {"Namespace": "Audit", "MetricName": "Deleted", "Period": 60, "Statistics": ["Sum"]}
    points = suite.client().get_metric_statistics(**input, StartTime=start - HOUR, EndTime=suite.now() + MINUTE)["Datapoints"]
    assert sum(point["Sum"] for point in points) == 2
    told = suite.client().describe_alarm_history(AlarmName="deleted", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert any("to ALARM" in item["HistorySummary"] for item in told), told
    assert trail.get_trail_status(Name="mine")["LatestCloudWatchLogsDeliveryTime"]


def test_the_same_in_files_and_log_group(suite, trail, bucket):
    with_group(suite, trail)
    trail.start_logging(Name="mine")
    for number in range(20):
        call(suite, f"g{number}")
    suite.advance(HOUR)
    events = {record["eventID"]: record for record in log_events(suite)}
    assert events == {record["eventID"]: record for record in once(delivered(suite))}
    streams = suite.client("logs").describe_log_streams(logGroupName="audit")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == [f"{ACCOUNT}_CloudTrail_us-east-1"]


def test_a_log_group_that_is_gone_for_a_while(suite, trail, bucket):
    """Its error is told, the files go on, and it gets everything when it is back."""
    with_group(suite, trail)
    trail.start_logging(Name="mine")
    suite.client("logs").delete_log_group(logGroupName="audit")
    made = call(suite, "g")
    suite.advance(HOUR)
    assert made in ids(delivered(suite))
    assert trail.get_trail_status(Name="mine")["LatestCloudWatchLogsDeliveryError"]
    suite.client("logs").create_log_group(logGroupName="audit")
    suite.advance(6 * HOUR)
    assert made in ids(once(log_events(suite)))
    assert "LatestCloudWatchLogsDeliveryError" not in trail.get_trail_status(Name="mine")


class Callers:
    """Threads that make management calls, until nobody answers."""

    def __init__(self):
        # Request's id → what it made.
        self.made = {}
        self.lock = threading.Lock()

    def work(self, suite, round, thread, answered):
        region = ("us-east-1", "eu-west-1")[thread % 2]
        logs = suite.client("logs", region=region, connect_timeout=5, read_timeout=30)
        for number in range(100_000):
            name = f"{round}/{thread}/{number}"
            try:
                id = request_id(logs.create_log_group(logGroupName=name))
            except ClientError as error:
                # A refused call was made as well.
                id = request_id(error)
            except BotoCoreError:
                return
            with self.lock:
                self.made[id] = name
            answered.release()


@pytest.mark.parametrize("delivering", [False, True], ids=["calling", "delivering"])
def test_killed_in_the_middle_of_calls(tmp_path, delivering):
    """Every call that was answered is in exactly one file, and no event in two, wherever the process was killed."""
    chance, callers = random.Random(23 + delivering), Callers()
    suite = Suite(tmp_path)
    suite.client("s3").create_bucket(Bucket=BUCKET)
    suite.client("logs").create_log_group(logGroupName="audit")
    group = arn_of("log-group:audit:*")
    settings = {"IsMultiRegionTrail": True, "EnableLogFileValidation": True}
    settings |= {"CloudWatchLogsLogGroupArn": group, "CloudWatchLogsRoleArn": ROLE}
    suite.client("cloudtrail").create_trail(Name="mine", S3BucketName=BUCKET, **settings)
    suite.client("cloudtrail").start_logging(Name="mine")
    for round in range(4):
        answered = threading.Semaphore(0)
        threads = [threading.Thread(target=callers.work, args=(suite, round, thread, answered)) for thread in range(6)]
        if delivering:
            threads.append(threading.Thread(target=again, args=(suite.deliver,)))
        for thread in threads:
            thread.start()
        for _ in range(chance.randrange(40, 150)):
            assert answered.acquire(timeout=60), "nobody is answered any more"
        suite.kill()
        for thread in threads:
            thread.join()
        assert "panicked" not in suite.logged(), suite.logged()
        suite = Suite(tmp_path)
    suite.advance(3 * HOUR)
    records = once(delivered(suite))
    times = collections.Counter(ids(records))
    missing = [name for id, name in callers.made.items() if times[id] != 1]
    assert missing == [] and len(callers.made) >= 160, missing
    assert collections.Counter(ids(log_events(suite))) == times
    suite.is_well()
    for region in ("us-east-1", "eu-west-1"):
        found = Validation(suite, suite.now() - DAY, region=region)
        assert found.status == 0 and "INVALID" not in found.said, found.said
        assert found.ratio("log")[0] == len([key for key in log_keys(suite) if f"/{region}/" in key]), found.said
    suite.stop()
