"""The same checkpoint and the same events give the same logits here and in Magenta.js.

It takes Node and `npm install @magenta/music@1.23.1`; NODE_PATH names the node_modules folder it went to,
where that is not the repository's.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.magenta_checkpoints import KINDS, write_checkpoint

from museaika.composition.score import ChordSpan
from museaika.composition.theory import parse_symbol
from museaika.generation.magenta.checkpoint import load_checkpoint

PLACES = [*os.environ.get("NODE_PATH", "").split(os.pathsep), Path(__file__).parents[3] / "node_modules"]
MODULES = next((place for place in PLACES if place and (Path(place) / "@magenta/music/node").is_dir()), None)
NODE = shutil.which("node")
HEARD = [1, 14, 0, 0, 16, 0, 18, 1, 0, 21, 19, 0, 18, 0, 0, 0, 1]
SAID = 24
SYMBOLS = ["C", "Am", "F", "G", "Dm"]


pytestmark = [
    pytest.mark.skipif(NODE is None, reason="Node is not installed"),
    pytest.mark.skipif(MODULES is None, reason="npm install @magenta/music@1.23.1 was not run (see NODE_PATH)"),
]


def in_javascript(folder, chords):
    asked = json.dumps({"events": HEARD, "steps": SAID, "chords": chords})
    script = Path(__file__).with_name("magenta_logits.cjs")
    done = subprocess.run(
        [NODE, script, str(MODULES), str(folder), asked], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_logits_equal_those_of_magenta_js(kind, tmp_path):
    folder = write_checkpoint(tmp_path, **KINDS[kind])
    length = len(HEARD) + SAID
    chords = [SYMBOLS[step * len(SYMBOLS) // length] for step in range(length)]
    theirs = in_javascript(folder, chords if "chords" in KINDS[kind] else None)
    assert len(theirs["logits"]) == len(theirs["chosen"]) == SAID

    checkpoint = load_checkpoint(folder)
    state, ours = checkpoint.network.start(), []
    for step, event in enumerate([*HEARD, *theirs["chosen"][:-1]]):
        root, quality, bass = parse_symbol(chords[step + 1])
        chord = ChordSpan(0.0, 4.0, root, quality, bass, chords[step + 1])
        heard = checkpoint.encoding.write(np.array([event]), chord, step)
        logits, state = checkpoint.network.step(heard, state)
        ours.append(logits[0])
    ours = np.array(ours[len(HEARD) - 1 :])
    assert np.ptp(ours) > 1
    np.testing.assert_allclose(ours, np.array(theirs["logits"]), rtol=0, atol=1e-4)
