/** What `@agentops/web` and `@agentops/node` have in common for their users, written once. */
export {
  bindContext,
  extractContext,
  flush,
  getCurrentContext,
  getSession,
  injectContext,
  observe,
  session,
  shutdown,
  startSession,
  startSpan,
  withAgent,
  withContext,
  withSpan,
  withTask,
  withTool,
  withWorkflow,
} from './functions.js';
export { AgentOpsError, isAgentOpsError, type AgentOpsErrorCode, type ConfigIssue } from './errors.js';
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
export type { PropagationName } from './propagation/compose.js';
export type { Destination } from './propagation/destination.js';
export type { IncomingRule, RoutedRequest } from './propagation/incoming-policy.js';
export type { OutgoingRule } from './propagation/outgoing-policy.js';
export type { IsolatedOptions } from './session/isolated-options.js';
export type {
  SamplingOptions,
  SamplingRule,
  SpanMatch,
  SpanSampler,
  SpanSamplingResult,
  TailOptions,
} from './telemetry/sampling-options.js';
