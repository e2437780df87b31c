import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { clientFactory, DRIVERS } from './drivers/drivers.js';

const ALL_SCOPES = 'mcp:read mcp:write mcp:admin';

describe.each(ADAPTERS)('the sample app on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  let grace: SamplePerson;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin, 'ada');
    grace = new SamplePerson(app.origin, 'grace');
  });
  afterAll(() => app.close());

  describe.each(DRIVERS)('with %s', (_name, driver) => {
    const newClient = clientFactory(driver, () => app);

    it('RSG-02 DSC-01 DSC-18 REG-01 TOK-07 finds its way from a bare 401 to a token in four exchanges', async () => {
      const client = await newClient().connectAs(ada);
      const { recorder } = client;
      expect(recorder.authorization()).toEqual([
        'GET /.well-known/oauth-protected-resource/mcp 200',
        'GET /.well-known/oauth-authorization-server 200',
        'POST /oauth/register 201',
        'POST /oauth/token 200',
      ]);
      expect(recorder.mcp().slice(0, 2)).toEqual(['POST /mcp 401', 'POST /mcp 200']);
      expect(recorder.exchanges[0]?.headers.get('www-authenticate')).toBe(
        `Bearer resource_metadata="${app.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write"`,
      );
      expect(client.protocolVersion()).toBe(driver.revision);
      for (const path of ['/oauth/register', '/oauth/token']) {
        expect(recorder.last('POST', path).headers.get('cache-control')).toBe('no-store');
      }
      expect(recorder.last('POST', '/oauth/token').json).toEqual({
        access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'mcp:read mcp:write',
        refresh_token: expect.stringMatching(/^[\w-]{43}$/),
      });
    });

    it('DSC-02 DSC-09 DSC-20 AUT-20 AUT-21 meets one issuer everywhere, its own state, and no null', async () => {
      const client = await newClient().connectAs(ada);
      const { recorder } = client;
      const resource = recorder.last('GET', '/.well-known/oauth-protected-resource/mcp').json;
      expect(resource).toMatchObject({ resource: app.mcpUrl.href, authorization_servers: [app.origin] });
      expect(recorder.last('GET', '/.well-known/oauth-authorization-server').json).toMatchObject({
        issuer: app.origin,
        authorization_response_iss_parameter_supported: true,
        code_challenge_methods_supported: ['S256'],
      });
      const [callback] = client.callbacks;
      expect(callback?.searchParams.getAll('iss')).toEqual([app.origin]);
      expect(callback?.searchParams.getAll('state')).toEqual([client.memory.lastState]);
      expect(recorder.nullMembers()).toEqual([]);
    });

    it('AUT-18 RSG-01 asks for the resource as its metadata says it, though the address it was given ends in a slash', async () => {
      const client = driver.create(new URL(`${app.mcpUrl.href}/`));
      await client.expectUnauthorized(client.connect());
      await client.openBrowser(ada);
      const sent = new URLSearchParams(client.recorder.last('POST', '/oauth/token').requestBody);
      expect(sent.getAll('resource')).toEqual([app.mcpUrl.href]);
      expect(client.memory.tokens()?.scope).toBe('mcp:read mcp:write');
      await client.close();
    });

    it('RSG-01 calls tools in the name of the person who agreed', async () => {
      const client = await newClient().connectAs(grace);
      expect(await client.callTool('whoami')).toEqual({
        userId: 'user-grace',
        email: 'grace@example.com',
        name: 'Grace Hopper',
        organisation: { id: 'compilers', name: 'Compilers & Co' },
        clientId: client.memory.clientInformation()?.client_id,
        scopes: ['mcp:read', 'mcp:write'],
      });
      const { note } = await client.callTool('create_note', { title: `From ${driver.name}`, body: 'Hello' });
      const { notes } = await client.callTool('list_notes', { limit: 1 });
      expect(notes).toEqual([note]);
      expect(note).toMatchObject({ title: `From ${driver.name}`, body: 'Hello' });
    });

    it('RSG-07 CON-05 is refused purge_notes for somebody who may not give it', async () => {
      const client = await newClient().connectAs(grace);
      const { note } = await client.callTool('create_note', { title: 'To stay' });
      const attempt = () => client.callTool('purge_notes');
      if (driver.stepsUp) {
        await client.expectUnauthorized(attempt());
        await client.openBrowser(grace);
        expect(grace.consents.at(-1)?.html).not.toContain('Purge notes');
        await client.connect();
      }
      await expect(attempt()).rejects.toThrow();
      const refused = client.recorder.last('POST', '/mcp');
      expect(refused.status).toBe(403);
      const challenge = refused.headers.get('www-authenticate');
      expect(challenge).toContain('error="insufficient_scope"');
      expect(challenge).toContain('scope="mcp:admin"');
      expect(client.memory.tokens()?.scope).toBe('mcp:read mcp:write');
      const { notes } = await client.callTool('list_notes', { limit: 1 });
      expect(notes).toEqual([note]);
    });

    it('RSG-07 may purge_notes once an administrator has agreed to it', async () => {
      const client = await newClient().connectAs(ada);
      await client.callTool('create_note', { title: 'To go' });
      if (driver.stepsUp) {
        await client.expectUnauthorized(client.callTool('purge_notes'));
      } else {
        await expect(client.callTool('purge_notes')).rejects.toThrow();
        client.memory.invalidateCredentials('tokens');
        expect(await client.authorize(ALL_SCOPES)).toBe('REDIRECT');
      }
      await client.openBrowser(ada);
      await client.connect();
      expect(client.memory.tokens()?.scope).toBe(ALL_SCOPES);
      expect(await client.callTool('purge_notes')).toEqual({ deleted: expect.any(Number) });
      expect(await client.callTool('list_notes')).toEqual({ notes: [] });
    });

    it('AUT-34 is told when the person refuses', async () => {
      const client = newClient();
      await client.expectUnauthorized(client.connect());
      await expect(client.openBrowser(ada, { approved: false })).rejects.toThrow('refused: access_denied');
      const [callback] = client.callbacks;
      expect(callback?.searchParams.has('code')).toBe(false);
      expect(callback?.searchParams.getAll('iss')).toEqual([app.origin]);
    });

    it.each(['client_secret_basic', 'client_secret_post'] as const)(
      'CAU-02 CAU-03 REG-06 works as a confidential client with %s',
      async (authMethod) => {
        const client = await newClient({ authMethod }).connectAs(ada);
        expect(await client.authorize()).toBe('AUTHORIZED');
        const { requestHeaders, requestBody } = client.recorder.last('POST', '/oauth/token');
        expect(requestHeaders.has('authorization')).toBe(authMethod === 'client_secret_basic');
        expect(requestBody.includes('client_secret=')).toBe(authMethod === 'client_secret_post');
        expect(client.recorder.last('POST', '/oauth/register').json).toMatchObject({
          token_endpoint_auth_method: authMethod,
          client_secret_expires_at: 0,
        });
      },
    );
  });
});
