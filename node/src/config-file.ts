import { readFileSync, statSync } from 'node:fs';
import type { ConfigIssue } from '@agentops/shared';
import { toError } from '@agentops/shared/errors';
import { nearest, type Environment, type Layer } from './config/layer.js';
import { spellOptions } from './config/spelling.js';
import { parseYaml } from './config/yaml.js';

/** Looked for in the working directory; the first that is there. */
const FILE_NAMES = ['agentops.yaml', 'agentops.yml', 'agentops.json'];

/** A configuration has some hundreds of bytes; whatever is larger is another file. */
const MAX_BYTES = 256 * 1024;

export interface FileLayer extends Layer {
  readonly file: string;
}

/**
 * What the configuration file says; `undefined` without one.
 * @param wanted its path; `false` for none; by default what `AGENTOPS_CONFIG_FILE` names, or the file in the working directory
 */
export function readConfigFile(wanted: string | false | undefined, environment: Environment): FileLayer | undefined {
  if (wanted === false) return undefined;
  const named = wanted ?? environment['AGENTOPS_CONFIG_FILE'];
  if (named) return readLayer(named, environment);
  const [file, ...rest] = FILE_NAMES.filter(isThere);
  if (file === undefined) return undefined;
  const layer = readLayer(file, environment);
  const unread = `${file} is read, and not what lies beside it: ${rest.join(', ')}`;
  return rest.length ? { ...layer, warnings: [...layer.warnings, unread] } : layer;
}

function readLayer(file: string, environment: Environment): FileLayer {
  try {
    return toLayer(file, environment);
  } catch (error) {
    return brokenFile(file, [{ path: file, message: `cannot be read: ${toError(error).message}` }]);
  }
}

function toLayer(file: string, environment: Environment): FileLayer {
  const { value, problems, lineOf } = parseYaml(readText(file), environment);
  if (problems.length)
    return brokenFile(
      file,
      problems.map(({ line, message }) => ({ path: `${file}:${line}`, message })),
    );
  const { options, written, remarks } = spellOptions(value);
  const at = (path: string) => `${file}:${lineOf(nearest(written, path) ?? [])}`;
  const wrong = remarks.filter(remark => remark.wrong);
  return {
    file,
    options,
    sourceOf: path => `file ${at(path)}`,
    issues: wrong.map(({ path, way, message }) => ({ path, message, source: `file ${file}:${lineOf(way)}` })),
    warnings: remarks
      .filter(remark => !remark.wrong)
      .map(({ path, way, message }) => `${file}:${lineOf(way)}: ${path}: ${message}`),
  };
}

function brokenFile(file: string, issues: readonly ConfigIssue[]): FileLayer {
  return { file, options: {}, sourceOf: () => `file ${file}`, issues, warnings: [] };
}

/** @throws when `file` is none, is too large, or is no UTF-8 */
export function readText(file: string): string {
  const stats = statSync(file);
  // A pipe would have us wait for its other end.
  if (!stats.isFile()) throw new Error('it is no file');
  if (stats.size > MAX_BYTES) throw new Error(`it has ${stats.size} bytes, and may have ${MAX_BYTES}`);
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
}

function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Of a folder that is closed to us, or gone.
    return false;
  }
}
