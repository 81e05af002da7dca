import { diagnostics, type InitOptions } from '@agentops/shared';
import { mergeOptions } from '@agentops/shared/config/merge';

const PREFIX = 'agentops';

/**
 * What the page itself says, later ones over earlier ones: `globalThis.AGENTOPS_CONFIG`, `<meta name="agentops" content="{...}">`,
 * `<script data-agentops-endpoint="..." data-agentops-service-name="...">`.
 */
export function readPageConfig(): InitOptions {
  const fromGlobal = (globalThis as { AGENTOPS_CONFIG?: InitOptions }).AGENTOPS_CONFIG;
  return [fromGlobal, fromMeta(), fromScripts()].reduce<InitOptions>(
    (config, part) => mergeOptions(config, part as InitOptions),
    {},
  );
}

function fromMeta(): InitOptions | undefined {
  const content = document.querySelector<HTMLMetaElement>('meta[name="agentops"]')?.content;
  if (!content) return undefined;
  try {
    return JSON.parse(content) as InitOptions;
  } catch (error) {
    diagnostics.warn(
      'page-config',
      '<meta name="agentops"> is no JSON and is ignored; its content must be {"endpoint": "..."}',
      error,
    );
    return undefined;
  }
}

/** A module has no `document.currentScript`, so any script of the page may carry the attributes. */
function fromScripts(): InitOptions | undefined {
  const options: Record<string, unknown> = {};
  for (const { dataset } of document.scripts) {
    for (const [key, value] of Object.entries(dataset)) {
      if (key.startsWith(PREFIX) && key !== PREFIX) options[lowerFirst(key.slice(PREFIX.length))] = parseValue(value);
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

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
