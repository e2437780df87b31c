import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { stashBody, stashedBody } from '../../../lib/http/body-stash.js';
import { NO_BODY, readBody } from '../../../lib/http/request-body.js';
import { message, type MessageParts } from './exchange.js';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

function post(body: string | Buffer | undefined, type: string | undefined, more: MessageParts['headers'] = []) {
  const headers = [...(type === undefined ? [] : [['Content-Type', type] as const]), ...more];
  return message({ method: 'POST', headers, ...(body === undefined ? {} : { body }) });
}

describe('readBody', () => {
  it.each([
    ['a form', FORM, 'a=1', FORM],
    ['JSON', JSON_TYPE, '{}', JSON_TYPE],
    ['a type in another case, with blanks', ' Application/JSON ; x=y', '{}', JSON_TYPE],
    ['UTF-8 by name', `${FORM}; charset=utf-8`, 'ü', FORM],
    ['UTF-8 in another spelling', `${FORM};charset="UTF8"`, 'ü', FORM],
    ['UTF-8 with blanks', `${FORM}; x=y ; charset = utf-8 `, 'ü', FORM],
    ['no type', undefined, 'x', ''],
    ['a byte order mark, kept', JSON_TYPE, '\ufeff{}', JSON_TYPE],
  ])('reads %s', async (_case, type, text, mediaType) => {
    expect(await readBody(post(text, type))).toEqual({ kind: 'text', mediaType, text });
  });

  it.each([
    ['nothing', undefined],
    ['an empty body', ''],
  ])('finds no body in %s', async (_case, body) => {
    expect(await readBody(post(body, JSON_TYPE))).toBe(NO_BODY);
    expect(NO_BODY).toEqual({ kind: 'none' });
  });

  it('reads what says that it is not encoded', async () => {
    const request = post('a=1', FORM, [['Content-Encoding', 'Identity']]);
    expect(await readBody(request)).toMatchObject({ kind: 'text', text: 'a=1' });
  });

  it.each([
    ['gzip', FORM, [['Content-Encoding', 'gzip'] as const], 'a=1', 'body_encoding_unsupported'],
    ['another charset', `${FORM}; charset=latin1`, [], 'a=1', 'body_charset_unsupported'],
    ['an empty charset', `${FORM}; charset=`, [], 'a=1', 'body_charset_unsupported'],
    ['bytes that are no UTF-8', FORM, [], Buffer.from([0x61, 0xff]), 'body_not_utf8'],
    ['a form of more than 64 KiB', FORM, [], 'x'.repeat(65_537), 'body_too_large'],
    ['JSON of more than 32 KiB', JSON_TYPE, [], 'x'.repeat(32_769), 'body_too_large'],
    ['JSON by suffix of more than 32 KiB', 'application/jwk+json', [], 'x'.repeat(32_769), 'body_too_large'],
    ['a length over the limit', FORM, [['Content-Length', '65537'] as const], 'a=1', 'body_too_large'],
    ['less than it said', FORM, [['Content-Length', '10'] as const], 'a=1', 'body_incomplete'],
  ])('ABU-02 TOK-11 refuses %s', async (_case, type, headers, body, reason) => {
    const request = post(body, type, headers);
    const mediaType = type.split(';')[0] ?? '';
    expect(await readBody(request)).toEqual({ kind: 'refused', reason, mediaType });
    // What was refused is read to its end, so that the connection can be used again.
    expect(request.readableFlowing).toBe(true);
  });

  it.each([
    ['a form', FORM, 65_536],
    ['JSON', JSON_TYPE, 32_768],
  ])('reads %s of exactly the limit', async (_case, type, bytes) => {
    expect(await readBody(post('x'.repeat(bytes), type))).toMatchObject({ kind: 'text' });
  });

  it('refuses a body that breaks off', async () => {
    const request = message({ method: 'POST', headers: [['Content-Type', FORM]] });
    const torn = Object.assign(request, { complete: false });
    queueMicrotask(() => torn.destroy(new Error('reset')));
    expect(await readBody(torn)).toMatchObject({ kind: 'refused', reason: 'body_incomplete' });
  });
});

describe('the stash', () => {
  it('keeps a body from every parser of the host', async () => {
    const headers = [
      ['Content-Length', '3'],
      ['Transfer-Encoding', 'chunked'],
      ['Content-Encoding', 'identity'],
      ['Cookie', 'a=1'],
    ] as const;
    const request = post('a=1', FORM, headers);
    await stashBody(request);
    expect(stashedBody(request)).toEqual({ kind: 'text', mediaType: FORM, text: 'a=1' });
    expect(request.headers).toEqual({ cookie: 'a=1' });
  });

  it('has nothing of other requests', async () => {
    await stashBody(post('a=1', FORM));
    expect(stashedBody(post('a=1', FORM))).toBe(NO_BODY);
  });
});
