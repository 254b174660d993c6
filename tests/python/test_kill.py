"""What the README promises: what is answered 200 survives `kill -9`, once and not twice, wherever the process was."""

import collections
import random
import threading

import pytest
import requests

from conftest import DAY, MINUTE, Suite
from raw import PROTOCOLS, Cbor

WRITERS = list(PROTOCOLS.values()) * 2
ROUNDS = 4


def test_put_kill_start_read(tmp_path):
    """The README's session: put, kill -9, start again on the same folder, the same numbers."""
    first = Suite(tmp_path)
    at = first.last_minute()

    def everything(suite):
        asked = {"Namespace": "Shop", "MetricName": "Orders", "StartTime": at, "EndTime": at + MINUTE, "Period": 60}
        client = suite.client()
        plain = client.get_metric_statistics(**asked, Statistics=["SampleCount", "Sum", "Minimum", "Maximum"])
        extended = client.get_metric_statistics(**asked, ExtendedStatistics=["p50", "p99", "tm90"])
        return plain["Datapoints"], extended["Datapoints"], client.list_metrics()["Metrics"]

    for n in range(20):
        first.client().put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "Orders", "Timestamp": at, "Value": n}]
        )
        if n == 10:
            first.deliver()
    before = everything(first)
    assert (before[0][0]["Sum"], before[0][0]["SampleCount"]) == (190, 20)
    first.kill()
    second = Suite(tmp_path)
    assert everything(second) == before
    second.stop()


class Load:
    """Writers that put one data point a request, each into a minute of its own, until nobody answers."""

    def __init__(self, start):
        self.start = start
        # metric → minute → whether it was acknowledged; when not, nobody knows.
        self.sent = collections.defaultdict(dict)

    def write(self, suite, metric, protocol, acknowledged):
        protocol = protocol(suite)
        for n in range(10_000):
            at = self.start + n * MINUTE
            self.sent[metric][at] = False
            try:
                datum = {"MetricName": metric, "Timestamp": at, "Value": 1.0}
                answer = protocol.send("PutMetricData", Namespace="Shop", MetricData=[datum])
            except requests.RequestException:
                return
            if answer.status == 200:
                self.sent[metric][at] = True
                acknowledged.release()
            else:
                # A generation that was sealed meanwhile: to be sent again, and not stored.
                assert answer.status == 503, answer
        raise AssertionError("the process outlived its writers")

    def check(self, suite):
        """Every acknowledged data point is there once, every other one at most once, and nothing else is."""
        client = Cbor(suite)
        for metric, sent in self.sent.items():
            counts, sums = (self.series(client, metric, stat) for stat in ("SampleCount", "Sum"))
            assert counts == sums, f"{metric}: each value is 1"
            assert set(counts.values()) <= {1.0}, f"{metric}: a data point is there twice"
            missing = {at for at, acknowledged in sent.items() if acknowledged} - counts.keys()
            assert not missing, f"{metric}: {len(missing)} acknowledged data points are lost"
            assert counts.keys() <= sent.keys(), f"{metric}: what nobody put"

    def series(self, client, metric, stat):
        stat = {"Metric": {"Namespace": "Shop", "MetricName": metric}, "Period": MINUTE, "Stat": stat}
        answer = client.send(
            "GetMetricData",
            MetricDataQueries=[{"Id": "q", "MetricStat": stat}],
            StartTime=self.start,
            EndTime=self.start + 10_000 * MINUTE,
        )
        [result] = answer.output["MetricDataResults"]
        assert result["StatusCode"] == "Complete"
        return {time.timestamp(): value for time, value in zip(result["Timestamps"], result["Values"], strict=True)}


def deliver(suite):
    """Moves what is written to segments, again and again."""
    try:
        while True:
            suite.deliver()
    except requests.RequestException:
        return


@pytest.mark.parametrize("delivering", [False, True], ids=["writing", "delivering"])
def test_killed_under_load(tmp_path, delivering):
    """Several clients write in all protocols while the process is killed at random moments; each start finds all of it."""
    chance = random.Random(7 + delivering)
    suite = Suite(tmp_path)
    load = Load(suite.last_minute() - 13 * DAY)
    for number in range(ROUNDS):
        acknowledged = threading.Semaphore(0)
        work = [
            threading.Thread(target=load.write, args=(suite, f"round{number}-{n}", protocol, acknowledged))
            for n, protocol in enumerate(WRITERS)
        ]
        if delivering:
            work.append(threading.Thread(target=deliver, args=(suite,)))
        for thread in work:
            thread.start()
        # The moment is so many answers from here, and not a time, so that every machine is at work when it comes.
        for _ in range(chance.randrange(30, 300)):
            assert acknowledged.acquire(timeout=60), "nobody is answered any more"
        suite.kill()
        for thread in work:
            thread.join()
        assert "panicked" not in suite.logged(), suite.logged()
        suite = Suite(tmp_path)
        load.check(suite)
    suite.deliver()
    load.check(suite)
    assert sum(sum(sent.values()) for sent in load.sent.values()) >= ROUNDS * 30
    suite.stop()
