# SPDX-License-Identifier: Apache-2.0
"""The command: arguments, threads, files; it puts sources, audit and report together."""
