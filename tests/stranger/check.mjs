// Checks every case of the published vectors. Written from openapi/vectors/README.md alone; it shares no code with the project.
// usage: node check.mjs FOLDER
import { readFileSync } from "node:fs";
import { createHash, webcrypto } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { inflateSync } from "node:zlib";

globalThis.crypto ??= webcrypto;
const { compactVerify, importJWK } = await import("jose");

const folder = process.argv[2];
const read = (name) => readFileSync(`${folder}/${name}`, "utf8").trim();
const ROW = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const STATES = ["valid", "revoked", "suspended", "expired"];
const base64url = (data) => Buffer.from(data).toString("base64url");
const integer = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const usable = (age) => age === "fresh" || age === "amber";

// Step 1.
const keys = new Map();
for (const jwk of JSON.parse(read("jwks.json")).keys) {
  keys.set(jwk.slot, { kid: jwk.kid, key: await importJWK(jwk, "ES256") });
}
const headerOf = (kid, typ) => `{"alg":"ES256","kid":"${kid}","typ":"${typ}"}`;

async function genuine(jws, { kid, key }, typ) {
  const parts = jws.split(".");
  if (parts.length !== 3 || parts.some((part) => base64url(Buffer.from(part, "base64url")) !== part)) return null;
  if (parts[0] !== base64url(headerOf(kid, typ))) return null;
  const signature = Buffer.from(parts[2], "base64url");
  if (signature.length !== 64 || integer(signature.subarray(32)) > ORDER / 2n) return null;
  try {
    return Buffer.from((await compactVerify(jws, key, { algorithms: ["ES256"] })).payload);
  } catch {
    return null;
  }
}

// Step 2.
async function open(name, typ) {
  for (const key of keys.values()) {
    const payload = await genuine(read(name), key, typ);
    if (payload) return JSON.parse(payload);
  }
  return null;
}

async function newest(names, typ, keyOf) {
  const found = new Map();
  for (const name of names) {
    const token = await open(name, typ);
    if (token && !(found.get(keyOf(token))?.iat > token.iat)) found.set(keyOf(token), token);
  }
  return found;
}

function ageOf({ iat, exp, ttl }, now) {
  if (now < iat - 30) return "early";
  if (now >= exp) return "lapsed";
  return now <= iat + ttl ? "fresh" : "amber";
}

function entry(list, index) {
  const { bits, lst } = list.status_list;
  const bytes = inflateSync(Buffer.from(lst, "base64url"), { maxOutputLength: 2 ** 18 });
  const byte = bytes[Math.floor((index * bits) / 8)];
  return byte === undefined ? undefined : STATES[(byte >> ((index * bits) % 8)) & (2 ** bits - 1)];
}

// Step 3.
const SEPARATORS =
  " \\t-\\r\\u0085\\u00a0\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f\\u2060\\u2066-\\u2069\\u3000\\ufeff" +
  "\\-\\u00ad\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d.\\u00b7\\u2022\\u2027\\u2219\\u22c5\\u3002\\u30fb\\uff0e\\uff61\\uff65";
const AROUND = new RegExp(`^[${SEPARATORS}]+|[${SEPARATORS}]+$`, "g");

function codeIn(text) {
  const found = /^https?:\/\/[^/?#]*\/c\/([^?#]*)/i.exec(text.replace(AROUND, ""));
  return found ? found[1].trim() : text;
}

function printedCode(text) {
  const plain = text
    .replace(/[\uff01-\uff5e]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))
    .replace(new RegExp(`[${SEPARATORS}]`, "g"), "")
    .replace(/[a-z]/g, (one) => one.toUpperCase())
    .replace(/O/g, "0")
    .replace(/[IL]/g, "1");
  if (plain.length !== 15 || !"BDPWHV".includes(plain[0])) return null;
  const values = [...plain].map((one) => ROW.indexOf(one));
  if (values.includes(-1)) return null;
  let carried = 32;
  for (const value of values.slice(0, 14)) carried = (2 * ((carried + value) % 32 || 32)) % 33;
  return (carried + values[14]) % 32 === 1 ? plain : null;
}

function dynamicCode(text) {
  if (!/^1[0-9]{198}$/.test(text)) return null;
  const hex = BigInt(text.slice(1)).toString(16).padStart(164, "0");
  if (hex.length !== 164) return null;
  const bytes = Buffer.from(hex, "hex");
  const index = bytes.readUIntBE(14, 3);
  if (bytes[0] !== 1 || index >= 2 ** 20) return null;
  return {
    credential: bytes.readUIntBE(1, 6),
    issuedAt: bytes.readUInt32BE(7),
    lifetime: bytes[11],
    list: bytes.readUInt16BE(12),
    index,
    slot: bytes[17],
    signed: bytes.subarray(0, 18),
    signature: bytes.subarray(18),
  };
}

function find(packs, isIt, now) {
  const found = [];
  for (const pack of packs.values()) {
    for (const card of pack.cards) if (isIt(card)) found.push({ card, pack, age: ageOf(pack, now) });
  }
  return found.find((one) => usable(one.age)) ?? found[0];
}

