import type { Diagnosis } from '@agentops/shared';
import { diagnose as diagnoseWith } from '@agentops/shared/external/diagnose';
import { RULES } from '@agentops/shared/external/rules';
import { findCopies } from './copies.js';
import { isHttpWrapped } from './external.js';

/** Who owns which of OpenTelemetry's globals in this process, which copies are there, what goes wrong by it and what to do. */
export function diagnose(): Diagnosis {
  return diagnoseWith(RULES, { copies: findCopies(), httpByOthers: isHttpWrapped() });
}
