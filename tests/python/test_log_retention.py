"""Retention of log events, over simulated years: what has expired is never returned, its objects go, and nothing comes back."""

import datetime as dt

import pytest

from conftest import DAY, UTC
from log_model import MS_DAY, MS_HOUR, create, filtered, got, messages, millis, objects, pairs, put, refused

ALLOWED = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
YEAR = 365
# An object holds a day, and goes when its last event may have expired; AWS promises 72 hours.
GRACE = 3


@pytest.fixture
def logs(suite):
    return suite.client("logs")


def retain(logs, days, group="g"):
    if days:
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)
    else:
        logs.delete_retention_policy(logGroupName=group)


def described(logs, group="g"):
    groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return {found["logGroupName"]: found for found in groups}[group]


@pytest.mark.parametrize("days", ALLOWED)
def test_allowed_retentions(suite, logs, days):
    """It is shown, and an event is returned until it has that age, and not after."""
    create(logs)
    retain(logs, days)
    assert described(logs)["retentionInDays"] == days
    at = millis(suite)
    put(logs, [(at, "m")])
    suite.deliver()
    suite.advance(days * DAY - 600)
    assert messages(filtered(logs)) == messages(got(logs)) == ["m"]
    assert described(logs)["storedBytes"] == 27 and len(objects(suite)) == 1
    suite.advance(1200)
    assert filtered(logs) == got(logs) == filtered(logs, startTime=at - MS_DAY, endTime=at + MS_DAY) == []
    suite.advance(GRACE * DAY)
    assert objects(suite) == [] and described(logs)["storedBytes"] == 0


@pytest.mark.parametrize("days", [0, -1, 2, 4, 13, 366, 3654, 100_000, 2**31 - 1, -(2**31)])
def test_other_retentions_are_refused(logs, days):
    create(logs)
    code, said = refused(retain, logs=logs, days=days) if days else refused(
        logs.put_retention_policy, logGroupName="g", retentionInDays=0
    )
    assert code == "InvalidParameterException" and "'retentionInDays' failed to satisfy constraint" in said
    assert "retentionInDays" not in described(logs)


