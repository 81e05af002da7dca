/** What was come across. */
export interface Found {
  /** What exporters send to, without user, password and query. */
  readonly urls: ReadonlySet<string>;
  readonly objects: ReadonlySet<object>;
}

const MAX_OBJECTS = 5_000;

/** What exporters call the place they send to. */
const URL_NAMES = new Set(['url', '_url', 'address', 'endpoint']);

/**
 * Looks through what `root` holds. A provider has no public way to say which processors and exporters it has, so this goes by no name of theirs but those
 * of addresses, and is good enough for advice and for nothing else.
 */
export function search(root: object): Found {
  const objects = new Set<object>([root]);
  const urls = new Set<string>();
  // A set that grows goes on being walked.
  for (const object of objects) {
    for (const [name, value] of membersOf(object)) {
      if (typeof value === 'object' && value !== null && objects.size < MAX_OBJECTS) objects.add(value);
      if (URL_NAMES.has(name) && typeof value === 'string' && URL.canParse(value)) urls.add(withoutSecrets(value));
    }
  }
  return { urls, objects };
}

/** Of data alone: a getter of the app's is not to run. */
function membersOf(object: object): [string, unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(object)).map(([name, { value }]) => [name, value as unknown]);
}

function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
