/** What `@agentops/web` and `@agentops/node` build on. Install one of those: this package promises nothing to anybody else. */
export type * from './api.js';
export type { ExporterOption, InitOptions, OtlpExporterOption } from './config/config.js';
export type {
  FileExporterOption,
  MemoryExporterOption,
  MemorySpan,
  NodeExporterOption,
  TlsOptions,
  ZipkinExporterOption,
} from './config/exporter-options.js';
export { SESSION_LIMITS } from './config/config.js';
export { createClient } from './client.js';
export { diagnostics } from './diagnostics.js';
export { AgentOpsError, isAgentOpsError, type AgentOpsErrorCode, type ConfigIssue } from './errors.js';
export type { Backend, Batch, EncodedBatch, Failure, Spool, Taken } from './export/backend.js';
export { BATCH_ID_HEADER, MAX_RESPONSE_BYTES, NOT_SENT } from './export/otlp-http.js';
export { RETRYABLE } from './export/retry.js';
export type { ExitRequest, LastSend } from './export/last-send.js';
export type { Send, SendRequest, SendResponse } from './export/otlp-http.js';
export { otlpJsonSerializer } from './export/otlp-json.js';
export type { ExportAttempt } from './export/outbox.js';
export type { Tally } from './export/tally.js';
export { guard } from './guard.js';
export { serverAttributes, spanNameOf } from './http/attributes.js';
export { noteResponse, openClientSpan, outgoingHeaders } from './http/outgoing.js';
export { patch } from './patch.js';
export type {
  ExitHooks,
  FullTelemetry,
  Instruments,
  MetricsParts,
  MetricsPipeline,
  OtlpEncoding,
  Platform,
  Protocol,
  SpoolWanted,
} from './platform.js';
export { carrierGetter, carrierSetter } from './propagation/carrier.js';
export { PROPAGATION_NAMES, TRACE_HEADERS, type PropagationName } from './propagation/compose.js';
export { isPrivateHost } from './propagation/private-host.js';
export { isSessionId, type SessionLimits } from './session/lifecycle.js';
export { createMemoryStore, type SessionRecord, type SessionStore } from './session/store.js';
export { ContextSpan, failSpan } from './spans/span-handle.js';
export type { InferParent, InferredParent, Tracing } from './spans/tracing.js';
export { VERSION } from './version.js';
