// What `#runner` is in browsers: mocha (WTR's framework) with vitest's signatures. Types come from runner.node.ts.
import { parametrised } from './runner-each.js';
import { failOnLostRejections, withReadableErrors } from './runner-errors.js';

export { expect } from './runner-expect.js';

type Body = (...values: unknown[]) => unknown;
type Hook = (body: Body) => void;
type MochaTest = (title: string, body?: () => unknown) => { timeout(ms: number): void };
type Mocha = Record<'it' | 'describe', MochaTest & { skip: MochaTest; only: MochaTest }> &
  Record<'before' | 'after' | 'beforeEach' | 'afterEach', (body: () => unknown) => void>;
type Options = number | { timeout?: number } | Body;

const mocha = globalThis as unknown as Mocha;

export const describe = withVariants('describe');
export const it = withVariants('it');
export const beforeAll: Hook = body => mocha.before(withReadableErrors(body));
export const afterAll: Hook = body => mocha.after(withReadableErrors(body));
export const beforeEach: Hook = body => mocha.beforeEach(withReadableErrors(body));
export const afterEach: Hook = body => mocha.afterEach(withReadableErrors(body));

failOnLostRejections(body => mocha.after(body));

function withVariants(kind: 'it' | 'describe') {
  const run = declaring(mocha[kind]);
  const skip = declaring(mocha[kind].skip);
  const only = declaring(mocha[kind].only);
  return Object.assign(run, {
    skip,
    only,
    todo: (title: string) => skip(title),
    skipIf: (condition: unknown) => (condition ? skip : run),
    runIf: (condition: unknown) => (condition ? run : skip),
  });
}

function declaring(declare: MochaTest) {
  const single = (title: string, ...rest: Options[]) => {
    const body = rest.find(item => typeof item === 'function');
    // Wrapped, because mocha takes a body with a parameter for one that calls back.
    const test = declare(title, body && withReadableErrors(() => body({})));
    const timeoutMs = rest.map(timeoutOf).find(ms => ms !== undefined);
    if (timeoutMs !== undefined) test.timeout(timeoutMs);
  };
  return Object.assign(single, { each: parametrised(single) });
}

function timeoutOf(item: Options): number | undefined {
  if (typeof item === 'number') return item;
  return typeof item === 'object' ? item.timeout : undefined;
}
