"""Trails: made, shown, changed, started, deleted; names, ARNs and home regions, as boto3 sees them."""

import json
from concurrent.futures import ThreadPoolExecutor

from logs import arn as arn_of, refused, without_metadata
from test_cli import in_shell
from trails import ACCOUNT, BUCKET, arn, bucket, mine, trail  # noqa: F401 (fixtures)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/to-logs"


def unknown(call, name, **input):
    refused(call, "TrailNotFoundException", f"Unknown trail: {name} for the user: {ACCOUNT}", **input)


def test_a_trail_is_made_and_shown(trail, bucket):
    made = {
        "Name": "mine",
        "S3BucketName": bucket,
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": False,
        "TrailARN": arn("trail/mine"),
        "LogFileValidationEnabled": False,
        "IsOrganizationTrail": False,
    }
    answer = without_metadata(trail.create_trail(Name="mine", S3BucketName=bucket))
    assert {key: answer[key] for key in made} == made
    shown = {**made, "HomeRegion": "us-east-1", "HasCustomEventSelectors": False, "HasInsightSelectors": False}
    [described] = trail.describe_trails()["trailList"]
    assert {key: described[key] for key in shown} == shown
    assert trail.get_trail(Name="mine")["Trail"] == trail.get_trail(Name=arn("trail/mine"))["Trail"] == described
    assert trail.list_trails()["Trails"] == [{"TrailARN": arn("trail/mine"), "Name": "mine", "HomeRegion": "us-east-1"}]


def test_all_settings(suite, trail, bucket):
    suite.client("sns").create_topic(Name="files")
    suite.client("logs").create_log_group(logGroupName="/audit")
    group = arn_of("log-group:/audit:*")
    answer = trail.create_trail(
        Name="mine",
        S3BucketName=bucket,
        S3KeyPrefix="of/us",
        SnsTopicName="files",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=ROLE,
        KmsKeyId="alias/audit",
        TagsList=[{"Key": "team", "Value": "audit"}],
    )
    assert answer["S3KeyPrefix"] == "of/us"
    assert (answer["SnsTopicName"], answer["SnsTopicARN"]) == ("files", arn_of("files", service="sns"))
    assert answer["IsMultiRegionTrail"] and answer["LogFileValidationEnabled"]
    assert (answer["CloudWatchLogsLogGroupArn"], answer["CloudWatchLogsRoleArn"]) == (group, ROLE)
    assert answer["KmsKeyId"] == arn_of("alias/audit", service="kms")
    [tags] = trail.list_tags(ResourceIdList=[arn("trail/mine")])["ResourceTagList"]
    assert tags == {"ResourceId": arn("trail/mine"), "TagsList": [{"Key": "team", "Value": "audit"}]}


def test_names_that_are_none(trail, bucket):
    def check(name, message):
        refused(trail.create_trail, "InvalidTrailNameException", message, Name=name, S3BucketName=bucket)
        for call in (trail.get_trail, trail.start_logging):
            refused(call, "InvalidTrailNameException", message, Name=name)

    check("", "Trail name cannot be blank!")
    check("ab", "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.")
    check(
        "a" * 129, "Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters."
    )
    check("-abc", "Trail name must starts with a letter or number.")
    check("abc-", "Trail name must ends with a letter or number.")
    check("a b", ...)
    check("a--b", ...)
    check("192.168.5.4", ...)
    refused(trail.get_trail, "CloudTrailARNInvalidException", ..., Name="arn:aws:cloudtrail:us-east-1::x")


def test_what_a_trail_cannot_be_made_with(trail, bucket):
    def check(code, message, **input):
        refused(trail.create_trail, code, message, **{"Name": "mine", "S3BucketName": bucket, **input})

    check("InvalidS3BucketNameException", ..., S3BucketName="My_Bucket")
    check("S3BucketDoesNotExistException", "S3 bucket nowhere does not exist!", S3BucketName="nowhere")
    # The suite's own: whoever may make trails may not write among its objects.
    check("InsufficientS3BucketPolicyException", ..., S3BucketName="watchtrail-data")
    check("InvalidS3PrefixException", ..., S3KeyPrefix="a" * 201)
    check("InvalidSnsTopicNameException", ..., SnsTopicName="a topic")
    check("InvalidSnsTopicNameException", ..., SnsTopicName="a" * 257)
    missing = "SNS Topic does not exist or the topic policy is incorrect!"
    check("InsufficientSnsTopicPolicyException", missing, SnsTopicName="nowhere")
    check("InvalidKmsKeyIdException", ..., KmsKeyId="arn:aws:s3:::key")
    check("OrganizationsNotInUseException", ..., IsOrganizationTrail=True)
    check(
        "InvalidParameterCombinationException",
        "Multi-Region trail must include global service events.",
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=False,
    )
    group = arn_of("log-group:nowhere:*")
    role = "You must specify a role ARN as well as a log group."
    check("InvalidCloudWatchLogsRoleArnException", role, CloudWatchLogsLogGroupArn=group)
    check("InvalidCloudWatchLogsLogGroupArnException", ..., CloudWatchLogsRoleArn=ROLE)
    check(
        "InvalidCloudWatchLogsLogGroupArnException",
        "CloudTrail cannot validate the specified log group ARN.",
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=ROLE,
    )
    check("InvalidTagParameterException", ..., TagsList=[{"Key": "aws:x", "Value": "y"}])
    check("TagsLimitExceededException", ..., TagsList=[{"Key": str(n)} for n in range(51)])
    assert trail.list_trails()["Trails"] == []


