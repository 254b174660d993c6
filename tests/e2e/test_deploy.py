"""The deployed suite, driven from outside as its users drive it."""

import base64
import datetime as dt
import gzip
import json
import random

import pytest
from botocore.exceptions import ClientError
from conftest import ROOT, eventually

UTC = dt.timezone.utc
MINUTE = dt.timedelta(minutes=1)
REGION_EU = [{"Name": "Region", "Value": "EU"}]


def minutes_ago(minutes):
    return dt.datetime.now(UTC).replace(second=0, microsecond=0) - minutes * MINUTE


def test_the_stack_is_complete(stack):
    assert stack.status == "CREATE_COMPLETE"
    schedules = stack.client("scheduler")
    found = [schedules.get_schedule(Name=each["Name"]) for each in schedules.list_schedules()["Schedules"]]
    expressions = {each["Target"]["Arn"].split(":")[-1]: each["ScheduleExpression"] for each in found}
    assert expressions == {
        stack.outputs["AlarmsFunction"]: "rate(1 minute)",
        stack.outputs["DeliveryFunction"]: "rate(1 minute)",
        stack.outputs["RetentionFunction"]: "cron(17 3 ? * SUN *)",
        stack.outputs["SubscriptionsFunction"]: "rate(1 minute)",
    }
    assert {each["State"] for each in found} == {"ENABLED"}
    # Without it the function is sent the event of events/schedule-*.json.
    assert not any("Input" in each["Target"] for each in found)
    sources = stack.client("lambda").list_event_source_mappings(FunctionName=stack.outputs["RetentionFunction"])
    assert [source["State"] for source in sources["EventSourceMappings"]] == ["Enabled"]


def test_the_functions_are_locked(stack):
    """Each asks for a key of the suite, and for what its policy allows; the stack's AWS credentials are none."""
    shop = stack.make_key("shop", "--allow", "cloudwatch:PutMetricData", "--namespace", "Locked")
    asks = {
        "cloudwatch": ("Url", lambda client: client.list_metrics()),
        "logs": ("LogsUrl", lambda client: client.describe_log_groups()),
        "cloudtrail": ("TrailUrl", lambda client: client.lookup_events()),
    }
    for service, (output, ask) in asks.items():
        keys = {
            ("test", "test"): ("InvalidClientTokenId", "UnrecognizedClientException"),
            (shop[0], "wrong"): ("SignatureDoesNotMatch", "InvalidSignatureException"),
            shop: ("AccessDenied", "AccessDeniedException"),
        }
        for key, codes in keys.items():
            with pytest.raises(ClientError) as refused:
                ask(stack.watchtrail(service, output, key))
            assert refused.value.response["Error"]["Code"] in codes
        ask(stack.watchtrail(service, output))
    cloudwatch = stack.watchtrail("cloudwatch", "Url", shop)
    data = [{"MetricName": "m", "Value": 1}]
    cloudwatch.put_metric_data(Namespace="Locked", MetricData=data)
    with pytest.raises(ClientError, match="because no identity-based policy allows"):
        cloudwatch.put_metric_data(Namespace="Other", MetricData=data)