def test_ten_years(suite, logs):
    """Each group answers what its retention keeps, and has no object of anything that expired long ago."""
    retentions = {"months": 180, "years": 1827, "ever": None}
    for name, days in retentions.items():
        create(logs, name)
        if days:
            retain(logs, days, name)
    sent, steps = [], [1, 29, 120, 500]
    passed = 0
    while passed < 10 * YEAR:
        # In the midst of the hour, that no event is ever on the edge of what is kept.
        at = millis(suite)
        events = [(at - MS_DAY // 2, f"{passed} noon"), (at - MS_HOUR // 2, f"{passed}")]
        sent += events
        for name, days in retentions.items():
            answer = put(logs, events, name)
            assert "rejectedLogEventsInfo" not in answer
        step = steps[len(sent) // 2 % len(steps)]
        suite.advance(step * DAY)
        passed += step
        now = millis(suite)
        for name, days in retentions.items():
            kept = [event for event in sent if not days or event[0] > now - days * MS_DAY]
            assert pairs(filtered(logs, name)) == kept, name
            assert described(logs, name)["storedBytes"] >= sum(26 + len(message) for _, message in kept)
            held = objects(suite, f"logs/account=123456789012/region=us-east-1/log_group={name}/")
            dates = {key.split("/date=")[1][:10] for key in held}
            assert dates >= days_of(kept), name
            if days:
                assert len(dates - days_of(kept)) <= len(days_of(sent, now - (days + GRACE) * MS_DAY)), name
                assert dates <= days_of(sent, now - (days + GRACE) * MS_DAY), name
    assert pairs(got(logs, "ever")) == sent
    assert pairs(got(logs, "ever", forward=False, limit=3)) == sent
    for name in retentions:
        logs.delete_log_group(logGroupName=name)
    suite.advance(DAY)
    assert objects(suite) == []


def days_of(events, after=0):
    """The dates of those events that are later."""
    return {dt.datetime.fromtimestamp(time / 1000, UTC).date().isoformat() for time, _ in events if time > after}


AGES = [0.2, 2, 4, 6, 10, 13]


@pytest.fixture(params=["tail", "segments"])
def aged(request, suite, logs):
    """A group with events of several ages, in days."""
    create(logs)
    now = millis(suite)
    for age in AGES:
        put(logs, [(now - int(age * MS_DAY), str(age))])
    if request.param == "segments":
        suite.deliver()


def ages(logs):
    found = [float(message) for message in messages(filtered(logs))]
    assert found == [float(message) for message in messages(got(logs))]
    return sorted(found)


@pytest.mark.parametrize("days", [1, 3, 5, 7, 14, None])
def test_a_policy_works_at_once_on_what_is_stored(suite, logs, aged, days):
    retain(logs, days)
    kept = [age for age in AGES if not days or age < days]
    assert ages(logs) == kept
    suite.deliver()
    assert ages(logs) == kept
    # Objects follow when the schedules run.
    suite.advance(2 * 3600)
    assert ages(logs) == kept
    assert len(kept) <= len(objects(suite)) <= len(kept) + 1
    assert described(logs)["storedBytes"] >= sum(26 + len(str(age)) for age in kept)


@pytest.mark.parametrize("then", [7, 14, 3653, None])
@pytest.mark.parametrize("between", ["nothing", "deliver", "an hour"])
def test_a_longer_retention_revives_nothing(suite, logs, aged, then, between):
    retain(logs, 3)
    {"nothing": lambda: None, "deliver": suite.deliver, "an hour": lambda: suite.advance(3600)}[between]()
    retain(logs, then)
    for _ in range(3):
        assert ages(logs) == [0.2, 2]
        suite.advance(2 * 3600)
    suite.deliver()
    assert ages(logs) == [0.2, 2]
    # What is put now is judged by the policy of now.
    now = millis(suite)
    assert "rejectedLogEventsInfo" not in put(logs, [(now - MS_DAY, "1")])
    assert ages(logs) == [0.2, 1, 2]
    suite.advance(5 * DAY)
    assert ages(logs) == ([0.2, 1] if then == 7 else [0.2, 1, 2])


def test_a_longer_retention_keeps_what_had_not_expired(suite, logs, aged):
    """A day that was about to go stays, and its object too; a shorter one again takes it."""
    retain(logs, 7)
    suite.advance(DAY // 2)
    retain(logs, 365)
    suite.advance(100 * DAY)
    assert ages(logs) == [0.2, 2, 4, 6]
    assert len(objects(suite)) in (4, 5)
    retain(logs, None)
    suite.advance(400 * DAY)
    assert ages(logs) == [0.2, 2, 4, 6]
    retain(logs, 3653)
    assert ages(logs) == [0.2, 2, 4, 6]
    retain(logs, 365)
    assert ages(logs) == []
    suite.advance(DAY)
    assert objects(suite) == [] and described(logs)["storedBytes"] == 0


def test_without_a_policy_everything_stays(suite, logs, aged):
    for years in (1, 4):
        suite.advance(years * YEAR * DAY)
        assert ages(logs) == AGES
    assert len(objects(suite)) == len(AGES)
    assert "retentionInDays" not in described(logs)


@pytest.mark.parametrize("days", [None, 3, 3653])
def test_a_deleted_group_leaves_no_object(suite, logs, aged, days):
    """Its own only: another group of a name that begins alike keeps its objects."""
    create(logs, "g2")
    put(logs, [(millis(suite), "m")], group="g2")
    suite.deliver()
    retain(logs, days)
    logs.delete_log_group(logGroupName="g")
    suite.advance(3600)
    [left] = objects(suite)
    assert "/log_group=g2/" in left
    create(logs)
    assert filtered(logs) == [] and messages(filtered(logs, "g2")) == ["m"]
    assert described(logs, "g2")["storedBytes"] == 27


def test_a_deleted_streams_events_go_with_the_rest(suite, logs):
    """Not returned at once; gone when their objects go."""
    create(logs, "g", "s", "t")
    retain(logs, 3)
    at = millis(suite)
    put(logs, [(at, "mine")])
    put(logs, [(at, "other")], stream="t")
    suite.deliver()
    logs.delete_log_stream(logGroupName="g", logStreamName="s")
    assert messages(filtered(logs)) == ["other"]
    suite.advance(7 * DAY)
    assert objects(suite) == []
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    at = millis(suite)
    put(logs, [(at, "new")])
    assert messages(got(logs)) == messages(filtered(logs)) == ["new"]


def test_old_journals_expire_too(suite, logs):
    """What was never asked to be delivered is delivered by its time, and goes by its time."""
    create(logs)
    retain(logs, 1)
    for number in range(20):
        put(logs, [(millis(suite), str(number))])
        suite.advance(DAY // 2)
        assert len(filtered(logs)) in (1, 2)
        assert len(objects(suite)) <= 8
    suite.advance(GRACE * DAY)
    assert objects(suite) == [] and filtered(logs) == []
