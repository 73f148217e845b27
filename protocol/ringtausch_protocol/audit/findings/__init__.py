# SPDX-License-Identifier: Apache-2.0
"""What an audit finds: a code, the place, the evidence; and the words for people."""
