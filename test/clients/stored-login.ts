import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import type { ClientHome } from './client-home.js';

/** What a client keeps on disk about its one server. */
export interface StoredLogin {
  readonly client_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

export async function storedLogin(home: ClientHome): Promise<StoredLogin> {
  const [client_id, access_token, refresh_token] = await Promise.all([
    member(home, 'client_id'),
    member(home, 'access_token'),
    member(home, 'refresh_token'),
  ]);
  return { client_id, access_token, refresh_token };
}

/** Looks until it is there: a client may be writing its file at this moment, and not all of them write it in one go. */
async function member(home: ClientHome, name: string): Promise<string> {
  const pattern = new RegExp(`"${name}":\\s*"([^"]+)"`);
  for (;;) {
    const files = (await readdir(home.path, { recursive: true })).filter((file) => file.endsWith('.json'));
    for (const file of files) {
      // It may have been replaced since the list was made.
      const text = await readFile(join(home.path, file), 'utf8').catch(() => '');
      // JSON in a string of JSON, too.
      const value = pattern.exec(text.replaceAll('\\', ''))?.[1];
      if (value !== undefined) return value;
    }
    await sleep(50);
  }
}

/** Milliseconds until the access token is over by the clock of this computer, a second for rounding included. */
export function millisecondsLeft({ access_token }: StoredLogin): number {
  return Math.max(0, ((decodeJwt(access_token).exp ?? 0) + 1) * 1000 - Date.now());
}

/** RFC 7009 §2.1, as the client that got the token. */
export async function revoke(origin: string, { client_id }: StoredLogin, token: string): Promise<void> {
  const response = await fetch(`${origin}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ client_id, token }),
  });
  if (response.status !== 200) throw new Error(`revocation: ${response.status} ${await response.text()}`);
}
