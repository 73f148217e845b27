# SPDX-License-Identifier: Apache-2.0
"""What an audit found, for people (HTML) and for programs (JSON, CSV). The same result gives the same bytes."""
