import type { ClientHttp } from './client-http.js';
import type { Complaints } from './complaint.js';

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'simulated-client', version: '1.0.0' },
  },
});

/** The first thing a client does with a token. */
export class McpRequests {
  constructor(
    private readonly http: ClientHttp,
    private readonly complaints: Complaints,
    private readonly mcpUrl: string,
  ) {}

  async use(accessToken: string): Promise<void> {
    const answer = await this.http.request(this.mcpUrl, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${accessToken}`,
      },
      body: INITIALIZE,
    });
    // The answer may be a stream that does not end by itself.
    await answer.body?.cancel();
    if (!answer.ok) throw this.complaints.about(`${this.mcpUrl} answers ${answer.status} to a request with its token`);
  }
}
