"""What a stack does within hours and days: the delivery function's clock is put forward, the rest is as deployed.

Digests, validated by the stock CLI; Athena's API over what was delivered, with the queries of the template; files of logs, removed when
their retention is over.
"""

import datetime as dt
import json
import os
import re
import subprocess

import pytest
from conftest import ROOT, clients_python, eventually
from samcli.yamlhelper import yaml_parse

UTC = dt.timezone.utc
# What Athena has, and DuckDB, by which the emulator answers, has not: queries with it are not evaluated here. (tests/python/test_duckdb.py
# and test_trail_duckdb.py hold their meaning against the files in DuckDB's words.)
NOT_OF_DUCKDB = re.compile(r"\b(reduce|zip_with|array_max|json_extract_scalar)\(")


def millis(**ago):
    return int((dt.datetime.now(UTC) - dt.timedelta(**ago)).timestamp() * 1000)


def template():
    return yaml_parse((ROOT / "template.yaml").read_text())["Resources"]


@pytest.fixture(scope="module")
def filled(stack):
    """A trail that validates, with calls in it, a metric and logs, all of it delivered; when it began."""
    began = dt.datetime.now(UTC)
    stack.trail.create_trail(Name="proof", S3BucketName=stack.outputs["TrailBucket"], EnableLogFileValidation=True)
    stack.trail.start_logging(Name="proof")
    data = {"MetricName": "Orders", "Value": 42, "Dimensions": [{"Name": "Region", "Value": "EU"}]}
    stack.cloudwatch.put_metric_data(Namespace="Asked", MetricData=[data])
    for group, age in (("asked", 0), ("kept", 3)):
        place = {"logGroupName": group, "logStreamName": "a"}
        stack.logs.create_log_group(logGroupName=group)
        stack.logs.create_log_stream(**place)
        texts = ["ok", "ERROR out of cheese", "ERROR out of bread"]
        events = [{"timestamp": millis(days=age) + n, "message": text} for n, text in enumerate(texts)]
        stack.logs.put_log_events(**place, logEvents=events)
    with pytest.raises(stack.logs.exceptions.ClientError):
        stack.watchtrail("logs", "LogsUrl", stack.make_key("nobody", "--allow", "logs:DescribeLogGroups")).create_log_group(
            logGroupName="x"
        )
    # The hour's files are of a digest of the next one; a quiet log group waits for three hours.
    reports = [stack.later("DeliveryFunction", hours, "schedule-delivery") for hours in (1, 2, 4)]
    assert [report["failures"] for report in reports] == [0, 0, 0]
    yield began, reports
    stack.trail.delete_trail(Name="proof")


def test_validate_logs(stack, filled):
    """`aws cloudtrail validate-logs` asks the suite for keys and S3 for files, with one key: it is AWS's own, known to the suite, too."""
    began, reports = filled
    assert sum(report["digests"] for report in reports) >= 3
    made = stack.aws_key("auditor")
    stack.make_key("auditor", "--allow", "cloudtrail:*", "--id", made["AccessKeyId"], secret=made["SecretAccessKey"])
    times = [(began + dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ") for hours in (-1, 5)]
    account = stack.outputs["LogsFunctionArn"].split(":")[4]
    command = [clients_python().with_name("aws"), "cloudtrail", "validate-logs", "--verbose", "--region", "us-east-1"]
    command += ["--trail-arn", f"arn:aws:cloudtrail:us-east-1:{account}:trail/proof"]
    command += ["--start-time", times[0], "--end-time", times[1]]
    keys = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
    env = stack.emulator.env | stack.clients() | keys
    env["PATH"] = f"{command[0].parent}:{os.environ['PATH']}"

    def validate():
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)

    done = validate()
    assert done.returncode == 0 and "INVALID" not in done.stdout + done.stderr, done
    valid = {kind: (int(some), int(all)) for some, all, kind in re.findall(r"(\d+)/(\d+) (digest|log) files valid", done.stdout)}
    assert valid["digest"][0] == valid["digest"][1] >= 3, done.stdout
    assert valid["log"][0] == valid["log"][1] >= 1, done.stdout

    # And it would tell.
    s3, bucket = stack.client("s3"), stack.outputs["TrailBucket"]
    # One of this trail's: others deliver there, too.
    key = re.search(rf"s3://{bucket}/(\S+/CloudTrail/\S+)\s+valid", done.stdout)[1]
    whole = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=whole + b"\0")
    done = validate()
    assert done.returncode == 1 and f"{bucket}/{key}\tINVALID" in done.stderr, done
    s3.put_object(Bucket=bucket, Key=key, Body=whole)