def test_a_name_is_taken_once_and_a_region_has_five(suite, trail, bucket):
    west = suite.client("cloudtrail", region="us-west-2")
    for number in range(4):
        trail.create_trail(Name=f"trail{number}", S3BucketName=bucket)
    refused(
        trail.create_trail,
        "TrailAlreadyExistsException",
        f"Trail trail0 already exists for customer: {ACCOUNT}",
        Name="trail0",
        S3BucketName=bucket,
    )
    west.create_trail(Name="everywhere", S3BucketName=bucket, IsMultiRegionTrail=True)
    refused(trail.create_trail, "TrailAlreadyExistsException", ..., Name="everywhere", S3BucketName=bucket)
    refused(
        trail.create_trail,
        "MaximumNumberOfTrailsExceededException",
        f"User: {ACCOUNT} already has 5 trails in us-east-1",
        Name="trail4",
        S3BucketName=bucket,
    )
    west.create_trail(Name="trail4", S3BucketName=bucket)


def test_shadows(suite, trail, bucket):
    def names(client, **input):
        return sorted(trail["Name"] for trail in client.describe_trails(**input)["trailList"])

    west = suite.client("cloudtrail", region="us-west-2")
    trail.create_trail(Name="everywhere", S3BucketName=bucket, IsMultiRegionTrail=True)
    trail.create_trail(Name="east", S3BucketName=bucket)
    west.create_trail(Name="west", S3BucketName=bucket)
    assert names(west) == ["everywhere", "west"]
    assert names(west, includeShadowTrails=False) == ["west"]
    assert names(west, trailNameList=["everywhere", "west"]) == ["west"]
    assert names(west, trailNameList=[arn("trail/everywhere")]) == ["everywhere"]
    assert names(trail) == ["east", "everywhere"]
    assert len(west.list_trails()["Trails"]) == 3
    assert west.get_trail(Name=arn("trail/everywhere"))["Trail"]["HomeRegion"] == "us-east-1"
    unknown(west.get_trail, "everywhere", Name="everywhere")
    assert west.get_trail_status(Name=arn("trail/everywhere"))["IsLogging"] is False
    for call in (west.start_logging, west.stop_logging, west.delete_trail, west.update_trail):
        for name in ("everywhere", arn("trail/everywhere"), arn("trail/east")):
            refused(call, "InvalidHomeRegionException", ..., Name=name)
        unknown(call, "east", Name="east")
    other = suite.client("cloudtrail", key="210987654321")
    assert other.list_trails()["Trails"] == other.describe_trails()["trailList"] == []


def test_logging_starts_and_stops(suite, trail, mine):
    status = trail.get_trail_status(Name=mine)
    assert (status["IsLogging"], status["TimeLoggingStarted"]) == (False, "")
    assert "StartLoggingTime" not in status
    started = int(suite.now())
    assert without_metadata(trail.start_logging(Name=arn("trail/mine"))) == {}
    trail.start_logging(Name=mine)
    status = trail.get_trail_status(Name=mine)
    assert status["IsLogging"] and abs(status["StartLoggingTime"].timestamp() - started) < 60
    assert status["TimeLoggingStarted"].endswith("Z")
    suite.advance(60)
    trail.stop_logging(Name=mine)
    suite.advance(60)
    trail.stop_logging(Name=mine)
    status = trail.get_trail_status(Name=mine)
    assert not status["IsLogging"]
    assert 60 <= (status["StopLoggingTime"] - status["StartLoggingTime"]).total_seconds() < 120
    unknown(trail.start_logging, "other", Name="other")


