# SPDX-License-Identifier: Apache-2.0
"""The program that verifies files: what they are, whether they hold, by whose keys. It reads files and writes lines."""
