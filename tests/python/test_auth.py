"""The locks: access keys by command, signatures, policies; AWS's words for each refusal in each protocol."""

import datetime as dt
import hashlib
import html
import json
import os
import subprocess
import time
import urllib.parse

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from conftest import UTC, Suite, binary, environment
from raw import PROTOCOLS, Cbor, Json, Query

ACCOUNT = "123456789012"
# A key is believed for two seconds.
PATIENCE = 10
METRIC = [{"MetricName": "Orders", "Value": 1}]
WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
UNKNOWN = "The security token included in the request is invalid."


class Locked:
    """A suite that asks for signatures, and the command beside it."""

    def __init__(self, data, **options):
        self.data = data
        self.suite = Suite(data, "--auth", **options)
        self.url = self.suite.url

    def keys(self, *arguments, ok=True):
        """`watchtrail keys … --json`; what it printed, or its words where it is to fail."""
        command = [str(binary()), "keys", "--data", str(self.data), "--json", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.returncode == 0) == ok, f"{done.stdout}{done.stderr}"
        return json.loads(done.stdout) if ok else done.stderr

    def key(self, user, *grant):
        return self.keys("create", "--user", user, *grant)["AccessKey"]

    def client(self, service, key, secret=None, region="us-east-1", token=None):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=secret or key["SecretAccessKey"],
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def send(self, key, method="POST", path="/", body="", headers=(), service="monitoring", signer=SigV4Auth, when=None, edit=None):
        """A request as it is signed, with `edit` done to it afterwards."""
        request = AWSRequest(method, self.url + path, data=body, headers=dict(headers))
        signer = signer(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), service, "us-east-1")
        if when is None:
            signer.add_auth(request)
        else:
            with at(when):
                signer.add_auth(request)
        sent = {"url": request.url, "data": body, "headers": dict(request.headers)}
        if edit:
            edit(sent)
        return requests.request(method, timeout=30, **sent)


class at:
    """botocore's clock, set for a while."""

    def __init__(self, when):
        self.when = when

    def __enter__(self):
        import botocore.auth

        self.module, self.kept = botocore.auth, botocore.auth.get_current_datetime
        self.module.get_current_datetime = lambda *_, **__: self.when.replace(tzinfo=None)

    def __exit__(self, *_):
        self.module.get_current_datetime = self.kept


