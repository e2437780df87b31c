import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGLISH } from '../../lib/config/texts/english.js';
import type { ErrorName } from '../../lib/config/texts/page-texts.js';
import { type Answer, readConsentForm, readOrganisationForm } from '../support/browser.js';
import { Members } from '../support/members.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ADAPTERS, NO_RATE_LIMITS, startTestApp, type TestApp } from '../support/test-app.js';

/** Requests to the authorization endpoint before the page of the limit is seen; the other cases need fewer. */
const LIMIT = 60;

/** Every page that an error can have, for a person who has been asked by a client: what provokes it, its status, and its reason in the log. */
describe.each(ADAPTERS)('the error pages on %s', (adapter) => {
  const members = new Members();
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    const rateLimits = { ...NO_RATE_LIMITS, authorizationsPerMinute: LIMIT };
    host = await startTestApp({ adapter, users: members, options: { rateLimits } });
  });
  beforeEach(async () => {
    members.reset();
    walk = new OAuthWalk(host.origin);
    ({ client_id: clientId } = await walk.register());
  });
  afterAll(() => host.close());

  const authorize = (change: Record<string, string | undefined> = {}) =>
    walk.browser.get(walk.authorizeUrl(clientId, change));
  const asAda = (change: Record<string, string | undefined> = {}) => {
    walk.browser.signIn('ada');
    return authorize(change);
  };
  const resumeUrl = ({ text }: Answer) => `/oauth/authorize/resume?request=${readConsentForm(text).fields['request']}`;
  const failing = (method: 'currentUser' | 'allowClient', fault: () => unknown) => {
    members.faults.set(method, fault);
    return asAda();
  };

  /** A name that the catalogue gains does not compile without its row here. */
  const PAGES: Record<ErrorName, readonly [number, string, () => Promise<Answer>]> = {
    requestGone: [400, 'handle_unknown', () => walk.browser.get(`/oauth/authorize/resume?request=${'a'.repeat(43)}`)],
    otherBrowser: [403, 'other_browser', async () => new OAuthWalk(host.origin).browser.get(resumeUrl(await asAda()))],
    formRefused: [403, 'csrf_token_wrong', async () => walk.decide(await asAda(), 'true', { csrf_token: 'another' })],
    formUndecided: [400, 'approved_missing', async () => walk.decide(await asAda(), 'perhaps')],
    appsFormRefused: [
      403,
      'no_session',
      () => walk.browser.post('/oauth/connected-apps', { action: 'disconnect_all' }),
    ],
    loginLoop: [
      400,
      'login_loop',
      async () => {
        const login = new URL((await authorize()).headers.get('location') ?? '', host.origin);
        const back = login.searchParams.get('return_to') ?? '';
        await walk.browser.get(back);
        return walk.browser.get(back);
      },
    ],
    accountGone: [
      403,
      'user_gone',
      async () => {
        const page = await asAda();
        members.faults.set('fetchUserData', () => null);
        return walk.decide(page);
      },
    ],
    organisationWithoutScopes: [
      403,
      'organisation_without_scopes',
      async () => {
        for (const scope of ['read', 'write', 'admin']) members.refused.add(`compilers mcp:${scope}`);
        const { action, fields } = readOrganisationForm((await asAda()).text);
        return walk.browser.post(action, { ...fields, organisation: 'compilers' });
      },
    ],
    clientUnknown: [400, 'client_unknown', () => asAda({ client_id: 'nobody' })],
    clientRefused: [403, 'client_refused', () => failing('allowClient', () => false)],
    clientPending: [403, 'client_pending', () => failing('allowClient', () => 'pending')],
    documentRefused: [
      403,
      'client_document_host_refused',
      () => asAda({ client_id: 'https://app.example:8443/client' }),
    ],
    documentUnusable: [400, 'client_document_address_refused', () => asAda({ client_id: 'https://127.0.0.1/client' })],
    requestRefused: [400, 'redirect_uri_mismatch', () => asAda({ redirect_uri: 'https://elsewhere.example/' })],
    unavailable: [
      503,
      'outage',
      () =>
        failing('currentUser', () => {
          throw new Error('the sessions are gone');
        }),
    ],
    unexpected: [
      500,
      'unexpected',
      async () => {
        const now = host.clock.now.bind(host.clock);
        host.clock.now = () => {
          throw new TypeError('a fault in the program');
        };
        return asAda().finally(() => (host.clock.now = now));
      },
    ],
    tooManyRequests: [
      429,
      'too_many_requests',
      async () => {
        for (let count = 0; count < LIMIT; count++) await authorize();
        return authorize();
      },
    ],
  };

  it.each(Object.entries(PAGES))(
    'S16 %s says what happened and what to do',
    async (name, [status, reason, provoke]) => {
      const answer = await provoke();
      expectPage(answer, status, reason, host);
      const { title, message, hint } = ENGLISH.errors[name as ErrorName];
      expect(answer.text).toContain(`<title>${title}</title>`);
      for (const words of [`<h1>${title}</h1>`, `>${message}</p>`, `>${hint}</p>`])
        expect(answer.text).toContain(words);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(answer.headers.get('retry-after') !== null).toBe([429, 503].includes(status));
      expect(answer.text).not.toMatch(/the sessions are gone|a fault in the program|elsewhere\.example/);
    },
  );
});
