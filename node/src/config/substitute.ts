import type { Environment } from './layer.js';

/** `$$`; `${NAME}`, `${env:NAME}` and `${NAME:-default}`; or a `${` that is none of them. */
const REFERENCE = /\$(?:(\$)|\{(?:env:)?([A-Za-z_]\w*)(?::-([^}\n]*))?\}|\{)/g;

/**
 * `text` with its references to the environment replaced, as OpenTelemetry's configuration files have it: an empty variable counts as
 * unset, what is unset and has no default is empty, and what was put in is not searched again.
 * `undefined` when a reference is malformed.
 */
export function substitute(text: string, environment: Environment): string | undefined {
  let malformed = false;
  const replaced = text.replace(REFERENCE, (_all, ...groups: (string | undefined)[]) => {
    const [dollar, name, fallback = ''] = groups;
    if (dollar) return dollar;
    malformed ||= !name;
    return (name && Object.hasOwn(environment, name) && environment[name]) || fallback;
  });
  return malformed ? undefined : replaced;
}
