// SPDX-License-Identifier: AGPL-3.0-or-later

// Verifies with nothing but Node's own crypto what our package makes. Each line of the standard input is a case as
// JSON; each line of the output says "ok" or why not.
import { createHash, createPublicKey, verify } from "node:crypto";
import { createInterface } from "node:readline";

const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const isGood = (key, message, signature) =>
  verify(null, Buffer.from(message), createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" }), signature);

// A checkpoint: every given key must have signed it, the log its text, a witness the cosignature over it.
function note({ note: text, vkeys }) {
  const end = text.lastIndexOf("\n\n");
  const body = text.slice(0, end + 1);
  const lines = text.slice(end + 2).split("\n").map((line) => line.split(" "));
  for (const vkey of vkeys) {
    const [name, id, ...rest] = vkey.split("+");
    const key = Buffer.from(rest.join("+"), "base64");
    if (sha(`${name}\n`, key).subarray(0, 4).toString("hex") !== id) return "key id";
    const found = lines
      .filter((line) => line[0] === "—" && line[1] === name)
      .map((line) => Buffer.from(line[2], "base64"))
      .find((data) => data.subarray(0, 4).toString("hex") === id);
    if (!found) return "no signature";
    const isCosigner = key[0] === 4;
    const message = isCosigner ? `cosignature/v1\ntime ${found.readBigUInt64BE(4)}\n${body}` : body;
    if (!isGood(key.subarray(1), message, found.subarray(isCosigner ? 12 : 4))) return "signature";
  }
  return "ok";
}

// A leaf under a root, as RFC 9162 section 2.1.3.2 says.
function inclusion({ leaf, index, size, path, root }) {
  if (index >= size) return "index";
  let [place, last, found] = [index, size - 1, Buffer.from(leaf, "base64")];
  for (const step of path.map((text) => Buffer.from(text, "base64"))) {
    if (last === 0) return "too long";
    if (place % 2 === 1 || place === last) {
      found = sha([1], step, found);
      while (place % 2 === 0 && place > 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      found = sha([1], found, step);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && found.toString("base64") === root ? "ok" : "root";
}

function envelope({ type, payload, public: key, signature }) {
  const body = Buffer.from(payload, "base64");
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body]);
  return isGood(Buffer.from(key, "hex"), message, Buffer.from(signature, "base64")) ? "ok" : "signature";
}

const CHECKS = { note, inclusion, envelope };
for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  const verdict = CHECKS[given.is](given);
  process.stdout.write(`${verdict === "ok" ? "ok" : `refused: ${verdict}`}\n`);
}
