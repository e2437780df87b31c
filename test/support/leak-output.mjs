import { ChildProcess } from 'node:child_process';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { DataSource } from 'typeorm';
import { keepOutput, keepSecret } from './leak-channels.mjs';
import { watchMethod } from './leak-watch-method.mjs';

const LEVELS = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];
const DATABASE_EVENTS = ['logQuery', 'logQueryError', 'logQuerySlow', 'logSchemaBuild', 'logMigration', 'log'];

/** Keeps every entry on any level, whichever logger the application has, or if it has none. */
export function watchLoggers() {
  for (const level of LEVELS) {
    for (const owner of [Logger, Logger.prototype]) {
      watchMethod(owner, level, { before: (_logger, parameters) => keep('log', level, ...parameters) });
    }
  }
}

/** Keeps what `logging: 'all'` would print, of every connection, besides what its own logger makes of it. */
export function watchDatabases() {
  watchMethod(DataSource.prototype, 'initialize', {
    before: (source) => {
      const { logger } = source;
      source.logger = Object.fromEntries(
        DATABASE_EVENTS.map((event) => [
          event,
          (...parameters) => {
            // The query runner comes along, and is not printed.
            keep('statements', ...parameters.flat().filter((one) => typeof one?.query !== 'function'));
            return logger[event](...parameters);
          },
        ]),
      );
    },
  });
}

/** Keeps what a child process prints, when the test reads it instead of passing it on. */
export function watchChildren() {
  watchMethod(ChildProcess.prototype, 'spawn', {
    after: ({ stdout, stderr }) => {
      for (const stream of [stdout, stderr].filter(Boolean)) {
        watchMethod(stream, 'push', { before: (_stream, [chunk]) => chunk && keep('printed', chunk) });
      }
    },
  });
}

/** Keeps every token that is signed, also one that no endpoint gives out: minted for a test, or lost with its answer. */
export function watchTokens() {
  for (const name of ['sign', 'signAsync']) {
    watchMethod(JwtService.prototype, name, {
      after: (_service, signed) => {
        const keepToken = (token) => keepSecret('access_token', String(token));
        void Promise.resolve(signed).then(keepToken, () => {});
      },
    });
  }
}

function keep(channel, ...parts) {
  keepOutput(channel, parts.map(written).join(' '));
}

/** Nothing is cut off, and bytes can be read: a secret hides in neither. */
function written(part) {
  if (typeof part === 'string') return part;
  if (part instanceof Uint8Array) return Buffer.from(part).toString('latin1');
  return inspect(part, { depth: 9, maxStringLength: null, maxArrayLength: null, breakLength: Infinity });
}
