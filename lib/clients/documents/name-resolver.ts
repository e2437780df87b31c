import { Resolver } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';

/** Of one question to one name server; the second one is asked after it. */
const QUESTION_MS = 1500;

/**
 * Looks names up in the DNS itself. The system's own look-up would also read the file of hosts and complete short names, and it occupies one of
 * few threads for as long as a stranger's name server likes.
 */
@Injectable()
export class NameResolver {
  protected readonly questionMs: number = QUESTION_MS;
  /** Undefined: those of the system. */
  protected readonly servers: readonly string[] | undefined = undefined;

  /** Every address of a name; none when it has none or nobody answers. */
  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const resolver = new Resolver({ timeout: this.questionMs, tries: 2 });
    if (this.servers) resolver.setServers(this.servers);
    signal.addEventListener('abort', () => resolver.cancel(), { once: true });
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  }
}
