import { createHash } from 'node:crypto';
import type { TlsOptions } from '@agentops/shared';
import type { Surroundings } from '@agentops/shared/telemetry/exporters';

/** All that says where spans go, and as whom: two that differ in any of it may be two tenants of one backend. */
export interface Destination {
  /** With user, password and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly kind: 'otlp' | 'zipkin';
  /** What the files hold; `undefined` without TLS. */
  readonly tls: TlsOptions | undefined;
}

/** Long enough that nobody finds headers of their own with the name of another's. */
const NAME_DIGITS = 32;

/**
 * What keeps spans of a session keeps them for this destination alone: another session may be another tenant's. Backends of the configuration are told
 * apart by their names, for a key is renewed, and what waits is not to be lost by it.
 */
export function keptFor(destination: Destination, around: Surroundings): Surroundings {
  const { platform, areShared: isOfSession } = around;
  if (!isOfSession) return around;
  return {
    ...around,
    platform: {
      ...platform,
      createSpool: wanted => platform.createSpool?.({ ...wanted, destination: nameOf(destination) }),
    },
  };
}

/** A digest, for headers and URL hold secrets, and names of folders are seen by many. */
function nameOf({ url, headers = {}, kind, tls }: Destination): string {
  const sorted = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const parts = [url, sorted, kind, tls && [tls.ca, tls.cert, tls.key]];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, NAME_DIGITS);
}
