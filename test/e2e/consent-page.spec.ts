import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConsentForm } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('the consent page on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    host = await startTestApp({ adapter, options: { resourceName: 'Analytical Notes' } });
  });
  beforeEach(() => {
    walk = new OAuthWalk(host.origin);
  });
  afterEach(() => {
    host.users.faults.clear();
    host.users.known.add('ada');
  });
  afterAll(() => host.close());

  const show = async (metadata: Record<string, unknown> = {}, redirectUri?: string): Promise<string> => {
    const { client_id } = await walk.register(metadata);
    const { status, text } = await walk.openConsent(client_id, 'ada', redirectUri ? { redirect_uri: redirectUri } : {});
    expect(status).toBe(200);
    return text;
  };

  it('CON-02 CON-03 CON-04 names client, account, organisation, server, scopes and where the answer goes', async () => {
    const text = await show({ client_name: 'Difference Engine' });
    for (const part of [
      '<bdi>Difference Engine</bdi> wants to connect to <bdi>Analytical Notes</bdi>',
      'Unverified',
      '<bdi>ada@example.com</bdi>',
      '<bdi>Analytical Engines</bdi>',
      '<bdi>client.example</bdi>',
      `<code>${host.origin}/mcp</code>`,
      'Read your notes',
      'Write your notes',
      'Delete everything',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('CON-02 CON-04 says "this computer" for a loopback redirect, and warns', async () => {
    const text = await show({ redirect_uris: ['http://127.0.0.1/cb'] }, 'http://127.0.0.1:7777/cb');
    expect(text).toContain('A program on this computer');
    expect(text).toContain('Did you just start this yourself?');
  });

  it('CON-02 CON-04 names the scheme of an app', async () => {
    const uri = 'cursor://anysphere.cursor-mcp/oauth/callback';
    expect(await show({ redirect_uris: [uri] }, uri)).toContain(
      'The app for <bdi>cursor://</bdi> links on this device',
    );
  });

  it('CON-11 escapes and cleans what the client wrote', async () => {
    const name = '<script>alert(1)</script>{{clientName}}\u202egnp.exe\u0007"\'&';
    const text = await show({ client_name: name, client_uri: "https://client.example/?a='&b" });
    for (const part of ['<script', '<img', '\u202e', '\u0007']) expect(text).not.toContain(part);
    expect(text).toContain('<a href="https://client.example/?a&#x3D;%27&amp;b" rel="noreferrer noopener">');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;{{clientName}}');
  });

  it('CON-02 says so when the client has no name', async () => {
    expect(await show({ client_name: undefined })).toContain('<bdi>An app without a name</bdi> wants to connect');
  });

  it('CON-05 lists required scopes without a box and ticks the optional ones', async () => {
    const text = await show();
    expect(readConsentForm(text).scopes).toEqual(['mcp:write', 'mcp:admin']);
    expect(text.match(/<input type="checkbox"[^>]* checked/g)).toHaveLength(2);
  });

  it('CON-01 puts Deny first, so that Enter never approves', async () => {
    const buttons = [...(await show()).matchAll(/<button[^>]*name="approved" value="(\w+)"/g)].map(
      ([, value]) => value,
    );
    expect(buttons).toEqual(['false', 'true']);
  });

  it('STO-07 is not shown for a user, or a membership, that is gone', async () => {
    const { client_id } = await walk.register();
    host.users.faults.set('fetchUserData', () => null);
    expectPage(await walk.openConsent(client_id), 403, 'user_gone', host);
  });

  it('STO-07 gives no code once the user is gone between page and form', async () => {
    const { client_id } = await walk.register();
    const page = await walk.openConsent(client_id);
    host.users.known.delete('ada');
    expectPage(await walk.decide(page), 403, 'no_session', host);
  });

  it('CON-12 gives every page and reload its own request, none of which shows another', async () => {
    const [first, second] = [readConsentForm(await show()).fields, readConsentForm(await show()).fields];
    expect(first['request']).not.toBe(second['request']);
    expect(first['csrf_token']).not.toBe(second['csrf_token']);
  });
});

const STYLE = 'h1 { color: rebeccapurple }';
const TEMPLATE = `<!doctype html><html><head><title>{{title}}</title><style>${STYLE}</style></head><body>
<h1>{{clientName}} → {{resourceName}}</h1>
<pre id="params">{{#each authorizationParams}}{{@key}}={{this}}
{{/each}}</pre>
<p>{{accountName}} / {{organisationName}} / {{redirectHost}} / {{resource}} / {{brandName}}</p>
<form method="post" action="{{formAction}}">
<input type="hidden" name="request" value="{{request}}"><input type="hidden" name="csrf_token" value="{{csrfToken}}">
{{#each requestedScopes}}<p>{{name}}: {{title}}: {{description}}{{#if required}} (always){{/if}}</p>{{/each}}
{{#each optionalScopes}}<input type="checkbox" name="scopes" value="{{name}}"{{#if checked}} checked{{/if}}>{{/each}}
<button name="approved" value="false">No</button><button name="approved" value="true">Yes</button></form></body></html>`;

describe.each(ADAPTERS)("a host's own consent template on %s", (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter, options: { views: { consent: TEMPLATE, brandName: 'Brand' } } });
  });
  afterAll(() => host.close());

  it('CON-02 CON-09 replaces the page, gets the documented variables, and is allowed its own style', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register({ client_name: 'A & B' });
    const page = await walk.openConsent(client_id);
    expect(page.text).toContain('<h1>A &amp; B → MCP server</h1>');
    expect(page.text).toContain(
      `<p>ada@example.com / Analytical Engines / client.example / ${host.origin}/mcp / Brand</p>`,
    );
    expect(page.text).toContain('<p>mcp:read: Read: Read your notes (always)</p>');
    expect(page.text).toContain('<p>mcp:write: Write: Write your notes</p>');
    for (const name of ['client_id', 'redirect_uri', 'scope', 'resource', 'state', 'code_challenge']) {
      expect(page.text).toMatch(new RegExp(`^(<pre id="params">)?${name}=`, 'm'));
    }
    const hash = createHash('sha256').update(STYLE).digest('base64');
    expect(page.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'; frame-ancestors 'none'");
    const decided = await walk.decide(page);
    const answer = await walk.redeem(client_id, walk.target(decided).searchParams.get('code') ?? '');
    expect(JSON.parse(answer.text)).toMatchObject({ scope: 'mcp:read mcp:write mcp:admin' });
  });
});

describe('a consent template that could not work', () => {
  it.each([
    ['does not compile', '{{#if a}}', /consent template cannot be used/],
    ['prints something unescaped', TEMPLATE.replace('{{clientName}}', '{{{clientName}}}'), /unescaped output/],
    ['lacks the form token', TEMPLATE.replace('{{csrfToken}}', ''), /lacks a field `csrf_token`/],
    ['lacks the buttons', TEMPLATE.replaceAll('name="approved"', ''), /lacks submit buttons/],
  ])('CON-01 CON-11 refuses to boot when it %s', async (_what, consent, message) => {
    const boot = startTestApp({ adapter: 'express', options: { views: { consent } } });
    await expect(boot).rejects.toThrow(message);
    await expect(boot).rejects.toThrow(/^views\.consent: /);
  });
});
