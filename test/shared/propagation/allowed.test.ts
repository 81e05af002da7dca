import { expect, it } from '#runner';
import { isAllowed } from '@agentops/shared/propagation/allowed';

it.each<[boolean | string[], string, boolean]>([
  [true, 'tenant.id', true],
  [false, 'tenant.id', false],
  [[], 'tenant.id', false],
  [['tenant.id'], 'tenant.id', true],
  [['tenant.id'], 'tenant.id.x', false],
  [['tenant.id'], 'Tenant.id', false],
  [['tenant.*'], 'tenant.id', true],
  [['tenant.*'], 'tenant.', true],
  [['tenant.*'], 'tenant', false],
  [['tenant.*'], 'subtenant.id', false],
  [['a', 'tenant.*'], 'tenant.id', true],
  [['*'], 'anything', true],
  [['tenant*id'], 'tenant.id', false],
])('%j lets %s through: %s', (allowed, name, expected) => {
  expect(isAllowed(allowed, name)).toBe(expected);
});
