interface Layer {
  readonly route?: { readonly path?: unknown };
}

interface ExpressApplication {
  readonly router?: { readonly stack?: Layer[] };
}

type Mount = (path: string, callback: Function) => unknown;

interface ExpressLikeAdapter {
  getInstance(): unknown;
  createMiddlewareFactory(method: number): Mount;
}

/**
 * Express runs its layers in the order of their registration, and Nest registers `consumer.apply()` after modules are configured: a session set
 * up there would come too late for routes bound by then. So they are moved behind the last such layer. Which one that is cannot be seen
 * afterwards (for a path below a global prefix, Nest mounts middleware as a route), hence the watch.
 */
export class ExpressLayers {
  private last: Layer | undefined;

  constructor(private readonly adapter: ExpressLikeAdapter) {
    const create = adapter.createMiddlewareFactory.bind(adapter);
    adapter.createMiddlewareFactory = (method) => {
      const mount = create(method);
      return (path, callback) => {
        const mounted = mount(path, callback);
        this.last = this.stack.at(-1);
        return mounted;
      };
    };
  }

  /** Moves the routes at `paths` behind the middleware of the host, and no further: its catch-all routes stay behind them. */
  moveBehindMiddleware(paths: ReadonlySet<unknown>): void {
    const { stack, last } = this;
    const ours = stack.filter(({ route }) => paths.has(route?.path));
    const others = stack.filter((layer) => !ours.includes(layer));
    const [first] = ours;
    if (!first || !last) return;
    const end = others.indexOf(last) + 1;
    if (end <= stack.indexOf(first)) return;
    stack.splice(0, stack.length, ...others.slice(0, end), ...ours, ...others.slice(end));
  }

  private get stack(): Layer[] {
    return (this.adapter.getInstance() as ExpressApplication).router?.stack ?? [];
  }
}