def refused(call):
    """Code, message and status of a refusal."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error.get("Message"), caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def eventually(ask):
    until = time.monotonic() + PATIENCE
    while not ask():
        assert time.monotonic() < until, "it was not seen within seconds"
        time.sleep(0.2)


def works(call):
    try:
        call()
        return True
    except ClientError:
        return False


def denied(user, action, resource=None):
    on = f" on resource: {resource}" if resource else ""
    return (
        f"User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: {action}{on} because no "
        f"identity-based policy allows the {action} action"
    )


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    locked = Locked(tmp_path_factory.mktemp("locked"))
    locked.root = locked.key("root", "--allow", "*")
    yield locked
    locked.suite.stop()


def test_the_key_of_one_namespace(locked):
    key = locked.key("shop", "--allow", "cloudwatch:PutMetricData", "--namespace", "Shop")
    cloudwatch = locked.client("cloudwatch", key)
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=METRIC)
    put = "cloudwatch:PutMetricData"
    for namespace in ["Shop2", "shop", "Sho", "AWS"]:
        code, message, _ = refused(lambda: cloudwatch.put_metric_data(Namespace=namespace, MetricData=METRIC))
        assert (code, message) == ("AccessDenied", denied("shop", put))
    for action, call in {
        "cloudwatch:ListMetrics": cloudwatch.list_metrics,
        "logs:DescribeQueryDefinitions": locked.client("logs", key).describe_query_definitions,
        "cloudtrail:LookupEvents": locked.client("cloudtrail", key).lookup_events,
    }.items():
        assert refused(call)[1] == denied("shop", action)
    listed = locked.client("cloudwatch", locked.root).list_metrics()["Metrics"]
    assert {metric["Namespace"] for metric in listed} == {"Shop"}


def test_log_groups_and_alarms_by_resource(locked):
    key = locked.key("app", "--allow", "logs:*", "--log-group", "/app/*")
    logs = locked.client("logs", key)
    logs.create_log_group(logGroupName="/app/web")
    logs.create_log_stream(logGroupName="/app/web", logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "m"}
    logs.put_log_events(logGroupName="/app/web", logStreamName="s", logEvents=[event])
    assert logs.filter_log_events(logGroupName="/app/web")["events"][0]["message"] == "m"
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group"
    code, message, status = refused(lambda: logs.create_log_group(logGroupName="/other"))
    assert (code, status) == ("AccessDeniedException", 400)
    assert message == denied("app", "logs:CreateLogGroup", f"{group}:/other:log-stream:")
    code, message, _ = refused(logs.describe_log_groups)
    assert message == denied("app", "logs:DescribeLogGroups", f"{group}::log-stream:")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "cloudwatch:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "cloudwatch:DeleteAlarms", "Resource": "arn:aws:cloudwatch:*:*:alarm:keep*"},
        ],
    }
    cloudwatch = locked.client("cloudwatch", locked.key("ops", "--policy", json.dumps(policy)))
    for name in ["keep-1", "drop"]:
        rule = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
        cloudwatch.put_metric_alarm(AlarmName=name, Namespace="N", MetricName="m", Statistic="Sum", Period=60, **rule)
    code, message, _ = refused(lambda: cloudwatch.delete_alarms(AlarmNames=["drop", "keep-1"]))
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ops is not authorized to perform: cloudwatch:DeleteAlarms on resource: "
        f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:keep-1 with an explicit deny in an identity-based policy"
    )
    cloudwatch.delete_alarms(AlarmNames=["drop"])
    # One of several resources is enough to refuse: nothing was deleted by the first call.
    assert [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]] == ["keep-1"]


def test_keys_by_command_while_the_process_runs(locked, monkeypatch):
    key = locked.key("temporary", "--allow", "cloudwatch:ListMetrics")
    lists = lambda key: works(locked.client("cloudwatch", key).list_metrics)  # noqa: E731
    assert lists(key)
    told = {one["AccessKeyId"]: one for one in locked.keys("list")["AccessKeys"]}
    assert told[key["AccessKeyId"]]["UserName"] == "temporary" and "SecretAccessKey" not in told[key["AccessKeyId"]]
    # Rotated: two keys of one user, with the same policy; the old one is closed, opened, closed for good.
    second = locked.keys("rotate", key["AccessKeyId"])["AccessKey"]
    assert second["UserName"] == "temporary" and second["PolicyDocument"] == key["PolicyDocument"]
    assert lists(second) and lists(key)
    locked.keys("deactivate", key["AccessKeyId"])
    eventually(lambda: not lists(key))
    locked.keys("activate", key["AccessKeyId"])
    eventually(lambda: lists(key))
    locked.keys("revoke", key["AccessKeyId"])
    eventually(lambda: not lists(key))
    assert lists(second)
    # Another policy.
    locked.keys("policy", second["AccessKeyId"], "--allow", "logs:*")
    eventually(lambda: not lists(second))
    assert locked.keys("policy", second["AccessKeyId"])["AccessKey"]["PolicyDocument"]["Statement"][0]["Action"] == ["logs:*"]
    assert "there is no access key" in locked.keys("revoke", key["AccessKeyId"], ok=False)
    assert "there is an access key" in locked.keys("create", "--user", "x", "--id", second["AccessKeyId"], "--allow", "*", ok=False)
    assert "say what the key is for" in locked.keys("create", "--user", "x", ok=False)
    wrong = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEqual": {"a": "b"}}}}'
    assert "no condition operator StringEqual" in locked.keys("create", "--user", "x", "--policy", wrong, ok=False)
    command = ["create", "--user", "both", "--id", "AKIAOFAWS", "--secret-from", "OF_AWS", "--allow", "*"]
    assert "--secret-from names is not set" in locked.keys(*command, ok=False)
    monkeypatch.setenv("OF_AWS", "a secret of AWS")
    assert locked.keys(*command)["AccessKey"]["SecretAccessKey"] == "a secret of AWS"
    assert lists({"AccessKeyId": "AKIAOFAWS", "SecretAccessKey": "a secret of AWS"})
    own = locked.key("own", "--id", "my_own_key", "--account", "111122223333", "--allow", "*")
    assert locked.client("sts", own).get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/own"


def test_what_people_read(locked):
    command = [str(binary()), "keys", "--data", str(locked.data)]
    run = lambda *words: subprocess.run([*command, *words], capture_output=True, text=True, check=True).stdout  # noqa: E731
    made = run("create", "--user", "reader", "--allow", "cloudwatch:Get*")
    exported = dict(line.removeprefix("export ").split("=", 1) for line in made.splitlines() if line.startswith("export"))
    assert len(exported["AWS_ACCESS_KEY_ID"]) == 20 and len(exported["AWS_SECRET_ACCESS_KEY"]) == 40
    assert exported["AWS_SECRET_ACCESS_KEY"] not in run("list") and exported["AWS_ACCESS_KEY_ID"] in run("list")
    # Nor does it rest anywhere as it is.
    for file in locked.data.rglob("*"):
        if file.is_file():
            assert exported["AWS_SECRET_ACCESS_KEY"].encode() not in file.read_bytes(), file
    assert (locked.data / "sealing-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("protocol", PROTOCOLS.values())
def test_refusals_in_each_protocol(locked, protocol):
    """Code, shape and message; and the status, which is 403 in the query protocol where the others have 400."""
    form = protocol(locked.suite)
    body = form.encode("ListMetrics", {})
    body = body if isinstance(body, bytes) else body.encode()
    query = protocol is Query
    limited = locked.key("limited", "--allow", "logs:*")

    def check(key, edit, code, shape, message, statuses=(400, 403), when=None):
        headers = form.headers("ListMetrics")
        answer = locked.send(key, path=form.path(""). replace("//", "/") if not isinstance(form, Cbor) else form.path("ListMetrics"), body=body, headers=headers, edit=edit, when=when)
        found = form.decode(answer)
        assert found.code == code, (found, message)
        assert found.shape == (None if query else shape)
        assert found.message.startswith(message), found.message
        assert found.status == statuses[1 if query else 0]

    def without(name):
        return lambda sent: sent["headers"].pop(name)

    def authorization(edit):
        return lambda sent: sent["headers"].update(Authorization=edit(sent["headers"]["Authorization"]))

    root = locked.root
    missing = "Request is missing Authentication Token"
    check(root, without("Authorization"), "MissingAuthenticationToken", "MissingAuthenticationTokenException", missing)
    incomplete = ("IncompleteSignature", "IncompleteSignatureException")
    words = "Authorization header requires 'Signature' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization="
    check(root, authorization(lambda text: text.split(", Signature")[0]), *incomplete, words, (400, 400))
    words = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
    check(root, without("X-Amz-Date"), *incomplete, words, (400, 400))
    check(root, authorization(lambda text: text.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1")), *incomplete, "Unsupported AWS 'algorithm'", (400, 400))
    words = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '"
    check(root, authorization(lambda text: text.replace("/aws4_request", "")), *incomplete, words, (400, 400))
    unknown = ("InvalidClientTokenId", "UnrecognizedClientException", UNKNOWN)
    check({"AccessKeyId": "AKIAXXXXXXXXXXXXXXXX", "SecretAccessKey": "x"}, None, *unknown)
    check(root, lambda sent: sent["headers"].update({"X-Amz-Security-Token": "t"}), *unknown)
    wrong = ("SignatureDoesNotMatch", "InvalidSignatureException")
    check({**root, "SecretAccessKey": "x"}, None, *wrong, WRONG)
    check(root, lambda sent: sent.update(data=sent["data"] + b" "), *wrong, WRONG)
    check(root, authorization(lambda text: text.replace("host;", "")), *wrong, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    check(root, lambda sent: sent["headers"].update({"X-Amz-More": "1"}), *wrong, "'x-amz-more' must be a 'SignedHeader' in the AWS Authorization.")
    check(root, authorization(lambda text: text.replace("/monitoring/", "/nothing/")), *wrong, "Credential should be scoped to correct service: 'monitoring'. ")
    check(root, authorization(lambda text: text.replace("/us-east-1/", "/US_EAST/")), *wrong, "Credential should be scoped to a valid region, not 'US_EAST'. ")
    check(root, authorization(lambda text: text.replace("/aws4_request", "/aws5_request")), *wrong, "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ")
    tomorrow = (dt.datetime.now(UTC) + dt.timedelta(days=1)).strftime("%Y%m%d")
    today = dt.datetime.now(UTC).strftime("%Y%m%d")
    words = f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{tomorrow}' != '{today}', from '{today}T"
    check(root, authorization(lambda text: text.replace(f"/{today}/", f"/{tomorrow}/")), *wrong, words)
    unsigned = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    check(root, lambda sent: sent["headers"].update(unsigned), *wrong, "'x-amz-content-sha256' must be a 'SignedHeader'")
    now = dt.datetime.now(UTC)
    check(root, None, *wrong, "Signature expired: ", when=now - dt.timedelta(minutes=16))
    check(root, None, *wrong, "Signature not yet current: ", when=now + dt.timedelta(minutes=16))
    check(limited, None, "AccessDenied", "AccessDeniedException", denied("limited", "cloudwatch:ListMetrics"))
    # Fourteen minutes are not too many.
    for minutes in (-14, 14):
        headers = form.headers("ListMetrics")
        path = form.path("ListMetrics")
        answer = locked.send(root, path=path, body=body, headers=headers, when=now + dt.timedelta(minutes=minutes))
        assert answer.status_code == 200, answer.text


def test_payloads_that_are_not_signed(locked):
    headers = Json(locked.suite).headers("ListMetrics")
    send = lambda told: locked.send(locked.root, body="{}", headers={**headers, "X-Amz-Content-SHA256": told})  # noqa: E731
    assert send(hashlib.sha256(b"{}").hexdigest()).status_code == 200
    for told, words in {
        "UNSIGNED-PAYLOAD": "The payload must be signed",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER": "The payload must be signed",
        hashlib.sha256(b"").hexdigest(): "The provided 'x-amz-content-sha256' header does not match",
    }.items():
        answer = send(told)
        assert answer.status_code == 400 and words in answer.json()["message"], answer.text


def test_presigned(locked):
    path = "/?Action=PutMetricData&Version=2010-08-01&Namespace=Presigned&MetricData.member.1.MetricName=m&MetricData.member.1.Value=1"
    send = lambda **more: locked.send(locked.root, method="GET", path=path, signer=SigV4QueryAuth, **more)  # noqa: E731
    assert send().status_code == 200
    hours = lambda number: dt.datetime.now(UTC) - dt.timedelta(hours=number)  # noqa: E731
    assert send(when=hours(0.9)).status_code == 200
    late = send(when=hours(1.1))
    assert late.status_code == 403 and "Signature expired" in late.text

    def edit(old, new):
        return lambda sent: sent.update(url=sent["url"].replace(old, new))

    for old, new, words in [
        ("Namespace=Presigned", "Namespace=Other", WRONG),
        ("X-Amz-Expires=3600", "X-Amz-Expires=36000", WRONG),
        ("X-Amz-Expires=3600", "X-Amz-Expires=03600", "X-Amz-Expires must be"),
        ("X-Amz-Expires=3600", "X-Amz-Expires=604801", "X-Amz-Expires must be"),
        ("X-Amz-Expires=3600&", "", "AWS query-string parameters must include 'X-Amz-Expires'"),
        ("&X-Amz-Date", "&Namespace=Other&X-Amz-Date", "The query string must"),
    ]:
        answer = send(edit=edit(old, new))
        assert answer.status_code in (400, 403) and words in html.unescape(answer.text), (new, answer.text)


def test_no_user_enumeration(locked):
    """An inactive key is refused in the words of one that is not there, whatever it signs with."""
    key = locked.key("closed", "--allow", "*")
    locked.keys("deactivate", key["AccessKeyId"])
    listing = lambda secret: refused(locked.client("cloudwatch", key, secret).list_metrics)  # noqa: E731
    eventually(lambda: works(lambda: None) and listing(key["SecretAccessKey"])[0] == "InvalidClientTokenId")
    assert listing(key["SecretAccessKey"]) == listing("wrong")
    assert listing("wrong")[1] == UNKNOWN


def test_denied_calls_are_recorded_and_wrong_signatures_are_not(locked):
    key = locked.key("denied", "--allow", "cloudwatch:ListMetrics")
    logs = locked.client("logs", key)
    assert refused(lambda: logs.create_log_group(logGroupName="denied-group"))[0] == "AccessDeniedException"
    assert refused(lambda: locked.client("logs", key, "wrong").create_log_group(logGroupName="unsigned-group"))
    trail = locked.client("cloudtrail", locked.root)
    by = lambda user: [  # noqa: E731
        json.loads(event["CloudTrailEvent"])
        for event in trail.lookup_events(LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": user}])["Events"]
    ]
    eventually(lambda: by("denied"))
    [record] = by("denied")
    assert (record["eventName"], record["errorCode"]) == ("CreateLogGroup", "AccessDenied")
    assert record["errorMessage"].startswith(f"User: arn:aws:iam::{ACCOUNT}:user/denied is not authorized")
    assert record["requestParameters"] == {"logGroupName": "denied-group"} and record["responseElements"] is None
    identity = record["userIdentity"]
    assert identity["type"] == "IAMUser" and identity["userName"] == "denied" and identity["principalId"].startswith("AIDA")
    assert identity["accessKeyId"] == key["AccessKeyId"] and identity["arn"] == f"arn:aws:iam::{ACCOUNT}:user/denied"


def test_the_cost_of_a_locked_suite(locked):
    def ask(key):
        names = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]} if key else {}
        command = [binary(), "cost", "--json", "--url", locked.url]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ | names)

    told = ask(locked.key("accountant", "--allow", "watchtrail:GetCost"))
    assert told.returncode == 0 and "watchtrail" in json.loads(told.stdout), told.stderr
    for key in (None, locked.key("nobody", "--allow", "logs:*")):
        told = ask(key)
        assert told.returncode == 1 and "watchtrail:GetCost" in told.stderr, told


def test_the_greeting_of_a_locked_suite(tmp_path):
    suite = Suite(tmp_path / "data", "--auth")
    try:
        told = [suite.process.stdout.readline() for _ in range(6)]
        assert any(f"keys create --data {tmp_path / 'data'}" in line for line in told), told
        assert not any("=test" in line for line in told)
    finally:
        suite.stop()


def test_conditions_of_the_request(locked):
    def may(condition):
        statement = {"Effect": "Allow", "Action": "cloudwatch:ListMetrics", "Resource": "*", "Condition": condition}
        key = locked.key("conditional", "--policy", json.dumps({"Version": "2012-10-17", "Statement": statement}))
        return works(locked.client("cloudwatch", key).list_metrics)

    year = dt.datetime.now(UTC).year
    assert may({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})
    assert not may({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    assert may({"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:username": "conditional"}})
    assert not may({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    assert may({"DateLessThan": {"aws:CurrentTime": f"{year + 1}-01-01T00:00:00Z"}})
    assert not may({"DateLessThan": {"aws:CurrentTime": f"{year}-01-01T00:00:00Z"}})
    assert not may({"Bool": {"aws:SecureTransport": "true"}})
    assert may({"StringLike": {"aws:UserAgent": "Boto3/*"}})
    assert may({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/cond*"}})


def test_alarm_actions_and_tags_as_conditions(locked):
    statement = {
        "Effect": "Allow",
        "Action": "cloudwatch:*",
        "Resource": "*",
        "Condition": {
            "ForAllValues:StringLike": {"cloudwatch:AlarmActions": "arn:aws:sns:*:*:ops-*"},
            "StringEqualsIfExists": {"aws:RequestTag/Team": "red"},
        },
    }
    cloudwatch = locked.client("cloudwatch", locked.key("alarms", "--policy", json.dumps({"Statement": statement})))
    rule = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}
    alarm = {"Namespace": "N", "MetricName": "m", "Period": 60, **rule}
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:"
    cloudwatch.put_metric_alarm(AlarmName="a", AlarmActions=[topic + "ops-1"], Tags=[{"Key": "Team", "Value": "red"}], **alarm)
    for more in [{"OKActions": [topic + "other"]}, {"Tags": [{"Key": "Team", "Value": "blue"}]}]:
        assert refused(lambda: cloudwatch.put_metric_alarm(AlarmName="b", **more, **alarm))[0] == "AccessDenied"


def test_the_embedded_services_are_locked_too(locked):
    writer = locked.key("writer", "--policy", json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::bucket/in/*"},
        {"Effect": "Allow", "Action": "sns:Publish", "Resource": f"arn:aws:sns:*:{ACCOUNT}:ops"},
    ]}))  # fmt: skip
    root = lambda service: locked.client(service, locked.root)  # noqa: E731
    own = lambda service: locked.client(service, writer)  # noqa: E731
    root("s3").create_bucket(Bucket="bucket")
    own("s3").put_object(Bucket="bucket", Key="in/k", Body=b"x")
    assert own("s3").get_object(Bucket="bucket", Key="in/k")["Body"].read() == b"x"
    action = denied("writer", "s3:PutObject", "arn:aws:s3:::bucket/out/k")
    assert refused(lambda: own("s3").put_object(Bucket="bucket", Key="out/k", Body=b"x"))[:2] == ("AccessDenied", action)
    assert refused(lambda: own("s3").list_objects_v2(Bucket="bucket"))[0] == "AccessDenied"
    copied = {"Bucket": "watchtrail-data", "Key": "x"}
    assert refused(lambda: own("s3").copy_object(Bucket="bucket", Key="in/c", CopySource=copied))[0] == "AccessDenied"
    assert refused(lambda: locked.client("s3", writer, "wrong").get_object(Bucket="bucket", Key="in/k"))[0] == "SignatureDoesNotMatch"
    assert requests.get(f"{locked.url}/bucket/in/k", timeout=30).status_code == 403
    link = own("s3").generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "in/k"})
    assert requests.get(link, timeout=30).content == b"x"
    assert requests.get(link.replace("in/k", "in/l"), timeout=30).status_code == 403
    topic = root("sns").create_topic(Name="ops")["TopicArn"]
    own("sns").publish(TopicArn=topic, Message="m")
    assert refused(lambda: own("sns").delete_topic(TopicArn=topic))[1] == denied("writer", "sns:DeleteTopic", topic)
    assert refused(own("dynamodb").list_tables)[1] == denied("writer", "dynamodb:ListTables")
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/watchtrail-catalog"
    steal = lambda: own("dynamodb").scan(TableName="watchtrail-catalog")  # noqa: E731
    assert refused(steal)[1] == denied("writer", "dynamodb:Scan", table)
    assert root("dynamodb").list_tables()["TableNames"]
    assert requests.post(locked.url, headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}, data="{}", timeout=30).status_code == 400


def test_the_hosts_own_requests_are_locked(locked):
    assert requests.get(f"{locked.url}/_watchtrail/health", timeout=30).status_code == 200
    send = lambda key, method, path: locked.send(key, method, f"/_watchtrail/{path}", service="watchtrail")  # noqa: E731
    for method, path in [("POST", "reset"), ("GET", "clock"), ("POST", "clock"), ("GET", "notifications")]:
        answer = requests.request(method, f"{locked.url}/_watchtrail/{path}", timeout=30)
        assert (answer.status_code, answer.json()["__type"]) == (400, "MissingAuthenticationTokenException")
    key = locked.key("watcher", "--allow", "watchtrail:Get*")
    assert send(key, "GET", "clock").status_code == 200
    assert send(key, "POST", "reset").json()["message"] == denied("watcher", "watchtrail:Reset")


def test_the_aws_command(locked):
    key = locked.key("cli", "--allow", "cloudwatch:PutMetricData", "--namespace", "Cli")
    env = environment(locked.suite)
    env |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def aws(*words, **more):
        return subprocess.run(["aws", *words], env=env | more, capture_output=True, text=True, timeout=120)

    put = ["cloudwatch", "put-metric-data", "--metric-name", "m", "--value", "1", "--namespace"]
    env["PATH"] = f"{os.path.dirname(os.sys.executable)}:{env['PATH']}"
    assert aws(*put, "Cli").returncode == 0
    assert f"(AccessDenied) when calling the PutMetricData operation: {denied('cli', 'cloudwatch:PutMetricData')}" in aws(*put, "Other").stderr
    assert "(SignatureDoesNotMatch)" in aws(*put, "Cli", AWS_SECRET_ACCESS_KEY="wrong").stderr


def test_keys_and_secrets_survive_a_restart_and_a_reset(tmp_path):
    locked = Locked(tmp_path / "data")
    key = locked.key("root", "--allow", "*")
    locked.client("logs", key).create_log_group(logGroupName="g")
    locked.suite.kill()
    locked = Locked(tmp_path / "data")
    logs = locked.client("logs", key)
    assert len(logs.describe_log_groups()["logGroups"]) == 1
    assert locked.send(key, "POST", "/_watchtrail/reset", service="watchtrail").status_code == 200
    logs = locked.client("logs", key)
    assert logs.describe_log_groups()["logGroups"] == []
    # A clock that is years ahead is the suite's own: signatures are of this world.
    body = json.dumps({"advance": "P2D"})
    assert locked.send(key, "POST", "/_watchtrail/clock", body=body, service="watchtrail").status_code == 200
    assert logs.describe_log_groups()["logGroups"] == []
    locked.suite.stop()


def test_a_key_from_the_environment():
    env = {"WATCHTRAIL_AUTH_KEY": "local:c2VjcmV0", "WATCHTRAIL_AUTH": "true"}
    suite = Suite(env=env)
    send = lambda secret: boto3.client(  # noqa: E731
        "cloudwatch",
        endpoint_url=suite.url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key=secret,
    ).list_metrics()
    assert send("c2VjcmV0")["Metrics"] == []
    assert refused(lambda: send("other"))[0] == "SignatureDoesNotMatch"
    suite.stop()


def test_without_the_option_nobody_is_asked(suite):
    assert suite.client().list_metrics()["Metrics"] == []
    assert requests.post(suite.url, data=urllib.parse.urlencode({"Action": "ListMetrics", "Version": "2010-08-01"}), headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=30).status_code == 200
