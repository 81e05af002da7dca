const PATCHED = Symbol.for('agentops.patched');

type Fn = (...args: never[]) => unknown;
type Patched = Fn & { [PATCHED]?: boolean };

/**
 * Puts `wrap(original)` in the place of `target[name]`, once: a second copy of the library finds the mark and leaves it. Returns how to
 * undo it, which also works when somebody has wrapped it once more: then ours stays in the chain and passes everything through.
 */
export function patch<T extends object, K extends keyof T & string>(
  target: T,
  name: K,
  wrap: (original: Extract<T[K], Fn>) => Fn,
): () => void {
  const original = target[name] as Extract<T[K], Fn> & Patched;
  const inherited = !Object.hasOwn(target, name);
  if (original[PATCHED]) return () => {};
  const wrapped = wrap(original);
  let active = true;
  const patched = function (this: unknown) {
    // Not a rest parameter: that is an array made at each call, and `emit` is called ten times a request.
    return (active ? wrapped : original).apply(this, arguments as never);
  } as Patched;
  const { name: originalName, length } = original;
  Object.defineProperties(patched, {
    name: { value: originalName },
    length: { value: length },
    [PATCHED]: { value: true },
  });
  target[name] = patched as T[K];
  return () => {
    active = false;
    if (target[name] !== patched) return;
    if (inherited) delete target[name];
    else target[name] = original;
  };
}
