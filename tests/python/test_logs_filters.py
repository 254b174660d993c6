"""Metric filters and subscription filters as boto3 sees them. What they do with events is tested elsewhere."""

import pytest
from logs import ACCOUNT, REGION, ROLE, arn, invalid, missing, pages, refused, violated
from test_logs_resources import at_once

LIMIT = "LimitExceededException", "Resource limit exceeded."
FUNCTION = arn("function:f", service="lambda")
STREAM = arn("stream/s", service="kinesis")
DELIVERY = arn("deliverystream/s", service="firehose")
DESTINATIONS = pytest.mark.local("destinations, which need not exist")


@pytest.fixture
def logs(suite):
    client = suite.client("logs")
    client.create_log_group(logGroupName="g")
    return client


def made(**changes):
    metric = {"metricName": "m", "metricNamespace": "N", "metricValue": "1"} | changes
    return {name: value for name, value in metric.items() if value is not None}


def put(logs, name="f", pattern="", group="g", metric=None, **input):
    transformations = [metric or made()]
    return dict(logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=transformations) | input


def filters(logs, **input):
    return logs.describe_metric_filters(**input)["metricFilters"]


def names(logs, **input):
    return [filter["filterName"] for filter in filters(logs, **input)]


def test_a_metric_filter_is_put_and_shown(suite, logs):
    metric = made(metricValue="$.size", dimensions={"Host": "$.host", "Dienst": "$.dienst"}, unit="Bytes")
    logs.put_metric_filter(**put(logs, "ä b", "{ $.size > 0 }", metric=metric))
    logs.put_metric_filter(**put(logs, "b", " ", metric=made(defaultValue=0.5)))
    first, second = filters(logs, logGroupName="g")
    assert second == {
        "filterName": "ä b",
        "filterPattern": "{ $.size > 0 }",
        "metricTransformations": [metric],
        "creationTime": second["creationTime"],
        "logGroupName": "g",
        "applyOnTransformedLogs": False,
    }
    assert abs(second["creationTime"] / 1000 - suite.now()) < 60
    assert first["metricTransformations"] == [made(defaultValue=0.5)]
    assert logs.describe_log_groups()["logGroups"][0]["metricFilterCount"] == 2


def test_a_metric_filter_is_replaced_and_deleted(suite, logs):
    logs.put_metric_filter(**put(logs))
    [before] = filters(logs)
    suite.advance(60)
    logs.put_metric_filter(**put(logs, pattern="ERROR", metric=made(metricName="n")))
    [after] = filters(logs)
    assert (after["filterPattern"], after["metricTransformations"]) == ("ERROR", [made(metricName="n")])
    assert after["creationTime"] == before["creationTime"]
    logs.delete_metric_filter(logGroupName="g", filterName="f")
    gone = "The specified metric filter does not exist."
    missing(logs.delete_metric_filter, gone, logGroupName="g", filterName="f")
    missing(logs.delete_metric_filter, logGroupName="h", filterName="f")
    assert filters(logs) == []


def test_what_is_no_metric_filter(logs):
    def wrong(message, **input):
        invalid(logs.put_metric_filter, message, **put(logs, **input))

    wrong("Invalid character(s) in term '='", pattern="level=ERROR")
    wrong("If a filter pattern starts with '{' it must end with '}'", pattern="{ $.a = 1")
    wrong("Invalid metric filter pattern", pattern="{ $.a }")
    exclusive = "Invalid metric transformation: dimensions and default value are mutually exclusive properties"
    both = made(dimensions={"a": "$.a"}, defaultValue=1)
    wrong(exclusive, pattern="{ $.a = 1 }", metric=both)
    without = "The specified filter pattern does not support dimensions"
    wrong(without, pattern="ERROR", metric=made(dimensions={"a": "$.a"}))
    many = {f"d{n}": f"$.d{n}" for n in range(4)}
    wrong(..., pattern="{ $.a = 1 }", metric=made(dimensions=many))
    wrong("Invalid metric transformation: metric value x must be a valid number", metric=made(metricValue="x"))
    wrong(..., metric=made(metricName="a:b"))
    wrong(..., metric=made(unit="Parsec"))
    wrong(violated("'a:b'", "filterName", "Member must satisfy regular expression pattern: [^:*]*"), name="a:b")
    long = "Member must have length less than or equal to 1024"
    wrong(violated(f"'{'x' * 1025}'", "filterPattern", long), pattern="x" * 1025)
    wrong(..., metricTransformations=[made(), made()])
    wrong(..., metricTransformations=[])
    wrong("applyOnTransformedLogs is not supported yet by this suite", applyOnTransformedLogs=True)
    wrong("fieldSelectionCriteria is not supported yet by this suite", fieldSelectionCriteria='@aws.region = "x"')
    wrong("emitSystemFieldDimensions is not supported yet by this suite", emitSystemFieldDimensions=["@aws.account"])
    missing(logs.put_metric_filter, **put(logs, group="h"))
    assert filters(logs) == []
    logs.put_metric_filter(**put(logs, applyOnTransformedLogs=False, fieldSelectionCriteria="", emitSystemFieldDimensions=[]))


