# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.conformance URL --invitation FILE` judges a program that speaks SPEC.md."""

from __future__ import annotations

import sys

from ringtausch_protocol.conformance.program import main

if __name__ == "__main__":  # who only imports every module (an installer's check) starts nothing
    sys.exit(main(sys.argv[1:]))
