import type { Headers } from './http-response.js';

const HSTS = 'max-age=31536000';

/** Headers of every answer (TRN-06). `secure`: the public origin is https. */
export function securityHeaders(secure: boolean): Headers {
  return { 'X-Content-Type-Options': 'nosniff', ...(secure ? { 'Strict-Transport-Security': HSTS } : {}) };
}
