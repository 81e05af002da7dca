import { toError } from '@agentops/shared/errors';
import { readText } from '../../config-file.js';
import { unreadVariables } from '../idle-variables.js';
import { nearest, type Environment, type Layer, type SourcedIssue } from '../layer.js';
import { isPlain } from '../units.js';
import { parseYaml, type WrittenPath } from '../yaml.js';
import { isSwitchedOff, VARIABLE } from './disabled.js';
import type { Findings } from './parts.js';
import { document, documentBesideProvider, isNewer } from './root.js';

export interface DeclaredLayer extends Layer {
  /** What of it switches telemetry off. */
  readonly disabledBy: string | undefined;
  /** What nobody misses of what does nothing here. */
  readonly notes: readonly string[];
}

/**
 * What the document says that `OTEL_CONFIG_FILE` names; `undefined` without one. One that is invalid in any part says nothing at all.
 * @param isAttached whether the app has a provider of its own
 */
export function readDeclared(environment: Environment, isAttached: boolean): DeclaredLayer | undefined {
  const file = environment[VARIABLE];
  if (!file) return undefined;
  try {
    return toLayer(file, environment, isAttached);
  } catch (error) {
    return invalid(file, [{ path: VARIABLE, message: `${file} cannot be read: ${toError(error).message}` }]);
  }
}

function toLayer(file: string, environment: Environment, isAttached: boolean): DeclaredLayer {
  const content = readText(file);
  const { value, problems, lineOf } = parseYaml(content, environment);
  if (problems.length)
    return invalid(
      file,
      problems.map(({ line, message }) => ({ path: `${file}:${line}`, message })),
    );
  const { file_format: format } = isPlain(value) ? value : {};
  const findings: Findings = { wrong: [], beyond: [], idle: [], isNewer: isNewer(format) };
  const { options = {}, written = new Map<string, WrittenPath>() } =
    (isAttached ? documentBesideProvider : document)({ value, way: [], findings }) ?? {};
  const source = (way: WrittenPath = []) => `otel config ${file}:${lineOf(way)}`;
  const disabledBy = isSwitchedOff(value) ? `disabled of ${file}` : undefined;
  if (findings.wrong.length) {
    const issues = findings.wrong.map(({ path, message, way }) => ({
      path: path || file,
      message,
      source: source(way),
    }));
    return { ...invalid(file, issues), disabledBy };
  }
  return {
    options,
    sourceOf: path => source(nearest(written, path)),
    issues: [],
    warnings: warningsOf(file, findings),
    notes: [
      ...findings.idle.map(({ path, message }) => `${file}: ${path}: ${message}`),
      ...unreadVariables(content, environment).map(name => `${name}: is not read where there is ${VARIABLE}`),
    ],
    disabledBy,
  };
}

function invalid(file: string, issues: readonly SourcedIssue[]): DeclaredLayer {
  const source = `otel config ${file}`;
  return { options: {}, sourceOf: () => source, issues, warnings: [], notes: [], disabledBy: undefined };
}

/** One for all that cannot be had. */
function warningsOf(file: string, { beyond, isNewer: isLater }: Findings): string[] {
  const parts = beyond.map(({ path, message }) => `${path} (${message})`);
  return [
    ...(isLater ? [`${file}: its file_format is later than those known here`] : []),
    ...(parts.length ? [`${file}: what is not to be had here is left out: ${parts.join(', ')}`] : []),
  ];
}
