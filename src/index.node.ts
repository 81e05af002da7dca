/** `agentops` in Node. */
export * from '@agentops/node';
