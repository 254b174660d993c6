"""A deployed stack in the place of the process that conftest.py starts, so that the same tests hold for it.

What the stack has no clock, no reset and no delivery at once for is skipped, with the reason. Without a reset each test has accounts of
its own: a key in a new account for each account that the test names. What a test calls 123456789012 is that account: the number is
replaced in what is sent and put back in what is answered, in texts of the same length.
"""

import concurrent.futures
import json
import os
import secrets
import subprocess
import time

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

ENDPOINTS = {
    "cloudwatch": "AWS_ENDPOINT_URL_CLOUDWATCH",
    "logs": "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "cloudtrail": "AWS_ENDPOINT_URL_CLOUDTRAIL",
    "cloudtrail-data": "AWS_ENDPOINT_URL_CLOUDTRAIL",
}
# What a request is signed for, where that is not the service's name.
SIGNED_FOR = {"cloudwatch": "monitoring"}
OWN_ACCOUNT = "123456789012"
# Keys that are made ahead, while tests run.
AHEAD = 6


def replaced(value, changes):
    """The value with texts in it replaced, bytes or not, however deep."""
    if isinstance(value, dict):
        return {replaced(key, changes): replaced(inner, changes) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(replaced(inner, changes) for inner in value)
    if isinstance(value, (str, bytes)):
        for old, new in changes:
            value = value.replace(old, new) if isinstance(value, str) else value.replace(old.encode(), new.encode())
    return value


class Deployed:
    """The stack that `WATCHTRAIL_STACK` names, at the endpoints that its output `Environment` tells."""

    def __init__(self, stack, binary):
        self.stack, self.binary = stack, binary
        self.endpoints = {service: os.environ[name].rstrip("/") for service, name in ENDPOINTS.items()}
        # A test may change this process's variables while a key is made.
        self.env = dict(os.environ)
        self.makers = concurrent.futures.ThreadPoolExecutor(2)
        self.made = []
        self.ready = [self.makers.submit(self.make_key, "test") for _ in range(AHEAD)]
        self.accounts = {}

    def make_key(self, user):
        """A key in a new account, made as a user of the stack makes one: account, id, secret."""
        account = "9" + "".join(secrets.choice("0123456789") for _ in range(11))
        command = [str(self.binary), "keys", "--stack", self.stack, "--json", "create", "--user", user]
        command += ["--account", account, "--allow", "*"]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        key = json.loads(done.stdout)["AccessKey"]
        self.made.append(key["AccessKeyId"])
        return account, key["AccessKeyId"], key["SecretAccessKey"]

    def reset(self):
        """Nobody has written anything yet to the accounts that come."""
        self.accounts = {}

    def key(self, name):
        """The key that stands for one of the local host: id and secret."""
        account = name if name.isdigit() and len(name) == 12 else OWN_ACCOUNT
        if name not in ("test", account):
            pytest.skip("needs the local host, which lets any key in")
        if account not in self.accounts:
            self.accounts[account] = self.ready.pop(0).result()
            self.ready.append(self.makers.submit(self.make_key, "test"))
        return self.accounts[account][1:]

    def there(self, value):
        """What is sent, with the accounts as the stack knows them."""
        return replaced(value, [(named, made[0]) for named, made in self.accounts.items()])

    def back(self, value):
        """What is answered, with the accounts as the test knows them."""
        return replaced(value, [(made[0], named) for named, made in self.accounts.items()])

    def client(self, service="cloudwatch", key="test", region="us-east-1", **config):
        if service not in self.endpoints:
            pytest.skip(f"needs the local host's {service}")
        id, secret = self.key(key)
        client = boto3.client(
            service,
            endpoint_url=self.endpoints[service],
            region_name=region,
            aws_access_key_id=id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, **config),
        )
        client.meta.events.register("before-call", self.send_there)
        client.meta.events.register("before-parse", self.parse_back)
        return client

    def send_there(self, params, **_):
        for part in ("body", "query_string", "url"):
            if isinstance(params.get(part), (str, bytes, dict)):
                params[part] = self.there(params[part])

    def parse_back(self, response_dict, **_):
        if isinstance(response_dict["body"], bytes):
            response_dict["body"] = self.back(response_dict["body"])

    def send(self, method, path="/", service="cloudwatch", data=b"", headers=(), **more):
        """A request as it is, but signed."""
        headers = {name: value for name, value in dict(headers).items() if name != "Authorization"}
        request = AWSRequest(method, self.endpoints[service] + path, data=self.there(data), headers=headers)
        SigV4Auth(Credentials(*self.key("test")), SIGNED_FOR.get(service, service), "us-east-1").add_auth(request)
        request = request.prepare()
        sent = {"url": request.url, "data": request.body, "headers": dict(request.headers)}
        answer = requests.request(method, **sent, **more)
        answer._content = self.back(answer.content)
        return answer

    def environment(self):
        """What a user of the stack exports; and how the emulator of `make e2e` is found, where the stack is in one."""
        id, secret = self.key("test")
        emulator = {name: os.environ[name] for name in ("PYTHONPATH", "WATCHTRAIL_EMULATOR") if name in os.environ}
        return {
            **{name: self.endpoints[service] for service, name in ENDPOINTS.items()},
            **emulator,
            "AWS_ACCESS_KEY_ID": id,
            "AWS_SECRET_ACCESS_KEY": secret,
        }

    def now(self):
        return time.time()

    def last_minute(self):
        return int(self.now()) // 60 * 60 - 60

    def host(self, service):
        """The name that clients ask for."""
        return self.endpoints[service].split("://")[1]

    @property
    def url(self):
        pytest.skip("needs the local host's one address")

    def control(self, *_, **__):
        pytest.skip("needs the local host's control requests")

    def deliver(self):
        pytest.skip("needs the local host's delivery at once")

    def settle(self):
        """Its schedule delivers when it does."""

    def holds_nothing(self, prefix):
        """Its bucket is not the tests'."""

    def advance(self, seconds):
        pytest.skip("needs the local host's clock")

    def logged(self):
        pytest.skip("needs the local host's log")

    def is_well(self):
        """Its functions may be asked for that by the alarms on the suite itself."""

    def stop(self):
        """Revokes the keys."""
        for made in self.ready:
            made.cancel()
        self.makers.shutdown()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            command = [str(self.binary), "keys", "--stack", self.stack, "revoke"]
            list(pool.map(lambda id: subprocess.run([*command, id], env=self.env, capture_output=True, timeout=120), self.made))