def test_values_before_and_after_delivery(stack):
    cloudwatch, start = stack.cloudwatch, minutes_ago(10)
    orders = {"MetricName": "Orders", "Dimensions": REGION_EU, "Unit": "Count"}
    data = [
        {**orders, "Timestamp": start, "Value": 42},
        {**orders, "Timestamp": start + MINUTE / 3, "Value": 8},
        {**orders, "Timestamp": start + MINUTE, "Values": [1, 2, 3.5], "Counts": [3, 2, 1]},
        {
            **orders,
            "Timestamp": start + 2 * MINUTE,
            "StatisticValues": {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 6},
        },
    ]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)

    def read():
        span = {"StartTime": start, "EndTime": start + 5 * MINUTE}
        metric = {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": REGION_EU}
        names = ["SampleCount", "Sum", "Minimum", "Maximum", "Average"]
        points = cloudwatch.get_metric_statistics(**metric, **span, Period=60, Statistics=names)["Datapoints"]
        statistics = {point["Timestamp"]: [point[name] for name in names] for point in points}
        queries = [{"Id": "sum", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]
        found = cloudwatch.get_metric_data(MetricDataQueries=queries, **span, ScanBy="TimestampAscending")
        series = found["MetricDataResults"][0]
        listed = cloudwatch.list_metrics(Namespace="Shop")["Metrics"]
        return statistics, dict(zip(series["Timestamps"], series["Values"])), listed

    expected = (
        {
            start: [2, 50, 8, 42, 25],
            start + MINUTE: [6, 10.5, 1, 3.5, 1.75],
            start + 2 * MINUTE: [4, 10, 1, 6, 2.5],
        },
        {start: 50, start + MINUTE: 10.5, start + 2 * MINUTE: 10},
        [{"Namespace": "Shop", "MetricName": "Orders", "Dimensions": REGION_EU}],
    )
    assert read() == expected
    assert stack.invoke("DeliveryFunction", "schedule-delivery")["generations"] == 0, "delivered before it was due"
    assert stack.objects("metrics/") == []

    # Eight mebibytes that wait are due at once, where five minutes would be too long for a test. They are of the same
    # partition, so the values above are delivered with them. Random samples are hardly compressed: a quarter of a
    # mebibyte a request, and each environment that the requests went to counts whole mebibytes only.
    dice = random.Random(1)
    for _ in range(45):
        noise = [
            {"MetricName": f"noise-{n}", "Timestamp": minutes_ago(9), "Values": [dice.random() for _ in range(150)]}
            for n in range(270)
        ]
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=noise)
    # The schedule does it, which began to count its minute when the stack was made.
    assert eventually(90, lambda: stack.objects("metrics/")), "the schedule delivered nothing"
    assert stack.invoke("DeliveryFunction", "schedule-delivery")["failures"] == 0
    assert all(name.endswith(".parquet") for name in stack.objects("metrics/"))
    statistics, data, listed = read()
    assert (statistics, data) == expected[:2]
    assert expected[2][0] in listed


def topic_with_queue(stack, name):
    """A topic, and what asks for messages of a queue that is subscribed to it."""
    sns, sqs = stack.client("sns"), stack.client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}}
    allowed = {**sender, "Action": "sqs:SendMessage", "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages")


