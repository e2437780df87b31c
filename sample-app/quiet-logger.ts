import { ConsoleLogger } from '@nestjs/common';

/** Nest's own account of how it starts, which would bury the address that a newcomer looks for. */
const CHATTER = new Set(['NestFactory', 'InstanceLoader', 'RouterExplorer', 'RoutesResolver', 'NestApplication']);

/** The console logger without Nest's report of every route and module. Warnings and errors all come through. */
export class QuietLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && CHATTER.has(context)) return;
    super.log(message, ...rest);
  }

  /** What keeps the application from starting is said once, by `main.ts`. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}
