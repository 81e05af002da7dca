import { guard, type InitOptions } from '@agentops/shared';
import { mergeOptions } from '@agentops/shared/config/merge';

/**
 * What the page itself says, later ones over earlier ones: `globalThis.AGENTOPS_CONFIG`, `<meta name="agentops" content="{...}">`,
 * `<script data-agentops-endpoint="..." data-agentops-service-name="...">`.
 */
export function readPageConfig(): InitOptions {
  const { AGENTOPS_CONFIG } = globalThis as { AGENTOPS_CONFIG?: InitOptions };
  return [AGENTOPS_CONFIG, fromMeta(), fromScripts()].reduce<InitOptions>(
    (config, part) => mergeOptions(config, part as InitOptions),
    {},
  );
}

function fromMeta(): InitOptions | undefined {
  const content = document.querySelector<HTMLMetaElement>('meta[name="agentops"]')?.content;
  if (!content) return undefined;
  return guard('reading <meta name="agentops"> as JSON', () => JSON.parse(content) as InitOptions);
}

/** A module has no `document.currentScript`, so any script of the page may carry the attributes. */
function fromScripts(): InitOptions | undefined {
  const options: Record<string, unknown> = {};
  for (const { dataset } of document.scripts) {
    for (const [key, value] of Object.entries(dataset)) {
      const [, first, rest] = /^agentops(.)(.*)/.exec(key) ?? [];
      if (first) options[first.toLowerCase() + rest] = parseValue(value);
    }
  }
  // None at all must not hide what is wrong with the others.
  return Object.keys(options).length ? options : undefined;
}

/** `true`, `["a"]` and `{"rate":1}` mean what they say in JSON; anything else is text, also the `2` of a version. */
function parseValue(value = ''): unknown {
  try {
    return /^(?:true|false|[[{].*)$/s.test(value) ? JSON.parse(value) : value;
  } catch {
    return value;
  }
}
