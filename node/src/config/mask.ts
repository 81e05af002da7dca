const MASK = '********';

/** Options, attributes and parts of a query that hold secrets, by their name; of headers nobody knows which do. */
const SECRET_NAMES = /(^|\.)headers\.|key|token|secret|passw|credential|authori[sz]ation|cookie|signature/i;

/** What secrets begin with, wherever they stand. */
const SECRET_TEXTS = /^(sk-|pk-|gh[a-z]_|xox[a-z]-|AKIA|eyJ|Bearer |Basic )/;

/** Paths of files as a rule. */
const TLS_NAMES = /\.tls\.(ca|cert|key)$/;

/** A certificate or a key as it stands in a file. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/** `value`, fit to be shown: without what is a secret by its name or by its looks. */
export function mask(path: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(item => mask(path, item));
  if (typeof value !== 'string') return value;
  if (TLS_NAMES.test(path)) return isPem(value) ? MASK : value;
  return SECRET_NAMES.test(path) || SECRET_TEXTS.test(value) ? MASK : withoutUrlSecrets(value);
}

/** User and password, every value of a query, and the fragment. */
function withoutUrlSecrets(text: string): string {
  if (!/^\w+:\/\/|^\//.test(text)) return text;
  return text
    .replace(/^(\w+:\/\/)[^/?#]*@/, `$1${MASK}@`)
    .replace(/([?&][^=&#]*=)[^&#]*/g, `$1${MASK}`)
    .replace(/#.+$/, `#${MASK}`);
}