def test_an_alarm_fires_to_a_topic(stack):
    """By the schedule, from a put to a message in a queue that is subscribed."""
    topic, received = topic_with_queue(stack, "ops")
    stack.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Alarmed",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    stack.cloudwatch.put_metric_data(Namespace="Alarmed", MetricData=[{"MetricName": "Errors", "Value": 2}])

    # The minute of the data point ends first, and then the schedule's next minute comes.
    messages = eventually(150, received)
    assert messages, "nobody was told"
    notification = json.loads(messages[0]["Body"])
    assert notification["Subject"] == 'ALARM: "errors" in US East (N. Virginia)'
    message = json.loads(notification["Message"])
    assert (message["AlarmName"], message["OldStateValue"], message["NewStateValue"]) == (
        "errors",
        "INSUFFICIENT_DATA",
        "ALARM",
    )
    alarm = stack.cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]
    assert (alarm["StateValue"], alarm["AlarmArn"]) == ("ALARM", message["AlarmArn"])
    summaries = [
        item["HistorySummary"]
        for item in stack.cloudwatch.describe_alarm_history(AlarmName="errors")["AlarmHistoryItems"]
    ]
    assert f"Successfully executed action {topic}" in summaries
    # What the functions' roles let them do besides: suppress, mute, change, delete.
    stack.cloudwatch.put_alarm_mute_rule(
        Name="night",
        Rule={"Schedule": {"Expression": "cron(0 2 * * *)", "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": ["errors"]},
    )
    stack.cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="a test")
    assert stack.invoke("AlarmsFunction", "schedule-alarms")["failures"] == 0
    stack.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="night")
    stack.cloudwatch.delete_alarms(AlarmNames=["errors"])
    assert stack.cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_logs_before_and_after_delivery(stack):
    """Events, what is read of them, and what flows from them: a metric and a subscription."""
    logs, kinesis = stack.logs, stack.client("kinesis")
    logs.create_log_group(logGroupName="/shop/web", tags={"team": "shop"})
    logs.create_log_stream(logGroupName="/shop/web", logStreamName="a")
    logs.put_retention_policy(logGroupName="/shop/web", retentionInDays=30)
    logs.put_metric_filter(
        logGroupName="/shop/web",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[{"metricName": "Errors", "metricNamespace": "Logged", "metricValue": "1"}],
    )
    # The role may send where the parameter `SubscriptionTargets` says.
    kinesis.create_stream(StreamName="watchtrail-e2e", ShardCount=1)
    assert eventually(30, lambda: kinesis.describe_stream(StreamName="watchtrail-e2e")["StreamDescription"]["StreamStatus"] == "ACTIVE")
    arn = kinesis.describe_stream(StreamName="watchtrail-e2e")["StreamDescription"]["StreamARN"]
    logs.put_subscription_filter(
        logGroupName="/shop/web",
        filterName="to-kinesis",
        filterPattern="ERROR",
        destinationArn=arn,
        roleArn="arn:aws:iam::000000000000:role/logs",
    )
    now = int(dt.datetime.now(UTC).timestamp() * 1000)
    texts = ["GET /cart 200", "ERROR out of cheese", "GET /cart 200"]
    place = {"logGroupName": "/shop/web", "logStreamName": "a"}
    logs.put_log_events(**place, logEvents=[{"timestamp": now + n, "message": text} for n, text in enumerate(texts)])

    def read():
        events = logs.get_log_events(**place, startFromHead=True, limit=3)["events"]
        found = logs.filter_log_events(logGroupName="/shop/web", filterPattern="?cheese ?absent")["events"]
        return [event["message"] for event in events], [(event["eventId"], event["message"]) for event in found]

    before = read()
    assert (before[0], [message for _, message in before[1]]) == (texts, texts[1:2])
    start = minutes_ago(5)
    counted = stack.cloudwatch.get_metric_statistics(
        Namespace="Logged", MetricName="Errors", Period=60, Statistics=["Sum"], StartTime=start, EndTime=start + 20 * MINUTE
    )
    assert [point["Sum"] for point in counted["Datapoints"]] == [1]

    # The schedule sends what waits.
    shard = kinesis.describe_stream(StreamName="watchtrail-e2e")["StreamDescription"]["Shards"][0]["ShardId"]

    def sent():
        place = kinesis.get_shard_iterator(
            StreamName="watchtrail-e2e", ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = kinesis.get_records(ShardIterator=place)["Records"]
        messages = [json.loads(gzip.decompress(record["Data"])) for record in records]
        return [message for message in messages if message["messageType"] == "DATA_MESSAGE"]

    messages = eventually(90, sent)
    assert messages, "the subscription got nothing"
    assert (messages[0]["logGroup"], messages[0]["logStream"]) == ("/shop/web", "a")
    assert [(event["id"], event["message"]) for event in messages[0]["logEvents"]] == before[1]
    assert stack.invoke("SubscriptionsFunction", "schedule-subscriptions")["failures"] == 0

    # As much as is delivered at once (see above), and as noise.
    dice = random.Random(2)
    for _ in range(16):
        noise = [
            {"timestamp": now + 10, "message": base64.b85encode(dice.randbytes(40_000)).decode()} for _ in range(20)
        ]
        logs.put_log_events(**place, logEvents=noise)
    assert eventually(90, lambda: stack.objects("logs/")), "the schedule delivered nothing"
    assert stack.invoke("DeliveryFunction", "schedule-delivery")["failures"] == 0
    assert read() == before
    group = logs.describe_log_groups(logGroupNamePrefix="/shop")["logGroups"][0]
    assert group["storedBytes"] == sum(26 + len(text) for text in texts) + 16 * 20 * (26 + 50_000)

    # What the API function's role lets it do besides.
    logs.delete_subscription_filter(logGroupName="/shop/web", filterName="to-kinesis")
    logs.delete_log_stream(logGroupName="/shop/web", logStreamName="a")
    assert logs.filter_log_events(logGroupName="/shop/web")["events"] == []
    logs.delete_log_group(logGroupName="/shop/web")
    assert logs.describe_log_groups(logGroupNamePrefix="/shop")["logGroups"] == []


def test_logs_are_exported(stack):
    logs, s3 = stack.logs, stack.client("s3")
    logs.create_log_group(logGroupName="exported")
    logs.create_log_stream(logGroupName="exported", logStreamName="a")
    now = int(dt.datetime.now(UTC).timestamp() * 1000)
    event = {"timestamp": now - 1000, "message": "kept elsewhere"}
    logs.put_log_events(logGroupName="exported", logStreamName="a", logEvents=[event])
    # The role may write where the parameter `ExportBuckets` says.
    s3.create_bucket(Bucket="watchtrail-export-e2e")
    task = logs.create_export_task(
        logGroupName="exported", fromTime=now - 60_000, to=now, destination="watchtrail-export-e2e", destinationPrefix="x"
    )["taskId"]

    def status():
        found = logs.describe_export_tasks(taskId=task)["exportTasks"][0]["status"]
        return found if found["code"] not in ("PENDING", "RUNNING") else None

    ended = eventually(120, status)
    assert ended and ended["code"] == "COMPLETED", ended
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket="watchtrail-export-e2e")["Contents"]]
    key = next(key for key in keys if key.startswith(f"x/{task}/a/"))
    body = gzip.decompress(s3.get_object(Bucket="watchtrail-export-e2e", Key=key)["Body"].read()).decode()
    assert body.endswith(" kept elsewhere\n")


