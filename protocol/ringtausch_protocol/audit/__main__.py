# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.audit SOURCE...` audits logs without a node."""

from __future__ import annotations

import sys

from ringtausch_protocol.audit.program.command import main

if __name__ == "__main__":  # who only imports every module (an installer's check) starts nothing
    sys.exit(main(sys.argv[1:]))
