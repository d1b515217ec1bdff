#!/usr/bin/env python3
"""Set everything up without starting it: the environment, the secrets and the database."""

import os
import sys
from pathlib import Path

LAUNCHER = Path(__file__).resolve().parent.parent / "museaika"
os.execv(sys.executable, [sys.executable, str(LAUNCHER), "init-db", *sys.argv[1:]])
