// The single ceremony manager of a page. A browser allows one credentials request at a time and a
// challenge works once and for minutes; whoever keeps to this module never meets either limit.
//
// A ceremony is {options, finish, body}: the address that gives {ceremony_id, publicKey}, the one
// that takes {ceremony_id, credential}, and what is sent with the first.

import { call, Problem } from "./api.js";
import { creationOptions, credentialJson, requestOptions } from "./webauthn_json.js";
import { say } from "./wording.js";

const RENEW_BEFORE_EXPIRY_MS = 30_000;
const DEFAULT_LIFE_MS = 300_000;
const BRIEF_MS = 1_000;
const STALE = new Set(["ceremony_expired", "ceremony_spent"]);
// After these the server may hold the new passkey all the same: it must not be called unknown.
const MAYBE_STORED = new Set(["ceremony_spent", "passkey_already_registered"]);

/** The ceremony ended without a result, for a reason that has a calm sentence. The `tone` is "error"
 * unless it was what the person wanted. */
export class Ended extends Error {
  constructor(title, detail = "", tone = "error") {
    super(title);
    this.title = title;
    this.detail = detail;
    this.tone = tone;
  }
}

let running = null; // {controller, settled}: the one credentials request of this page
let autofill = null; // what the page wants armed: {ceremony, done, failed, busy}
let armed = null; // {at, life}: the challenge that autofill holds now
let turn = 0; // whoever started last has the turn; earlier ones give up when they notice
let modals = 0; // ceremonies under way that a person began; a step-up can run inside another one
let renewal = 0;

export function supported() {
  return window.PublicKeyCredential !== undefined && navigator.credentials !== undefined;
}

