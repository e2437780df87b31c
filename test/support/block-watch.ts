/** Watches for how long nothing else could run in this process. */
export class BlockWatch {
  private longestMs = 0;
  private longestCpuMs = 0;
  private last = performance.now();
  private lastCpu = process.cpuUsage();
  private readonly timer = setInterval(() => this.tick(), 1);

  /** The longest block, and the most processor time between two turns: on a machine that has other work the first says little. */
  stop(): string {
    clearInterval(this.timer);
    return `${this.longestMs.toFixed(0)} ms (processor: ${this.longestCpuMs.toFixed(0)} ms)`;
  }

  private tick(): void {
    const [now, { user, system }] = [performance.now(), process.cpuUsage(this.lastCpu)];
    this.longestMs = Math.max(this.longestMs, now - this.last - 1);
    this.longestCpuMs = Math.max(this.longestCpuMs, (user + system) / 1000);
    this.last = now;
    this.lastCpu = process.cpuUsage();
  }
}
