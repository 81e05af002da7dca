import { afterEach, describe, it, expect } from '#runner';
import { start, stop, TRACEPARENT } from '../support.js';

afterEach(stop);

describe('headers that are extracted twice in one request', () => {
  it.each([
    ['session.id=s-1'],
    ['session.id='],
    ['session.id=%3Cscript%3E'],
    [`session.id=${'x'.repeat(200)}`],
    ['tenant=acme'],
  ])('with baggage %s are one session', baggage => {
    const { client } = start({}, { sessionPerRequest: true });
    const headers = { traceparent: TRACEPARENT, baggage };
    client.withContext(client.extractContext(headers), () => {
      const first = client.getSession()?.id;
      client.session.addBaggage('step', '1');
      client.withContext(client.extractContext(headers), () => {
        expect(client.getSession()?.id).toBe(first);
        expect(client.session.getBaggageValue('step')).toBe('1');
      });
    });
  });

  it('with an agent id of any text are stamped with it, and sent on as they came', () => {
    const { client, ended } = start({}, { sessionPerRequest: true });
    const baggage = 'agent.id=%0D%0Ax%22%2C%3B%E2%82%AC';
    client.withContext(client.extractContext({ baggage }), () => {
      client.withSpan('work', () => {});
      expect(client.injectContext()['baggage']).toContain(baggage);
    });
    expect(ended[0]?.attributes['agent.id']).toBe('\r\nx",;€');
  });
});
