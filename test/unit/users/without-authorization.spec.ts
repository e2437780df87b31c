import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { withoutAuthorization } from '../../../lib/users/without-authorization.js';

/** A request as Node makes it of these header lines. */
function message(...rawHeaders: string[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.rawHeaders.push(...rawHeaders);
  const parser = request as unknown as { _addHeaderLine(name: string, value: string, to: object): void };
  for (let index = 0; index < rawHeaders.length; index += 2) {
    parser._addHeaderLine(rawHeaders[index]!, rawHeaders[index + 1]!, request.headers);
  }
  return request;
}

const sent = () =>
  message('Host', 'a.example', 'AUTHORIZATION', 'Bearer one', 'Cookie', 'session=1', 'X-Authorization', 'kept');

describe('withoutAuthorization', () => {
  it('CON-12 hides the header from headers, headersDistinct and rawHeaders, in any case', () => {
    const view = withoutAuthorization(sent()) as IncomingMessage;
    expect(view.headers).toEqual({ host: 'a.example', cookie: 'session=1', 'x-authorization': 'kept' });
    expect(Object.keys(view.headersDistinct)).not.toContain('authorization');
    expect(view.rawHeaders).toEqual(['Host', 'a.example', 'Cookie', 'session=1', 'X-Authorization', 'kept']);
  });

  it('CON-12 hides every one of several, and keeps a value that reads like the name', () => {
    const view = withoutAuthorization(
      message('Authorization', 'a', 'X-Name', 'authorization', 'authorization', 'b'),
    ) as IncomingMessage;
    expect(view.rawHeaders).toEqual(['X-Name', 'authorization']);
  });

  it('CON-12 hides it behind the readers of Express and in the raw request of Fastify', () => {
    class ExpressLike {
      readonly headers: Record<string, string> = { authorization: 'Bearer one', cookie: 'c' };
      get(name: string): string | undefined {
        return this.headers[name.toLowerCase()];
      }
      header(name: string): string | undefined {
        return this.get(name);
      }
    }
    const express = withoutAuthorization(new ExpressLike()) as ExpressLike;
    expect([express.get('Authorization'), express.header('AUTHORIZATION'), express.get('cookie')]).toEqual([
      undefined,
      undefined,
      'c',
    ]);
    const fastify = withoutAuthorization({ raw: sent() }) as { raw: IncomingMessage };
    expect(JSON.stringify([fastify.raw.headers, fastify.raw.rawHeaders])).not.toContain('Bearer');
  });

  it('leaves the request itself as it is', () => {
    const request = sent();
    withoutAuthorization(request);
    expect(request.headers.authorization).toBe('Bearer one');
    expect(request.rawHeaders).toContain('AUTHORIZATION');
  });

  it('lets everything else through: values, what the host put there, methods on their own object', () => {
    class WithPrivate {
      #secret = 7;
      readonly session = { user: 'ada' };
      own(): number {
        return this.#secret;
      }
      get derived(): number {
        return this.#secret + 1;
      }
    }
    const view = withoutAuthorization(new WithPrivate()) as WithPrivate;
    expect([view.own(), view.derived, view.session.user]).toEqual([7, 8, 'ada']);
    expect('session' in view).toBe(true);
    expect(view).toBeInstanceOf(WithPrivate);
  });

  it.each([[null], [undefined], ['text'], [7]])('gives %s back as it is', (value) => {
    expect(withoutAuthorization(value)).toBe(value);
  });

  it('stands odd shapes', () => {
    const view = withoutAuthorization({ headers: undefined, rawHeaders: 'none', raw: null }) as Record<string, unknown>;
    expect([view['headers'], view['rawHeaders'], view['raw']]).toEqual([undefined, 'none', null]);
  });
});
