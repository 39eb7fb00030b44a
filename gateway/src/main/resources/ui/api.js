// The node's HTTP interface: JSON in, JSON out. What goes wrong is one of two errors: the node does not answer, or it
// says why not.

const TIMEOUT_MS = 15_000;

/** The root of the interface: one above the console, wherever a proxy may have put it. */
const ROOT = new URL('../', document.baseURI);

/** No answer came. */
export class Unreachable extends Error {}

/** An answer that is a problem document (RFC 9457). */
export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `The node answered with status ${status}`);
    this.status = status;
    this.title = document.title || 'That did not work';
    /** Kafka's name of the error, if it has one. */
    this.error = document.error || null;
  }
}

/** The address of a path of segments, which are escaped, and a query, of which null and undefined are left out. */
export function address(segments, query = {}) {
  const url = new URL(segments.map(encodeURIComponent).join('/'), ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

async function call(url, options, signal) {
  const limit = AbortSignal.timeout(TIMEOUT_MS + Number(url.searchParams.get('wait') ?? 0));
  const both = signal ? anyOf(signal, limit) : limit;
  let response;
  let text;
  try {
    response = await fetch(url, { ...options, signal: both, cache: 'no-store', credentials: 'same-origin' });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Unreachable(limit.aborted ? 'The node took too long to answer' : 'The node does not answer', { cause });
  }
  let document = {};
  try {
    document = text === '' ? {} : JSON.parse(text);
  } catch {
    if (response.ok)
      throw new Problem(response.status, {
        title: 'That was not JSON',
        detail: `${url.pathname} did not answer with JSON`,
      });
  }
  if (!response.ok) throw new Problem(response.status, document);
  return document;
}

function anyOf(...signals) {
  const first = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) first.abort(signal.reason);
    signal.addEventListener('abort', () => first.abort(signal.reason), { once: true });
  }
  return first.signal;
}

export const get = (segments, query, signal) => call(address(segments, query), { method: 'GET' }, signal);

export const post = (segments, body) =>
  call(address(segments), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** Gives each of things to an asynchronous task, four at a time: a page shall not crowd out a node's clients. */
export async function fewAtOnce(things, task) {
  const waiting = [...things];
  const worker = async () => {
    while (waiting.length) await task(waiting.shift());
  };
  await Promise.all(Array.from({ length: Math.min(4, waiting.length) }, worker));
}
