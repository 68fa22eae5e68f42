import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, askPlain, readJson } from '../src/api/client';

describe('answers of the server', () => {
  beforeEach(() => {
    vi.stubGlobal('document', { baseURI: 'http://box/sub/' });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function answerWith(status: number, body: string): { url: string; init: RequestInit | undefined }[] {
    const asked: { url: string; init: RequestInit | undefined }[] = [];
    vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
      asked.push({ url, init });
      return new Response(body, { status });
    });
    return asked;
  }

  test('data with warnings', async () => {
    const asked = answerWith(200, '{"status":"success","data":[1],"warnings":["slow"],"infos":["odd"]}');
    const answer = await ask<number[]>('prometheus/api/v1/x', [['a', 'b c'], ['none', undefined]]);
    expect(answer).toMatchObject({ ok: true, data: [1], warnings: ['slow'], infos: ['odd'] });
    expect(asked[0]?.url).toBe('http://box/sub/prometheus/api/v1/x?a=b+c');
  });

  test('a long query is posted', async () => {
    const asked = answerWith(200, '{"status":"success","data":[]}');
    await ask('prometheus/api/v1/query', [['query', 'x'.repeat(3000)]]);
    expect(asked[0]?.init?.method).toBe('POST');
    expect(asked[0]?.url).toBe('http://box/sub/prometheus/api/v1/query');
  });

  test("the server's own error", async () => {
    answerWith(400, '{"status":"error","errorType":"bad_data","error":"parse error"}');
    expect(await ask('x')).toEqual({ ok: false, error: { kind: 'bad_data', message: 'parse error', status: 400 } });
  });

  test('no connection, and a request that was given up', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
    expect(await ask('x')).toMatchObject({ ok: false, error: { kind: 'network' } });
    const abort = new AbortController();
    abort.abort();
    expect(await ask('x', [], abort.signal)).toMatchObject({ ok: false, error: { kind: 'aborted' } });
  });

  test('bare JSON with an error status', async () => {
    answerWith(404, '{"message":"Dashboard not found"}');
    expect(await askPlain('x')).toEqual({ ok: false, error: { kind: 'not_found', message: 'Dashboard not found', status: 404 } });
  });

  test('what is no JSON', () => {
    expect(readJson('starting up', 503)).toEqual({ ok: false, error: { kind: 'http', message: 'The server answered 503: starting up', status: 503 } });
    expect(readJson('<html>', 502)).toMatchObject({ error: { message: 'The server answered 502' } });
    expect(readJson('<html>', 200)).toMatchObject({ error: { kind: 'not-json' } });
  });
});
