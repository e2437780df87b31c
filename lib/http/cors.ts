import type { ServerResponse } from 'node:http';
import onHeaders from 'on-headers';
import type { Headers } from './http-response.js';

/** Anybody's page may read these answers; no cookie ever counts there (TRN-04, TRN-05). */
export const CORS: Headers = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version',
};

const REQUEST_HEADERS =
  'Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Last-Event-ID, Mcp-Method, Mcp-Name, *';

/** The answer to a preflight (Fetch standard, CORS-preflight request). */
export function preflight(methods: readonly string[]): { readonly status: 204; readonly headers: Headers } {
  return {
    status: 204,
    headers: {
      ...CORS,
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': REQUEST_HEADERS,
      'Access-Control-Max-Age': '7200',
    },
  };
}

/** Puts our CORS headers in place of whatever the host set, at the last moment before the header block leaves. */
export function overrideCors(res: ServerResponse, headers: Headers): void {
  onHeaders(res, () => {
    for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name);
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  });
}
