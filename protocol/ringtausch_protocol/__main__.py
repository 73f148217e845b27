# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol FILE...` verifies files without a node."""

from __future__ import annotations

import sys

from ringtausch_protocol.verifier.program import main

if __name__ == "__main__":  # who only imports every module (an installer's check) starts nothing
    sys.exit(main(sys.argv[1:]))
