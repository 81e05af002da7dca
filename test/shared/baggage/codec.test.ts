import { describe, it, expect } from '#runner';
import { readCounts } from '@agentops/shared/telemetry/counters';
import { isBaggageKey, MAX_BYTES, parseBaggage } from '@agentops/shared/baggage/codec';

type Row = [key: string, value: string, metadata?: string];

const read = (header: string): Row[] =>
  parseBaggage(header).map(([key, { value, metadata }]) =>
    metadata ? [key, value, metadata.toString()] : [key, value],
  );
const many = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`);

describe('a baggage header', () => {
  it.each<[string, string, Row[]]>([
    [
      'the members of the specification',
      'key1=value1,key2=value2',
      [
        ['key1', 'value1'],
        ['key2', 'value2'],
      ],
    ],
    [
      'the properties of the specification',
      'key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue',
      [
        ['key1', 'value1', 'property1;property2'],
        ['key2', 'value2'],
        ['key3', 'value3', 'propertyKey=propertyValue'],
      ],
    ],
    [
      'percent-coded text',
      'userId=Am%C3%A9lie,serverNode=DF%2028',
      [
        ['userId', 'Amélie'],
        ['serverNode', 'DF 28'],
      ],
    ],
    ['escapes in lower case', 'a=%c3%a9', [['a', 'é']]],
    [
      'white space everywhere it may be',
      ' \ta \t=\t 1 \t;\t p \t=\t 2 \t, b=2',
      [
        ['a', '1', 'p=2'],
        ['b', '2'],
      ],
    ],
    [
      'an empty value',
      'a=,b=;p',
      [
        ['a', ''],
        ['b', '', 'p'],
      ],
    ],
    ['= in a value', 'a=b=c==', [['a', 'b=c==']]],
    ['+ as itself', 'a=b+c', [['a', 'b+c']]],
    ['a key with every token character', "!#$%&'*+-.^_`|~aZ09=1", [["!#$%&'*+-.^_`|~aZ09", '1']]],
    ['a key with a % as it stands', '%61=1', [['%61', '1']]],
    [
      'keys in their letter case',
      'A=1,a=2',
      [
        ['A', '1'],
        ['a', '2'],
      ],
    ],
    ['a coded comma, semicolon, quote and backslash', 'a=%2C%3B%22%5C', [['a', ',;"\\']]],
    ['coded line breaks', 'a=%0D%0A', [['a', '\r\n']]],
    ['octets that are no UTF-8', 'a=x%FFy', [['a', 'x\uFFFDy']]],
    ['a sequence that breaks off', 'a=%C3', [['a', '\uFFFD']]],
    ['a surrogate in UTF-8', 'a=%ED%A0%80z', [['a', '\uFFFD\uFFFD\uFFFDz']]],
    [
      'a % that starts no escape',
      'a=100%,b=%zz,c=%4',
      [
        ['a', '100%'],
        ['b', '%zz'],
        ['c', '%4'],
      ],
    ],
    ['a byte order mark', 'a=%EF%BB%BFx', [['a', '\uFEFFx']]],
    ['a byte order mark beside bad octets', 'a=%EF%BB%BFx%FF', [['a', '\uFEFFx\uFFFD']]],
    [
      'a key that comes twice as the last of them, in the place of the first',
      'a=1,b=2,a=3;p',
      [
        ['a', '3', 'p'],
        ['b', '2'],
      ],
    ],
    [
      'a key of a prototype',
      '__proto__=1,constructor=2',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ])('reads %s', (_title, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it.each([
    ['no =', 'a'],
    ['no key', '=1'],
    ['a space in the key', 'a b=1'],
    ['a letter beyond ASCII in the key', 'é=1'],
    ['a quote in the key', '"a"=1'],
    ['a space in the value', 'a=b c'],
    ['a quote in the value', 'a="b"'],
    ['a backslash in the value', 'a=b\\c'],
    ['a letter beyond ASCII in the value', 'a=é'],
    ['a control character in the value', 'a=b\u0001c'],
    ['a line break in the value', 'a=b\r\nc'],
    ['nothing in it', ' '],
    ['= behind the first ;', 'a;b=1'],
  ])('skips a member with %s, and no other', (_title, bad) => {
    expect(read(`first=1,${bad},last=2`)).toEqual([
      ['first', '1'],
      ['last', '2'],
    ]);
  });

  it('skips a bad property, and no other', () => {
    expect(read('a=1;good;b ad;x=y;"q"=1;=2')).toEqual([['a', '1', 'good;x=y']]);
  });

  it.each(['', ',', ' , ,', ';', '=', ';=,'])('is empty when it is %j', header => {
    expect(read(header)).toEqual([]);
  });

  it('is read to its 64th member', () => {
    expect(read(many(64).join(',')).length).toBe(64);
    expect(read(many(65).join(',')).map(([key]) => key)).toEqual(many(64).map(member => member.slice(0, -2)));
  });

  it('may repeat keys and have empty members beyond 64', () => {
    expect(read([...many(64), ...many(64)].join(', ,')).length).toBe(64);
  });

  it('counts no white space towards 8192 bytes', () => {
    const padded = [`a=${'x'.repeat(MAX_BYTES - 6)}`, 'b=1'].join(`,${' '.repeat(9_000)}`);
    expect(read(padded).map(([key]) => key)).toEqual(['a', 'b']);
  });

  it('is read in time when it is a megabyte of nothing', () => {
    expect(read(' '.repeat(1_000_000))).toEqual([]);
    expect(read(`a=1${' '.repeat(1_000_000)}x`)).toEqual([]);
    expect(read(','.repeat(1_000_000))).toEqual([]);
    expect(read(`a=1,${' ,'.repeat(500_000)}`)).toEqual([['a', '1']]);
  });

  it('counts what it leaves out, by cause', () => {
    const before = readCounts();
    read([...many(66), 'a b=1'].join(','));
    const after = readCounts();
    expect((after['baggage.dropped'] ?? 0) - (before['baggage.dropped'] ?? 0)).toBe(2);
    expect((after['baggage.invalid'] ?? 0) - (before['baggage.invalid'] ?? 0)).toBe(1);
  });

  it('is read to its last whole member within 8192 bytes', () => {
    const filler = `a=${'x'.repeat(MAX_BYTES - 6)}`;
    expect(read(`${filler},b=1`).map(([key]) => key)).toEqual(['a', 'b']);
    expect(read(`${filler},b=12`).map(([key]) => key)).toEqual(['a']);
    expect(read(`${filler},b=1,c=1`).map(([key]) => key)).toEqual(['a', 'b']);
    expect(read(`a=${'x'.repeat(MAX_BYTES)},b=1`)).toEqual([]);
  });
});

describe('a baggage key', () => {
  it.each([
    ['tenant.id', true],
    ['x'.repeat(MAX_BYTES - 1), true],
    ['x'.repeat(MAX_BYTES), false],
    ['', false],
    ['a b', false],
    ['a\n', false],
    [5, false],
    [undefined, false],
  ])('may be: case %#', (key, expected) => {
    expect(isBaggageKey(key)).toBe(expected);
  });
});
