"""Channels, audit events of applications, and the event history."""

import base64
import datetime as dt
import hashlib
import json

from conftest import UTC
from logs import refused, without_metadata
from trails import ACCOUNT, HISTORY, arn, trail  # noqa: F401 (fixtures)
import pytest


@pytest.fixture
def channel(trail):
    return trail.create_channel(Name="shop", Source="Custom", Destinations=[HISTORY])["ChannelArn"]


@pytest.fixture
def data(suite):
    return suite.client("cloudtrail-data")


def event(suite, uid, name="Refund", seconds_ago=0, now=None, **fields):
    at = dt.datetime.fromtimestamp(int(now or suite.now()) - seconds_ago, UTC)
    return json.dumps({
        "version": "1.0",
        "userIdentity": {"type": "CustomUserIdentity", "principalId": "p-1", "userName": "ann"},
        "eventSource": "shop.example",
        "eventName": name,
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "UID": uid,
        "recipientAccountId": ACCOUNT,
        **fields,
    })


def put(data, channel, *events):
    entries = [{"id": str(number), "eventData": text} for number, text in enumerate(events)]
    return data.put_audit_events(channelArn=channel, auditEvents=entries)


def test_channels(suite, trail):
    made = without_metadata(
        trail.create_channel(Name="shop", Source="Custom", Destinations=[HISTORY], Tags=[{"Key": "a", "Value": "b"}])
    )
    channel = made.pop("ChannelArn")
    assert channel.startswith(arn("channel/"))
    assert made == {"Name": "shop", "Source": "Custom", "Destinations": [HISTORY], "Tags": [{"Key": "a", "Value": "b"}]}
    shown = {"ChannelArn": channel, "Name": "shop", "Source": "Custom", "Destinations": [HISTORY]}
    assert without_metadata(trail.get_channel(Channel=channel)) == shown
    assert without_metadata(trail.get_channel(Channel=channel.split("/")[1])) == shown
    second = trail.create_channel(Name="till", Source="Custom", Destinations=[{**HISTORY, "Location": "event-history"}])
    first_page = trail.list_channels(MaxResults=1)
    second_page = trail.list_channels(MaxResults=1, NextToken=first_page["NextToken"])
    listed = first_page["Channels"] + second_page["Channels"]
    assert sorted(one["Name"] for one in listed) == ["shop", "till"] and "NextToken" not in second_page
    refused(trail.update_channel, "ChannelAlreadyExistsException", ..., Channel=channel, Name="till")
    assert trail.update_channel(Channel=channel, Name="desk")["Name"] == "desk"
    assert trail.list_tags(ResourceIdList=[channel])["ResourceTagList"][0]["TagsList"] == [{"Key": "a", "Value": "b"}]
    trail.delete_channel(Channel=channel)
    refused(trail.get_channel, "ChannelNotFoundException", f"The channel {channel} was not found.", Channel=channel)
    west = suite.client("cloudtrail", region="us-west-2")
    refused(west.get_channel, "ChannelNotFoundException", ..., Channel=second["ChannelArn"])


def test_what_channels_cannot_be(trail, channel):
    def check(code, **input):
        input = {"Name": "more", "Source": "Custom", "Destinations": [HISTORY], **input}
        refused(trail.create_channel, code, ..., **input)

    check("ChannelAlreadyExistsException", Name="shop")
    check("InvalidSourceException", Source="Okta")
    check("EventDataStoreNotFoundException", Destinations=[{**HISTORY, "Location": arn("eventdatastore/mine")}])
    check("EventDataStoreARNInvalidException", Destinations=[{**HISTORY, "Location": arn("trail/mine")}])
    check("InvalidParameterException", Destinations=[{"Type": "AWS_SERVICE", "Location": "aws"}])
    refused(trail.get_channel, "ChannelARNInvalidException", ..., Channel=arn("trail/shop"))
    for number in range(24):
        trail.create_channel(Name=f"more{number}", Source="Custom", Destinations=[HISTORY])
    check("ChannelMaxLimitExceededException")


def test_events_are_found(suite, trail, data, channel):
    text = event(suite, "u-1", sourceIPAddress="10.0.0.1", requestParameters={"order": 7})
    answer = put(data, channel, text)
    assert answer["failed"] == [] and answer["successful"][0]["id"] == "0"
    [found] = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Refund"}])["Events"]
    assert found["EventId"] == answer["successful"][0]["eventID"]
    assert (found["EventName"], found["EventSource"], found["Username"]) == ("Refund", "shop.example", "ann")
    record = json.loads(found["CloudTrailEvent"])
    assert (record["eventCategory"], record["eventType"]) == ("ActivityAuditLog", "ActivityLog")
    assert (record["awsRegion"], record["recipientAccountId"]) == ("us-east-1", ACCOUNT)
    assert record["eventData"] == json.loads(text) and record["sourceIPAddress"] == "10.0.0.1"
    assert record["metadata"]["channelARN"] == channel


def test_an_event_that_is_put_again_counts_once(suite, trail, data, channel):
    text = event(suite, "u-1")
    assert put(data, channel, text)["successful"] == put(data, channel, text)["successful"]
    names = [{"AttributeKey": "EventName", "AttributeValue": "Refund"}]
    assert len(trail.lookup_events(LookupAttributes=names)["Events"]) == 1


