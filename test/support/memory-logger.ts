import type { LoggerService } from '@nestjs/common';

/** Keeps what the application logs, so that a test can look for a reason, or for a secret. */
export class MemoryLogger implements LoggerService {
  readonly lines: string[] = [];

  log = (...parts: unknown[]) => this.keep('log', parts);
  warn = (...parts: unknown[]) => this.keep('warn', parts);
  error = (...parts: unknown[]) => this.keep('error', parts);
  debug = (...parts: unknown[]) => this.keep('debug', parts);
  verbose = (...parts: unknown[]) => this.keep('verbose', parts);

  /** The private reasons logged so far, in order. */
  reasons(): readonly string[] {
    return this.lines.flatMap((line) => /reason=(\S+)/.exec(line)?.[1] ?? []);
  }

  private keep(level: string, parts: readonly unknown[]): void {
    this.lines.push(
      `${level} ${parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ')}`,
    );
  }
}
