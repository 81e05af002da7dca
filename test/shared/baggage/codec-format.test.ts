import { describe, it, expect } from '#runner';
import { baggageEntry, formatBaggage, MAX_BYTES, parseBaggage } from '@agentops/shared/baggage/codec';

type Row = [key: string, value: string, metadata?: string];

const read = (header: string): Row[] =>
  parseBaggage(header).map(([key, { value, metadata }]) =>
    metadata ? [key, value, metadata.toString()] : [key, value],
  );
const write = (...rows: Row[]) =>
  formatBaggage(rows.map(([key, value, metadata]) => [key, baggageEntry(value, metadata)]));
const many = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`);

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
    ['a lone high surrogate before U+FC00', [['a', '\uD800\uFC00']], 'a=%EF%BF%BD%EF%B0%80'],
    ['a lone low surrogate', [['a', '\uDC00']], 'a=%EF%BF%BD'],
    ['properties', [['a', '1', 'p;q=2']], 'a=1;p;q=2'],
    ['properties trimmed', [['a', '1', ' p ; q = 2 ;;']], 'a=1;p;q=2'],
    ['a property that is coded already', [['a', '1', 'p=%20']], 'a=1;p=%20'],
    [
      'a property with a % that starts no escape',
      [['a', '1', 'p=100%;q=%zz;r=%c3%a9']],
      'a=1;p=100%25;q=%25zz;r=%c3%a9',
    ],
    ['a property beyond ASCII', [['a', '1', 'p=é😀']], 'a=1;p=%C3%A9%F0%9F%98%80'],
    ['a property with a lone surrogate', [['a', '1', 'p=\uD800']], 'a=1;p=%EF%BF%BD'],
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
  });

  it('leaves behind what was added last, also when it would still fit', () => {
    const rows: Row[] = [
      ['a', 'x'.repeat(8_000)],
      ['b', 'x'.repeat(500)],
      ['c', '1'],
    ];
    expect(write(...rows)).toMatchObject({ dropped: 2 });
    expect(write(...rows).header.startsWith('a=')).toBe(true);
  });

  it('leaves a member that fits into no header behind, and no other', () => {
    expect(write(['a', 'é'.repeat(MAX_BYTES / 4)], ['b', '1'])).toEqual({ header: 'b=1', dropped: 1 });
  });

  it.each<[string]>([['plain'], ['a,b;c=d'], ['Amélie 😀'], ['100%'], ['%E9'], ['\r\n\t "\\'], [''], ['\uFEFFx']])(
    'brings %j back',
    value => {
      expect(read(write(['key', value]).header)).toEqual([['key', value]]);
    },
  );
});
