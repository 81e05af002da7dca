/** All, none, or these; `tenant.*` stands for every name that begins with `tenant.`. */
export type Allowed = boolean | readonly string[];

export function isAllowed(allowed: Allowed, name: string): boolean {
  if (typeof allowed === 'boolean') return allowed;
  return allowed.some(item => (item.endsWith('*') ? name.startsWith(item.slice(0, -1)) : name === item));
}