def test_a_trail_is_changed(suite, trail, mine):
    suite.client("s3").create_bucket(Bucket="other-files")
    suite.client("sns").create_topic(Name="files")
    suite.client("logs").create_log_group(logGroupName="audit")
    group = arn_of("log-group:audit:*")
    answer = trail.update_trail(
        Name=mine,
        S3BucketName="other-files",
        S3KeyPrefix="p",
        SnsTopicName="files",
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=ROLE,
    )
    assert (answer["S3BucketName"], answer["S3KeyPrefix"]) == ("other-files", "p")
    # What is not named stays, an empty text takes away.
    answer = trail.update_trail(Name=mine, S3KeyPrefix="", CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn="")
    assert not {"S3KeyPrefix", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"} & answer.keys()
    assert (answer["S3BucketName"], answer["SnsTopicName"]) == ("other-files", "files")
    assert answer["LogFileValidationEnabled"]
    refused(trail.update_trail, "S3BucketDoesNotExistException", ..., Name=mine, S3BucketName="nowhere")
    refused(
        trail.update_trail, "InvalidCloudWatchLogsRoleArnException", ..., Name=mine, CloudWatchLogsLogGroupArn=group
    )
    refused(
        trail.update_trail,
        "InvalidParameterCombinationException",
        ...,
        Name=mine,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=False,
    )


def test_a_trail_is_deleted_with_its_tags(trail, mine, bucket):
    trail.add_tags(ResourceId=arn("trail/mine"), TagsList=[{"Key": "a", "Value": "b"}])
    assert without_metadata(trail.delete_trail(Name=mine)) == {}
    unknown(trail.get_trail, mine, Name=mine)
    unknown(trail.delete_trail, arn("trail/mine"), Name=arn("trail/mine"))
    trail.create_trail(Name=mine, S3BucketName=bucket)
    assert trail.list_tags(ResourceIdList=[arn("trail/mine")])["ResourceTagList"][0]["TagsList"] == []


def test_tags(suite, trail, mine):
    def tags():
        [listed] = trail.list_tags(ResourceIdList=[resource])["ResourceTagList"]
        return {tag["Key"]: tag["Value"] for tag in listed["TagsList"]}

    resource = arn("trail/mine")
    trail.add_tags(ResourceId=resource, TagsList=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    trail.add_tags(ResourceId=resource, TagsList=[{"Key": "a", "Value": "2"}])
    assert tags() == {"a": "2", "b": ""}
    trail.remove_tags(ResourceId=resource, TagsList=[{"Key": "a"}, {"Key": "z"}])
    assert tags() == {"b": ""}
    many = [{"Key": str(n)} for n in range(50)]
    refused(trail.add_tags, "TagsLimitExceededException", ..., ResourceId=resource, TagsList=many)
    twice = [{"Key": "x"}, {"Key": "x"}]
    refused(trail.add_tags, "InvalidTagParameterException", ..., ResourceId=resource, TagsList=twice)
    refused(trail.add_tags, "ResourceNotFoundException", ..., ResourceId=arn("trail/other"), TagsList=[{"Key": "x"}])
    refused(trail.list_tags, "CloudTrailARNInvalidException", ..., ResourceIdList=["mine"])
    refused(trail.list_tags, "ResourceTypeNotSupportedException", ..., ResourceIdList=[arn("eventdatastore/x")])


def test_changes_at_once_are_all_made(suite, trail, mine):
    def tag(number):
        client = suite.client("cloudtrail")
        client.add_tags(ResourceId=arn("trail/mine"), TagsList=[{"Key": str(number)}])
        (client.start_logging if number % 2 else client.stop_logging)(Name=mine)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tag, range(8)))
    [listed] = trail.list_tags(ResourceIdList=[arn("trail/mine")])["ResourceTagList"]
    assert len(listed["TagsList"]) == 8


def test_two_creators_of_one_name(suite, bucket):
    def create(_):
        try:
            suite.client("cloudtrail").create_trail(Name="mine", S3BucketName=bucket)
            return "made"
        except Exception as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(8))) == ["TrailAlreadyExistsException"] * 7 + ["made"]


def test_what_is_not_there_is_refused(trail):
    for call in (trail.list_event_data_stores, trail.list_imports, trail.list_dashboards):
        refused(call, "UnknownOperationException", ...)


def test_the_command_line(suite, bucket):
    shell = in_shell(suite)
    made = json.loads(shell(f"aws cloudtrail create-trail --name mine --s3-bucket-name {BUCKET} --is-multi-region-trail"))
    assert made["TrailARN"] == arn("trail/mine")
    shell("aws cloudtrail start-logging --name mine")
    assert json.loads(shell("aws cloudtrail get-trail-status --name mine"))["IsLogging"] is True
    put = "aws cloudtrail put-event-selectors --trail-name mine --advanced-event-selectors "
    shell(put + """'[{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]'""")
    said = shell("aws cloudtrail get-trail --name other", fails=True)
    assert f"(TrailNotFoundException) when calling the GetTrail operation: Unknown trail: other for the user: {ACCOUNT}" in said
    assert json.loads(shell("aws cloudtrail lookup-events --max-items 1"))["Events"] is not None
    shell("aws cloudtrail list-public-keys")
    shell("aws cloudtrail delete-trail --name mine")
