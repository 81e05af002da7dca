import { isPrivateHost, type ConfigIssue, type OtlpExporterOption } from '@agentops/shared';
import { withScheme } from '../config/endpoint.js';
import { loadGrpc, type GrpcClientOptions } from './grpc-client.js';
import { readTls } from './tls.js';

/** Host and port that `endpoint` names, and whether they are spoken to with TLS. */
export function grpcTarget(
  endpoint: string,
  { tls, insecure }: Pick<OtlpExporterOption, 'tls' | 'insecure'>,
): Pick<GrpcClientOptions, 'address' | 'tls'> {
  const whole = withScheme(endpoint);
  const { hostname, host, port, protocol } = new URL(whole);
  const isSecure =
    whole === endpoint ? protocol === 'https:' : !(insecure ?? (tls === undefined && isPrivateHost(hostname)));
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return { address: port ? host : `${hostname}:${defaultPort}`, tls: isSecure ? readTls(tls) : undefined };
}

/** What keeps `metadata` from being sent by gRPC; paths are below that of whoever wants it. */
export function grpcFault(metadata: Readonly<Record<string, string>>): ConfigIssue | undefined {
  try {
    loadGrpc();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { path: 'protocol', message: `"grpc" needs a package: npm install @grpc/grpc-js (${code})` };
  }
  // https://grpc.io/docs/guides/metadata: gRPC's library says what is wrong together with the value, which may be secret.
  const name = Object.entries(metadata).find(
    ([key, value]) => !/^[\w.-]+$/.test(key) || /-bin$/i.test(key) || !/^[\x20-\x7e]*$/.test(value),
  )?.[0];
  return name === undefined
    ? undefined
    : { path: `headers.${name}`, message: 'must be ASCII, and not named "-bin", to be sent by gRPC' };
}
