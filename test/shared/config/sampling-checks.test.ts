import { describe, expect, it } from '#runner';
import { isAgentOpsError } from '@agentops/shared';
import { serverChecks } from '@agentops/shared/config/server-checks';
import { validate, type ServerChecks } from '@agentops/shared/config/validate';

function issuesOf(telemetry: unknown, checks?: ServerChecks) {
  try {
    validate({ telemetry }, checks);
  } catch (error) {
    if (isAgentOpsError(error)) return error.issues;
    throw error;
  }
  return [];
}

const everything = {
  rate: 0.1,
  rules: [
    { rate: 0 },
    {
      name: 'GET *',
      kind: 'server',
      service: 'planner',
      attributes: { a: 'x*', b: 1, c: true, d: { min: 0.5 } },
      agent: '*',
      route: '/api/*',
      session: 's',
      rate: 1,
    },
  ],
  tail: {
    keepErrors: false,
    slowerThanMs: 1,
    rules: [{ attributes: { cost: { min: 1 } } }],
    maxTraces: 1,
    maxSpans: 1,
    waitMs: 1,
  },
};

describe('telemetry.sampling', () => {
  it('is right with everything in it', () => {
    expect(issuesOf({ sampling: everything, sampler: { shouldSample() {} } }, serverChecks)).toEqual([]);
    expect(issuesOf({ sampling: {} }, serverChecks)).toEqual([]);
  });

  it.each<[unknown, string, string]>([
    [0.1, '', 'must be an object'],
    [{ rate: 1.5 }, '.rate', 'must be a number from 0 to 1, got 1.5'],
    [{ rate: -0.1 }, '.rate', 'must be a number from 0 to 1'],
    [{ rate: '0.5' }, '.rate', 'must be a number from 0 to 1'],
    [{ rate: Number.NaN }, '.rate', 'must be a number from 0 to 1'],
    [{ ratio: 1 }, '.ratio', 'is no option'],
    [{ rules: {} }, '.rules', 'must be an array'],
    [{ rules: [{ name: 'a' }] }, '.rules[0].rate', 'must be a number from 0 to 1'],
    [{ rules: [{ kind: 'SERVER', rate: 1 }] }, '.rules[0].kind', 'must be one of "internal", "server"'],
    [{ rules: [{ name: /x/, rate: 1 }] }, '.rules[0].name', 'must be a text'],
    [{ rules: [{ rate: 1 }, { attributes: { a: {} }, rate: 1 }] }, '.rules[1].attributes', 'and { min: number }'],
    [{ tail: true }, '.tail', 'must be an object'],
    [{ tail: { slowerThanMs: 0 } }, '.tail.slowerThanMs', 'must be a number of milliseconds from 1'],
    [{ tail: { rules: [{ rate: 1 }] } }, '.tail.rules[0].rate', 'is no option'],
    [{ tail: { maxSpans: 0.5 } }, '.tail.maxSpans', 'must be a whole number from 1'],
  ])('names what is wrong by its path: %j', (sampling, path, message) => {
    const issues = issuesOf({ sampling }, serverChecks);
    expect(issues.map(issue => issue.path)).toEqual([`telemetry.sampling${path}`]);
    expect(issues[0]?.message).toContain(message);
  });

  it('names all that is wrong at once', () => {
    const issues = issuesOf({ sampler: {}, sampling: { rate: 2, tail: { waitMs: 0 } } }, serverChecks);
    expect(issues.map(({ path }) => path).sort()).toEqual([
      'telemetry.sampler',
      'telemetry.sampling.rate',
      'telemetry.sampling.tail.waitMs',
    ]);
  });

  it('has a rate alone in a page, and says so', () => {
    expect(issuesOf({ sampling: { rate: 0.1 } })).toEqual([]);
    const issues = issuesOf({ sampling: { rules: [], tail: {} } });
    expect(issues.map(({ path }) => path)).toEqual(['telemetry.sampling.rules', 'telemetry.sampling.tail']);
    expect(issues[0]?.message).toContain('is no option; there are rate');
  });
});
