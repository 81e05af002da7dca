import type { Environment } from './layer.js';

/** `${NAME}`, `${env:NAME}` or `${NAME:-default}`; or a `${` that is none of them, and its end. */
const REFERENCE = /\$\{(?:(?:env:)?([A-Za-z_]\w*)(?::-([^}\n]*))?\}|[^}]*(\}|$))/g;

/**
 * `text` with its references to the environment replaced, as OpenTelemetry's configuration files have it: an empty variable counts as
 * unset, what is unset and has no default is empty, and what was put in is not searched again. `$$` is a `$`, and what is on either side of it is
 * searched by itself: https://opentelemetry.io/docs/specs/otel/configuration/data-model/#environment-variable-substitution.
 * `undefined` when a reference is malformed.
 */
export function substitute(text: string, environment: Environment): string | undefined {
  let malformed = false;
  const parts = text.split('$$').map((part, index, { length }) =>
    part.replace(REFERENCE, (all, ...groups: (string | undefined)[]) => {
      const [name, fallback = '', end] = groups;
      if (name) return (Object.hasOwn(environment, name) && environment[name]) || fallback;
      // What a `$$` cuts off is no reference to the specification.
      malformed ||= end === '}' || index === length - 1;
      return all;
    }),
  );
  return malformed ? undefined : parts.join('$');
}