class Athena:
    """The stack's named queries. CloudFormation makes them on AWS; the emulator's does not know the type, so they are made here."""

    def __init__(self, stack):
        self.client = stack.client("athena")
        self.database = stack.outputs["GlueDatabase"]
        account = stack.outputs["LogsFunctionArn"].split(":")[4]
        known = {"AWS::AccountId": account, "AWS::Region": "us-east-1", "AWS::StackName": "watchtrail-e2e"}
        for resource in template().values():
            if resource["Type"] == "AWS::Athena::NamedQuery":
                said = resource["Properties"]
                name, query = (re.sub(r"\$\{(AWS::\w+)\}", lambda m: known[m[1]], said[key]["Fn::Sub"]) for key in ("Name", "QueryString"))
                self.client.create_named_query(Name=name, Database=self.database, QueryString=query, Description=said["Description"])

    def queries(self):
        """The named queries by their names, as whoever opens Athena's console finds them."""
        ids = self.client.list_named_queries()["NamedQueryIds"]
        found = [self.client.get_named_query(NamedQueryId=id)["NamedQuery"] for id in ids]
        return {query["Name"].removeprefix("watchtrail-e2e-"): query["QueryString"] for query in found}

    def ask(self, query, bucket):
        """The rows of an answer."""
        place = {"OutputLocation": f"s3://{bucket}/athena/"}
        started = self.client.start_query_execution(
            QueryString=query, QueryExecutionContext={"Database": self.database}, ResultConfiguration=place
        )
        id = started["QueryExecutionId"]

        def ended():
            status = self.client.get_query_execution(QueryExecutionId=id)["QueryExecution"]["Status"]
            return status if status["State"] in ("SUCCEEDED", "FAILED") else None

        status = eventually(60, ended)
        assert status and status["State"] == "SUCCEEDED", (status, query)
        rows = self.client.get_query_results(QueryExecutionId=id)["ResultSet"]["Rows"]
        names, *rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]
        return [dict(zip(names, row)) for row in rows]


def test_queries_by_athena(stack, filled):
    """What the emulator does not do: partition projection (it looks into all files of the table's location), and functions of Athena's."""
    s3 = stack.client("s3")
    s3.create_bucket(Bucket="athena-results")
    athena = Athena(stack)
    queries = athena.queries()
    assert len(queries) == 8
    evaluated = {name: query for name, query in queries.items() if not NOT_OF_DUCKDB.search(query)}
    assert {"errors", "unauthorized-attempts", "what-did-this-key-do"} <= set(evaluated)
    evaluated["errors"] = evaluated["errors"].replace("'app'", "'asked'")
    evaluated["what-did-this-key-do"] = evaluated["what-did-this-key-do"].replace("AKIAIOSFODNN7EXAMPLE", stack.key[0])
    answers = {name: athena.ask(query, "athena-results") for name, query in evaluated.items()}
    [errors] = answers["errors"]
    assert (errors["log_stream"], errors["errors"], errors["example"]) == ("a", "2", "ERROR out of bread")
    denied = [(row["user_arn"].split("/")[-1], row["event_name"]) for row in answers["unauthorized-attempts"]]
    assert ("nobody", "CreateLogGroup") in denied
    done = {(row["event_source"], row["event_name"]) for row in answers["what-did-this-key-do"]}
    assert {("cloudtrail.amazonaws.com", "StartLogging"), ("logs.amazonaws.com", "CreateLogGroup")} <= done

    account = stack.outputs["LogsFunctionArn"].split(":")[4]
    where = f"account = '{account}' AND region = 'us-east-1' AND namespace = 'Asked' AND resolution = 60"
    [orders] = athena.ask(f"SELECT metric_name, dimensions, value FROM metrics WHERE {where}", "athena-results")
    assert (orders["metric_name"], json.loads(orders["dimensions"]), float(orders["value"])) == ("Orders", {"Region": "EU"}, 42)
    assert s3.list_objects_v2(Bucket="athena-results")["KeyCount"] > 0


def test_files_end_with_their_retention(stack, filled):
    """From the retention of a group to the index's TTL, its stream and the object; the API does not wait for it."""

    def read():
        return [event["message"] for event in stack.logs.filter_log_events(logGroupName="kept", startTime=millis(days=5))["events"]]

    def files():
        account = stack.outputs["LogsFunctionArn"].split(":")[4]
        return stack.objects(f"logs/account={account}/region=us-east-1/log_group=kept/")

    # The emulator's CloudFormation leaves out what a table says of its TTL.
    said = template()["Index"]["Properties"]["TimeToLiveSpecification"]
    ttl = {"AttributeName": said["AttributeName"], "Enabled": said["Enabled"]}
    stack.client("dynamodb").update_time_to_live(TableName=stack.outputs["IndexTable"], TimeToLiveSpecification=ttl)
    assert len(read()) == 3 and files()
    stack.logs.put_retention_policy(logGroupName="kept", retentionInDays=1)
    assert read() == []
    assert stack.invoke("DeliveryFunction", "schedule-delivery")["failures"] == 0
    # The emulator's TTL goes by every minute; AWS's within days.
    assert eventually(150, lambda: not files()), "the files are still there"
    asked = stack.objects("logs/")
    assert any("log_group=asked/" in name for name in asked), "what had not expired is gone"
