"""Files in a bucket of S3, or of anything that speaks like it.

A file goes up whole, in parts when it is large, with a checksum of each; until then nobody sees it. A reader
fetches what it reads by range, always of the version that it opened: overwritten meanwhile, it says so, and
never mixes the two.
"""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from museaika.errors import Conflict, Unavailable
from museaika.storage.objects.keys import check_key

CONNECT_S, READ_S, TRIES = 3.05, 20.0, 4
PART = 8 << 20
"""Bytes of one part of a large file."""
BLOCK = 1 << 20
"""Bytes that a reader fetches at a time."""
AT_ONCE = 1000
"""Objects that one request deletes."""
GONE = frozenset({"NoSuchKey", "404", "NotFound"})
CHANGED = frozenset({"PreconditionFailed", "412"})


class Bucket:
    """Objects in one bucket, at their keys.

    Raises:
        Unavailable: by every method, when the server can't be reached or refuses; the sentence says why.
    """

    def __init__(self, endpoint: str, name: str, region: str, access_key: str, secret_key: str) -> None:
        self._name, self._endpoint = name, endpoint
        self._s3 = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"mode": "standard", "total_max_attempts": TRIES},
                s3={"addressing_style": "path"},
            ),
        )

    def init(self) -> None:
        """Make the bucket unless it is there."""
        with self._in_words():
            try:
                self._s3.head_bucket(Bucket=self._name)
            except ClientError as problem:
                if _code(problem) not in {*GONE, "NoSuchBucket"}:
                    raise
                self._s3.create_bucket(Bucket=self._name)

    def check(self) -> None:
        """Raises Unavailable when the bucket can't be used now."""
        with self._in_words():
            self._s3.head_bucket(Bucket=self._name)

    def put(self, key: str, source: Path) -> None:
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        with self._in_words():
            self._s3.upload_file(
                str(source),
                self._name,
                check_key(key),
                ExtraArgs={"ContentType": kind, "ChecksumAlgorithm": "SHA256"},
                Config=TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False),
            )

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        head = self._head(key)
        if head is None:
            raise KeyError(key)
        with io.BufferedReader(_Ranges(self, key, head["ETag"], head["ContentLength"]), BLOCK) as file:
            yield cast(BinaryIO, file)

    def size(self, key: str) -> int | None:
        head = self._head(key)
        return None if head is None else int(head["ContentLength"])

    def free_bytes(self) -> int | None:
        return None

    def clear(self) -> None:
        """Delete everything in the bucket."""
        self._delete("")

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object whose key begins with `prefix`; return how many there were."""
        return self._delete(check_key(prefix.rstrip("/")) + "/" * prefix.endswith("/"))

    def _delete(self, prefix: str) -> int:
        deleted = 0
        with self._in_words():
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
                keys = [{"Key": one["Key"]} for one in page.get("Contents", ())]
                for start in range(0, len(keys), AT_ONCE):
                    part = keys[start : start + AT_ONCE]
                    self._s3.delete_objects(Bucket=self._name, Delete={"Objects": part, "Quiet": True})
                    deleted += len(part)
        return deleted

    def part(self, key: str, etag: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end`, the last one left out, of the version `etag`. Raises Conflict once there is
        another one."""
        with self._in_words():
            try:
                answer = self._s3.get_object(
                    Bucket=self._name, Key=key, Range=f"bytes={start}-{end - 1}", IfMatch=etag
                )
                data: bytes = answer["Body"].read()
            except ClientError as problem:
                if _code(problem) in CHANGED | GONE:
                    message = "The file was replaced while it was read. Fetch it again."
                    raise Conflict(message, code="file_replaced") from None
                raise
        return data

    def _head(self, key: str) -> dict[str, Any] | None:
        with self._in_words():
            try:
                head: dict[str, Any] = self._s3.head_object(Bucket=self._name, Key=check_key(key))
            except ClientError as problem:
                if _code(problem) in GONE:
                    return None
                raise
        return head

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (ConnectionError, HTTPClientError) as problem:
            message = f"The object store {self._endpoint} can't be reached ({type(problem).__name__})."
            raise Unavailable(message, retry_after_s=5) from None
        except ClientError as problem:
            raise self._refused(_code(problem)) from None
        except (BotoCoreError, boto3.exceptions.Boto3Error) as problem:
            message = f"The object store {self._endpoint} did not do it ({type(problem).__name__})."
            raise Unavailable(message, retry_after_s=5) from None

    def _refused(self, code: str) -> Unavailable:
        if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "403"):
            hint = "Check S3_ACCESS_KEY and S3_SECRET_KEY, and what they may do."
        elif code in ("NoSuchBucket", "404"):
            hint = f"The bucket {self._name} is not there. Make it with `museaika init-db`."
        else:
            hint = "Try again in a moment."
        return Unavailable(f"The object store {self._endpoint} refused ({code}). {hint}", retry_after_s=5)


class _Ranges(io.RawIOBase):
    """One version of an object as a seekable file."""

    def __init__(self, bucket: Bucket, key: str, etag: str, size: int) -> None:
        self._bucket, self._key, self._etag, self._size, self._at = bucket, key, etag, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if self._at >= end:
            return 0
        data = self._bucket.part(self._key, self._etag, self._at, end)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _code(problem: ClientError) -> str:
    return str(problem.response.get("Error", {}).get("Code", ""))
