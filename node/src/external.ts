import { channel } from 'node:diagnostics_channel';
import http from 'node:http';
import type { Instruments, Platform } from '@agentops/shared';
import type { AttachedPlatform } from '@agentops/shared/external/attached-client';
import { enableBinding } from './emitter-context.js';
import { instrumentFetch } from './fetch.js';
import { instrumentHttpClient } from './http-client.js';
import { instrumentHttpServer } from './http-server.js';

type Instrument = (instruments: Instruments) => () => void;

/** Each of our instrumentations, and whether another one does the same already. */
const PARTS: readonly (readonly [Instrument, isDone: () => boolean])[] = [
  [enableBinding, () => false],
  [instrumentHttpServer, () => isWrapped(http.Server.prototype.emit)],
  [instrumentHttpClient, () => isWrapped(http.request)],
  [instrumentFetch, () => channel('undici:request:create').hasSubscribers],
];

/** With one provider for both, a request that both trace would have two spans. */
export function forOneOwner(platform: Platform): AttachedPlatform {
  return {
    ...platform,
    instrument(instruments) {
      const undo = PARTS.filter(([, isDone]) => !isDone()).map(([start]) => start(instruments));
      return () => undo.forEach(stop => stop());
    },
  };
}

/** The mark of OpenTelemetry's instrumentations, which Sentry's and others build on. Where another has wrapped them once more, it is not seen. */
export function isHttpWrapped(): boolean {
  return isWrapped(http.Server.prototype.emit) || isWrapped(http.request);
}

function isWrapped(fn: object): boolean {
  return (fn as { __wrapped?: unknown }).__wrapped === true;
}
