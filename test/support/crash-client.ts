import { request } from 'node:http';
import type { TokenResponse } from '../../lib/protocol/token-response.js';
import { OAuthWalk } from './oauth-walk.js';
import { SamplePerson } from './sample-person.js';

/** As much of an answer as came before the connection broke. */
export interface Heard {
  /** Undefined: not even the headers came. */
  readonly status?: number;
  /** The length that was announced. */
  readonly length?: number;
  readonly body: string;
  readonly complete: boolean;
}

export interface Code {
  readonly code: string;
  readonly verifier: string;
}

export type Tokens = Required<TokenResponse>;

/** A client of the sample app, and the person who uses it. Every token request has a connection of its own. */
export class CrashClient {
  private constructor(
    private readonly origin: string,
    private readonly clientId: string,
    private readonly person: SamplePerson,
  ) {}

  static async register(origin: string): Promise<CrashClient> {
    const { client_id } = await new OAuthWalk(origin).register();
    return new CrashClient(origin, client_id, new SamplePerson(origin));
  }

  /** Logs in where that is asked for, and approves. */
  async approve(): Promise<Code> {
    const walk = new OAuthWalk(this.origin);
    const landing = await this.person.authorize(`${this.origin}${walk.authorizeUrl(this.clientId)}`);
    const code = landing.searchParams.get('code');
    if (code === null) throw new Error(`The browser came back without a code: ${landing.search}`);
    return { code, verifier: walk.verifier };
  }

  redeem({ code, verifier }: Code): Promise<Heard> {
    return this.post({ grant_type: 'authorization_code', code, code_verifier: verifier });
  }

  refresh(refreshToken: string): Promise<Heard> {
    return this.post({ grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  /** The status that the MCP server greets this access token with. */
  async greet(accessToken: string): Promise<number> {
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'crash', version: '1' } };
    const response = await fetch(`${this.origin}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    });
    await response.body?.cancel();
    return response.status;
  }

  private post(form: Record<string, string>): Promise<Heard> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = new URL('/oauth/token', this.origin);
    return new Promise((resolve) => {
      const sent = request(url, { method: 'POST', agent: false, headers }, (answer) => {
        let body = '';
        const { statusCode: status = Number.NaN, headers: answered } = answer;
        answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        // Both the end of an answer and its breaking off close it.
        answer.on('error', () => {});
        answer.on('close', () =>
          resolve({ status, length: Number(answered['content-length']), body, complete: answer.complete }),
        );
      });
      sent.on('error', () => resolve({ body: '', complete: false }));
      sent.end(new URLSearchParams({ ...form, client_id: this.clientId }).toString());
    });
  }
}

/** The tokens of a whole answer. */
export function tokensOf({ status, body, complete }: Heard): Tokens {
  if (status !== 200 || !complete) throw new Error(`No tokens but ${status} ${body}`);
  return JSON.parse(body) as Tokens;
}
