# SPDX-License-Identifier: Apache-2.0
"""Where logs come from: folders, archives, addresses. Only here files are opened and requests sent."""
