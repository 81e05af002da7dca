import { context, propagation, type Context } from '@opentelemetry/api';
import { AGENT_ID } from '../baggage/stamp.js';
import type { SessionManager } from './manager.js';

/** The active context, with `id` as the agent of everything below, here and in the services it calls. */
export function enterAgent(sessions: SessionManager, id: string): Context {
  const active = context.active();
  return propagation.setBaggage(active, sessions.baggage(active).setEntry(AGENT_ID, { value: id }));
}
