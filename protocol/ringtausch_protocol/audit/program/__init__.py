# SPDX-License-Identifier: Apache-2.0
"""The command: arguments, processes, files; it puts sources, audit and report together."""
