"""The embedded SNS: boto3 and the `aws` command manage topics, a real HTTP server is subscribed to them."""

import contextlib
import http.server
import json
import shutil
import ssl
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import requests
from botocore.exceptions import ClientError

from conftest import Suite, environment

ACCOUNT = "123456789012"
XMLNS = "{http://sns.amazonaws.com/doc/2010-03-31/}"
PATIENCE = 20


def until(found, what="what was waited for"):
    """The first thing that `found` finds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come")


class Endpoint:
    """An HTTP server that keeps what it is sent. `answers` are the statuses to answer with, the last one for ever."""

    def __init__(self, answers=(200,), hangs=False, certificate=None):
        self.got, self.answers, self.release = [], list(answers), threading.Event()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                endpoint.got.append((dict(self.headers.items()), body))
                if hangs:
                    endpoint.release.wait(PATIENCE)
                    return
                answers = endpoint.answers
                self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/alarms?a=b"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, kind):
        """The bodies of one type of message, read."""
        return [json.loads(body) for headers, body in self.got if headers["x-amz-sns-message-type"] == kind]

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def endpoint():
    with contextlib.closing(Endpoint()) as one:
        yield one


@pytest.fixture
def sns(suite):
    return suite.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="alarms")["TopicArn"]


def handshake(endpoint):
    return until(lambda: endpoint.of("SubscriptionConfirmation"), "the handshake")[0]


def subscribe(sns, topic, endpoint, **attributes):
    """Subscribes and confirms by the link."""
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url, Attributes=attributes)
    answer = requests.get(handshake(endpoint)["SubscribeURL"], timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return ET.fromstring(answer.content).find(f".//{XMLNS}SubscriptionArn").text


def notifications(suite):
    return suite.control("notifications", method="GET")["notifications"]


def delivered(suite, place=0):
    """The deliveries of the newest notification, once that at `place` has ended."""

    def ended():
        deliveries = notifications(suite)[-1]["deliveries"]
        return deliveries if deliveries[place]["outcome"] != "pending" else None

    return until(ended, "the end of the delivery")


def refused(call, **input):
    with pytest.raises(ClientError) as refusal:
        call(**input)
    error = refusal.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def test_the_handshake_and_a_notification(suite, sns, topic, endpoint):
    """The endpoint is asked first; after it has followed the link it is sent what is published, as AWS writes it."""
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    asked = handshake(endpoint)
    assert set(asked) == {
        "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
        "Signature", "SigningCertURL",
    }  # fmt: skip
    assert asked["TopicArn"] == topic and asked["SubscribeURL"].startswith(suite.url)
    assert [one["SubscriptionArn"] for one in sns.list_subscriptions()["Subscriptions"]] == ["PendingConfirmation"]
    sns.publish(TopicArn=topic, Message="before")
    assert notifications(suite)[0]["deliveries"] == []

    arn = sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    assert arn.startswith(topic + ":")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == [
        {"SubscriptionArn": arn, "Owner": ACCOUNT, "Protocol": "http", "Endpoint": endpoint.url, "TopicArn": topic}
    ]
    id = sns.publish(
        TopicArn=topic,
        Subject='ALARM: "x" in US East',
        Message="a\nb 🙂 <&>",
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "v"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\0\1"},
        },
    )["MessageId"]
    message = until(lambda: endpoint.of("Notification"))[0]
    assert message.pop("UnsubscribeURL").startswith(suite.url)
    assert message.pop("SigningCertURL").startswith(suite.url)
    assert message.pop("Timestamp").endswith("Z") and message.pop("Signature")
    assert message == {
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": topic,
        "Subject": 'ALARM: "x" in US East',
        "Message": "a\nb 🙂 <&>",
        "SignatureVersion": "1",
        "MessageAttributes": {
            "text": {"Type": "String", "Value": "v"},
            "bytes": {"Type": "Binary", "Value": "AAE="},
        },
    }
    headers = {name.lower(): value for name, value in endpoint.got[-1][0].items()}
    expected = {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": id,
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-subscription-arn": arn,
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "Amazon Simple Notification Service Agent",
        "host": endpoint.url.split("/")[2],
    }
    assert headers.items() >= expected.items()
    assert endpoint.got[-1][1].startswith('{\n  "Type" : "Notification",\n  "MessageId" : "')
    delivered(suite)
    listed = notifications(suite)[-1]
    assert listed.pop("time") and listed.pop("message_attributes")
    assert listed == {
        "kind": "sns",
        "id": id,
        "topic_arn": topic,
        "subject": 'ALARM: "x" in US East',
        "message": "a\nb 🙂 <&>",
        "deliveries": [
            {
                "subscription_arn": arn,
                "protocol": "http",
                "endpoint": endpoint.url,
                "attempts": 1,
                "status": 200,
                "error": None,
                "outcome": "delivered",
            }
        ],
    }


def test_subscribing_again_is_the_same_subscription(sns, topic, endpoint):
    again = {"TopicArn": topic, "Protocol": "http", "Endpoint": endpoint.url, "ReturnSubscriptionArn": True}
    arn = sns.subscribe(**again)["SubscriptionArn"]
    assert sns.subscribe(**again)["SubscriptionArn"] == arn
    # It is sent the token again, and any of them confirms it.
    tokens = until(lambda: len(endpoint.of("SubscriptionConfirmation")) == 2 and endpoint.of("SubscriptionConfirmation"))
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    for token in tokens:
        assert sns.confirm_subscription(TopicArn=topic, Token=token["Token"])["SubscriptionArn"] == arn
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes == {
        "SubscriptionArn": arn,
        "TopicArn": topic,
        "Owner": ACCOUNT,
        "Protocol": "http",
        "Endpoint": endpoint.url,
        "ConfirmationWasAuthenticated": "false",
        "PendingConfirmation": "false",
        "RawMessageDelivery": "false",
    }
    del again["ReturnSubscriptionArn"]
    assert sns.subscribe(**again)["SubscriptionArn"] == arn
    code = refused(sns.subscribe, **again, Attributes={"RawMessageDelivery": "true"})[0]
    assert code == "InvalidParameter"


def test_raw_delivery(suite, sns, topic, endpoint):
    arn = subscribe(sns, topic, endpoint, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message='{"a": 1}', Subject="s")
    delivered(suite)
    headers, body = endpoint.got[-1]
    assert body == '{"a": 1}' and headers["x-amz-sns-rawdelivery"] == "true"
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="false")
    sns.publish(TopicArn=topic, Message="m")
    delivered(suite)
    assert json.loads(endpoint.got[-1][1])["Message"] == "m"


def test_another_text_for_each_protocol(suite, sns, topic, endpoint):
    subscribe(sns, topic, endpoint)
    structure = {"default": "for all", "http": "for http", "sms": "short"}
    sns.publish(TargetArn=topic, Message=json.dumps(structure), MessageStructure="json")
    delivered(suite)
    assert endpoint.of("Notification")[0]["Message"] == "for http"
    assert notifications(suite)[0]["message"] == "for all"


def test_an_endpoint_that_hangs_delays_nobody(suite, sns, topic, endpoint):
    """Not the publisher, not the next message, not another endpoint."""
    with contextlib.closing(Endpoint(hangs=True)) as hanging:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hanging.url)
        # It hangs in the handshake already; its token confirms it all the same.
        sns.confirm_subscription(TopicArn=topic, Token=handshake(hanging)["Token"])
        subscribe(sns, topic, endpoint)
        for number in range(20):
            sns.publish(TopicArn=topic, Message=str(number))
        until(lambda: len(endpoint.of("Notification")) == 20, "all messages")
        assert {message["Message"] for message in endpoint.of("Notification")} == set(map(str, range(20)))
        until(lambda: len(hanging.got) > 2, "several messages at once")
        outcomes = {delivery["endpoint"]: delivery["outcome"] for delivery in notifications(suite)[0]["deliveries"]}
        assert outcomes[hanging.url] == "pending"


def test_what_fails_for_the_moment_is_tried_again(suite, sns, topic):
    with contextlib.closing(Endpoint(answers=[200, 500, 429, 503, 204])) as one:
        subscribe(sns, topic, one)
        sns.publish(TopicArn=topic, Message="m")
        (delivery,) = delivered(suite)
        assert (delivery["attempts"], delivery["status"], delivery["outcome"]) == (4, 204, "delivered")
        # Every attempt is of the same message.
        assert len({message["MessageId"] for message in one.of("Notification")}) == 1
    with contextlib.closing(Endpoint(answers=[200, 403])) as two:
        other = sns.create_topic(Name="other")["TopicArn"]
        subscribe(sns, other, two)
        sns.publish(TopicArn=other, Message="m")
        (delivery,) = delivered(suite)
        assert (delivery["attempts"], delivery["status"], delivery["outcome"]) == (1, 403, "failed")


def test_nobody_listens(suite, sns, topic):
    with contextlib.closing(Endpoint()) as gone:
        subscribe(sns, topic, gone)
    sns.publish(TopicArn=topic, Message="m")
    delivery = until(lambda: [d for d in notifications(suite)[0]["deliveries"] if d["attempts"] > 1])[0]
    assert delivery["status"] is None and "refused" in delivery["error"]


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl to make a certificate")
def test_https_with_a_password(tmp_path, monkeypatch):
    """Only an endpoint whose certificate is trusted is sent anything."""
    certificate = tmp_path / "certificate.pem"
    command = "openssl req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    command = [*command.split(), "-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run([*command, "-keyout", tmp_path / "key", "-out", certificate], check=True, capture_output=True)
    untrusting = Suite()
    with contextlib.closing(untrusting.client("sns")) as sns:
        certificate.write_text(certificate.read_text() + (tmp_path / "key").read_text())
        with contextlib.closing(Endpoint(certificate=certificate)) as endpoint:
            topic = sns.create_topic(Name="alarms")["TopicArn"]
            sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=endpoint.url)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            trusting = Suite()
            sns = trusting.client("sns")
            topic = sns.create_topic(Name="alarms")["TopicArn"]
            url = endpoint.url.replace("://", "://me:secret@")
            sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=url)
            sns.confirm_subscription(TopicArn=topic, Token=handshake(endpoint)["Token"])
            sns.publish(TopicArn=topic, Message="m")
            assert delivered(trusting)[0]["outcome"] == "delivered"
            assert {headers["authorization"] for headers, _ in endpoint.got} == {"Basic bWU6c2VjcmV0"}
            # Nothing but the trusting suite's has come.
            assert len(endpoint.got) == 2
            trusting.stop()
    untrusting.stop()


def test_unsubscribing_by_the_link(suite, sns, topic, endpoint):
    subscribe(sns, topic, endpoint)
    sns.publish(TopicArn=topic, Message="m")
    delivered(suite)
    for _ in range(2):
        answer = requests.get(endpoint.of("Notification")[0]["UnsubscribeURL"], timeout=PATIENCE)
        assert answer.status_code == 200 and ET.fromstring(answer.content).tag == f"{XMLNS}UnsubscribeResponse"
    assert sns.list_subscriptions()["Subscriptions"] == []
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["SubscriptionsDeleted"] == "1" and attributes["SubscriptionsConfirmed"] == "0"
    sns.publish(TopicArn=topic, Message="m")
    assert notifications(suite)[-1]["deliveries"] == []


def test_email_is_only_listed(suite, sns, topic):
    for protocol in ("email", "email-json"):
        answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint="ops@example.com")
        assert answer["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="m")
    deliveries = notifications(suite)[0]["deliveries"]
    assert sorted((one["protocol"], one["endpoint"], one["outcome"]) for one in deliveries) == [
        ("email", "ops@example.com", "listed"),
        ("email-json", "ops@example.com", "listed"),
    ]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "2"


def test_the_list_is_cleared(suite, sns, topic):
    for number in range(3):
        sns.publish(TopicArn=topic, Message=str(number))
    assert [one["message"] for one in notifications(suite)] == ["0", "1", "2"]
    assert suite.control("notifications", method="DELETE") == {}
    assert notifications(suite) == []
    sns.publish(TopicArn=topic, Message="3")
    suite.control("notifications", status=405)
    suite.control("reset")
    assert notifications(suite) == []
    assert sns.list_topics()["Topics"] == []


def test_topics(sns):
    arn = sns.create_topic(Name="a_B-1", Attributes={"DisplayName": "d"}, Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:{ACCOUNT}:a_B-1"
    assert sns.create_topic(Name="a_B-1")["TopicArn"] == arn
    assert sns.create_topic(Name="a_B-1", Attributes={"DisplayName": "d", "FifoTopic": "false"})["TopicArn"] == arn
    assert refused(sns.create_topic, Name="a_B-1", Attributes={"DisplayName": "other"}) == (
        "InvalidParameter", 400, "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    )  # fmt: skip
    assert refused(sns.create_topic, Name="a_B-1", Tags=[{"Key": "k", "Value": "w"}]) == (
        "InvalidParameter", 400, "Invalid parameter: Tags Reason: Topic already exists with different tags",
    )  # fmt: skip
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["DisplayName"] == "d" and attributes["Owner"] == ACCOUNT
    assert json.loads(attributes["Policy"])["Statement"][0]["Resource"] == arn
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["Policy"], attributes["DisplayName"]) == (policy, "")
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "l", "Value": ""}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["k", "none"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "l", "Value": ""}]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="ops@example.com")
    for _ in range(2):
        sns.delete_topic(TopicArn=arn)
    assert sns.list_topics()["Topics"] == sns.list_subscriptions()["Subscriptions"] == []


def test_pages_of_a_hundred(sns):
    arns = [sns.create_topic(Name=f"t{number}")["TopicArn"] for number in range(101)]
    first = sns.list_topics()
    assert len(first["Topics"]) == 100
    pages = [[topic["TopicArn"] for topic in page["Topics"]] for page in sns.get_paginator("list_topics").paginate()]
    assert [len(page) for page in pages] == [100, 1] and sorted(sum(pages, [])) == sorted(arns)
    for number in range(100):
        sns.subscribe(TopicArn=arns[1], Protocol="email", Endpoint=f"{number}@example.com")
    # Exactly a page, and none of another topic whose name begins alike.
    sns.subscribe(TopicArn=arns[10], Protocol="email", Endpoint="ops@example.com")
    page = sns.list_subscriptions_by_topic(TopicArn=arns[1])
    assert len(page["Subscriptions"]) == 100 and "NextToken" not in page
    pages = sns.get_paginator("list_subscriptions").paginate()
    assert [len(page["Subscriptions"]) for page in pages] == [100, 1]


def test_accounts_and_regions_are_apart(suite, sns, topic):
    elsewhere = suite.client("sns", region="eu-west-1")
    other = suite.client("sns", key="210987654321")
    assert elsewhere.list_topics()["Topics"] == other.list_topics()["Topics"] == []
    assert refused(elsewhere.get_topic_attributes, TopicArn=topic)[0] == "InvalidParameter"
    assert refused(other.get_topic_attributes, TopicArn=topic)[:2] == ("AuthorizationError", 403)
    # Publish asks nobody who they are.
    assert other.publish(TopicArn=topic, Message="m")["MessageId"]
    assert other.create_topic(Name="alarms")["TopicArn"] == "arn:aws:sns:us-east-1:210987654321:alarms"


def test_a_restart_keeps_topics(tmp_path, endpoint):
    first = Suite(tmp_path)
    sns = first.client("sns")
    topic = sns.create_topic(Name="alarms", Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
    arn = subscribe(sns, topic, endpoint)
    sns.publish(TopicArn=topic, Message="m")
    first.kill()
    second = Suite(tmp_path)
    sns = second.client("sns")
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "k", "Value": "v"}]
    assert sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == arn
    assert notifications(second) == []
    sns.publish(TopicArn=topic, Message="after")
    until(lambda: [one for one in endpoint.of("Notification") if one["Message"] == "after"])
    second.control("reset")
    assert sns.list_topics()["Topics"] == []
    second.stop()


@pytest.mark.parametrize(("method", "place"), [("POST", "data"), ("GET", "params")])
def test_forms_that_are_not_signed(suite, topic, method, place):
    """A form is known by its version and action, wherever it stands."""
    form = {"Action": "ListTopics", "Version": "2010-03-31"}
    answer = requests.request(method, suite.url, **{place: form}, timeout=PATIENCE)
    root = ET.fromstring(answer.content)
    assert answer.status_code == 200 and root.tag == f"{XMLNS}ListTopicsResponse"
    path = f"{XMLNS}ListTopicsResult/{XMLNS}Topics/{XMLNS}member/{XMLNS}TopicArn"
    assert root.find(path).text == topic
    assert root.find(f"{XMLNS}ResponseMetadata/{XMLNS}RequestId").text
    attributes = requests.post(
        suite.url, data={"Action": "GetTopicAttributes", "Version": "2010-03-31", "TopicArn": topic}, timeout=PATIENCE
    )
    entries = ET.fromstring(attributes.content).iter(f"{XMLNS}entry")
    read = {entry.find(f"{XMLNS}key").text: entry.find(f"{XMLNS}value").text for entry in entries}
    assert read["TopicArn"] == topic
    refusal = requests.post(suite.url, data={**form, "Action": "DeleteTopic", "TopicArn": "x"}, timeout=PATIENCE)
    error = ET.fromstring(refusal.content)
    assert refusal.status_code == 400 and error.find(f"{XMLNS}Error/{XMLNS}Code").text == "InvalidParameter"
    # CloudWatch's forms are still its own.
    metrics = requests.post(suite.url, data={"Action": "ListMetrics", "Version": "2010-08-01"}, timeout=PATIENCE)
    assert metrics.status_code == 200 and b"monitoring.amazonaws.com" in metrics.content


LONG = "x" * (256 * 1024 + 1)
GONE = f"arn:aws:sns:us-east-1:{ACCOUNT}:gone"
INVALID = ("InvalidParameter", 400, "Invalid parameter: ")
ABSENT = ("NotFound", 404, "Topic does not exist")
REFUSALS = [
    ("create_topic", {}, ("ValidationError", 400, "Value null at 'name'")),
    *[("create_topic", {"Name": name}, (*INVALID[:2], "Invalid parameter: Topic Name"))
      for name in ("", "a b", "a.b", "é", "x" * 257, "a.fifo")],
    ("create_topic", {"Name": "a", "Attributes": {"FifoTopic": "true"}}, INVALID),
    ("create_topic", {"Name": "a", "Attributes": {"Policy": "no JSON"}}, INVALID),
    ("create_topic", {"Name": "a", "Attributes": {"Nonsense": "1"}}, INVALID),
    ("create_topic", {"Name": "a", "Tags": [{"Key": "aws:a", "Value": ""}]}, INVALID),
    ("create_topic", {"Name": "a", "Tags": [{"Key": "a", "Value": ""}] * 2}, INVALID),
    ("create_topic", {"Name": "a", "Tags": [{"Key": str(n), "Value": ""} for n in range(51)]},
     ("TagLimitExceeded", 400, "")),
    ("get_topic_attributes", {"TopicArn": GONE}, ABSENT),
    ("get_topic_attributes", {"TopicArn": "x"}, (*INVALID[:2], "An ARN must have at least 6 elements, not 1")),
    ("get_topic_attributes", {"TopicArn": GONE.replace("sns", "sqs")}, INVALID),
    ("set_topic_attributes", {"TopicArn": GONE, "AttributeName": "DisplayName", "AttributeValue": "d"}, ABSENT),
    ("set_topic_attributes", {"AttributeName": "Owner", "AttributeValue": "d"}, INVALID),
    ("set_topic_attributes", {"AttributeName": "DisplayName", "AttributeValue": "d" * 101}, INVALID),
    ("list_topics", {"NextToken": "!"}, INVALID),
    ("list_subscriptions", {"NextToken": "QQ"}, INVALID),
    ("list_subscriptions_by_topic", {"TopicArn": GONE}, ABSENT),
    ("list_tags_for_resource", {"ResourceArn": GONE}, ("ResourceNotFound", 404, "Resource does not exist")),
    ("tag_resource", {"ResourceArn": GONE, "Tags": []}, ("ResourceNotFound", 404, "")),
    ("subscribe", {"TopicArn": GONE, "Protocol": "http", "Endpoint": "http://a/"}, ABSENT),
    *[("subscribe", {"Protocol": protocol, "Endpoint": "x"},
       (*INVALID[:2], "Watchtrail's local host delivers http and https only"))
      for protocol in ("sqs", "lambda", "sms", "application", "firehose")],
    ("subscribe", {"Protocol": "ftp", "Endpoint": "ftp://a/"}, (*INVALID[:2], "does not support this protocol")),
    *[("subscribe", {"Protocol": "http", "Endpoint": url}, (*INVALID[:2], "Endpoint must match the specified protocol"))
      for url in ("https://a/", "a", "http://", "http:///x", "http://a b/")],
    ("subscribe", {"Protocol": "https", "Endpoint": "http://a/"}, INVALID),
    ("subscribe", {"Protocol": "http"}, INVALID),
    ("subscribe", {"Protocol": "email", "Endpoint": "nobody"}, (*INVALID[:2], "Email address")),
    ("subscribe", {"Protocol": "http", "Endpoint": "http://a/", "Attributes": {"FilterPolicy": "{}"}}, INVALID),
    ("subscribe", {"Protocol": "http", "Endpoint": "http://a/", "Attributes": {"RawMessageDelivery": "yes"}}, INVALID),
    ("subscribe", {"Protocol": "email", "Endpoint": "a@b", "Attributes": {"RawMessageDelivery": "true"}}, INVALID),
    ("confirm_subscription", {"Token": "wrong"}, (*INVALID[:2], "Invalid parameter: Token")),
    ("confirm_subscription", {"TopicArn": GONE, "Token": "wrong"}, ABSENT),
    ("unsubscribe", {"SubscriptionArn": "PendingConfirmation"}, INVALID),
    ("unsubscribe", {"SubscriptionArn": GONE}, INVALID),
    ("get_subscription_attributes", {"SubscriptionArn": GONE + ":1"},
     ("NotFound", 404, "Subscription does not exist")),
    ("set_subscription_attributes",
     {"SubscriptionArn": GONE + ":1", "AttributeName": "RawMessageDelivery", "AttributeValue": "true"},
     ("NotFound", 404, "Subscription does not exist")),
    ("publish", {"TopicArn": GONE, "Message": "m"}, ABSENT),
    ("publish", {"TopicArn": "x", "Message": "m"}, INVALID),
    ("publish", {"TopicArn": None, "Message": "m"}, (*INVALID[:2], "TopicArn or TargetArn")),
    ("publish", {"TopicArn": None, "PhoneNumber": "+4912345", "Message": "m"}, INVALID),
    ("publish", {}, ("ValidationError", 400, "Value null at 'message'")),
    ("publish", {"Message": ""}, (*INVALID[:2], "Empty message")),
    ("publish", {"Message": LONG}, (*INVALID[:2], "Message too long")),
    ("publish", {"Message": LONG[20:], "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v" * 20}}},
     (*INVALID[:2], "Message too long")),
    *[("publish", {"Message": "m", "Subject": subject}, (*INVALID[:2], "Invalid parameter: Subject"))
      for subject in ("", "a\nb", " a", "a\x7f", "s" * 101)],
    ("publish", {"Message": "m", "MessageStructure": "json"}, (*INVALID[:2], "JSON message body failed to parse")),
    ("publish", {"Message": "{}", "MessageStructure": "json"}, (*INVALID[:2], "No default entry")),
    ("publish", {"Message": '{"default": 1}', "MessageStructure": "json"}, (*INVALID[:2], "No default entry")),
    ("publish", {"Message": "m", "MessageStructure": "xml"}, INVALID),
    ("publish", {"Message": "m", "MessageDeduplicationId": "d"}, INVALID),
    ("publish", {"Message": "m", "MessageAttributes": {"a": {"StringValue": "v"}}},
     ("ValidationError", 400, "Value null at 'messageAttributes.1.value.dataType'")),
    *[("publish", {"Message": "m", "MessageAttributes": {name: attribute}}, ("ParameterValueInvalid", 400, ""))
      for name, attribute in (
          ("a", {"DataType": "Nonsense", "StringValue": "v"}),
          ("a", {"DataType": "String"}),
          ("a", {"DataType": "Binary", "StringValue": "v"}),
          ("a", {"DataType": "Number", "StringValue": "one"}),
          ("a b", {"DataType": "String", "StringValue": "v"}),
      )],
    ("publish_batch", {"PublishBatchRequestEntries": []}, ("InvalidAction", 400, "not supported by Watchtrail")),
]  # fmt: skip
OF_A_TOPIC = {"set_topic_attributes", "subscribe", "confirm_subscription", "publish"}


@pytest.mark.parametrize(("operation", "input", "expected"), REFUSALS)
def test_refusals(suite, sns, topic, operation, input, expected):
    if operation in OF_A_TOPIC:
        input = {"TopicArn": topic, **input}
    input = {name: value for name, value in input.items() if value is not None}
    code, status, message = refused(getattr(sns, operation), **input)
    assert (code, status) == expected[:2] and expected[2] in message, (code, status, message)
    # What is refused leaves nothing.
    assert notifications(suite) == [] and sns.list_subscriptions()["Subscriptions"] == []
    assert len(sns.list_topics()["Topics"]) == 1


@pytest.mark.local("SNS")
def test_the_aws_command(suite, endpoint):
    """The stock `aws` command, with the environment that the README tells people to export."""

    def aws(*arguments):
        command = [str(Path(sys.executable).parent / "aws"), "sns", *arguments, "--output", "json"]
        run = subprocess.run(command, env=environment(suite), capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout) if run.stdout.strip() else None

    topic = aws("create-topic", "--name", "alarms")["TopicArn"]
    aws("subscribe", "--topic-arn", topic, "--protocol", "http", "--notification-endpoint", endpoint.url)
    aws("confirm-subscription", "--topic-arn", topic, "--token", handshake(endpoint)["Token"])
    attributes = '{"a": {"DataType": "String", "StringValue": "v"}}'
    aws("publish", "--topic-arn", topic, "--message", "m", "--subject", "s", "--message-attributes", attributes)
    assert until(lambda: endpoint.of("Notification"))[0]["Message"] == "m"
    (subscription,) = aws("list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
    aws("unsubscribe", "--subscription-arn", subscription["SubscriptionArn"])
    assert aws("list-subscriptions")["Subscriptions"] == []


def test_an_outside_sns():
    """With an outside one the embedded is off, and says so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHTRAIL_SNS_ENDPOINT", "http://127.0.0.1:9")
        suite = Suite()
    answer = requests.post(suite.url, data={"Action": "ListTopics", "Version": "2010-03-31"}, timeout=PATIENCE)
    assert answer.status_code == 501 and "SNS is not embedded" in answer.text
    suite.stop()
