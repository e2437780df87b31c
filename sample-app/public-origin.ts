import type { AddressInfo } from 'node:net';
import { httpOrigin, type Environment } from './environment.js';

/** The address people reach this application at: the configured one, else the one it listens on. Never the `Host` header. */
export function publicOrigin(environment: Environment, server: unknown): string {
  return environment.baseUrl ?? listeningOrigin(environment, server);
}

/** The address that the process listens on. */
export function listeningOrigin(environment: Environment, server: unknown): string {
  const address = hasAddress(server) ? server.address() : null;
  return httpOrigin(
    environment.host,
    typeof address === 'object' && address !== null ? address.port : environment.port,
  );
}

function hasAddress(server: unknown): server is { address(): AddressInfo | string | null } {
  return typeof server === 'object' && server !== null && 'address' in server && typeof server.address === 'function';
}
