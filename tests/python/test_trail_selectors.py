"""Event selectors and insight selectors, as boto3 sees them."""

from logs import refused, without_metadata
from trails import arn, bucket, mine, trail  # noqa: F401 (fixtures)

ALL = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


def field(name, **operators):
    return {"Field": name, **operators}


MANAGEMENT = field("eventCategory", Equals=["Management"])
DATA = [field("eventCategory", Equals=["Data"]), field("resources.type", Equals=["AWS::S3::Object"])]


def custom(trail):
    return trail.get_trail(Name="mine")["Trail"]["HasCustomEventSelectors"]


def test_the_default(trail, mine):
    answer = without_metadata(trail.get_event_selectors(TrailName=mine))
    assert answer == {"TrailARN": arn("trail/mine"), "EventSelectors": [ALL]}
    assert not custom(trail)


def test_basic_ones(trail, mine):
    selector = {
        "ReadWriteType": "WriteOnly",
        "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::bucket/pre", "arn:aws:s3"]}],
        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
    }
    expected = {"TrailARN": arn("trail/mine"), "EventSelectors": [selector]}
    assert without_metadata(trail.put_event_selectors(TrailName=mine, EventSelectors=[selector])) == expected
    assert without_metadata(trail.get_event_selectors(TrailName=arn("trail/mine"))) == expected
    assert custom(trail)
    trail.put_event_selectors(TrailName=mine, EventSelectors=[{}])
    assert trail.get_event_selectors(TrailName=mine)["EventSelectors"] == [ALL]


def test_advanced_ones_replace_basic_ones(trail, mine):
    advanced = [
        {"Name": "writes", "FieldSelectors": [MANAGEMENT, field("readOnly", Equals=["false"])]},
        {"FieldSelectors": [*DATA, field("resources.ARN", StartsWith=["arn:aws:s3:::bucket/"])]},
    ]
    trail.put_event_selectors(TrailName=mine, AdvancedEventSelectors=advanced)
    answer = without_metadata(trail.get_event_selectors(TrailName=mine))
    assert answer == {"TrailARN": arn("trail/mine"), "AdvancedEventSelectors": advanced}
    trail.put_event_selectors(TrailName=mine, EventSelectors=[ALL])
    assert "AdvancedEventSelectors" not in trail.get_event_selectors(TrailName=mine)


def test_what_selectors_cannot_be(suite, trail, mine):
    def check(message, **input):
        refused(trail.put_event_selectors, "InvalidEventSelectorsException", message, TrailName=mine, **input)

    def basic(message, **selector):
        check(message, EventSelectors=[selector])

    def advanced(message, *fields):
        check(message, AdvancedEventSelectors=[{"FieldSelectors": list(fields)}])

    count = "Specify a valid number of selectors (1 to 5) for your trail."
    check(...)
    check(..., EventSelectors=[ALL], AdvancedEventSelectors=[{"FieldSelectors": [MANAGEMENT]}])
    check(count, EventSelectors=[])
    check(count, EventSelectors=[ALL] * 6)
    check(count, AdvancedEventSelectors=[{"FieldSelectors": [MANAGEMENT]}] * 6)
    basic("Value read-only for ReadWriteType is invalid.", ReadWriteType="read-only")
    wild = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::*/*"]}
    basic("Value arn:aws:s3:::*/* for DataResources.Values is invalid.", DataResources=[wild])
    many = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::bucket/"] * 251}
    basic(
        "Specify a valid number of DataResources.Values (0 to 250) for all your selectors.", DataResources=[many]
    )
    basic(..., DataResources=[{"Type": "AWS::SNS::Topic", "Values": ["arn:aws:sns"]}])
    basic(..., ExcludeManagementEventSources=["s3.amazonaws.com"])
    advanced(..., field("readOnly", Equals=["true"]))
    advanced(..., MANAGEMENT, field("eventName", Equals=["X"]))
    advanced(..., DATA[0])
    advanced(..., *DATA, field("readOnly", NotEquals=["true"]))
    advanced(..., DATA[0], field("resources.type", StartsWith=["AWS::S3"]))
    advanced(..., *DATA, field("eventName", Equals=[str(number) for number in range(499)]))
    assert trail.get_event_selectors(TrailName=mine)["EventSelectors"] == [ALL]
    west = suite.client("cloudtrail", region="us-west-2")
    refused(
        west.put_event_selectors,
        "InvalidHomeRegionException",
        ...,
        TrailName=arn("trail/mine"),
        EventSelectors=[ALL],
    )


def test_insights_are_refused_and_not_pretended(trail, mine):
    refused(
        trail.get_insight_selectors,
        "InsightNotEnabledException",
        f"Trail {arn('trail/mine')} does not have Insights enabled. Edit the trail settings to enable Insights, and then try"
        " the operation again.",
        TrailName=mine,
    )
    put = trail.put_insight_selectors
    on = [{"InsightType": "ApiCallRateInsight"}]
    refused(put, "UnsupportedOperationException", ..., TrailName=mine, InsightSelectors=on)
    refused(put, "TrailNotFoundException", ..., TrailName="other", InsightSelectors=on)
    refused(put, "InvalidParameterCombinationException", ..., InsightSelectors=[])
    assert put(TrailName=mine, InsightSelectors=[])["InsightSelectors"] == []
    refused(trail.get_insight_selectors, "InvalidParameterCombinationException", ...)