@DESTINATIONS
def test_other_classes_have_no_filters(logs):
    logs.create_log_group(logGroupName="ia", logGroupClass="INFREQUENT_ACCESS")
    refused(logs.put_metric_filter, "InvalidOperationException", ..., **put(logs, group="ia"))
    subscription = dict(logGroupName="ia", filterName="f", filterPattern="", destinationArn=FUNCTION)
    refused(logs.put_subscription_filter, "InvalidOperationException", ..., **subscription)


def test_metric_filters_by_page_prefix_and_metric(logs):
    logs.create_log_group(logGroupName="a")
    for n in range(7):
        logs.put_metric_filter(**put(logs, f"f{n}", metric=made(metricName=f"m{n % 2}")))
    logs.put_metric_filter(**put(logs, "f3", group="a", metric=made(metricName="m1", metricNamespace="M")))
    logs.put_metric_filter(**put(logs, "x", group="a"))
    for size in (1, 3, 7, 50):
        paged = pages(logs.describe_metric_filters, "metricFilters", size, logGroupName="g")
        assert [one["filterName"] for one in paged] == [f"f{n}" for n in range(7)]
        paged = pages(logs.describe_metric_filters, "metricFilters", size)
        every = [("f0", "g"), ("f1", "g"), ("f2", "g"), ("f3", "a"), ("f3", "g")]
        every += [("f4", "g"), ("f5", "g"), ("f6", "g"), ("x", "a")]
        assert [(one["filterName"], one["logGroupName"]) for one in paged] == every
    assert names(logs, logGroupName="g", filterNamePrefix="f3") == ["f3"]
    assert names(logs, filterNamePrefix="f3") == ["f3", "f3"]
    assert names(logs, metricName="m1", metricNamespace="N") == ["f1", "f3", "f5"]
    assert names(logs, metricName="m1", metricNamespace="M") == ["f3"]
    assert names(logs, logGroupName="a", metricName="m1", metricNamespace="N") == []
    invalid(logs.describe_metric_filters, ..., metricName="m1")
    invalid(logs.describe_metric_filters, ..., metricNamespace="N")
    missing(logs.describe_metric_filters, logGroupName="h")
    invalid(logs.describe_metric_filters, "The specified nextToken is invalid.", nextToken="x")


def test_no_more_than_a_hundred_metric_filters(logs):
    for n in range(100):
        logs.put_metric_filter(**put(logs, f"f{n}"))
    refused(logs.put_metric_filter, *LIMIT, **put(logs, "one more"))
    logs.put_metric_filter(**put(logs, "f7", pattern="ERROR"))
    logs.delete_metric_filter(logGroupName="g", filterName="f8")
    logs.put_metric_filter(**put(logs, "one more"))
    assert len(pages(logs.describe_metric_filters, "metricFilters", 50)) == 100


@DESTINATIONS
def test_no_more_than_five_patterns_with_a_regex(logs):
    for n in range(4):
        logs.put_metric_filter(**put(logs, f"f{n}", "%a+%"))
    subscription = dict(logGroupName="g", destinationArn=FUNCTION, filterPattern="{ $.a = %b% }")
    logs.put_subscription_filter(filterName="s", **subscription)
    refused(logs.put_metric_filter, *LIMIT, **put(logs, "one more", "%a%"))
    refused(logs.put_subscription_filter, *LIMIT, filterName="t", **subscription)
    logs.put_metric_filter(**put(logs, "one more", "a"))
    # What is replaced does not count twice.
    logs.put_metric_filter(**put(logs, "f1", "%b%"))
    logs.put_subscription_filter(filterName="s", **subscription)


