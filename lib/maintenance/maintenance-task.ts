/** One kind of expired rows. Times in milliseconds. */
export interface MaintenanceTask {
  readonly name: string;
  /** Removes at most `limit` rows and returns how many went. */
  run(now: number, limit: number): Promise<number>;
}
