/** One kind of expired rows. Times in milliseconds. */
export interface MaintenanceTask {
  readonly name: string;
  /** Removes at most `limit` rows and returns how many went; what takes many statements ends early by the signal. */
  run(now: number, limit: number, signal?: AbortSignal): Promise<number>;
}
