import type { IncomingHttpHeaders } from 'node:http';

/** What Express's `Request` and Fastify's `FastifyRequest` have in common, as far as this application looks. */
export interface HostRequest {
  readonly headers: IncomingHttpHeaders;
}
