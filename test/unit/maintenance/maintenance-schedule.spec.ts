import type { HttpAdapterHost } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { MaintenanceSchedule } from '../../../lib/maintenance/maintenance-schedule.js';
import type { CleanupReport, McpMaintenanceService } from '../../../lib/maintenance/maintenance.service.js';

const HOUR = 3_600_000;

describe('MaintenanceSchedule', () => {
  const cleanup = vi.fn<(signal: AbortSignal) => Promise<CleanupReport>>();
  const scheduled = (enabled = true, httpAdapter: object | undefined = {}) => {
    const options = { maintenance: { enabled, intervalSeconds: 3600 } } as ResolvedMcpAuthOptions;
    const service = { cleanup } as unknown as McpMaintenanceService;
    const schedule = new MaintenanceSchedule(service, { httpAdapter } as HttpAdapterHost, options);
    schedule.onApplicationBootstrap();
    return schedule;
  };
  /** A cleanup that goes on until the test ends it. */
  const endless = () => {
    let end: () => void = () => undefined;
    cleanup.mockReturnValueOnce(new Promise((resolve) => (end = () => resolve({}))));
    return () => end();
  };

  beforeEach(() => {
    vi.useFakeTimers();
    cleanup.mockReset().mockResolvedValue({});
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it.each([
    [0, HOUR],
    [0.5, 1.05 * HOUR],
    [0.9999, 1.099_99 * HOUR],
  ])('OPS-04 begins each run later by up to a tenth of the interval, at random (%d)', async (random, delay) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    scheduled();
    for (let run = 1; run <= 3; run++) {
      await vi.advanceTimersByTimeAsync(delay - 1);
      expect(cleanup).toHaveBeenCalledTimes(run - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(cleanup).toHaveBeenCalledTimes(run);
    }
  });

  it('OPS-04 lets instances that were started together drift apart', async () => {
    const times = new Set<number>();
    cleanup.mockImplementation(async () => {
      times.add(Date.now());
      return {};
    });
    for (let instance = 0; instance < 10; instance++) scheduled();
    await vi.advanceTimersByTimeAsync(1.1 * HOUR);
    expect(times.size).toBeGreaterThan(5);
  });

  it('keeps no process alive, before the first run and after it', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    scheduled();
    await vi.advanceTimersByTimeAsync(1.1 * HOUR);
    expect(timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false, false]);
  });

  it('begins no run while one is under way, and the next one an interval after its end', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const end = endless();
    scheduled();
    await vi.advanceTimersByTimeAsync(5 * HOUR);
    expect(cleanup).toHaveBeenCalledTimes(1);
    end();
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect(cleanup).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(cleanup).toHaveBeenCalledTimes(2);
  });

  it('tells a run to end when the application shuts down, waits for it, and begins no other', async () => {
    const end = endless();
    const schedule = scheduled();
    await vi.advanceTimersByTimeAsync(1.1 * HOUR);
    const [signal] = cleanup.mock.calls[0] ?? [];
    expect(signal?.aborted).toBe(false);
    const over = vi.fn();
    const shutdown = schedule.onApplicationShutdown().then(over);
    expect(signal?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(over).not.toHaveBeenCalled();
    end();
    await shutdown;
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(5 * HOUR);
    expect(cleanup).toHaveBeenCalledTimes(1);
  });

  it('shuts down at once, and for good, where nothing runs', async () => {
    await scheduled().onApplicationShutdown();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, boolean, object | undefined]>([
    ['where it is switched off', false, {}],
    ['in a script, which has no server', true, undefined],
  ])('plans nothing %s', (_where, enabled, httpAdapter) => {
    new MaintenanceSchedule(
      { cleanup } as unknown as McpMaintenanceService,
      { httpAdapter } as HttpAdapterHost,
      {
        maintenance: { enabled, intervalSeconds: 3600 },
      } as ResolvedMcpAuthOptions,
    ).onApplicationBootstrap();
    expect(vi.getTimerCount()).toBe(0);
  });
});