def test_the_accounts_own_log_groups_flow_in(stack):
    """What CloudWatch Logs sends to a function that a subscription filter names, and again, as it may."""
    event = json.loads((ROOT / "events/subscription-logs.json").read_text())
    message = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    message["owner"] = stack.outputs["LogsFunctionArn"].split(":")[4]
    now = int(dt.datetime.now(UTC).timestamp() * 1000)
    for number, each in enumerate(message["logEvents"]):
        each["timestamp"] = now + number
    event["awslogs"]["data"] = base64.b64encode(gzip.compress(json.dumps(message).encode())).decode()
    for _ in range(2):
        stack.invoke("LogsFunction", event)
    events = stack.logs.filter_log_events(logGroupName=message["logGroup"])["events"]
    assert [(event["logStreamName"], event["message"]) for event in events] == [
        (message["logStream"], event["message"]) for event in message["logEvents"]
    ]


def test_a_trail_is_delivered(stack):
    """Calls to the deployed APIs are recorded, found, and delivered to a trail; records of the account come by the queue."""
    trail, s3, sqs = stack.trail, stack.client("s3"), stack.client("sqs")
    bucket = stack.outputs["TrailBucket"]
    topic, received = topic_with_queue(stack, "files")
    with pytest.raises(ClientError, match="SNS Topic does not exist"):
        trail.create_trail(Name="main", S3BucketName=bucket, SnsTopicName="nowhere")
    stack.logs.create_log_group(logGroupName="trail-events")
    account = stack.outputs["LogsFunctionArn"].split(":")[4]
    place = {
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-1:{account}:log-group:trail-events:*",
        "CloudWatchLogsRoleArn": f"arn:aws:iam::{account}:role/trail",
    }
    trail.create_trail(Name="main", S3BucketName=bucket, SnsTopicName=topic, EnableLogFileValidation=True, **place)
    trail.start_logging(Name="main")
    stack.logs.create_log_group(logGroupName="audited")
    event = json.loads((ROOT / "events/queue-trail.json").read_text())["Records"][0]["body"]
    event = json.loads(event)
    event["detail"] |= {"recipientAccountId": account, "eventTime": dt.datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    queue = sqs.get_queue_url(QueueName=stack.outputs["TrailQueueArn"].split(":")[-1])["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))

    def found(name):
        attributes = [{"AttributeKey": "EventName", "AttributeValue": name}]
        return trail.lookup_events(LookupAttributes=attributes)["Events"]

    group = [json.loads(each["CloudTrailEvent"]) for each in found("CreateLogGroup")]
    assert "audited" in [each["requestParameters"]["logGroupName"] for each in group]
    signed_in = eventually(60, lambda: found("ConsoleLogin"))
    assert [each["EventId"] for each in signed_in] == [event["detail"]["eventID"]]

    # Applications' own events, and so many bytes of them that they are delivered at once (see above).
    destination = {"Type": "EVENT_DATA_STORE", "Location": "event-history"}
    channel = trail.create_channel(Name="app", Source="Custom", Destinations=[destination])["ChannelArn"]
    data, dice = stack.watchtrail("cloudtrail-data", "TrailUrl"), random.Random(3)
    for request in range(20):
        events = [
            {
                "version": "1.0",
                "userIdentity": {"type": "CustomUserIdentity", "principalId": "p-1"},
                "eventSource": "shop.example",
                "eventName": "Noise",
                "eventTime": event["detail"]["eventTime"],
                "UID": f"{request}-{number}",
                "recipientAccountId": account,
                "requestParameters": {"noise": base64.b85encode(dice.randbytes(40_000)).decode()},
            }
            for number in range(14)
        ]
        entries = [{"id": each["UID"], "eventData": json.dumps(each)} for each in events]
        assert data.put_audit_events(channelArn=channel, auditEvents=entries)["failed"] == []

    def files():
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"AWSLogs/{account}/CloudTrail/").get("Contents", [])
        return [json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read())) for each in listed]

    delivered = eventually(120, files)
    assert delivered, "nothing was delivered"
    names = [record["eventName"] for file in delivered for record in file["Records"]]
    assert {"StartLogging", "CreateLogGroup"} <= set(names)
    assert (names.count("ConsoleLogin"), names.count("Noise")) == (1, 20 * 14)
    notices = eventually(120, received)
    assert notices, "nobody was told of the files"
    notice = json.loads(json.loads(notices[0]["Body"])["Message"])
    assert notice["s3Bucket"] == bucket and notice["s3ObjectKey"][0].startswith(f"AWSLogs/{account}/CloudTrail/")
    # Larger batches than fit an item go to the group by way of the bucket.
    asked = {"logGroupName": "trail-events", "filterPattern": "ConsoleLogin"}
    events = eventually(120, lambda: stack.logs.filter_log_events(**asked)["events"])
    assert events, trail.get_trail_status(Name="main")
    assert trail.get_trail_status(Name="main")["IsLogging"]
    trail.stop_logging(Name="main")
    trail.delete_trail(Name="main")
    assert trail.describe_trails()["trailList"] == []


