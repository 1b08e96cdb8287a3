// Calls to our own API: JSON, same origin, refusals as Problem, and the one place that repeats a
// request after its step-up.

import { say } from "./wording.js";

/** A refusal (RFC 9457) or a failed connection; `title` and `detail` are for people already. */
export class Problem extends Error {
  constructor(document) {
    super(document.title);
    this.code = document.code;
    this.status = document.status;
    this.title = document.title;
    this.detail = document.detail;
    this.document = document;
  }
}

let confirmStepUp = null;

/** Have `confirm(stepUp)` called whenever the server wants a step-up; it resolves when satisfied. */
export function answerStepUpsWith(confirm) {
  confirmStepUp = confirm;
}

/** Send a request and give the answer's JSON (null when it has none). Throws Problem. */
export async function call(method, path, body) {
  try {
    return await send(method, path, body, null);
  } catch (problem) {
    const wanted = problem instanceof Problem && problem.code === "step_up_needed" && problem.document.step_up;
    if (!wanted || confirmStepUp === null) throw problem;
    await confirmStepUp(wanted);
    // The very same request, now with its approval: another one would be refused as a mismatch.
    return send(method, path, body, wanted.id);
  }
}

async function send(method, path, body, stepUp) {
  const headers = { Accept: "application/json, application/problem+json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (stepUp !== null) headers["Step-Up"] = stepUp;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Problem({
      code: "unreachable", status: 0, title: say("unreachableTitle"), detail: say("unreachableDetail"),
    });
  }
  const answer = await readJson(response);
  if (response.ok) return answer;
  throw new Problem(answer?.title ? answer : {
    code: "fault", status: response.status, title: say("faultTitle"), detail: say("faultDetail"),
  });
}

async function readJson(response) {
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}
