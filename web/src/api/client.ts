import { appUrl } from '../shell/base';

/**
 * One way to ask the server. Failures are values, not exceptions: what the server said, what the network did,
 * or that the caller gave up.
 */
export interface ApiError {
  /** `aborted`, `network`, `not-json`, or the server's errorType (`bad_data`, `execution`, `timeout`, ...). */
  kind: string;
  message: string;
  /** HTTP status, 0 where there was no answer. */
  status: number;
}

export type Answer<T> =
  | { ok: true; data: T; warnings: string[]; infos: string[]; /** Milliseconds until the answer was read. */ took: number }
  | { ok: false; error: ApiError };

export type Params = ReadonlyArray<readonly [string, string | number | boolean | undefined]>;

/** A URL longer than this goes as POST; proxies commonly refuse request lines over 8 kB. */
const GET_MAX = 2000;

/** Asks an endpoint that answers in Prometheus's envelope. `path` is app-relative. */
export async function ask<T>(path: string, params: Params = [], signal?: AbortSignal): Promise<Answer<T>> {
  const started = performance.now();
  const answer = await fetchJson(path, params, signal, true);
  if (!answer.ok) return answer;
  const body = answer.data;
  if (!isRecord(body) || (body['status'] !== 'success' && body['status'] !== 'error')) {
    return failure('not-json', 'The server sent something that is not an API answer.', answer.status);
  }
  if (body['status'] === 'error') {
    return failure(text(body['errorType']) || 'internal', text(body['error']) || 'unknown error', answer.status);
  }
  return {
    ok: true,
    data: body['data'] as T,
    warnings: texts(body['warnings']),
    infos: texts(body['infos']),
    took: performance.now() - started,
  };
}

/** Asks an endpoint that answers with bare JSON. */
export async function askPlain<T>(path: string, params: Params = [], signal?: AbortSignal): Promise<Answer<T>> {
  const started = performance.now();
  const answer = await fetchJson(path, params, signal, false);
  if (!answer.ok) return answer;
  if (answer.status >= 400) {
    const message = isRecord(answer.data) ? text(answer.data['message']) : '';
    return failure(answer.status === 404 ? 'not_found' : 'http', message || `The server answered ${answer.status}.`, answer.status);
  }
  return { ok: true, data: answer.data as T, warnings: [], infos: [], took: performance.now() - started };
}

/** Whether an answer is only the echo of a request that was given up. */
export function wasAborted<T>(answer: Answer<T>): boolean {
  return !answer.ok && answer.error.kind === 'aborted';
}

type Raw = { ok: true; data: unknown; status: number } | { ok: false; error: ApiError };

async function fetchJson(path: string, params: Params, signal: AbortSignal | undefined, mayPost: boolean): Promise<Raw> {
  const form = new URLSearchParams();
  for (const [key, value] of params) {
    if (value !== undefined) form.append(key, String(value));
  }
  const query = form.toString();
  const url = appUrl(path);
  const init: RequestInit = { headers: { Accept: 'application/json' } };
  if (signal) init.signal = signal;
  let target = url;
  if (mayPost && url.length + query.length > GET_MAX) {
    init.method = 'POST';
    init.body = form;
  } else if (query !== '') {
    target = `${url}?${query}`;
  }
  try {
    const response = await fetch(target, init);
    return readJson(await response.text(), response.status);
  } catch {
    if (signal?.aborted === true) return failure('aborted', 'given up', 0);
    return failure('network', 'The server cannot be reached.', 0);
  }
}

/** The body as JSON; a body that is none is told by its status and, where it is short, in its own words. */
export function readJson(body: string, status: number): Raw {
  try {
    const data: unknown = JSON.parse(body);
    return { ok: true, data, status };
  } catch {
    const words = body.trim();
    const quoted = words !== '' && words.length < 200 && !words.startsWith('<') ? `: ${words}` : '';
    if (status >= 400) return failure('http', `The server answered ${status}${quoted}`, status);
    return failure('not-json', 'What came is no JSON. Is a proxy answering in the server\'s place?', status);
  }
}

function failure(kind: string, message: string, status: number): { ok: false; error: ApiError } {
  return { ok: false, error: { kind, message, status } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];
}
