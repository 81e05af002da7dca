import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig, type NodeInitOptions } from '@agentops/node/config';
import { afterAll, expect } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'agentops-otel-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file for `OTEL_CONFIG_FILE`, and says where it is. */
export function writeDocument(content: string | Uint8Array, name = 'otel.yaml'): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** What a process with this document, and nothing else but `variables` and `code`, is configured with; values that nobody has said are left out. */
export function describeDocument(
  content: string | Uint8Array,
  variables: Record<string, string> = {},
  code: NodeInitOptions = { configFile: false },
) {
  const file = writeDocument(content);
  const { settings, issues, warnings, notes } = describeConfig(code, { OTEL_CONFIG_FILE: file, ...variables });
  const short = (text: string) => text.replaceAll(`${folder}/`, '');
  const set = settings.filter(({ source }) => source !== 'default');
  return {
    values: Object.fromEntries(set.map(({ path, value }) => [path.replace(/^telemetry\./, ''), value])),
    sources: Object.fromEntries(set.map(({ path, source }) => [path.replace(/^telemetry\./, ''), short(source)])),
    wrong: issues.map(({ path, message, source = '' }) => short(`${path}: ${message}${source && ` (${source})`}`)),
    warnings: warnings.map(short),
    notes: notes.map(short),
  };
}

/** What a document of this alone comes to. */
export function part(content: string) {
  return describeDocument(`file_format: "1.1"\n${content}`);
}

/** One that is valid, all of it known here. */
export function valuesOf(content: string) {
  const { values, wrong, warnings } = part(content);
  expect({ wrong, warnings }).toEqual({ wrong: [], warnings: [] });
  return values;
}
