"""Secrets at rest: sealed with AES-GCM, bound to the record they belong to, and re-sealed when the key changes.

A sealed text reads `<key id>.<nonce and ciphertext, base64url>`. The key id tells which key opens it, so that
old texts stay readable after `ENCRYPT_KEY` was changed, as long as the old key is named in `ENCRYPT_KEY_OLD`.
The record's id is authenticated too: a sealed text copied into another record does not open.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Unsealable(Exception):
    """The text was not sealed with a key of ours, or for another record."""


class Sealer:
    """Seals with the first secret, opens with any of them; a secret is any text of 32 characters or more."""

    def __init__(self, *secrets: str) -> None:
        keys = [hashlib.sha256(b"museaika.sealing\0" + secret.encode()).digest() for secret in secrets]
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def seal(self, text: str, record: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._ciphers[self._current].encrypt(nonce, text.encode(), record.encode())
        return f"{self._current}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, record: str) -> str:
        """Raises Unsealable."""
        key_id, _, body = sealed.partition(".")
        try:
            data = base64.urlsafe_b64decode(body)
            opened = self._ciphers[key_id].decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], record.encode())
        except (KeyError, ValueError, InvalidTag):
            raise Unsealable from None
        return opened.decode()

    def stale(self, sealed: str) -> bool:
        """Whether it was sealed with another than the present key."""
        return not sealed.startswith(f"{self._current}.")


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"museaika.key-id\0" + key).hexdigest()[:8]