/** Offer passkeys by autofill from now on. `done(answer)`, `failed(error)` and `busy()` tell how it goes. */
export async function arm(ceremony, { done, failed, busy }) {
  if (!supported() || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  autofill = { ceremony, done, failed, busy };
  document.addEventListener("visibilitychange", returned);
  window.addEventListener("pageshow", (event) => { if (event.persisted) rearm(); });
  await rearm();
}

/** Arm again if autofill is wanted and nothing holds a usable challenge. */
export function ensureArmed() {
  if (autofill && !armed) rearm();
}

/** Sign in or confirm after a press of a button. Gives the server's answer; throws Ended or Problem. */
export function getByButton(ceremony) {
  return modally(() => withFreshChallenge(() => prove(ceremony)));
}

/** Create a passkey. Gives the server's answer; throws Ended or Problem. */
export function create(ceremony) {
  return modally(() => withFreshChallenge(() => register(ceremony)));
}

async function modally(run) {
  modals += 1;
  turn += 1;
  disarm();
  let done = false;
  try {
    await halt();
    if (!supported()) throw new Ended(say("unsupportedTitle"), say("unsupportedDetail"));
    const answer = await run();
    done = true;
    return answer;
  } finally {
    modals -= 1;
    if (!done) rearm();
  }
}

// The server says so when a challenge is stale; the person is asked once more, not told off.
async function withFreshChallenge(attempt) {
  try {
    return await attempt();
  } catch (problem) {
    if (!isStale(problem)) throw problem;
    return attempt();
  }
}

function isStale(error) {
  return error instanceof Problem && STALE.has(error.code);
}

async function rearm() {
  if (!autofill || modals > 0) return;
  const mine = ++turn;
  const wanted = autofill;
  disarm();
  await halt();
  const superseded = () => mine !== turn;
  if (superseded()) return;
  let begun;
  try {
    begun = await call("POST", wanted.ceremony.options, wanted.ceremony.body ?? {});
  } catch {
    return; // The button still works and tells what is wrong; focus or a return arms again.
  }
  if (superseded()) return;
  const life = begun.publicKey.timeout ?? DEFAULT_LIFE_MS;
  armed = { at: Date.now(), life };
  renewal = setTimeout(rearm, Math.max(life - RENEW_BEFORE_EXPIRY_MS, life / 2));
  await offer(wanted, begun, superseded);
}

async function offer(wanted, begun, superseded) {
  const started = Date.now();
  let credential;
  try {
    credential = await ask("get", requestOptions(begun.publicKey), { mediation: "conditional" });
  } catch {
    if (superseded()) return;
    disarm();
    // A browser that refuses at once would refuse for ever: wait for the person instead.
    if (Date.now() - started > BRIEF_MS) rearm();
    return;
  }
  if (superseded()) return;
  turn += 1;
  disarm();
  modals += 1;
  wanted.busy();
  let refused = null;
  let answer = null;
  try {
    answer = await answered(wanted.ceremony, begun, credential);
  } catch (error) {
    refused = error;
  } finally {
    modals -= 1;
  }
  if (refused === null) wanted.done(answer);
  else await afterAutofill(wanted, refused);
}

// Chosen from autofill, but the challenge had gone stale: ask again at once, with a fresh one.
async function afterAutofill(wanted, error) {
  if (!isStale(error)) {
    // Not armed again by itself: a key that answers untouched would be refused for ever.
    wanted.failed(error);
    return;
  }
  try {
    wanted.done(await getByButton(wanted.ceremony));
  } catch (second) {
    wanted.failed(second);
  }
}

async function prove(ceremony) {
  const begun = await call("POST", ceremony.options, ceremony.body ?? {});
  let credential;
  try {
    credential = await ask("get", requestOptions(begun.publicKey));
  } catch (error) {
    throw explained(error);
  }
  return answered(ceremony, begun, credential);
}

async function answered(ceremony, begun, credential) {
  try {
    return await call("POST", ceremony.finish, {
      ceremony_id: begun.ceremony_id,
      credential: credentialJson(credential),
    });
  } catch (problem) {
    if (problem.code === "passkey_unknown") await forgetCredential(begun.publicKey.rpId, credential.id);
    throw problem;
  }
}

async function register(ceremony) {
  const begun = await call("POST", ceremony.options, ceremony.body ?? {});
  let credential;
  try {
    credential = await ask("create", creationOptions(begun.publicKey));
  } catch (error) {
    throw explained(error);
  }
  try {
    return await call("POST", ceremony.finish, {
      ceremony_id: begun.ceremony_id,
      credential: credentialJson(credential),
    });
  } catch (problem) {
    const refused = problem.status >= 400 && problem.status < 500 && !MAYBE_STORED.has(problem.code);
    if (refused) await forgetCredential(begun.publicKey.rp.id, credential.id);
    throw problem;
  }
}

/** Tell the credential manager that we do not know this passkey, so that it stops offering it. */
async function forgetCredential(rpId, credentialId) {
  try {
    await PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId });
  } catch {
    // A courtesy of the browser; nothing depends on it.
  }
}

async function ask(method, publicKey, extra = {}) {
  const controller = new AbortController();
  const answer = navigator.credentials[method]({ publicKey, signal: controller.signal, ...extra });
  const request = { controller, settled: answer.then(() => {}, () => {}) };
  running = request;
  try {
    return await answer;
  } finally {
    if (running === request) running = null;
  }
}

// Aborting is not enough: the browser refuses a new request until the old one has settled.
async function halt() {
  while (running) {
    const request = running;
    request.controller.abort();
    await request.settled;
    if (running === request) running = null;
  }
}

function disarm() {
  clearTimeout(renewal);
  armed = null;
}

// Not at every return: the passkey's own dialog hides the page too, and must not be aborted.
function returned() {
  if (document.visibilityState !== "visible") return;
  if (!armed || Date.now() - armed.at > armed.life / 2) rearm();
}

function explained(error) {
  switch (error.name) {
    case "NotAllowedError":
    case "AbortError":
      return new Ended(say("cancelledTitle"), say("cancelledDetail"), "calm");
    case "SecurityError":
      return new Ended(say("wrongAddressTitle"), say("wrongAddressDetail"));
    case "InvalidStateError":
      return new Ended(say("alreadyHereTitle"), say("alreadyHereDetail"));
    case "NotSupportedError":
    case "ConstraintError":
      return new Ended(say("unsupportedTitle"), say("unsupportedDetail"));
    default:
      return new Ended(say("failedTitle"), say("failedDetail"));
  }
}
