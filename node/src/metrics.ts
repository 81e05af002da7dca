/** `@agentops/node/metrics`: metrics of your own, beside those that `init()` makes of spans. Importing it does nothing. */
export {
  getMeter,
  incrementTokens,
  recordLatency,
  recordLLMCall,
  type MeasuredCall,
} from '@agentops/shared/metrics/functions';
