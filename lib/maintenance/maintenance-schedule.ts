import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { McpMaintenanceService } from './maintenance.service.js';

/** Share of the interval by which a run starts later, at random: instances that were started together do not stay together. */
const JITTER = 0.1;

/** Runs `cleanup()` in this process now and then. Keeps no process alive, and two instances that meet do the same work, not harm. */
@Injectable()
export class MaintenanceSchedule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('McpAuth');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly maintenance: McpMaintenanceService,
    private readonly host: HttpAdapterHost,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Servers only: a script on the same application context does what it was called for. */
  onApplicationBootstrap(): void {
    if (this.options.maintenance.enabled && this.host.httpAdapter) this.plan();
  }

  /** Ends a run in progress between two batches and waits for it, so that the host can close its database. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  private plan(): void {
    if (this.stopping.signal.aborted) return;
    const intervalMs = this.options.maintenance.intervalSeconds * 1000;
    this.timer = setTimeout(() => (this.running = this.run()), intervalMs * (1 + Math.random() * JITTER));
    this.timer.unref();
  }

  private async run(): Promise<void> {
    try {
      const report = await this.maintenance.cleanup(this.stopping.signal);
      this.logger.debug(`cleanup removed ${JSON.stringify(report)}`);
    } catch (error) {
      this.logger.warn(`cleanup failed and will be tried again: ${error instanceof Error ? error.message : 'unknown'}`);
    }
    this.plan();
  }
}
