/** Whether the process says that it runs in production. The one look at the environment in this library (decision: relaxations are refused there). */
export function inProduction(): boolean {
  return process.env['NODE_ENV'] === 'production';
}
