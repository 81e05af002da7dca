/** Domains of providers, and the endpoints of clouds that answer for models. */
const LLM_HOST = [
  /(?:^|\.)(?:openai|anthropic|cohere|deepseek|groq)\.com$/,
  /(?:^|\.)(?:cohere|fireworks|mistral|openrouter|perplexity|x)\.ai$/,
  /(?:^|\.)(?:huggingface\.co|together\.(?:ai|xyz))$/,
  /\.(?:openai|services\.ai|cognitiveservices)\.azure\.com$/,
  /^bedrock.*\.amazonaws\.com$/,
  /(?:^generativelanguage|aiplatform)\.googleapis\.com$/,
];

/** True for the hosts of well-known LLM providers; a gateway of one's own is a host like any other. `hostname` without a last dot. */
export function isLlmHost(hostname: string): boolean {
  return LLM_HOST.some(pattern => pattern.test(hostname));
}
