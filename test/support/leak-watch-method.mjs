/** Lets somebody look at every call of a method, of one object or of a whole class; the call itself stays as it is. */
export function watchMethod(owner, name, { before, after }) {
  const method = owner[name];
  if (typeof method !== 'function') throw new TypeError(`There is no method ${name} to watch`);
  const value = function (...parameters) {
    before?.(this, parameters);
    const result = Reflect.apply(method, this, parameters);
    after?.(this, result);
    return result;
  };
  Object.defineProperty(owner, name, { value, writable: true, configurable: true });
}
