/** Who has what of OpenTelemetry in this page or process. */
export interface Diagnosis {
  globals: GlobalOwner[];
  /** Those that could be found; a page knows of what is registered and of its own, no more. */
  copies: Copy[];
  problems: Problem[];
}

/** One place of OpenTelemetry's API that only one can hold. */
export interface GlobalOwner {
  name: 'trace' | 'context' | 'propagation' | 'metrics';
  owner: 'agentops' | 'other' | 'nobody';
  /** The class of what holds it, as far as it has a name. */
  holder?: string;
}

export interface Copy {
  name: string;
  version: string;
  /** Its folder. */
  path?: string;
}

export interface Problem {
  what: string;
  consequence: string;
  remedy: string;
}
