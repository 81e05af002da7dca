import type { ViewKind } from '../reading/span-kinds.js';

/** What a person calls each kind; shown as tooltip and in the details. */
export const kindNames: Readonly<Record<ViewKind, string>> = {
  page: 'Browser page',
  server: 'Server request',
  client: 'Outgoing call',
  message: 'Message',
  agent: 'Agent',
  llm: 'LLM call',
  tool: 'Tool call',
  task: 'Task',
  workflow: 'Workflow',
  session: 'Session',
  internal: 'Internal',
};
