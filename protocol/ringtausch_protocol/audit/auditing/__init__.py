# SPDX-License-Identifier: Apache-2.0
"""The audit itself: opens logs, reads them side by side, closes the books, says what there is to see."""
