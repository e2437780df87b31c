import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Counts how many requests of one path a server works on at once: from the last byte in to the answer out. */
export function watchOverlap(server: Server, path: string): { take(): number } {
  let [active, most] = [0, 0];
  server.prependListener('request', (message: IncomingMessage, response: ServerResponse) => {
    if (message.url !== path) return;
    message.once('end', () => {
      most = Math.max(most, ++active);
      response.once('close', () => active--);
    });
  });
  return {
    take: () => {
      const seen = most;
      most = 0;
      return seen;
    },
  };
}
