import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What a client calls to open a page; the test reads the address from what the client prints. */
const OPENERS = ['xdg-open', 'gio', 'x-www-browser', 'sensible-browser', 'no-browser'];

/** The home of somebody who has never used the client: nothing in it, and browsers that open nothing. */
export class ClientHome {
  private constructor(readonly path: string) {}

  static async create(): Promise<ClientHome> {
    const path = await mkdtemp(join(tmpdir(), 'mcp-client-home-'));
    for (const name of OPENERS) {
      const opener = join(path, name);
      await writeFile(opener, '#!/bin/sh\nexit 0\n');
      await chmod(opener, 0o755);
    }
    return new ClientHome(path);
  }

  /** The whole environment of a client process: of the test's own it gets `PATH` alone. */
  environment(variables: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: `${this.path}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: this.path,
      TMPDIR: this.path,
      BROWSER: join(this.path, 'no-browser'),
      NO_COLOR: '1',
      ...variables,
    };
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true, maxRetries: 10 });
  }
}
