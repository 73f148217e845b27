# SPDX-License-Identifier: Apache-2.0
"""The audit: logs of many rings in, findings out, whoever looks (SPEC.md 8.10). `auditing.audit` is its entrance."""
