"""The embedded S3, by boto3: keys of every kind and length, and nothing that stays behind when they are deleted."""

import pytest
from botocore.exceptions import ClientError

from conftest import Suite

BUCKET = "watchtrail-data"
KEYS = [
    "short",
    "folder/in/folder",
    "percent=My%20App%2Fa%3Db/x",
    "plus+and space & <more>",
    "é/日本",
    # Longer than the name of a file may be, in which the crate beneath keeps what it knows of an object.
    "/".join(f"part-{n}-" + "x" * 90 for n in range(9)),
]


@pytest.fixture
def on_disk(tmp_path):
    suite = Suite(tmp_path)
    yield suite, suite.client("s3", s3={"addressing_style": "path"}), tmp_path
    suite.stop()


def test_objects(on_disk):
    """Put, read in part, list, overwrite and delete."""
    suite, s3, folder = on_disk
    for key in KEYS:
        for body in (b"old and longer", b"0123456789"):
            etag = s3.put_object(Bucket=BUCKET, Key=key, Body=body)["ETag"]
        answer = s3.get_object(Bucket=BUCKET, Key=key)
        assert (answer["Body"].read(), answer["ETag"]) == (body, etag), key
        assert s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=2-4")["Body"].read() == b"234", key
        assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == 10, key
    # boto3 asks for encoded keys, and decodes them.
    listed = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert sorted(listed) == sorted(KEYS)
    listed = [item["Key"] for item in s3.list_objects(Bucket=BUCKET, Prefix="percent=My%20")["Contents"]]
    assert listed == ["percent=My%20App%2Fa%3Db/x"]
    prefixes = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", Prefix="p")["CommonPrefixes"]
    assert [prefix["Prefix"] for prefix in prefixes] == [KEYS[5].split("/")[0] + "/", "percent=My%20App%2Fa%3Db/"]
    for key in KEYS[:3]:
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in KEYS[3:]]})
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    left = [path for path in folder.glob("*/s3/**/*") if path.is_file()]
    assert left == []


def test_an_object_with_a_long_key_has_user_metadata(on_disk):
    _, s3, folder = on_disk
    for version in ("a", "b"):
        s3.put_object(Bucket=BUCKET, Key=KEYS[-1], Body=b"x", Metadata={"version": version})
        assert s3.head_object(Bucket=BUCKET, Key=KEYS[-1])["Metadata"] == {"version": version}
        assert s3.get_object(Bucket=BUCKET, Key=KEYS[-1])["Metadata"] == {"version": version}
    s3.delete_object(Bucket=BUCKET, Key=KEYS[-1])
    assert [path for path in folder.glob("*/s3/**/*") if path.is_file()] == []


def test_what_a_long_key_cannot_have(on_disk):
    """A condition, a path that leaves the bucket: refused, and nothing is there."""
    _, s3, folder = on_disk
    for key, more in [
        (KEYS[-1], {"IfNoneMatch": "*"}),
        ("../" * 60 + "x", {}),
    ]:
        with pytest.raises(ClientError):
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"", **more)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert not (folder / "x").exists()
    assert s3.put_object(Bucket=BUCKET, Key="short", Body=b"", Metadata={"a": "b"})["ETag"]
    assert s3.head_object(Bucket=BUCKET, Key="short")["Metadata"] == {"a": "b"}
