import { headers, type Check } from '@agentops/shared/config/validate';

/** A token, https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2; of what is none, the part in front. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]*/;

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.5, as far as Node sends it. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether HTTP can carry it; what it cannot, fails with every export. */
export function isHeader([name, value]: readonly [name: string, value: string]): boolean {
  return name !== '' && tokenOf(name) === name && VALUE.test(value);
}

/** What can be told of a name: more of it may be a secret in the wrong place. */
export function tokenOf(name: string): string {
  return TOKEN.exec(name)?.[0] ?? '';
}

/** Of what is sent with requests. Values are never told. */
export const httpHeaders: Check = (value, path) => {
  const issues = headers(value, path);
  if (issues.length) return issues;
  return Object.entries(value as Record<string, string>)
    .filter(header => !isHeader(header))
    .map(([name]) => ({ path: `${path}.${tokenOf(name)}`, message: MESSAGE }));
};

const MESSAGE = 'must be a header that HTTP can carry: a name without spaces, and a value of one line in Latin-1';
