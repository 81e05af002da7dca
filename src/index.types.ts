/** What TypeScript sees of `agentops`: what both sides have, and no more. A test holds the two faces to it. */
export * from '@agentops/web/manual';
