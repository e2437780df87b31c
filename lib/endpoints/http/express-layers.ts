interface Layer {
  readonly route?: { readonly path?: unknown };
}

interface ExpressApplication {
  readonly router?: { readonly stack?: Layer[] };
}

/**
 * Moves the routes at `paths` behind the middleware that directly follows them in Express' list. Nest registers `consumer.apply()` after
 * modules are configured; a session set up there would otherwise come too late for these routes.
 */
export function moveBehindMiddleware(application: ExpressApplication, paths: ReadonlySet<unknown>): void {
  const stack = application.router?.stack;
  if (!stack) return;
  const ours = stack.filter(({ route }) => paths.has(route?.path));
  const [first] = ours;
  if (!first) return;
  const start = stack.indexOf(first);
  const others = stack.filter((layer) => !ours.includes(layer));
  let end = start;
  while (end < others.length && !others[end]?.route) end++;
  stack.splice(0, stack.length, ...others.slice(0, end), ...ours, ...others.slice(end));
}
