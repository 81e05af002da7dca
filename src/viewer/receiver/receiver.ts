import type { ServerResponse } from 'node:http';
import { BATCH_ID_HEADER } from '@agentops/shared/export/otlp-http';
import { HttpError } from '../http-error.js';
import { codecFor, jsonCodec, type OtlpCodec, type Refusal } from './otlp-codecs.js';
import type { DecodedExport } from './otlp-spans.js';
import { readRequestBody } from './request-body.js';
import { createSeenBatches, type SeenBatches } from './seen-batches.js';
import type { Exchange, Route } from '../route.js';
import type { ViewerSpan } from '../span.js';
import type { TraceStore } from '../store/store.js';

export interface ReceiverOptions {
  store: TraceStore;
  onSpans?: ((spans: ViewerSpan[]) => void) | undefined;
}

interface TraceReceiver extends ReceiverOptions {
  readonly seen: SeenBatches;
}

/** OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function receiverRoutes(options: ReceiverOptions): Route[] {
  const receiver = { ...options, seen: createSeenBatches() };
  return [
    { method: 'POST', path: '/v1/traces', handle: exchange => receiveTraces(exchange, receiver) },
    { method: 'POST', path: '/v1/metrics', handle: discard },
    { method: 'POST', path: '/v1/logs', handle: discard },
  ];
}

async function receiveTraces({ request, response }: Exchange, { store, onSpans, seen }: TraceReceiver): Promise<void> {
  const codec = codecFor(request.headers['content-type']);
  if (!codec) throw new HttpError(415, 'content-type must be application/json or application/x-protobuf');
  const body = await readRequestBody(request);
  const batchId = request.headers[BATCH_ID_HEADER]?.toString();
  // Its sender has not got our answer, and needs one.
  if (seen.has(batchId)) return send(response, codec);
  const { spans, rejected } = decode(codec, body);
  seen.add(batchId);
  const refused = store.add(spans);
  onSpans?.(spans);
  send(response, codec, refusalOf(rejected, refused));
}

/** Exporters often share one endpoint for all signals; refusing theirs would fill the application's log. */
async function discard({ request, response }: Exchange): Promise<void> {
  await readRequestBody(request);
  send(response, codecFor(request.headers['content-type']) ?? jsonCodec);
}

function decode(codec: OtlpCodec, body: Uint8Array): DecodedExport {
  try {
    return codec.decodeTraces(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HttpError(400, `not an OTLP trace export in ${codec.contentType}: ${reason}`);
  }
}

function refusalOf(rejected: number, refused: number): Refusal | undefined {
  if (rejected + refused === 0) return undefined;
  const reasons = [
    rejected > 0 && `${rejected} spans without a valid trace id and span id`,
    refused > 0 && `${refused} spans beyond what the viewer keeps of one trace`,
  ];
  return { spans: rejected + refused, reason: reasons.filter(Boolean).join(', ') };
}

function send(response: ServerResponse, codec: OtlpCodec, refusal?: Refusal): void {
  response.writeHead(200, { 'content-type': codec.contentType });
  response.end(codec.encodeResponse(refusal));
}
