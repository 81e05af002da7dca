// vitest's matchers outside vitest, put together as vitest's own createExpect does.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  chai,
  customMatchers,
  getState,
  setState,
  type ExpectStatic,
  type MatchersObject,
} from '@vitest/expect';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** chai's `expect`, with what JestExtend put on it. */
interface ExtendableAssert {
  extend(expect: ExpectStatic, matchers: MatchersObject): void;
}

/** Without what belongs to vitest's runner: `poll`, `soft`, `assertions`, snapshots. */
export const expect: ExpectStatic = createExpect();

function createExpect(): ExpectStatic {
  const { expect: assert, assert: assertions } = chai;
  const created = ((value: unknown, message?: string) => assert(value, message)) as unknown as ExpectStatic;
  const matchers = Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT);
  Object.assign(created, assert, matchers, {
    getState: () => getState(created),
    setState: (state: object) => setState(state, created),
    extend: (added: MatchersObject) => (assert as unknown as ExtendableAssert).extend(created, added),
    assert: assertions,
    unreachable: (message = '') => assertions.fail(`expected ${message} not to be reached`),
  });
  Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: created, writable: true, configurable: true });
  setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, created);
  created.extend(customMatchers);
  return created;
}
