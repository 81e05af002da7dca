/** `agentops` in a page. */
export * from '@agentops/web/manual';