def test_a_pattern_is_tried(logs):
    def tried(pattern, *messages):
        return logs.test_metric_filter(filterPattern=pattern, logEventMessages=list(messages))["matches"]

    line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /a.gif HTTP/1.0" 404 1534'
    pattern = "[ip, identity, user_id, timestamp, request, status_code=4*, size]"
    assert tried(pattern, line.replace("404", "200"), line) == [
        {
            "eventNumber": 1,
            "eventMessage": line,
            "extractedValues": {
                "$ip": "127.0.0.1",
                "$identity": "-",
                "$user_id": "frank",
                "$timestamp": "10/Oct/2000:13:25:15 -0700",
                "$request": "GET /a.gif HTTP/1.0",
                "$status_code": "404",
                "$size": "1534",
            },
        }
    ]
    matches = tried("{ $.a > 1 }", '{"a": 2}', '{"a": 1}', "no JSON", '{"a": 3}')
    assert [(match["eventNumber"], match["extractedValues"]) for match in matches] == [(0, {}), (3, {})]
    assert tried("", "anything") == [{"eventNumber": 0, "eventMessage": "anything", "extractedValues": {}}]
    assert tried("nothing", "anything") == []
    invalid(logs.test_metric_filter, "Invalid metric filter pattern", filterPattern="{ $.a }", logEventMessages=["a"])
    invalid(logs.test_metric_filter, ..., filterPattern="", logEventMessages=[])
    invalid(logs.test_metric_filter, ..., filterPattern="", logEventMessages=["a"] * 51)


def subscribe(destination=FUNCTION, name="f", group="g", **input):
    subscription = dict(logGroupName=group, filterName=name, filterPattern="", destinationArn=destination)
    return subscription | input


def subscriptions(logs, **input):
    return logs.describe_subscription_filters(logGroupName="g", **input)["subscriptionFilters"]


@DESTINATIONS
def test_a_subscription_is_put_replaced_shown_and_deleted(suite, logs):
    assert subscriptions(logs) == []
    logs.put_subscription_filter(**subscribe(filterPattern="ERROR"))
    logs.put_subscription_filter(**subscribe(STREAM, "é", roleArn=ROLE, distribution="Random"))
    first, second = subscriptions(logs)
    created = first["creationTime"]
    assert abs(created / 1000 - suite.now()) < 60
    assert first == {
        "filterName": "f",
        "logGroupName": "g",
        "filterPattern": "ERROR",
        "destinationArn": FUNCTION,
        "distribution": "ByLogStream",
        "applyOnTransformedLogs": False,
        "creationTime": created,
    }
    assert (second["roleArn"], second["distribution"]) == (ROLE, "Random")
    for size in (1, 2):
        paged = pages(logs.describe_subscription_filters, "subscriptionFilters", size, logGroupName="g")
        assert [one["filterName"] for one in paged] == ["f", "é"]
    assert [one["filterName"] for one in subscriptions(logs, filterNamePrefix="é")] == ["é"]
    suite.advance(60)
    logs.put_subscription_filter(**subscribe(DELIVERY, roleArn=ROLE))
    assert subscriptions(logs)[0]["destinationArn"] == DELIVERY
    assert subscriptions(logs)[0]["creationTime"] == created
    refused(logs.put_subscription_filter, *LIMIT, **subscribe(name="third"))
    logs.delete_subscription_filter(logGroupName="g", filterName="f")
    logs.put_subscription_filter(**subscribe(name="third"))
    gone = "The specified subscription filter does not exist."
    missing(logs.delete_subscription_filter, gone, logGroupName="g", filterName="f")
    missing(logs.delete_subscription_filter, logGroupName="h", filterName="f")
    missing(logs.describe_subscription_filters, logGroupName="h")
    missing(logs.put_subscription_filter, **subscribe(group="h"))


