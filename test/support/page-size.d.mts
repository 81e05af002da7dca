export const PAGE_ENTRIES: Readonly<
  Record<
    | "import '@agentops/web'"
    | "import { init } from '@agentops/web/manual'"
    | "import { init } from 'agentops'"
    | "the first with '@agentops/web/metrics'"
    | "the first with '@agentops/web/zone' (zone.js)"
    | "the first with '@agentops/web/pipelines'",
    string
  >
>;

export function pageSize(code: string): Promise<{ minified: number; gzipped: number }>;
