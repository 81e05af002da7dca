import { describe, it, expect } from '#runner';
import { baggageEntry, formatBaggage, MAX_BYTES, MAX_MEMBERS, parseBaggage } from '@agentops/shared/baggage/codec';
import { createB3Propagator } from '@agentops/shared/propagation/b3';
import { carrierGetter, carrierSetter } from '@agentops/shared/propagation/carrier';
import { formatTraceparent, parseTraceparent, traceContextPropagator } from '@agentops/shared/propagation/tracecontext';
import { parseTracestate } from '@agentops/shared/propagation/tracestate';
import { createTraceState, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';

// The grammars once more, written from the specifications and not from the code.
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/;
const TRACESTATE_MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const B3_SINGLE = /^(?:[0-9a-f]{32}-[0-9a-f]{16}(?:-[01d])?|[01d])$/;
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const OCTETS = '(?:%[0-9A-Fa-f]{2}|[!#-$&-+\\--:<-\\[\\]-~])*';
const BAGGAGE_MEMBER = new RegExp(`^${TOKEN}=${OCTETS}(?:;${TOKEN}(?:=${OCTETS})?)*$`);

const runs = { numRuns: 300 };
const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map(digits => digits.join(''))
    .filter(id => /[^0]/.test(id));
const spanContext = fc.record({ traceId: hex(32), spanId: hex(16), traceFlags: fc.integer({ min: 0, max: 255 }) });
/** All of Unicode but surrogates. */
const codePoint = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map(code => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));
/** Any text at all, lone surrogates included. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map(code => String.fromCharCode(code)),
  maxLength: 60,
});
/** Text that is nearly a header: the characters the grammars turn on. */
const nearly = fc.string({ unit: fc.constantFrom(...'0aAfF1d-=,;% \t\r\n"\\@_*/.é\uD800'.split('')), maxLength: 80 });
const text = fc.oneof(anyText, nearly);
const key = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"), minLength: 1, maxLength: 12 });

const check = (property: fc.IProperty<never> | fc.IRawProperty<unknown>) =>
  fc.assert(property as fc.IRawProperty<unknown>, runs);

describe('for all input', () => {
  it('traceparent comes back as it was, with the flags that are known', () => {
    check(
      fc.property(spanContext, sent => {
        const header = formatTraceparent(sent);
        expect(header).toMatch(TRACEPARENT);
        expect(parseTraceparent(header)).toEqual({ ...sent, traceFlags: sent.traceFlags & 3, isRemote: true });
      }),
    );
  });

  it('what is read as a traceparent is written as one', () => {
    const mutated = fc
      .tuple(spanContext.map(formatTraceparent), fc.nat(54), fc.constantFrom('0', 'f', 'F', '-', ' ', 'x', ''))
      .map(([header, at, put]) => header.slice(0, at) + put + header.slice(at + 1));
    check(
      fc.property(fc.oneof(text, mutated), header => {
        const read = parseTraceparent(header);
        if (read) expect(formatTraceparent(read)).toMatch(TRACEPARENT);
      }),
    );
  });

  it('tracestate is whole and valid, or not there', () => {
    const stateKey = fc.string({ unit: fc.constantFrom(...'az09_-*/@'), minLength: 1, maxLength: 260 });
    const value = fc.string({
      unit: fc.integer({ min: 0x1f, max: 0x7f }).map(code => String.fromCharCode(code)),
      maxLength: 260,
    });
    const member = fc.tuple(stateKey, value).map(([name, content]) => `${name}=${content}`);
    check(
      fc.property(fc.array(fc.oneof(member, text), { maxLength: 40 }), members => {
        const written = parseTracestate(members.join(','))?.serialize();
        if (!written) return;
        expect(written.length).toBeLessThanOrEqual(512);
        for (const one of written.split(',')) expect(one).toMatch(TRACESTATE_MEMBER);
        expect(parseTracestate(written)?.serialize()).toBe(written);
      }),
    );
  });

  it('a tracestate of another make is written valid', () => {
    check(
      fc.property(text, raw => {
        const traceState = { ...createTraceState(), serialize: () => raw } as never;
        const carrier: Record<string, string> = {};
        const sent = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1, traceState };
        traceContextPropagator.inject(trace.setSpanContext(ROOT_CONTEXT, sent), carrier, carrierSetter);
        for (const one of carrier['tracestate']?.split(',') ?? []) expect(one).toMatch(TRACESTATE_MEMBER);
      }),
    );
  });

  it('baggage comes back as it was', () => {
    const value = fc.string({ unit: codePoint, maxLength: 30 });
    check(
      fc.property(fc.dictionary(key, value, { maxKeys: 20 }), entries => {
        const members = Object.entries(entries);
        const { header } = formatBaggage(members.map(([name, content]) => [name, baggageEntry(content)]));
        expect(parseBaggage(header).map(([name, entry]) => [name, entry.value])).toEqual(members);
      }),
    );
  });

  it('baggage is written valid and within its limits, whatever is in it', () => {
    const member = fc.tuple(fc.oneof(key, text), fc.oneof(text, fc.string({ minLength: 200, maxLength: 900 })), text);
    check(
      fc.property(fc.array(member, { maxLength: 80 }), members => {
        const { header } = formatBaggage(
          members.map(([name, value, metadata]) => [name, baggageEntry(value, metadata)]),
        );
        const written = header ? header.split(',') : [];
        expect(header.length).toBeLessThanOrEqual(MAX_BYTES);
        expect(written.length).toBeLessThanOrEqual(Math.min(MAX_MEMBERS, members.length));
        for (const one of written) expect(one).toMatch(BAGGAGE_MEMBER);
      }),
    );
  });

  it('baggage that is read can be written and read to the same', () => {
    check(
      fc.property(
        fc.oneof(
          text,
          fc.array(nearly).map(parts => parts.join('a=1,b=2;')),
        ),
        header => {
          const once = parseBaggage(header);
          const again = parseBaggage(formatBaggage(once).header);
          const plain = (members: typeof once) =>
            members.map(([name, entry]) => [name, entry.value, String(entry.metadata ?? '')]);
          expect(plain(again)).toEqual(plain(once));
        },
      ),
    );
  });

  it.each([['single' as const], ['multi' as const]])('B3 comes back as it was: %s', encoding => {
    const propagator = createB3Propagator(encoding);
    check(
      fc.property(spanContext, fc.constantFrom(undefined, 'd'), (sent, debug) => {
        const state = debug ?? `${sent.traceFlags & 1}`;
        const ctx = propagator.extract(ROOT_CONTEXT, { b3: `${sent.traceId}-${sent.spanId}-${state}` }, carrierGetter);
        const carrier = {};
        propagator.inject(ctx, carrier, carrierSetter);
        const back = {};
        propagator.inject(propagator.extract(ROOT_CONTEXT, carrier, carrierGetter), back, carrierSetter);
        expect(back).toEqual(carrier);
        expect(JSON.stringify(back)).toContain(sent.traceId);
      }),
    );
  });

  it('what is read as B3 is written as B3', () => {
    const propagator = createB3Propagator('single');
    check(
      fc.property(text, text, text, (b3, traceId, sampled) => {
        const headers = { b3, 'x-b3-traceid': traceId, 'x-b3-spanid': traceId, 'x-b3-sampled': sampled };
        const carrier: Record<string, string> = {};
        propagator.inject(propagator.extract(ROOT_CONTEXT, headers, carrierGetter), carrier, carrierSetter);
        if ('b3' in carrier) expect(carrier['b3']).toMatch(B3_SINGLE);
      }),
    );
  });
});
