# SPDX-License-Identifier: AGPL-3.0-or-later
"""The program that lays a page out: HTML and its stylesheet in, a tagged PDF (PDF/UA-1, ISO 14289-1) out.

`python -m ringtausch_node.printing.program` reads one JSON document from its input and writes the PDF to its output;
with `--probe` it only says whether it could. It opens no address and no file: whatever a page names beside the
stylesheet is refused. It knows nothing of the ring, so a page that breaks it breaks nothing else.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

import msgspec

#: Exit codes: what is not installed, and everything else that went wrong.
MISSING, FAILED = 3, 4
#: Debian's libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0, without which weasyprint does not lay out.
_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
#: A statement for each of 300 members is laid out in 400 MiB; the rest is room for mapped fonts.
MEMORY_BYTES = 1024 * 1024 * 1024
#: CPU seconds after which the kernel ends it, whoever started it.
CPU_SECONDS = 120
#: Nothing is written but the output, which is a pipe; files of fonts and libraries are read.
_FILES_MAX = 64
#: Where the page seems to come from. No such host exists (RFC 2606), and nobody is asked.
BASE = "https://page.invalid"


class Job(msgspec.Struct, frozen=True):
    """A page, and the one stylesheet that it may have, under the path by which the page names it."""

    html: str
    style: str
    style_path: str


def main(arguments: list[str]) -> int:
    """Read a job, write its PDF. -> 0, MISSING or FAILED."""
    _limit()
    if not _is_installed():
        return MISSING
    if "--probe" in arguments:
        return 0
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(lay_out(job))
    return 0


def lay_out(job: Job) -> bytes:
    """The PDF of a page. The same job gives the same bytes with the same fonts."""
    from weasyprint import HTML  # noqa: PLC0415 - a probe, and a node without the extra, must not load it
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - the same

    class OurStyle(URLFetcher):  # type: ignore[misc]  # weasyprint says nothing of its types
        """Gives the stylesheet, and nothing else in the world."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if url.partition("?")[0] != BASE + job.style_path:
                raise ValueError("a page on paper has nothing from elsewhere")
            return URLFetcherResponse(url, job.style.encode(), {"Content-Type": "text/css; charset=utf-8"})

    page = HTML(string=job.html, base_url=BASE, url_fetcher=OurStyle(allowed_protocols=()), media_type="print")
    made: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return made


def _is_installed() -> bool:
    try:
        for name in _LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _limit() -> None:
    """What a page that somebody made on purpose could use up."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, _FILES_MAX),
    ):  # fmt: skip
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - its caller reads one line and a code, whatever broke
        sys.stderr.write(f"{type(error).__name__}\n")
        code = FAILED
    sys.stdout.flush()
    os._exit(code)  # nothing is left to tidy up, and libraries that do so cost half a second
