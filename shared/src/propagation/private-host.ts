/** Addresses nobody outside can have: loopback, RFC 1918, unique local (RFC 4193). Link-local is left out: cloud metadata lives there. */
const PRIVATE_ADDRESS = [
  /^127\./,
  /^10\./,
  /^192\.168\./,
  /^172\.(?:1[6-9]|2\d|3[01])\./,
  /^\[::1\]$/,
  /^\[f[cd][\da-f]{2}:/,
  /^\[::ffff:(?:7f|a|c0a8|ac1)/,
];

/** Names that only resolve inside: a bare host name as in Compose and Kubernetes, reserved and cluster suffixes. */
const PRIVATE_NAME = [/^[a-z\d_-]+$/, /\.(?:localhost|local|internal|svc|lan|test)$/];

/** The one name under `.internal` that is a public provider's metadata service, and answers with credentials. */
const METADATA = 'metadata.google.internal';

/** True for loopback, private and cluster-internal hosts. `hostname` as `URL` gives it: lower case, IPv6 in brackets. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  if (host === METADATA) return false;
  const isAddress = /^[\d.]+$/.test(host) || host.startsWith('[');
  return (isAddress ? PRIVATE_ADDRESS : PRIVATE_NAME).some(pattern => pattern.test(host));
}
