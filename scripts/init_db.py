#!/usr/bin/env python3
"""Make the database, or bring it to this version, as `museaika init-db` does."""

import os
import sys
from pathlib import Path

LAUNCHER = Path(__file__).resolve().parent.parent / "museaika"
os.execv(sys.executable, [sys.executable, str(LAUNCHER), "init-db", *sys.argv[1:]])
