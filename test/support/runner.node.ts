// What `#runner` is under vitest; in browsers it is runner.browser.ts.
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
