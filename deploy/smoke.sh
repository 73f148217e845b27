#!/usr/bin/env bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# What a stranger does, in an empty place: builds the wheel, installs it with only the locked wheels, runs it. Everything
# goes into one temporary folder outside the checkout, which is removed again. PYTHON=... chooses another Python.
set -euo pipefail
exec </dev/null
checkout=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
unset PYTHONPATH PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_REQUIRE_VIRTUALENV=0

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
cd "$place"

step() { printf -- '-- %s\n' "$1"; }
fail() { printf 'smoke: %s\n' "$1" >&2; exit 1; }
pip() { "$place/build/bin/python" -m pip "$@"; }
# A venv without pip, filled from outside as in the Containerfile: only wheels, only those whose hashes are locked.
fill() { # VENV LOCK
  "$python" -m venv --without-pip "$place/$1"
  pip --python "$place/$1/bin/python" install -qq --require-hashes --no-deps --only-binary=:all: -r "$checkout/deploy/$2"
  pip --python "$place/$1/bin/python" install -qq --no-deps "$wheel"
  pip --python "$place/$1/bin/python" check
}
# Nothing of this shell and of the checkout: as a service would run it.
bare() { env -i PATH="$place/node/bin:/usr/bin:/bin" HOME="$place" TMPDIR="$place" LANG=C.UTF-8 "$@"; }

step 'build the wheel'
"$python" -m venv "$place/build"
pip install -qq --require-hashes --no-deps --only-binary=:all: -r "$checkout/deploy/requirements-build.lock"
pip wheel -qq --no-deps --no-build-isolation --wheel-dir "$place/wheels" "$checkout"
wheels=("$place"/wheels/*.whl)
wheel=${wheels[0]}
((${#wheels[@]} == 1)) || fail 'expected one wheel'
"$python" - "$checkout" "$wheel" <<'END' || fail 'the wheel does not hold what the checkout holds'
import pathlib, sys, zipfile

checkout, wheel = map(pathlib.Path, sys.argv[1:])
packages = {"ringtausch_node": checkout / "node", "ringtausch_protocol": checkout / "protocol"}
here = {
    path.relative_to(place).as_posix()
    for name, place in packages.items()
    for path in (place / name).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
print(f"{wheel.name}: {len(inside)} files")
for name in sorted(here ^ inside):
    print("only in the", "wheel:" if name in inside else "checkout:", name, file=sys.stderr)
sys.exit(here != inside)
END

step 'an auditor: the base alone'
fill base requirements-protocol.lock
env -i "$place/base/bin/python" -I - "$place/base" <<'END' || fail 'ringtausch_protocol needs more than the base'
import importlib, importlib.util, pathlib, pkgutil, sys

import ringtausch_protocol

assert pathlib.Path(ringtausch_protocol.__file__).is_relative_to(sys.argv[1]), ringtausch_protocol.__file__
names = [each.name for each in pkgutil.walk_packages(ringtausch_protocol.__path__, "ringtausch_protocol.")]
for name in names:
    importlib.import_module(name)
assert importlib.util.find_spec("aiohttp") is None
print(f"{len(names)} modules of ringtausch_protocol")
END

step 'an operator: the node'
fill node requirements-node.lock
bare "$place/node/bin/python" -I -c 'import ringtausch_node, sys; sys.exit(not ringtausch_node.__file__.startswith(sys.prefix))' ||
  fail 'the node that runs is not the one that was installed'
version=$(bare ringtausch version)
echo "$version"
case ${wheel##*/} in "ringtausch-$(cut -d ' ' -f 2 <<<"$version")-"*) ;; *) fail 'the version is not that of the wheel' ;; esac

step 'the service'
if command -v systemd-analyze >/dev/null; then
  # The program stands elsewhere in here; the rest of the unit is checked as it is.
  sed "s#/opt/ringtausch/bin/#$place/node/bin/#" "$checkout/deploy/ringtausch@.service" >"$place/ringtausch@smoke.service"
  # It ends well also where it did not understand a line; what it says about our file is what counts.
  said=$(systemd-analyze verify --man=no "$place/ringtausch@smoke.service" 2>&1) || fail "systemd-analyze: $said"
  case $said in *ringtausch@smoke*) fail "systemd-analyze: $said" ;; esac
  echo 'systemd-analyze verify finds nothing'
else
  echo 'systemd-analyze is not here: the unit was not checked'
fi

step 'demo --once'
bare ringtausch demo --once --folder "$place/towns" >"$place/demo.log" 2>&1 || { cat "$place/demo.log" >&2; fail 'the demo failed'; }
tail -n 2 "$place/demo.log"

step 'the auditor, without the node, checks the logs of the demo'
rm -r "$place"/base/lib/python3*/site-packages/ringtausch_node
for town in "$place"/towns/*/config.toml; do
  town=${town%/config.toml}
  bare ringtausch log export "$town" "$place/logs/${town##*/}" >/dev/null || fail "log export of ${town##*/}"
  env -i "$place/base/bin/python" -I -m ringtausch_protocol "$place/logs/${town##*/}" || fail "the log of ${town##*/}"
done
env -i "$place/base/bin/python" -I -m ringtausch_protocol.audit "$place/logs" --quiet --out "$place/audit.html" ||
  fail 'the audit of all logs together'

echo "smoke: all is well (${SECONDS} s)"