@pytest.mark.local("account, which the checksum is of")
def test_each_event_fails_alone(suite, trail, data, channel):
    good = event(suite, "u-1")
    checksum = base64.b64encode(hashlib.sha256(good.encode()).digest()).decode()
    entries = [
        {"id": "good", "eventData": good, "eventDataChecksum": checksum},
        {"id": "checksum", "eventData": good, "eventDataChecksum": checksum[::-1]},
        {"id": "text", "eventData": "no JSON"},
        {"id": "field", "eventData": good.replace("UID", "uid")},
        {"id": "account", "eventData": good.replace(ACCOUNT, "210987654321")},
        {"id": "source", "eventData": good.replace("shop.example", "s3.amazonaws.com")},
    ]
    answer = data.put_audit_events(channelArn=channel, auditEvents=entries)
    assert [entry["id"] for entry in answer["successful"]] == ["good"]
    assert {entry["id"]: entry["errorCode"] for entry in answer["failed"]} == {
        "checksum": "InvalidChecksum",
        "text": "InvalidData",
        "field": "FieldNotFound",
        "account": "InvalidRecipient",
        "source": "InvalidEventSource",
    }


def test_what_cannot_be_put(suite, data, channel):
    def check(code, channel=channel, ids="0"):
        entries = [{"id": one, "eventData": event(suite, one)} for one in ids]
        refused(data.put_audit_events, code, ..., channelArn=channel, auditEvents=entries)

    check("InvalidChannelARN", channel=arn("trail/x"))
    check("ChannelNotFound", channel=arn("channel/x"))
    check("ChannelNotFound", channel=arn("channel/x", region="us-west-2"))
    check("ChannelInsufficientPermission", channel=arn("channel/x", account="210987654321"))
    check("DuplicatedAuditEventId", ids="00")
    check("ValidationException", ids="")
    check("ValidationException", channel="x")


def test_pages_and_ranges(suite, trail, data, channel):
    # One time for all of them: the clock goes on, and no two may be of one second.
    now = suite.now()
    for start in range(0, 60, 20):
        some = range(start, start + 20)
        put(data, channel, *(event(suite, str(n), f"Name{n % 2}", seconds_ago=n, now=now) for n in some))

    def pages(**input):
        found, token = [], {}
        while token is not None:
            page = trail.lookup_events(**input, **token)
            found += [json.loads(one["CloudTrailEvent"])["eventData"] for one in page["Events"]]
            token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        return [int(one["UID"]) for one in found if one["eventSource"] == "shop.example"]

    shop = [{"AttributeKey": "EventSource", "AttributeValue": "shop.example"}]
    assert pages(LookupAttributes=shop) == list(range(60))
    assert pages(LookupAttributes=shop, MaxResults=7) == list(range(60))
    both = [*shop, {"AttributeKey": "EventName", "AttributeValue": "Name1"}]
    assert pages(LookupAttributes=both, MaxResults=7) == list(range(1, 60, 2))
    base = json.loads(trail.lookup_events(LookupAttributes=shop)["Events"][0]["CloudTrailEvent"])["eventTime"]
    end = dt.datetime.fromisoformat(base)
    newest = pages(LookupAttributes=shop, StartTime=end - dt.timedelta(seconds=9), EndTime=end)
    assert newest[0] == 0 and 9 <= len(newest) <= 11
    token = trail.lookup_events(LookupAttributes=shop, MaxResults=7)["NextToken"]
    look = trail.lookup_events
    refused(look, "InvalidNextTokenException", ..., LookupAttributes=both, NextToken=token)
    refused(look, "InvalidNextTokenException", ..., NextToken="x")
    for attribute, value in (("Username", "ann"), ("ReadOnly", "false"), ("EventId", "x"), ("AccessKeyId", "x")):
        look(LookupAttributes=[{"AttributeKey": attribute, "AttributeValue": value}])


def test_what_cannot_be_looked_up(suite, trail):
    look = trail.lookup_events
    refused(look, "InvalidMaxResultsException", ..., MaxResults=51)
    refused(look, "InvalidMaxResultsException", ..., MaxResults=0)
    refused(look, "InvalidTimeRangeException", ..., StartTime=2_000, EndTime=1_000)
    refused(look, "InvalidEventCategoryException", ..., EventCategory="data")
    refused(look, "UnsupportedOperationException", ..., EventCategory="insight")
    one = {"AttributeKey": "Color", "AttributeValue": "red"}
    refused(look, "InvalidLookupAttributesException", ..., LookupAttributes=[one])
    one = {"AttributeKey": "EventName", "AttributeValue": "x" * 2001}
    refused(look, "InvalidLookupAttributesException", ..., LookupAttributes=[one])
    refused(trail.list_public_keys, "InvalidTimeRangeException", ..., StartTime=2_000, EndTime=1_000)
    refused(trail.list_public_keys, "InvalidTokenException", ..., NextToken="x")
    assert without_metadata(look(StartTime=1_000, EndTime=2_000)) == {"Events": []}
