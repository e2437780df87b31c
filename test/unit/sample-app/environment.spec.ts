import { describe, expect, it } from 'vitest';
import { EnvironmentError, isLoopback, readEnvironment } from '../../../sample-app/environment.js';

const problems = (source: Record<string, string>): string => {
  try {
    readEnvironment(source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems.join('\n');
    throw error;
  }
  return '';
};

describe('the environment of the sample app', () => {
  it('needs nothing: Express on 127.0.0.1:3000 with a SQLite file', () => {
    const environment = readEnvironment({});
    expect(environment).toMatchObject({ httpAdapter: 'express', host: '127.0.0.1', port: 3000, production: false });
    expect(environment).toMatchObject({
      baseUrl: 'http://127.0.0.1:3000',
      mcpServerPath: '/mcp',
      mcpDocsUrl: '/mcp/docs',
    });
    expect(environment.database).toEqual({ kind: 'sqlite', path: `${process.cwd()}/data/sample.sqlite` });
  });

  it('takes an empty variable for an unset one', () => {
    expect(readEnvironment({ PORT: '', MCP_HMAC_SECRET: ' ', DATABASE_URL: '' })).toEqual(readEnvironment({}));
  });

  it.each([
    ['postgres://u:p@h/db', { kind: 'postgres', url: 'postgres://u:p@h/db' }],
    ['postgresql://h/db', { kind: 'postgres', url: 'postgresql://h/db' }],
    ['mysql://h/db', { kind: 'mariadb', url: 'mysql://h/db' }],
    ['sqlite:/srv/notes.sqlite', { kind: 'sqlite', path: '/srv/notes.sqlite' }],
    ['sqlite::memory:', { kind: 'sqlite', path: ':memory:' }],
  ])('reads DATABASE_URL=%s', (url, expected) => {
    expect(readEnvironment({ DATABASE_URL: url }).database).toEqual(expected);
  });

  it('knows the base URL of an IPv6 loopback address, and none for a port that is not chosen yet', () => {
    expect(readEnvironment({ HOST: '::1', PORT: '8080' }).baseUrl).toBe('http://[::1]:8080');
    expect(readEnvironment({ PORT: '0' }).baseUrl).toBeUndefined();
    expect(readEnvironment({ HOST: '0.0.0.0' }).baseUrl).toBeUndefined();
  });

  it('takes documentation at a full URL of its own origin for the route it is', () => {
    const own = { MCP_BASE_URL: 'https://notes.example', MCP_DOCS_URL: 'https://notes.example/mcp/help' };
    expect(readEnvironment(own).mcpDocsUrl).toBe('/mcp/help');
    const elsewhere = { ...own, MCP_DOCS_URL: 'https://docs.example/notes' };
    expect(readEnvironment(elsewhere).mcpDocsUrl).toBe('https://docs.example/notes');
  });

  it.each([
    [{ PORT: '65536' }, 'PORT'],
    [{ PORT: '-1' }, 'PORT'],
    [{ PORT: '3e3' }, 'PORT'],
    [{ HTTP_ADAPTER: 'koa' }, 'HTTP_ADAPTER'],
    [{ DATABASE_URL: 'oracle://h/db' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'sqlite:' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'sqlite://data/x.sqlite' }, 'DATABASE_URL'],
    [{ MCP_BASE_URL: 'notes.example' }, 'MCP_BASE_URL'],
    [{ MCP_BASE_URL: 'https://notes.example/' }, 'MCP_BASE_URL'],
    [{ MCP_BASE_URL: 'https://notes.example/app' }, 'MCP_BASE_URL'],
    [{ MCP_BASE_URL: 'ftp://notes.example' }, 'MCP_BASE_URL'],
    [{ MCP_BASE_URL: 'https://u@notes.example' }, 'MCP_BASE_URL'],
    [{ MCP_SERVER_PATH: 'mcp' }, 'MCP_SERVER_PATH'],
    [{ MCP_SERVER_PATH: '/' }, 'MCP_SERVER_PATH'],
    [{ MCP_SERVER_PATH: '/mcp/' }, 'MCP_SERVER_PATH'],
    [{ MCP_SERVER_PATH: '/:tenant' }, 'MCP_SERVER_PATH'],
    [{ MCP_SERVER_PATH: '/login' }, 'MCP_SERVER_PATH'],
    [{ MCP_DOCS_URL: '/mcp' }, 'MCP_DOCS_URL'],
    [{ MCP_DOCS_URL: 'javascript:alert(1)' }, 'MCP_DOCS_URL'],
    [{ MCP_ACCESS_TOKEN_LIFETIME: '0' }, 'MCP_ACCESS_TOKEN_LIFETIME'],
    [{ MCP_ACCESS_TOKEN_LIFETIME: '1h' }, 'MCP_ACCESS_TOKEN_LIFETIME'],
    [{ MCP_REFRESH_REUSE_WINDOW: '61' }, 'MCP_REFRESH_REUSE_WINDOW'],
    [{ MCP_REFRESH_REUSE_WINDOW: '-1' }, 'MCP_REFRESH_REUSE_WINDOW'],
    [{ MCP_REFRESH_REUSE_WINDOW: '30s' }, 'MCP_REFRESH_REUSE_WINDOW'],
  ])('refuses %j and names the variable', (source, name) => {
    expect(problems(source)).toContain(name);
  });

  it('tells every problem at once, and never repeats a database URL, which may hold a password', () => {
    const text = problems({ PORT: 'x', HTTP_ADAPTER: 'y', DATABASE_URL: 'mssql://sa:hunter2@h/db' });
    expect(text.split('\n')).toHaveLength(3);
    expect(text).not.toContain('hunter2');
  });

  it('OPS-06 takes the test switches on one machine only', () => {
    const switched = { MCP_ACCESS_TOKEN_LIFETIME: '2', MCP_RATE_LIMIT: 'off' };
    expect(readEnvironment(switched).accessTokenLifetime).toBe(2);
    expect(problems({ ...switched, NODE_ENV: 'production' })).toContain(
      'MCP_ACCESS_TOKEN_LIFETIME is a switch for tests',
    );
    expect(problems({ ...switched, HOST: '0.0.0.0' })).toContain('MCP_RATE_LIMIT is a switch for tests');
    expect(problems({ ...switched, MCP_BASE_URL: 'https://notes.example' })).toContain('switch for tests');
  });

  it('OPS-06 takes a replay window from 0 to 60 seconds, on one machine only', () => {
    expect(readEnvironment({}).refreshReuseWindow).toBeUndefined();
    for (const seconds of [0, 30, 60]) {
      const set = { MCP_REFRESH_REUSE_WINDOW: String(seconds) };
      expect(readEnvironment(set).refreshReuseWindow).toBe(seconds);
      for (const open of [{ NODE_ENV: 'production' }, { HOST: '0.0.0.0' }, { MCP_BASE_URL: 'https://notes.example' }]) {
        expect(problems({ ...set, ...open })).toContain('MCP_REFRESH_REUSE_WINDOW is a switch for tests');
      }
    }
  });

  it('CMD-10 OPS-06 opens the loopback to client documents on one machine only', () => {
    expect(readEnvironment({}).allowLoopbackClientDocuments).toBe(false);
    const set = (value: string) => ({ MCP_ALLOW_LOOPBACK_CLIENT_DOCUMENTS: value });
    expect(readEnvironment(set('0')).allowLoopbackClientDocuments).toBe(false);
    expect(readEnvironment(set('1')).allowLoopbackClientDocuments).toBe(true);
    expect(problems(set('yes'))).toContain('MCP_ALLOW_LOOPBACK_CLIENT_DOCUMENTS must be 0 or 1, not "yes"');
    for (const open of [{ NODE_ENV: 'production' }, { HOST: '0.0.0.0' }, { MCP_BASE_URL: 'https://notes.example' }]) {
      expect(problems({ ...set('1'), ...open })).toContain('MCP_ALLOW_LOOPBACK_CLIENT_DOCUMENTS is a switch for tests');
    }
  });

  it('OPS-06 ABU-01 stops counting requests on one machine only, and takes no word for no', () => {
    for (const source of [
      {},
      { MCP_RATE_LIMIT: 'on' },
      { MCP_RATE_LIMIT: 'on', MCP_BASE_URL: 'https://notes.example' },
    ]) {
      expect(readEnvironment(source).rateLimit).toBe('on');
    }
    expect(readEnvironment({ MCP_RATE_LIMIT: 'off' }).rateLimit).toBe('off');
    for (const word of ['0', 'false', 'no']) {
      expect(problems({ MCP_RATE_LIMIT: word })).toContain(`MCP_RATE_LIMIT must be on or off, not "${word}"`);
    }
  });

  it.each(['MCP_SIGNING_ALGORITHM=RS256'])('refuses %s rather than to swallow what it cannot do yet', (setting) => {
    const [name = '', value = ''] = setting.split('=');
    expect(problems({ [name]: value })).toContain(`${setting} asks for something this version cannot do yet`);
  });

  it('accepts the signing algorithm it has', () => {
    expect(problems({ MCP_SIGNING_ALGORITHM: 'HS256' })).toBe('');
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['localhost', true],
    ['[::1]', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.nip.io', false],
    ['localhost.example', false],
    ['10.0.0.1', false],
  ])('knows whether %s is loopback', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
