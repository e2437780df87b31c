const HIDDEN = 'authorization';

/**
 * The host's request as seen without its `Authorization` header, so that an adapter which also understands bearer tokens cannot take an MCP
 * access token for a login. A view: the request itself stays as it is.
 */
export function withoutAuthorization(request: unknown): unknown {
  if (typeof request !== 'object' || request === null) return request;
  return new Proxy(request, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (property === 'headers' || property === 'headersDistinct') return withoutHeader(value);
      if (property === 'rawHeaders') return withoutRawHeader(value);
      if (property === 'raw') return withoutAuthorization(value);
      if (typeof value !== 'function') return value;
      if (property === 'get' || property === 'header') return headerReader(target, value as HeaderReader);
      return value.bind(target) as unknown;
    },
  });
}

type HeaderReader = (name: string) => unknown;

function headerReader(target: object, read: HeaderReader): HeaderReader {
  return (name) => (name.toLowerCase() === HIDDEN ? undefined : read.call(target, name));
}

function withoutHeader(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== HIDDEN));
}

function withoutRawHeader(rawHeaders: unknown): unknown {
  if (!Array.isArray(rawHeaders)) return rawHeaders;
  return rawHeaders.filter((_value, index) => String(rawHeaders[index - (index % 2)]).toLowerCase() !== HIDDEN);
}
