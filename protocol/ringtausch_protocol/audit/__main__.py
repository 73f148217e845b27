# SPDX-License-Identifier: Apache-2.0
"""`python -m ringtausch_protocol.audit SOURCE...` audits logs without a node."""

from __future__ import annotations

import sys

from ringtausch_protocol.audit.program import mirroring
from ringtausch_protocol.audit.program.command import main

if __name__ == "__main__":  # who only imports every module (an installer's check) starts nothing
    if sys.argv[1:2] == ["mirror"]:
        sys.exit(mirroring.main(sys.argv[2:]))
    sys.exit(main(sys.argv[1:]))
