import { SpanStatusCode } from '@opentelemetry/api';
import type { Attributes } from '../api.js';
import { DURATION_BUCKETS, LATENCY_BUCKETS, RUN_BUCKETS, TOKEN_BUCKETS } from './buckets.js';

/** What is known of an operation that is over, be it of its span or from somebody who measured it. */
export interface Finished {
  readonly attributes: Attributes;
  readonly durationMs: number;
  readonly status: SpanStatusCode;
}

export type Family = 'llm' | 'agent' | 'tool';

/** One measurement, with attributes of its own. */
export type Reading = readonly [value: number | undefined, attributes?: Attributes];

export interface SpanInstrument {
  readonly name: string;
  readonly type: 'Counter' | 'Histogram';
  readonly unit: string;
  readonly description: string;
  /** Advice: a view goes before it. */
  readonly buckets?: readonly number[];
  /** A reading without a value, or with one below zero, is none. */
  readonly read: (finished: Finished) => readonly Reading[];
  /** Whether failures are told apart by `error.type`. */
  readonly byError?: boolean;
}

export const OPERATION = 'gen_ai.operation.name';

/** `gen_ai.operation.name` -> what its spans are to us. Others are not measured. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  chat: 'llm',
  generate_content: 'llm',
  text_completion: 'llm',
  embeddings: 'llm',
  invoke_agent: 'agent',
  execute_tool: 'tool',
};

/** What a span with these attributes is to metrics; `undefined` where it is nothing to them. */
export function familyOf(attributes: Readonly<Record<string, unknown>>): Family | undefined {
  const operation = String(attributes[OPERATION]);
  return Object.hasOwn(FAMILIES, operation) ? FAMILIES[operation] : undefined;
}

/** Attributes of a metric, and those of a span that give them; the first that is there counts: the second is what it was called before. */
export const DIMENSIONS: Readonly<Record<Family, Readonly<Record<string, readonly string[]>>>> = {
  llm: {
    'gen_ai.operation.name': ['gen_ai.operation.name'],
    'gen_ai.provider.name': ['gen_ai.provider.name', 'gen_ai.system'],
    'gen_ai.request.model': ['gen_ai.request.model'],
    'gen_ai.response.model': ['gen_ai.response.model'],
    'server.address': ['server.address'],
    'server.port': ['server.port'],
  },
  agent: { 'gen_ai.agent.name': ['gen_ai.agent.name'], 'gen_ai.provider.name': ['gen_ai.provider.name'] },
  tool: { 'gen_ai.tool.name': ['gen_ai.tool.name'], 'gen_ai.tool.type': ['gen_ai.tool.type'] },
};

const INPUT_TOKENS = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'];
const OUTPUT_TOKENS = ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'];
const TOTAL_TOKENS = ['gen_ai.usage.total_tokens'];
const COST = ['gen_ai.usage.cost', 'gen_ai.usage.total_cost'];
const FIRST_CHUNK = ['gen_ai.response.time_to_first_chunk'];

/** As AgentOps reads a status; `Fail` over all is the success rate. */
const STATES = {
  [SpanStatusCode.UNSET]: 'Indeterminate',
  [SpanStatusCode.OK]: 'Success',
  [SpanStatusCode.ERROR]: 'Fail',
};

const once = (): Reading[] => [[1]];
const inMs = ({ durationMs }: Finished): Reading[] => [[durationMs]];
const inSeconds = ({ durationMs }: Finished): Reading[] => [[durationMs / 1_000]];
const cost = ({ attributes }: Finished): Reading[] => [[numberOf(attributes, COST)]];
const tokens = ({ attributes }: Finished): Reading[] => [
  [numberOf(attributes, INPUT_TOKENS), { 'gen_ai.token.type': 'input' }],
  [numberOf(attributes, OUTPUT_TOKENS), { 'gen_ai.token.type': 'output' }],
];
/** Where no more is known than their sum, that. */
const allTokens = (finished: Finished): Reading[] => {
  const known = tokens(finished).filter(([value]) => value !== undefined);
  return known.length ? known : [[numberOf(finished.attributes, TOTAL_TOKENS)]];
};
const withState =
  (read: (finished: Finished) => Reading[]) =>
  (finished: Finished): Reading[] =>
    read(finished).map(([value]) => [value, { 'agentops.run.state': STATES[finished.status] }]);

const counter = { type: 'Counter' } as const;
const latency = { type: 'Histogram', unit: 'ms', buckets: LATENCY_BUCKETS, read: inMs, byError: true } as const;
const costs = {
  ...counter,
  name: 'llm.cost.total',
  unit: 'USD',
  description: 'What calls cost, where spans say so.',
  read: cost,
};

/** What a span is to a family of instruments: every metric that is made of spans, in one place. */
export const SPAN_INSTRUMENTS: Readonly<Record<Family, readonly SpanInstrument[]>> = {
  llm: [
    {
      ...counter,
      name: 'llm.calls.count',
      unit: '{call}',
      description: 'Calls of models.',
      read: once,
      byError: true,
    },
    { ...counter, name: 'llm.tokens.total', unit: '{token}', description: 'Total tokens processed.', read: allTokens },
    { ...latency, name: 'llm.latency', description: 'How long calls of models take.' },
    { ...latency, name: 'llm.request.latency', description: 'Time taken for LLM requests; the same as llm.latency.' },
    {
      name: 'gen_ai.client.token.usage',
      type: 'Histogram',
      unit: '{token}',
      description: 'Number of input and output tokens used.',
      buckets: TOKEN_BUCKETS,
      read: tokens,
    },
    {
      name: 'gen_ai.client.operation.duration',
      type: 'Histogram',
      unit: 's',
      description: 'GenAI operation duration.',
      buckets: DURATION_BUCKETS,
      read: inSeconds,
      byError: true,
    },
    {
      name: 'gen_ai.client.operation.time_to_first_chunk',
      type: 'Histogram',
      unit: 's',
      description: 'Time to receive the first chunk of a streamed response.',
      buckets: DURATION_BUCKETS,
      read: ({ attributes }) => [[numberOf(attributes, FIRST_CHUNK)]],
    },
    costs,
  ],
  agent: [
    {
      ...counter,
      name: 'agent.runs.count',
      unit: '{run}',
      description: 'Runs of agents, by how they ended.',
      read: withState(once),
      byError: true,
    },
    {
      name: 'agent.run.duration',
      type: 'Histogram',
      unit: 's',
      description: 'How long runs of agents take.',
      buckets: RUN_BUCKETS,
      read: withState(inSeconds),
      byError: true,
    },
  ],
  tool: [
    {
      ...counter,
      name: 'tool.calls.count',
      unit: '{call}',
      description: 'Calls of tools.',
      read: once,
    },
    {
      ...counter,
      name: 'tool.errors.count',
      unit: '{call}',
      description: 'Calls of tools that failed.',
      read: ({ status }) => (status === SpanStatusCode.ERROR ? once() : []),
      byError: true,
    },
    {
      name: 'tool.duration',
      type: 'Histogram',
      unit: 's',
      description: 'How long calls of tools take.',
      buckets: RUN_BUCKETS,
      read: inSeconds,
      byError: true,
    },
    costs,
  ],
};

/** The first of `keys` that is a number. */
function numberOf(attributes: Attributes, keys: readonly string[]): number | undefined {
  return keys.map(key => attributes[key]).find(value => typeof value === 'number');
}
