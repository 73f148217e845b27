# SPDX-License-Identifier: Apache-2.0
"""What an audit reads: trees of logs, entries in them, cards, signatures. Bytes in, values out."""
