/** Upper bounds that the GenAI conventions (v1.41) give for durations in seconds. */
export const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/** The same for what the AgentOps names count in milliseconds. */
export const LATENCY_BUCKETS = DURATION_BUCKETS.map(seconds => seconds * 1_000);

/** An agent's run is made of many calls: the same, up to 44 minutes. */
export const RUN_BUCKETS = [...DURATION_BUCKETS, 163.84, 327.68, 655.36, 1_310.72, 2_621.44];

/** Upper bounds that the GenAI conventions (v1.41) give for tokens. */
export const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];
