import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintAccessToken } from '../../lib/testing/index.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type OpenStream, openStream, StreamController } from '../support/stream-controller.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const OPTIONAL = ['/optional/stream', '/mcp/optional/stream'];
const PATHS = ['/mcp/stream', '/protected/stream', ...OPTIONAL];

describe.each(ADAPTERS)('an event stream on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter, controllers: [StreamController] });
  });
  afterAll(() => host.close());

  const openAll = async (token?: string, paths: readonly string[] = PATHS) =>
    Promise.all(paths.map((path) => openStream(host.origin, token, path)));
  /** What has become of each stream after that time, in the order of the paths. */
  const after = (ms: number, streams: readonly OpenStream[]) =>
    Promise.all(streams.map(({ ended }) => Promise.race([ended.then(() => 'ended'), delay(ms, 'open')])));
  const all = (what: string) => PATHS.map(() => what);

  it('REV-05 is ended on every route when its grant is revoked, and another one stays open', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client, access_token, refresh_token } = await walk.tokens();
    const other = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const [revoked, living] = [await openAll(access_token), await openAll(other.accessToken)];
    const form = new URLSearchParams({ client_id: client.client_id, token: refresh_token });
    await fetch(`${host.origin}/oauth/revoke`, { method: 'POST', body: form });
    expect(await after(5000, revoked)).toEqual(all('ended'));
    expect(await after(1200, living)).toEqual(all('open'));
    for (const stream of living) stream.leave();
  });

  it('RSG-03 is ended on every route when its token expires', async () => {
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read', lifetimeSeconds: 60 });
    const streams = await openAll(accessToken);
    expect(await after(1200, streams)).toEqual(all('open'));
    host.clock.advance(60);
    expect(await after(5000, streams)).toEqual(all('ended'));
  });

  it('stays open where no token was sent, for ever', async () => {
    const anonymous = await openAll(undefined, OPTIONAL);
    host.clock.advance(86_400);
    expect(await after(1200, anonymous)).toEqual(['open', 'open']);
    for (const stream of anonymous) stream.leave();
  });
});