def test_where_a_subscription_cannot_go(logs):
    def wrong(code, message, *destination, **input):
        refused(logs.put_subscription_filter, code, message, **subscribe(*destination, **input))

    bad, denied = "InvalidParameterException", "AccessDeniedException"
    role = {"roleArn": ROLE}
    wrong(bad, "destinationArn for vendor kinesis cannot be used without roleArn", STREAM)
    wrong(bad, "destinationArn for vendor firehose cannot be used without roleArn", DELIVERY)
    wrong(bad, "destinationArn for vendor lambda cannot be used with roleArn", FUNCTION, **role)
    vendor = "PutSubscriptionFilter operation cannot work with destinationArn for vendor {}"
    wrong(bad, vendor.format("sns"), arn("topic", service="sns"))
    wrong(bad, ..., "not an arn")
    wrong(bad, ..., arn("function:f", service="lambda", region="eu-west-1"))
    other = "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers."
    # Observed: said before the group is looked for.
    wrong(denied, other, arn("function:f", service="lambda", account="210987654321"), group="h")
    wrong(denied, ..., arn("stream/s", service="kinesis", account="210987654321"), **role)
    wrong(denied, ..., STREAM, roleArn="arn:aws:iam::210987654321:role/r")
    wrong("ResourceNotFoundException", "The specified destination does not exist.", arn("destination:d"))
    wrong(bad, "applyOnTransformedLogs is not supported yet by this suite", applyOnTransformedLogs=True)
    wrong(bad, "emitSystemFields is not supported yet by this suite", emitSystemFields=["@aws.account"])
    wrong(bad, "Invalid subscription filter pattern", filterPattern="{ $.a }")
    values = "Member must satisfy enum value set: [Random, ByLogStream]"
    wrong(bad, violated("'x'", "distribution", values), distribution="x")
    assert subscriptions(logs) == []


@DESTINATIONS
def test_a_subscription_to_a_destination_of_another_account(suite, logs):
    owner = suite.client("logs", key="210987654321")
    target = dict(targetArn=arn("stream/s", service="kinesis", account="210987654321"), roleArn="arn:aws:iam::210987654321:role/r")
    destination = owner.put_destination(destinationName="d", **target)["destination"]["arn"]
    assert destination == arn("destination:d", account="210987654321")
    refused(logs.put_subscription_filter, "AccessDeniedException", ..., **subscribe(destination))
    policy = '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"logs:PutSubscriptionFilter","Resource":"%s"}]}'
    owner.put_destination_policy(destinationName="d", accessPolicy=policy % (ACCOUNT, destination))
    logs.put_subscription_filter(**subscribe(destination))
    assert subscriptions(logs)[0]["destinationArn"] == destination
    # One's own needs no policy.
    own = logs.put_destination(destinationName="d", targetArn=STREAM, roleArn=ROLE)["destination"]["arn"]
    logs.put_subscription_filter(**subscribe(own, "own"))
    elsewhere = arn("destination:d", region="eu-west-1")
    assert REGION != "eu-west-1"
    invalid(logs.put_subscription_filter, ..., **subscribe(elsewhere))


@DESTINATIONS
def test_nothing_is_lost_when_many_change_a_group_at_once(suite, logs):
    def filter(n):
        return lambda client: client.put_metric_filter(**put(logs, f"f{n}"))

    def stream(n):
        return lambda client: client.create_log_stream(logGroupName="g", logStreamName=f"s{n}")

    def tag(n):
        return lambda client: client.tag_log_group(logGroupName="g", tags={f"k{n}": "v"})

    calls = [make(n) for n in range(25) for make in (filter, stream, tag)]
    calls.append(lambda client: client.put_retention_policy(logGroupName="g", retentionInDays=7))
    calls.append(lambda client: client.put_subscription_filter(**subscribe()))
    at_once(suite, calls)
    assert len(filters(logs)) == 25
    assert len(logs.describe_log_streams(logGroupName="g")["logStreams"]) == 25
    assert len(logs.list_tags_log_group(logGroupName="g")["tags"]) == 25
    assert len(subscriptions(logs)) == 1
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    at_once(suite, [lambda client, n=n: client.delete_metric_filter(logGroupName="g", filterName=f"f{n}") for n in range(24)])
    assert names(logs) == ["f24"]


@DESTINATIONS
def test_two_of_many_subscriptions_find_a_place(suite, logs):
    def subscribe_one(n):
        def call(client):
            try:
                client.put_subscription_filter(**subscribe(name=f"f{n}"))
                return True
            except client.exceptions.LimitExceededException:
                return False

        return call

    assert sum(at_once(suite, [subscribe_one(n) for n in range(16)])) == 2
    assert len(subscriptions(logs)) == 2
