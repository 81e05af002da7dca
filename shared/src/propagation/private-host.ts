/** Addresses nobody outside can have: loopback, RFC 1918, unique local (RFC 4193). Link-local is left out: cloud metadata lives there. */
const PRIVATE_ADDRESS = [
  /^127\./,
  /^10\./,
  /^192\.168\./,
  /^172\.(?:1[6-9]|2\d|3[01])\./,
  /^\[::1\]$/,
  /^\[f[cd][\da-f]{2}:/,
  // The same of IPv4, as `URL` writes it: two groups of hex without leading zeros.
  /^\[::ffff:(?:7f..|a..|c0a8|ac1.):/,
];

/** Names that only resolve inside: a bare host name as in Compose and Kubernetes, reserved and cluster suffixes. */
const PRIVATE_NAME = [/^[a-z\d_-]+$/, /\.(?:localhost|local|internal|svc|lan|test)$/];

/** Metadata services of public providers, which answer with credentials: the names under `.internal`, the unique local addresses. */
const METADATA = ['metadata.google.internal', 'instance-data.ec2.internal', '[fd00:ec2::254]', '[fd20:ce::254]'];

/** True for loopback, private and cluster-internal hosts. `hostname` as `URL` gives it: lower case, IPv6 in brackets. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  if (METADATA.includes(host)) return false;
  const isAddress = /^[\d.]+$/.test(host) || host.startsWith('[');
  return (isAddress ? PRIVATE_ADDRESS : PRIVATE_NAME).some(pattern => pattern.test(host));
}
