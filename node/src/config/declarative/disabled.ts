import { guard } from '@agentops/shared';
import { readText } from '../../config-file.js';
import type { Environment } from '../layer.js';
import { isPlain } from '../units.js';
import { parseYaml } from '../yaml.js';

/** Names a file of OpenTelemetry's, https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#declarative-configuration. */
export const VARIABLE = 'OTEL_CONFIG_FILE';

/** Whether a document switches telemetry off, whatever else of it is wrong. */
export function isSwitchedOff(document: unknown): boolean {
  return isPlain(document) && document['disabled'] === true;
}

/** The same of the file, for who reads nothing else of it; of one that cannot be read nobody can say. */
export function isFileSwitchedOff(environment: Environment): boolean {
  const file = environment[VARIABLE];
  if (!file) return false;
  return guard(`reading ${VARIABLE}`, () => isSwitchedOff(parseYaml(readText(file), environment).value), false);
}
