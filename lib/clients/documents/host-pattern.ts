/** Whether a host is on a list of the options: `app.example.com`, or `*.example.com` for everything below it. */
export function isListed(patterns: readonly string[], hostname: string): boolean {
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern,
  );
}