def test_bad_input_is_refused_in_the_words_of_aws(stack):
    long_ago = {"MetricName": "Orders", "Value": 1, "Timestamp": dt.datetime(2020, 1, 1, tzinfo=UTC)}
    with pytest.raises(ClientError) as refused:
        stack.cloudwatch.put_metric_data(Namespace="Refused", MetricData=[long_ago])
    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("InvalidParameterValue", 400)
    assert "past two weeks" in error["Error"]["Message"]
    assert stack.cloudwatch.list_metrics(Namespace="Refused")["Metrics"] == []
    with pytest.raises(ClientError) as refused:
        stack.cloudwatch.list_dashboards()
    assert refused.value.response["Error"]["Code"] == "InvalidAction"


def test_what_the_index_forgets_is_deleted(stack):
    """The stream of the index table, through its filter, to the function."""
    record = json.loads((ROOT / "events/stream-retention.json").read_text())["Records"][0]["dynamodb"]
    name, bucket = record["OldImage"]["object"]["S"], stack.outputs["Bucket"]
    stack.client("s3").put_object(Bucket=bucket, Key=name, Body=b"")
    table = {"TableName": stack.outputs["IndexTable"]}
    dynamodb = stack.client("dynamodb")
    # The item has to come first: what the stream tells of it is filtered out.
    dynamodb.put_item(**table, Item=record["OldImage"])
    dynamodb.delete_item(**table, Key=record["Keys"])
    assert eventually(60, lambda: not stack.objects(name)), "the object is still there"

    # And the two events of events/, as `sam local invoke` would send them.
    stack.client("s3").put_object(Bucket=bucket, Key=name, Body=b"")
    assert stack.invoke("RetentionFunction", "stream-retention") == {"batchItemFailures": [], "deleted": 1}
    assert stack.objects(name) == []
    assert stack.invoke("RetentionFunction", "schedule-retention")["batchItemFailures"] == []