function listed(lists, number, index, now) {
  const list = lists.get(number);
  if (!list) return { why: "list_missing" };
  const age = ageOf(list, now);
  if (!usable(age)) return { why: age === "early" ? "clock_behind" : "list_lapsed" };
  const state = entry(list, index);
  return state === undefined ? { why: "list_missing" } : { state, iat: list.iat, age };
}

// Step 6.
function told({ state, why, iat, age }, found, stale, now) {
  let outcome = "valid";
  let reason = "card_valid";
  if (state === "revoked") [outcome, reason] = ["revoked", "card_revoked"];
  else if (found && now >= found.card.expires_at) [outcome, reason] = ["expired", "card_expired"];
  else if (state && state !== "valid") [outcome, reason] = [state, `card_${state}`];
  else if (stale) [outcome, reason] = stale === "ahead" ? ["status_unknown", "clock_behind"] : ["stale_code", "code_too_old"];
  else if (!state) [outcome, reason] = ["status_unknown", why];
  const { name, service_phone } = found?.pack.organization ?? { name: null, service_phone: null };
  const holder = found && outcome === "valid"
    ? { name: found.card.name, organization: name, posts: found.card.posts, expires_on: found.card.expires_on, photo: found.card.photo }
    : null;
  return answer(outcome, reason, { status_as_of: iat, freshness: age ?? null, issuer: name, service_phone, holder });
}

function answer(outcome, reason, more = {}) {
  const moment = (seconds) => (seconds === undefined ? null : new Date(seconds * 1000).toISOString().replace(".000Z", "Z"));
  const nothing = { freshness: null, issuer: null, service_phone: null, holder: null };
  const { status_as_of, plate_as_of, ...rest } = more;
  return { outcome, reason, ...nothing, ...rest, status_as_of: moment(status_as_of), plate_as_of: moment(plate_as_of) };
}

async function check({ text, at, lists: listNames, packs: packNames }) {
  const now = Date.parse(at) / 1000;
  const lists = await newest(listNames, "statuslist+jwt", (list) => Number(list.sub.split("/").pop()));
  const packs = await newest(packNames, "lx-pack+jwt", (pack) => pack.sub);
  const code = codeIn(text);
  return [...code].length > 64 ? checkDynamic(code, lists, packs, now) : checkPrinted(code, lists, packs, now);
}

// Step 4.
function checkPrinted(text, lists, packs, now) {
  const code = printedCode(text);
  if (!code) return answer("not_found", "code_malformed");
  if (code[0] === "V") return answer("not_found", "venue_code");
  const digest = sha256(code);
  const found = find(packs, (card) => card.plates.some((plate) => plate.digest === digest), now);
  if (!found) return answer("not_found", "not_in_packs");
  if (!usable(found.age)) return answer("status_unknown", found.age === "early" ? "clock_behind" : "pack_lapsed");
  let known = listed(lists, found.card.status_list, found.card.status_index, now);
  if (!known.state || known.iat < found.pack.iat) known = { state: found.card.state, iat: found.pack.iat, age: found.age };
  const amber = known.age === "amber" || found.age === "amber";
  const result = told(known, found, null, now);
  return { ...result, plate_as_of: answer("", "", { plate_as_of: found.pack.iat }).plate_as_of, freshness: amber ? "amber" : "fresh" };
}

// Step 5.
async function checkDynamic(text, lists, packs, now) {
  const code = dynamicCode(text.replace(AROUND, ""));
  if (!code) return answer("not_found", "code_malformed");
  const key = keys.get(code.slot);
  if (!key) return answer("not_found", "key_unknown");
  const jws = [headerOf(key.kid, "lx+jws"), code.signed, code.signature].map(base64url).join(".");
  if (!(await genuine(jws, key, "lx+jws"))) return answer("not_found", "signature_wrong");
  const stale = now < code.issuedAt - 30 ? "ahead" : now > code.issuedAt + code.lifetime + 30 ? "old" : null;
  const found = find(packs, (card) => card.credential_number === code.credential, now);
  const packed = found && usable(found.age) ? found : undefined;
  let known = listed(lists, code.list, code.index, now);
  if (packed?.card.state === "suspended" && (!known.state || (known.state === "valid" && known.iat < packed.pack.iat))) {
    known = { state: "suspended", iat: packed.pack.iat, age: packed.age };
  }
  return told(known, packed, stale, now);
}

let wrong = 0;
const { cases } = JSON.parse(read("codes.json"));
for (const one of cases) {
  const found = await check(one);
  if (!isDeepStrictEqual(found, one.expected)) {
    wrong += 1;
    console.log(`${one.name}\n  expected ${JSON.stringify(one.expected)}\n  found    ${JSON.stringify(found)}`);
  }
}
for (const { slot, typ, text, hex } of JSON.parse(read("headers.json")).headers) {
  const built = headerOf(keys.get(slot).kid, typ);
  if (built !== text || Buffer.from(built).toString("hex") !== hex) {
    wrong += 1;
    console.log(`the header of slot ${slot} is not ${text}`);
  }
}
console.log(`${cases.length} cases, ${wrong} wrong`);
process.exit(wrong ? 1 : 0);
