#!/usr/bin/env python3
"""Delete all data after asking, and begin anew, as `museaika reset-db` does (`--yes` does not ask)."""

import os
import sys
from pathlib import Path

LAUNCHER = Path(__file__).resolve().parent.parent / "museaika"
os.execv(sys.executable, [sys.executable, str(LAUNCHER), "reset-db", *sys.argv[1:]])
