/* oxlint-disable no-console -- the one file that may write to it */

/** Where the toolkit says what happened to itself. Quiet: warnings once each, details only with `debug: true`. */
export const diagnostics = {
  /** Set by `init({ debug: true })`. */
  verbose: false,

  /** What happened + what we did + what to do. A key is reported once, so a fault in a hot path cannot flood the log. */
  warn(key: string, message: string, cause?: unknown): void {
    if (reported.has(key) || reported.size >= MAX_KEYS) return;
    reported.add(key);
    write('warn', message, cause);
  },

  /** What the user asked to see: the console exporter's output. */
  print(message: string): void {
    console.log(message);
  },

  debug(message: string, cause?: unknown): void {
    if (this.verbose) write('debug', message, cause);
  },
};

const MAX_KEYS = 256;
const reported = new Set<string>();

function write(level: 'warn' | 'debug', message: string, cause: unknown): void {
  const text = `[agentops] ${message}`;
  if (cause === undefined) console[level](text);
  else console[level](text, cause);
}
