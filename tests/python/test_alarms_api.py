"""The operations of alarms and mute rules as boto3, the CLI and an old boto3 see them. What makes an alarm change by itself is tested elsewhere."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from clients import Boto3, Cli, OldBoto3, RawCbor

from conftest import DAY, HOUR

TOPIC = "arn:aws:sns:us-east-1:123456789012:ops"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def arn(name, kind="alarm"):
    return f"arn:aws:cloudwatch:us-east-1:123456789012:{kind}:{name}"


def metric_alarm(name="a", **changes):
    """Without data its state stays as it is, whenever it is evaluated: what happens then is not tested here."""
    alarm = {
        "AlarmName": name,
        "MetricName": "m",
        "Namespace": "N",
        "Period": 60,
        "Statistic": "Sum",
        "EvaluationPeriods": 3,
        "Threshold": 1.5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
    } | changes
    return {member: value for member, value in alarm.items() if value is not None}


def stat(id="m1", period=60, **more):
    metric = {"Namespace": "N", "MetricName": "m", "Dimensions": [{"Name": "d", "Value": "v"}]}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": "p99"}} | more


def of_metrics(name="a", **changes):
    without = dict.fromkeys(["MetricName", "Namespace", "Period", "Statistic"])
    return metric_alarm(name, **(without | {"Metrics": [stat()]} | changes))


BOTH = ["MetricAlarm", "CompositeAlarm"]


def described(client, **filters):
    """The alarms of all pages by name."""
    found = {}
    for page in client.get_paginator("describe_alarms").paginate(**({"AlarmTypes": BOTH} | filters)):
        assert page["LogAlarms"] == []
        found |= {alarm["AlarmName"]: alarm for alarm in page["MetricAlarms"] + page["CompositeAlarms"]}
    return found


def names(client, **filters):
    return list(described(client, **filters))


def history(client, **filters):
    pages = client.get_paginator("describe_alarm_history").paginate(**({"AlarmTypes": BOTH} | filters))
    return [item for page in pages for item in page["AlarmHistoryItems"]]


def summaries(client, **filters):
    return [item["HistorySummary"] for item in history(client, **filters)]


def refused(call, code, message, status=400, **input):
    with pytest.raises(ClientError) as raised:
        call(**input)
    error = raised.value.response
    assert (error["Error"]["Code"], error["Error"]["Message"]) == (code, message)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_metric_alarm_is_put_and_shown(cloudwatch):
    dimensions = [{"Name": "z", "Value": "1"}, {"Name": "a", "Value": "ö"}]
    given = metric_alarm(
        AlarmDescription="<too & much>",
        ActionsEnabled=False,
        AlarmActions=[TOPIC, FUNCTION + ":live"],
        Dimensions=dimensions,
        Unit="Count",
        DatapointsToAlarm=2,
    )
    cloudwatch.put_metric_alarm(**given, EvaluationWindow={"SlidingWindow": {}})
    shown = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert {member: shown[member] for member in given} == given
    assert (shown["OKActions"], shown["InsufficientDataActions"]) == ([], [])
    assert (shown["StateValue"], shown["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert shown["AlarmArn"] == arn("a")
    times = ["AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp"]
    assert len({shown[time] for time in times}) == 1
    assert not {"ExtendedStatistic", "Metrics", "StateReasonData", "EvaluateLowSampleCountPercentile"} & shown.keys()

    # Percentiles have a member of their own.
    cloudwatch.put_metric_alarm(
        **metric_alarm(
            Statistic=None, ExtendedStatistic="p99.5", EvaluateLowSampleCountPercentile="ignore", TreatMissingData=None
        )
    )
    shown = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert (shown["ExtendedStatistic"], shown["EvaluateLowSampleCountPercentile"]) == ("p99.5", "ignore")
    assert shown["ActionsEnabled"] and shown["Dimensions"] == []
    assert not {"Statistic", "Unit", "DatapointsToAlarm", "AlarmDescription", "TreatMissingData"} & shown.keys()


def test_an_alarm_of_metrics_is_put_and_shown(cloudwatch):
    metrics = [
        stat("m1", ReturnData=False),
        stat("m2", Label="two", ReturnData=True, AccountId="123456789012"),
    ]
    cloudwatch.put_metric_alarm(**of_metrics(Metrics=metrics))
    shown = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert shown["Metrics"] == metrics
    assert not {"MetricName", "Namespace", "Period", "Statistic"} & shown.keys()
    # It is none of those that watch the metric itself.
    assert cloudwatch.describe_alarms_for_metric(Namespace="N", MetricName="m")["MetricAlarms"] == []


WEEK = "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms using period >= 3600"
NOT_OURS = "is not carried out by this suite: only Amazon SNS topics and Lambda functions are"


@pytest.mark.parametrize(
    "input, message",
    [
        (metric_alarm(MetricName=None), "MetricName must not be null"),
        (metric_alarm(Period=None), "Period must not be null"),
        (metric_alarm(Threshold=None), "Threshold must not be null"),
        (metric_alarm(EvaluationPeriods=None), "EvaluationPeriods must not be null"),
        (metric_alarm(Statistic=None), "Exactly one of Statistic and ExtendedStatistic must be set"),
        (metric_alarm(ExtendedStatistic="p99"), "Statistic and ExtendedStatistic cannot both be set"),
        (metric_alarm(Metrics=[stat()]), "MetricName should not be set if list of Metrics is set"),
        (of_metrics(Statistic="Sum"), "Statistic should not be set if list of Metrics is set"),
        (of_metrics(Metrics=[stat("a"), stat("b")]), "Exactly one element of the metrics list should return data."),
        (of_metrics(Metrics=[{"Id": "e", "Expression": "1"}]), "Metrics.member.1.Expression is not supported yet by this suite"),
        (metric_alarm(DatapointsToAlarm=4), "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
        (metric_alarm(Period=45), "Invalid period 45: it must be 10, 20, 30 or a multiple of 60"),
        (metric_alarm(Period=86400, EvaluationPeriods=8), WEEK),
        (metric_alarm(ComparisonOperator="LessThanLowerThreshold"),
         "ComparisonOperator LessThanLowerThreshold is not supported yet by this suite"),
        (metric_alarm(ThresholdMetricId="m"), "Threshold and ThresholdMetricId cannot both be set"),
        (metric_alarm(AlarmName="a\x07"), "AlarmName must not contain ASCII control characters"),
        (metric_alarm(AlarmActions=["ops"]), "Invalid arn syntax: ops"),
        (metric_alarm(OKActions=[TOPIC.replace("us-east-1", "eu-west-1")]),
         "Invalid region eu-west-1 specified. Only us-east-1 is supported."),
        (metric_alarm(AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"]),
         f"The action arn:aws:automate:us-east-1:ec2:stop {NOT_OURS}"),
        (metric_alarm(WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 5}),
         "WarmUpConfiguration is not supported yet by this suite"),
        (metric_alarm(AlarmName=None),
         "1 validation error detected: Value null at 'alarmName' failed to satisfy constraint: Member must not be null"),
        (metric_alarm(AlarmActions=[TOPIC] * 6),
         f"1 validation error detected: Value '[{', '.join([TOPIC] * 6)}]' at 'alarmActions' failed to satisfy constraint: "
         "Member must have length less than or equal to 5"),
    ],
)  # fmt: skip
def test_refused_metric_alarms(cloudwatch, input, message):
    refused(cloudwatch.put_metric_alarm, "ValidationError", message, **input)
    assert described(cloudwatch) == {}



def test_an_alarm_beyond_aws_limit_of_bytes(cloudwatch):
    dimensions = [{"Name": f"{n:02}{'x' * 250}", "Value": "y" * 1000} for n in range(30)]
    query = stat("m0", ReturnData=True)
    query["MetricStat"]["Metric"]["Dimensions"] = dimensions
    queries = [query | {"Id": f"m{n}", "ReturnData": n == 0} for n in range(10)]
    refused(cloudwatch.put_metric_alarm, "ValidationError", "The alarm must not be larger than 122880 bytes",
            **of_metrics(Metrics=queries))  # fmt: skip


def test_an_update_keeps_the_state_and_replaces_everything_else(suite, cloudwatch):
    cloudwatch.put_metric_alarm(**metric_alarm(AlarmDescription="old", Tags=[{"Key": "k", "Value": "1"}]))
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="because")
    before = described(cloudwatch)["a"]
    suite.advance(HOUR)
    cloudwatch.put_metric_alarm(**metric_alarm(Threshold=7, Tags=[{"Key": "k", "Value": "2"}, {"Key": "l", "Value": ""}]))
    after = described(cloudwatch)["a"]
    state = ["StateValue", "StateReason", "StateUpdatedTimestamp", "StateTransitionedTimestamp"]
    assert [after[member] for member in state] == [before[member] for member in state]
    assert after["Threshold"] == 7 and "AlarmDescription" not in after
    assert after["AlarmConfigurationUpdatedTimestamp"] > before["AlarmConfigurationUpdatedTimestamp"]
    # Tags in an update are ignored.
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn("a"))["Tags"] == [{"Key": "k", "Value": "1"}]
    # The same once more is fine.
    cloudwatch.put_metric_alarm(**metric_alarm(Threshold=7))
    assert summaries(cloudwatch) == [
        'Alarm "a" updated',
        'Alarm "a" updated',
        "Alarm updated from INSUFFICIENT_DATA to OK",
        'Alarm "a" created',
    ]
    data = json.loads(history(cloudwatch)[0]["HistoryData"])
    assert (data["type"], data["updatedAlarm"]["threshold"]) == ("Update", 7)


def test_a_composite_alarm_is_put_and_shown(cloudwatch):
    for name in ("a", "b c", "quiet"):
        cloudwatch.put_metric_alarm(**metric_alarm(name))
    given = {
        "AlarmName": "both",
        "AlarmRule": f'ALARM("b c") AND NOT OK({arn("a")})',
        "AlarmDescription": "d",
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [FUNCTION],
        "OKActions": [],
        "ActionsEnabled": True,
        "ActionsSuppressor": "quiet",
        "ActionsSuppressorWaitPeriod": 60,
        "ActionsSuppressorExtensionPeriod": 0,
    }
    cloudwatch.put_composite_alarm(**given)
    # "If you omit this parameter, only metric alarms are returned".
    assert cloudwatch.describe_alarms()["CompositeAlarms"] == []
    shown = described(cloudwatch, AlarmTypes=["CompositeAlarm"])
    assert list(shown) == ["both"]
    assert {member: shown["both"][member] for member in given} == given
    assert shown["both"]["StateValue"] in ("INSUFFICIENT_DATA", "OK")

    def related(**filter):
        answer = cloudwatch.describe_alarms(**filter)
        return [{m: v for m, v in a.items() if "Time" not in m} for a in answer["MetricAlarms"] + answer["CompositeAlarms"]]

    assert related(ChildrenOfAlarmName="both") == [
        {"AlarmName": name, "AlarmArn": arn(name), "StateValue": "INSUFFICIENT_DATA"} for name in ("a", "b c")
    ]
    assert related(ParentsOfAlarmName="a") == [{"AlarmName": "both", "AlarmArn": arn("both")}]
    assert related(ParentsOfAlarmName="quiet") == related(ChildrenOfAlarmName="gone") == []


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"AlarmRule": " ALARM(a)"}, "AlarmRule must not contain leading or trailing whitespace or be null"),
        ({"AlarmRule": "ALARM(a b)"}, "Error in AlarmRule [Unsupported token 'b' at char 8, must be: ')']"),
        ({"AlarmRule": "ALARM(a) OR OK(b) OR OK(c)"},
         "Could not save the composite alarm as alarms [b, c] in the alarm rule do not exist"),
        ({"AlarmRule": "ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a)"},
         "Could not save the composite alarm as alarms [arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a] in the alarm rule"
         " do not exist"),
        ({"AlarmRule": "ALARM(c)"}, "Could not save the composite alarm as alarms [c] in the alarm rule do not exist"),
        ({"AlarmName": "a"}, "The alarm a exists already and is a MetricAlarm"),
        ({"ActionsSuppressor": "a"}, "ActionsSuppressorWaitPeriod must be set if ActionsSuppressor is set"),
        ({"ActionsSuppressor": "a", "ActionsSuppressorWaitPeriod": 1},
         "ActionsSuppressorExtensionPeriod must be set if ActionsSuppressor is set"),
        ({"ActionsSuppressorExtensionPeriod": 1}, "ActionsSuppressorExtensionPeriod can be set only if ActionsSuppressor is set"),
        ({"ActionsSuppressor": "z", "ActionsSuppressorWaitPeriod": 1, "ActionsSuppressorExtensionPeriod": 1},
         "Could not save the composite alarm as the actions suppressor z does not exist"),
        ({"ActionsSuppressor": "a", "ActionsSuppressorWaitPeriod": -1, "ActionsSuppressorExtensionPeriod": 1},
         "The value -1 for parameter ActionsSuppressorWaitPeriod is invalid."),
        ({"AlarmActions": ["arn:aws:ssm:us-east-1:123456789012:opsitem:1"]},
         f"The action arn:aws:ssm:us-east-1:123456789012:opsitem:1 {NOT_OURS}"),
        ({"ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}},
         "AlarmTagsPropagation is not supported yet by this suite"),
    ],
)  # fmt: skip
def test_refused_composite_alarms(cloudwatch, changes, message):
    cloudwatch.put_metric_alarm(**metric_alarm("a"))
    given = {"AlarmName": "c", "AlarmRule": "ALARM(a)"} | changes
    refused(cloudwatch.put_composite_alarm, "ValidationError", message, **given)
    assert names(cloudwatch) == ["a"]


def test_cycles_are_allowed_and_keep_alarms_from_being_deleted(cloudwatch):
    cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="FALSE")
    cloudwatch.put_composite_alarm(AlarmName="b", AlarmRule="ALARM(a)")
    cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="ALARM(b)")
    refused(cloudwatch.put_metric_alarm, "ValidationError", "The alarm a exists already and is a CompositeAlarm",
            **metric_alarm("a"))  # fmt: skip
    for name in "ab":
        refused(cloudwatch.delete_alarms, "ValidationError",
                f"Cannot delete {name} as there are composite alarm(s) depending on it.", AlarmNames=[name])  # fmt: skip
    cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="FALSE")
    cloudwatch.delete_alarms(AlarmNames=["b"])
    cloudwatch.delete_alarms(AlarmNames=["a"])
    assert described(cloudwatch) == {}


def test_an_alarm_has_at_most_150_parents(cloudwatch):
    cloudwatch.put_metric_alarm(**metric_alarm("child"))
    put = cloudwatch.put_composite_alarm
    for n in range(150):
        put(AlarmName=f"p{n}", AlarmRule="ALARM(child)")
    full = "Could not save the composite alarm as alarm child is in the alarm rules of 150 composite alarms already"
    refused(put, "ValidationError", full, AlarmName="p150", AlarmRule="OK(child)")
    put(AlarmName="p0", AlarmRule="OK(child)")


def test_filters_and_pages_of_alarms(cloudwatch):
    for n in range(120):
        cloudwatch.put_metric_alarm(**metric_alarm(f"m{n:03}", AlarmActions=[TOPIC] if n % 2 else []))
    for n in range(5):
        cloudwatch.put_composite_alarm(AlarmName=f"m{n:03}c", AlarmRule="FALSE", OKActions=[FUNCTION])
    metric = [f"m{n:03}" for n in range(120)]
    composite = [f"m{n:03}c" for n in range(5)]
    assert sorted(names(cloudwatch)) == sorted(metric + composite)
    assert names(cloudwatch, AlarmTypes=["MetricAlarm"]) == metric
    first = cloudwatch.describe_alarms(AlarmTypes=BOTH)
    assert len(first["MetricAlarms"] + first["CompositeAlarms"]) == 50
    # Pages may have different lengths, but not different filters.
    token = cloudwatch.describe_alarms(MaxRecords=3)["NextToken"]
    rest = cloudwatch.describe_alarms(MaxRecords=100, NextToken=token)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in rest] == metric[3:103]
    for wrong in ({"AlarmNamePrefix": "m", "NextToken": token}, {"NextToken": "x"}):
        refused(cloudwatch.describe_alarms, "InvalidNextToken", "The next token is not valid.", **wrong)

    assert names(cloudwatch, AlarmNamePrefix="m00") == [f"m00{n}" for n in range(10)] + composite
    assert names(cloudwatch, AlarmNames=["m005", "m001", "gone", "m001c"]) == ["m001", "m005", "m001c"]
    assert names(cloudwatch, AlarmNames=["m001", "m001c"], AlarmTypes=[]) == ["m001"]
    assert names(cloudwatch, ActionPrefix="arn:aws:sns") == metric[1::2]
    assert names(cloudwatch, ActionPrefix=FUNCTION[:-1]) == composite
    cloudwatch.set_alarm_state(AlarmName="m007", StateValue="ALARM", StateReason="")
    assert names(cloudwatch, StateValue="ALARM") == ["m007"]
    assert names(cloudwatch, StateValue="OK", AlarmTypes=["MetricAlarm"]) == names(cloudwatch, AlarmTypes=["LogAlarm"]) == []

    together = [
        ({"AlarmNames": ["a"], "AlarmNamePrefix": "a"}, "AlarmNamePrefix", "AlarmNames"),
        ({"ChildrenOfAlarmName": "a", "AlarmNamePrefix": "a"}, "ChildrenOfAlarmName", "AlarmNamePrefix"),
        ({"ParentsOfAlarmName": "a", "AlarmTypes": BOTH}, "ParentsOfAlarmName", "AlarmTypes"),
        ({"ParentsOfAlarmName": "a", "ChildrenOfAlarmName": "a"}, "ChildrenOfAlarmName", "ParentsOfAlarmName"),
    ]
    for input, one, other in together:
        message = f"{one} cannot be specified together with {other}"
        refused(cloudwatch.describe_alarms, "ValidationError", message, **input)


def test_alarms_for_a_metric(cloudwatch):
    dimensions = [{"Name": "x", "Value": "1"}, {"Name": "y", "Value": "2"}]
    cloudwatch.put_metric_alarm(**metric_alarm("plain"))
    cloudwatch.put_metric_alarm(**metric_alarm("minute", Dimensions=dimensions, Unit="Count"))
    cloudwatch.put_metric_alarm(**metric_alarm("hour", Dimensions=dimensions[::-1], Period=3600))
    cloudwatch.put_metric_alarm(**metric_alarm("p99", Dimensions=dimensions, Statistic=None, ExtendedStatistic="p99"))

    def found(**input):
        answer = cloudwatch.describe_alarms_for_metric(**({"Namespace": "N", "MetricName": "m"} | input))
        return [alarm["AlarmName"] for alarm in answer["MetricAlarms"]]

    assert found() == ["plain"]
    assert found(Dimensions=dimensions) == ["hour", "minute", "p99"]
    assert found(Dimensions=dimensions, Period=3600) == ["hour"]
    assert found(Dimensions=dimensions, Statistic="Sum", Unit="Count") == ["minute"]
    assert found(Dimensions=dimensions, ExtendedStatistic="p99") == ["p99"]
    assert found(Dimensions=dimensions[:1]) == found(MetricName="n") == found(Namespace="O") == []


def test_setting_the_state(suite, cloudwatch):
    cloudwatch.put_metric_alarm(**metric_alarm(AlarmActions=[TOPIC]))
    suite.advance(1)
    data = '{"why": [1]}'
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="one", StateReasonData=data)
    first = described(cloudwatch)["a"]
    assert (first["StateValue"], first["StateReason"], first["StateReasonData"]) == ("ALARM", "one", data)
    assert first["StateUpdatedTimestamp"] == first["StateTransitionedTimestamp"]
    assert first["StateUpdatedTimestamp"] > first["AlarmConfigurationUpdatedTimestamp"]
    suite.advance(1)
    # The state that it is in: only the reason is new, and the history says nothing.
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="two")
    second = described(cloudwatch)["a"]
    assert second["StateReason"] == "two" and "StateReasonData" not in second
    assert second["StateTransitionedTimestamp"] == first["StateTransitionedTimestamp"] < second["StateUpdatedTimestamp"]
    changes = history(cloudwatch, HistoryItemType="StateUpdate")
    assert [item["HistorySummary"] for item in changes] == ["Alarm updated from INSUFFICIENT_DATA to ALARM"]
    new = json.loads(changes[0]["HistoryData"])["newState"]
    assert new == {"stateValue": "ALARM", "stateReason": "one", "stateReasonData": {"why": [1]}}

    state = {"AlarmName": "a", "StateValue": "OK", "StateReason": "r"}
    refused(cloudwatch.set_alarm_state, "ResourceNotFound", "", 404, **state | {"AlarmName": "gone"})
    refused(cloudwatch.set_alarm_state, "InvalidFormat", "StateReasonData is not valid JSON", **state, StateReasonData="{")
    refused(
        cloudwatch.set_alarm_state,
        "ValidationError",
        "1 validation error detected: Value 'mno' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value"
        " set: [OK, ALARM, INSUFFICIENT_DATA]",
        **state | {"StateValue": "mno"},
    )


def test_actions_of_a_suppressed_composite_alarm_are_held_back(suite, cloudwatch):
    cloudwatch.put_metric_alarm(**metric_alarm("quiet"))
    cloudwatch.set_alarm_state(AlarmName="quiet", StateValue="ALARM", StateReason="r")
    cloudwatch.put_composite_alarm(
        AlarmName="c", AlarmRule="FALSE", AlarmActions=[TOPIC], ActionsSuppressor="quiet",
        ActionsSuppressorWaitPeriod=60, ActionsSuppressorExtensionPeriod=60,
    )  # fmt: skip
    # It is evaluated once, and then not before a child changes.
    suite.advance(60)
    cloudwatch.set_alarm_state(AlarmName="c", StateValue="ALARM", StateReason="r")
    shown = described(cloudwatch)["c"]
    assert (shown["ActionsSuppressedBy"], shown["ActionsSuppressedReason"]) == ("Alarm", "Actions suppressed by Alarm")
    # A suppressor that is in use stays.
    message = "Cannot delete quiet as there are composite alarm(s) depending on it."
    refused(cloudwatch.delete_alarms, "ValidationError", message, AlarmNames=["quiet"])


def test_deleting_alarms(cloudwatch):
    for name in ("a", "b", "d"):
        cloudwatch.put_metric_alarm(**metric_alarm(name, Tags=[{"Key": "k", "Value": name}]))
    cloudwatch.put_composite_alarm(AlarmName="c1", AlarmRule="ALARM(a) OR ALARM(b)")
    cloudwatch.put_composite_alarm(AlarmName="c2", AlarmRule="FALSE")
    delete = cloudwatch.delete_alarms
    message = "Cannot delete b, a as there are composite alarm(s) depending on them."
    refused(delete, "ValidationError", message, AlarmNames=["d", "b", "a"])
    refused(delete, "ValidationError", "At most one composite alarm can be deleted in one operation", AlarmNames=["c1", "c2"])
    assert len(described(cloudwatch)) == 5
    # Names that are not there do not matter.
    delete(AlarmNames=["gone"])
    delete(AlarmNames=["a", "gone", "c1", "d", "d"])
    assert sorted(names(cloudwatch)) == ["b", "c2"]
    # The history stays; the tags do not, also when there is an alarm of that name again.
    assert summaries(cloudwatch, AlarmName="a") == ['Alarm "a" deleted', 'Alarm "a" created']
    assert json.loads(history(cloudwatch, AlarmName="a")[0]["HistoryData"])["deletedAlarm"]["alarmName"] == "a"
    cloudwatch.put_metric_alarm(**metric_alarm("a"))
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn("a"))["Tags"] == []
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn("b"))["Tags"] == [{"Key": "k", "Value": "b"}]


def test_a_hundred_alarms_are_deleted_at_once(cloudwatch):
    all_of_them = [f"a{n}" for n in range(100)]
    for name in all_of_them:
        cloudwatch.put_metric_alarm(**metric_alarm(name))
    cloudwatch.delete_alarms(AlarmNames=all_of_them)
    assert described(cloudwatch) == {}
    assert sum("deleted" in summary for summary in summaries(cloudwatch)) == 100


def test_history_filters_and_pages(suite, cloudwatch):
    cloudwatch.put_metric_alarm(**metric_alarm("a"))
    cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="FALSE")
    start = suite.now()
    for n in range(130):
        suite.advance(60)
        cloudwatch.set_alarm_state(AlarmName="a", StateValue=["ALARM", "OK"][n % 2], StateReason=f"r{n}")
    # By default the newest first, of metric alarms only, a hundred a page.
    page = cloudwatch.describe_alarm_history()
    assert len(page["AlarmHistoryItems"]) == 100
    second = cloudwatch.describe_alarm_history(NextToken=page["NextToken"])
    assert len(second["AlarmHistoryItems"]) == 31 and "NextToken" not in second
    times = [item["Timestamp"] for item in page["AlarmHistoryItems"] + second["AlarmHistoryItems"]]
    assert times == sorted(times, reverse=True)
    assert cloudwatch.describe_alarm_history(AlarmName="c")["AlarmHistoryItems"] == []
    assert summaries(cloudwatch, AlarmName="c")[-1] == 'Alarm "c" created'
    assert len(history(cloudwatch, AlarmTypes=["MetricAlarm"])) == 131
    oldest = history(cloudwatch, ScanBy="TimestampAscending", AlarmName="a", MaxRecords=50)
    assert [item["Timestamp"] for item in oldest] == times[::-1]
    assert summaries(cloudwatch, HistoryItemType="ConfigurationUpdate", AlarmTypes=["MetricAlarm"]) == ['Alarm "a" created']
    assert history(cloudwatch, HistoryItemType="AlarmContributorAction") == []
    assert history(cloudwatch, AlarmContributorId="x") == []
    within = history(cloudwatch, AlarmName="a", StartDate=start + 90, EndDate=start + 60 * 10 + 30)
    assert len(within) == 9
    refused(cloudwatch.describe_alarm_history, "InvalidNextToken", "The next token is not valid.", NextToken="x")
    # It is kept for thirty days.
    suite.advance(31 * DAY)
    assert history(cloudwatch) == []


def test_enabling_and_disabling_actions(suite, cloudwatch):
    for name in ("a", "b"):
        cloudwatch.put_metric_alarm(**metric_alarm(name))
    before = described(cloudwatch)["a"]["AlarmConfigurationUpdatedTimestamp"]
    suite.advance(1)
    cloudwatch.disable_alarm_actions(AlarmNames=["a", "gone"])
    shown = described(cloudwatch)
    assert (shown["a"]["ActionsEnabled"], shown["b"]["ActionsEnabled"]) == (False, True)
    assert shown["a"]["AlarmConfigurationUpdatedTimestamp"] > before
    assert summaries(cloudwatch, AlarmName="a") == ['Alarm "a" updated', 'Alarm "a" created']
    # What is as it should be stays as it is.
    cloudwatch.disable_alarm_actions(AlarmNames=["a"])
    cloudwatch.enable_alarm_actions(AlarmNames=["b"])
    assert len(history(cloudwatch)) == 3
    cloudwatch.enable_alarm_actions(AlarmNames=["a", "b"])
    assert described(cloudwatch)["a"]["ActionsEnabled"]


def schedule(expression="cron(0 2 * * *)", duration="PT4H", **more):
    return {"Schedule": {"Expression": expression, "Duration": duration} | more}


def test_mute_rules(suite, cloudwatch):
    given = {
        "Name": "nightly & so",
        "Description": "d",
        "Rule": schedule("cron(* * * * *)", Timezone="Europe/Berlin"),
        "MuteTargets": {"AlarmNames": ["a", "gone"]},
        "StartDate": int(suite.now()) - DAY,
        "ExpireDate": int(suite.now()) + DAY,
    }
    cloudwatch.put_alarm_mute_rule(**given, Tags=[{"Key": "k", "Value": "v"}])
    shown = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=given["Name"])
    for member in ("Name", "Description", "Rule", "MuteTargets"):
        assert shown[member] == given[member]
    assert [shown[date].timestamp() for date in ("StartDate", "ExpireDate")] == [given["StartDate"], given["ExpireDate"]]
    rule = arn(given["Name"], "alarm-mute-rule")
    assert (shown["AlarmMuteRuleArn"], shown["Status"], shown["MuteType"]) == (rule, "ACTIVE", "RECURRING")
    assert cloudwatch.list_tags_for_resource(ResourceARN=rule)["Tags"] == [{"Key": "k", "Value": "v"}]
    assert cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == [
        {member: shown[member] for member in ("AlarmMuteRuleArn", "ExpireDate", "Status", "MuteType", "LastUpdatedTimestamp")}
    ]
    suite.advance(2 * DAY)
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=given["Name"])["Status"] == "EXPIRED"
    cloudwatch.put_alarm_mute_rule(Name=given["Name"], Rule=schedule("at(2099-01-01T00:00)"))
    shown = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=given["Name"])
    assert (shown["Status"], shown["MuteType"]) == ("SCHEDULED", "ONE_TIME")
    assert not {"Description", "MuteTargets", "StartDate", "ExpireDate"} & shown.keys()

    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName=given["Name"])
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName=given["Name"])
    refused(cloudwatch.get_alarm_mute_rule, "ResourceNotFoundException",
            f"The alarm mute rule {given['Name']} does not exist", 404, AlarmMuteRuleName=given["Name"])  # fmt: skip
    refused(cloudwatch.list_tags_for_resource, "ResourceNotFoundException", f"{rule} does not exist", 404, ResourceARN=rule)


def test_lists_of_mute_rules(cloudwatch):
    for n in range(60):
        expression = ["cron(* * * * *)", "at(2099-01-01T00:00)", "at(2020-01-01T00:00)"][n % 3]
        targets = {"AlarmNames": [f"a{n % 2}"]}
        cloudwatch.put_alarm_mute_rule(Name=f"r{n:02}", Rule=schedule(expression), MuteTargets=targets)

    def listed(**input):
        pages = cloudwatch.get_paginator("list_alarm_mute_rules").paginate(**input)
        return [rule["AlarmMuteRuleArn"][-3:] for page in pages for rule in page["AlarmMuteRuleSummaries"]]

    everything = [f"r{n:02}" for n in range(60)]
    assert len(cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]) == 50
    assert listed() == listed(MaxRecords=7) == everything
    assert listed(AlarmName="a1", MaxRecords=1) == everything[1::2]
    assert listed(AlarmName="a1", Statuses=["ACTIVE"]) == everything[3::6]
    assert listed(Statuses=["SCHEDULED", "EXPIRED"], MaxRecords=40) == [r for n, r in enumerate(everything) if n % 3]
    refused(cloudwatch.list_alarm_mute_rules, "InvalidNextToken", "The next token is not valid.", NextToken="x")


@pytest.mark.parametrize(
    "rule, message",
    [
        (schedule("rate(1 day)"), "The Expression provided is not valid: it must be cron(...) or at(...)"),
        (schedule("cron(0 2 * * * *)"), "Cron expressions must have 5 fields, this one has 6"),
        (schedule("at(2026-11-21)"), "At expressions must be a valid date in 'yyyy-MM-ddThh:mm' format"),
        (schedule(duration="PT30S"), "The Duration provided is not valid."),
        (schedule(Timezone="Mars"), "The Timezone provided is not valid."),
        ({}, "1 validation error detected: Value null at 'rule.schedule' failed to satisfy constraint: Member must not be null"),
    ],
)  # fmt: skip
def test_refused_mute_rules(cloudwatch, rule, message):
    refused(cloudwatch.put_alarm_mute_rule, "ValidationError", message, Name="r", Rule=rule)
    assert cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []


def test_a_mute_rule_that_ends_before_it_begins(cloudwatch):
    message = "The ExpireDate provided is not valid: it must be after StartDate."
    refused(cloudwatch.put_alarm_mute_rule, "ValidationError", message, Name="r", Rule=schedule(), StartDate=60, ExpireDate=60)


def test_muted_actions_are_in_the_history(cloudwatch):
    cloudwatch.put_metric_alarm(**metric_alarm(AlarmActions=[TOPIC]))
    cloudwatch.put_alarm_mute_rule(Name="r", Rule=schedule("cron(* * * * *)"), MuteTargets={"AlarmNames": ["a"]})
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="r")
    [muted] = history(cloudwatch, HistoryItemType="Action")
    assert muted["HistorySummary"] == f"Muted action {TOPIC}"
    data = json.loads(muted["HistoryData"])
    assert (data["actionState"], data["notificationResource"]) == ("Muted", TOPIC)


@pytest.mark.parametrize("kind", ["alarm:gone", "alarm-mute-rule:gone", "insight-rule/gone"])
@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags_for_resource"])
def test_tags_of_what_does_not_exist(cloudwatch, operation, kind):
    resource = f"arn:aws:cloudwatch:us-east-1:123456789012:{kind}"
    more = {"tag_resource": {"Tags": []}, "untag_resource": {"TagKeys": []}}.get(operation, {})
    message = f"{resource} does not exist"
    refused(getattr(cloudwatch, operation), "ResourceNotFoundException", message, 404, ResourceARN=resource, **more)


def test_too_many_tags(cloudwatch):
    tags = [{"Key": str(n), "Value": ""} for n in range(51)]
    message = "A resource can have at most 50 tags."
    refused(cloudwatch.put_metric_alarm, "InvalidParameterValue", message, **metric_alarm(Tags=tags))
    assert described(cloudwatch) == {}


def test_twenty_threads_put_alarms(suite, cloudwatch):
    clients = [suite.client() for _ in range(20)]

    def put(n):
        for m in range(5):
            clients[n].put_metric_alarm(**metric_alarm(f"{n:02}-{m}"))

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(put, range(20)))
    assert names(cloudwatch) == [f"{n:02}-{m}" for n in range(20) for m in range(5)]
    assert len(history(cloudwatch)) == 100


def test_several_threads_change_the_same_alarm(suite, cloudwatch):
    """Each change is one of the history, and the last one stands."""
    clients = [suite.client() for _ in range(4)]

    def put(n):
        for m in range(10):
            clients[n].put_metric_alarm(**metric_alarm(Threshold=n * 100 + m))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(4)))
    items = history(cloudwatch, ScanBy="TimestampAscending")
    assert sorted(item["HistorySummary"] for item in items) == ['Alarm "a" created'] + ['Alarm "a" updated'] * 39
    assert described(cloudwatch)["a"]["Threshold"] % 100 == 9


CLIENTS = {"boto3": Boto3, "boto3-1.38": OldBoto3, "cbor": RawCbor, "cli": Cli}


@pytest.fixture(params=CLIENTS)
def client(suite, request):
    client = CLIENTS[request.param](suite)
    yield client
    getattr(client, "close", lambda: None)()


def test_every_client(suite, client):
    """Put, shown, changed and deleted, whatever protocol it goes by."""
    assert client.call("PutMetricAlarm", **metric_alarm(Dimensions=[{"Name": "d", "Value": "ö"}], AlarmActions=[TOPIC])) == {}
    assert client.call("PutCompositeAlarm", AlarmName="c", AlarmRule="ALARM(a)") == {}
    shown = client.call("DescribeAlarms", AlarmTypes=BOTH)
    [alarm], [composite] = shown["MetricAlarms"], shown["CompositeAlarms"]
    assert (alarm["Threshold"], alarm["AlarmActions"], alarm["OKActions"]) == (1.5, [TOPIC], [])
    assert alarm["Dimensions"] == [{"Name": "d", "Value": "ö"}]
    assert composite["AlarmRule"] == "ALARM(a)"
    assert client.call("SetAlarmState", AlarmName="a", StateValue="OK", StateReason="r", StateReasonData="{}") == {}
    items = client.call("DescribeAlarmHistory", AlarmName="a")["AlarmHistoryItems"]
    assert [item["HistoryItemType"] for item in items] == ["StateUpdate", "ConfigurationUpdate"]
    assert client.call("DisableAlarmActions", AlarmNames=["a"]) == {}
    if not isinstance(client, OldBoto3):
        mutes(client)
    assert client.call("DeleteAlarms", AlarmNames=["a", "c"]) == {}
    assert client.call("DescribeAlarms")["MetricAlarms"] == []


def mutes(client):
    """Mute rules are younger than the old client."""
    targets = {"AlarmNames": ["a"]}
    assert client.call("PutAlarmMuteRule", Name="r", Rule=schedule(), MuteTargets=targets) == {}
    rule = client.call("GetAlarmMuteRule", AlarmMuteRuleName="r")
    assert (rule["Rule"], rule["MuteTargets"]) == (schedule(), targets)
    assert len(client.call("ListAlarmMuteRules", AlarmName="a")["AlarmMuteRuleSummaries"]) == 1
    assert client.call("DeleteAlarmMuteRule", AlarmMuteRuleName="r") == {}
