"""MP3: a stream any player can walk through, and a header that tells its exact length."""

import struct

import numpy as np

from museaika.rendering import mp3
from museaika.rendering.recording import RATE


def encoded(tmp_path, samples, tags=None):
    t = np.arange(samples) / RATE
    pcm = (np.stack([np.sin(2 * np.pi * 440 * t)] * 2, axis=1) * 8000).astype(np.int16).tobytes()
    path = tmp_path / "piece.mp3"
    mp3.write(path, (pcm[i : i + 100_000] for i in range(0, len(pcm), 100_000)), tags or {})
    return path.read_bytes()


def frames(data):
    """Walk over frame headers as a player does; every one must begin with the sync word."""
    at, count = 0, 0
    while at < len(data):
        assert data[at] == 0xFF, at
        assert data[at + 1] == 0xFB, at
        at += 626 + (data[at + 2] >> 1 & 1)
        count += 1
    assert at == len(data)
    return count


def test_the_header_counts_the_frames_and_says_what_to_leave_out(tmp_path):
    for samples in (5 * RATE, 5 * RATE + 777, 1):
        data = encoded(tmp_path, samples)
        at = data.index(b"Info")
        flags, count, size = struct.unpack(">III", data[at + 4 : at + 16])
        assert (flags, count, size) == (15, frames(data) - 1, len(data))
        delays = int.from_bytes(data[at + 141 : at + 144], "big")
        assert count * 1152 - (delays >> 12) - (delays & 0xFFF) == samples


def test_the_header_carries_the_checksum_that_players_verify(tmp_path):
    data = encoded(tmp_path, RATE)
    checksum, crc = int.from_bytes(data[190:192], "big"), 0
    for byte in data[:190]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    assert crc == checksum


def test_tags_stand_in_front_in_any_script(tmp_path):
    data = encoded(tmp_path, RATE, {"TIT2": "Ein Lied für 雨", "TPE1": "MuseAIka"})
    assert data[:5] == b"ID3\x03\x00"
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    assert "Ein Lied für 雨".encode("utf-16") in data[: 10 + size]
    frames(data[10 + size :])


def test_the_same_sound_is_the_same_file(tmp_path):
    assert encoded(tmp_path, RATE) == encoded(tmp_path, RATE)
