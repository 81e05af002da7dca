import { describe, it, expect } from '#runner';
import { baggageEntry, formatBaggage, isBaggageKey, MAX_BYTES, parseBaggage } from '@agentops/shared/baggage/codec';

type Row = [key: string, value: string, metadata?: string];

const read = (header: string): Row[] =>
  parseBaggage(header).map(([key, { value, metadata }]) =>
    metadata ? [key, value, metadata.toString()] : [key, value],
  );
const write = (...rows: Row[]) =>
  formatBaggage(rows.map(([key, value, metadata]) => [key, baggageEntry(value, metadata)]));
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
      'a key that comes twice',
      'a=1,a=2',
      [
        ['a', '1'],
        ['a', '2'],
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

  it('is read to its last whole member within 8192 bytes', () => {
    const filler = `a=${'x'.repeat(MAX_BYTES - 6)}`;
    expect(read(`${filler},b=1`).map(([key]) => key)).toEqual(['a', 'b']);
    expect(read(`${filler},b=12`).map(([key]) => key)).toEqual(['a']);
    expect(read(`${filler},b=1,c=1`).map(([key]) => key)).toEqual(['a', 'b']);
    expect(read(`a=${'x'.repeat(MAX_BYTES)},b=1`)).toEqual([]);
  });
});

describe('baggage as a header', () => {
  it.each<[string, Row[], string]>([
    [
      'members in order',
      [
        ['b', '2'],
        ['a', '1'],
      ],
      'b=2,a=1',
    ],
    ['an empty value', [['a', '']], 'a='],
    [
      'text beyond ASCII',
      [
        ['userId', 'Amélie'],
        ['emoji', '😀'],
      ],
      'userId=Am%C3%A9lie,emoji=%F0%9F%98%80',
    ],
    ['a comma, a semicolon, a quote, a backslash, a space', [['a', ',;"\\ ']], 'a=%2C%3B%22%5C%20'],
    ['a % as an escape', [['a', '100%']], 'a=100%25'],
    ['an escape as text', [['a', '%41']], 'a=%2541'],
    ['= and the rest as they are', [['a', "!#$&'()*+-./:<=>?@[]^_`{|}~"]], "a=!#$&'()*+-./:<=>?@[]^_`{|}~"],
    ['a line break in the value', [['a', 'x\r\nSet-Cookie: y']], 'a=x%0D%0ASet-Cookie:%20y'],
    ['a zero and a delete', [['a', '\0\x7f']], 'a=%00%7F'],
    ['a lone high surrogate', [['a', 'x\uD800y']], 'a=x%EF%BF%BDy'],
    ['a lone low surrogate', [['a', '\uDC00']], 'a=%EF%BF%BD'],
    ['properties', [['a', '1', 'p;q=2']], 'a=1;p;q=2'],
    ['properties trimmed', [['a', '1', ' p ; q = 2 ;;']], 'a=1;p;q=2'],
    ['a property that is coded already', [['a', '1', 'p=%20']], 'a=1;p=%20'],
    ['a comma in a property', [['a', '1', 'p=1,evil=2']], 'a=1;p=1%2Cevil=2'],
    ['a line break in a property', [['a', '1', 'p=1\r\nX-Evil: 1']], 'a=1;p=1%0D%0AX-Evil:%201'],
    ['a property that is no token', [['a', '1', 'x,evil=2;ok']], 'a=1;ok'],
    ['a property that is a line', [['a', '1', 'x\r\nX-Evil: 1']], 'a=1'],
    [
      'a bad key left out',
      [
        ['a b', '1'],
        ['c,d=1,e', '1'],
        ['', '1'],
        ['é', '1'],
        ['f', '1'],
      ],
      'f=1',
    ],
    ['a key with a line break left out', [['a\r\nx', '1']], ''],
  ])('has %s', (_title, rows, expected) => {
    expect(write(...rows)).toEqual({ header: expected, dropped: 0 });
  });

  it('leaves out a value that is no text', () => {
    expect(
      formatBaggage([
        ['a', { value: 5 as unknown as string }],
        ['b', { value: '1' }],
      ]).header,
    ).toBe('b=1');
  });

  it('has 64 members at most, and counts the others', () => {
    const rows = Array.from({ length: 66 }, (_, index): Row => [`k${index}`, 'v']);
    expect(write(...rows)).toEqual({ header: many(64).join(','), dropped: 2 });
  });

  it('has 8192 bytes at most, in whole members', () => {
    const full = write(['a', 'x'.repeat(MAX_BYTES - 6)], ['b', '1'], ['c', '']);
    expect(full.header.length).toBe(MAX_BYTES);
    expect(full.dropped).toBe(1);
    expect(write(['a', 'x'.repeat(MAX_BYTES - 6)], ['b', '12'])).toMatchObject({ dropped: 1 });
    expect(write(['a', 'é'.repeat(MAX_BYTES / 4)], ['b', '1'])).toEqual({ header: 'b=1', dropped: 1 });
  });

  it.each<[string]>([['plain'], ['a,b;c=d'], ['Amélie 😀'], ['100%'], ['%E9'], ['\r\n\t "\\'], [''], ['\uFEFFx']])(
    'brings %j back',
    value => {
      expect(read(write(['key', value]).header)).toEqual([['key', value]]);
    },
  );
});

describe('a baggage key', () => {
  it.each([
    ['tenant.id', true],
    ['x'.repeat(1_024), true],
    ['x'.repeat(1_025), false],
    ['', false],
    ['a b', false],
    ['a\n', false],
    [5, false],
    [undefined, false],
  ])('%s is one: %s', (key, expected) => {
    expect(isBaggageKey(key)).toBe(expected);
  });
});
