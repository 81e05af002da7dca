export interface Place {
  traceId: string;
  spanId?: string;
}

const PATTERN = /^#\/trace\/([0-9a-f]{32})(?:\/([0-9a-f]{16}))?$/;

/** `#/trace/<trace id>` and `#/trace/<trace id>/<span id>`. */
export function parsePlace(hash: string): Place | undefined {
  const [, traceId, spanId] = PATTERN.exec(hash) ?? [];
  return traceId ? { traceId, ...(spanId && { spanId }) } : undefined;
}

export function formatPlace({ traceId, spanId }: Place): string {
  return `#/trace/${traceId}${spanId ? `/${spanId}` : ''}`;
}
