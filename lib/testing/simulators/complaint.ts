import type { ClientProfile } from './client-profile.js';

/** What a client would choke on, with the place where it did. */
export class Complaints {
  constructor(private readonly profile: Pick<ClientProfile, 'title' | 'source' | 'observed'>) {}

  /** An error for a test's output: the client, what is wrong, and where to read about it. */
  about(what: string, cause?: unknown): Error {
    const { title, source, observed } = this.profile;
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    return new Error(`${title} would not connect: ${what}${reason} (${source}, ${observed})`, { cause });
  }
}
