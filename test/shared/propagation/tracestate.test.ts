import { describe, it, expect } from '#runner';
import { parseTracestate } from '@agentops/shared/propagation/tracestate';

const members = (count: number, prefix = 'k') => Array.from({ length: count }, (_, index) => `${prefix}${index}=v`);
const read = (header: string) => parseTracestate(header)?.serialize();

describe('tracestate', () => {
  it.each([
    ['one member', 'foo=1', 'foo=1'],
    ['several, in order', 'foo=1,bar=2', 'foo=1,bar=2'],
    ['white space around members', 'foo=1 \t , \t bar=2, baz=3 ', 'foo=1,bar=2,baz=3'],
    ['empty members', ',foo=1,,bar=2, ,', 'foo=1,bar=2'],
    ['a key that starts with a digit', '0a=1', '0a=1'],
    ['a key of one letter', 'z=1', 'z=1'],
    ['every kind of character in a key', 'a0_-*/@z=1', 'a0_-*/@z=1'],
    ['a key with several @', 'a@b@c=1', 'a@b@c=1'],
    ['a key of 256 characters', `${'t'.repeat(256)}=1`, `${'t'.repeat(256)}=1`],
    ['a multi-tenant key', 'fw529a3039@dt=FfAx', 'fw529a3039@dt=FfAx'],
    ['a value of 256 characters', `a=${'v'.repeat(256)}`, `a=${'v'.repeat(256)}`],
    ['a space inside a value', 'a=b c', 'a=b c'],
    ['spaces before a value as part of it', 'a=  b', 'a=  b'],
    ['a key that ends in @', 'foo@=1', 'foo@=1'],
    ['a key with @@', 'foo@@bar=1', 'foo@@bar=1'],
    ['a key of digits', '0123456789=1', '0123456789=1'],
    [
      'a key of 256 characters with @',
      `${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
      `${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
    ],
    ['a value of one character', 'a=~', 'a=~'],
    ['empty members among 32', `,${members(32).join(', ,')},`, members(32).join(',')],
    ['members of which a repeated one counts once', 'a=1,a=1', 'a=1'],
    [
      'all printable ASCII in a value',
      'a=!"#$%&\'()*+-./09:;<>?@AZ[\\]^_`az{|}~',
      'a=!"#$%&\'()*+-./09:;<>?@AZ[\\]^_`az{|}~',
    ],
    ['the first of two members of one key', 'foo=1,bar=2,foo=3', 'foo=1,bar=2'],
    ['32 members', members(32).join(','), members(32).join(',')],
  ])('reads %s', (_title, header, expected) => {
    expect(read(header)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['nothing but commas', ' , ,'],
    ['a member without =', 'foo'],
    ['a member without a key', '=1'],
    ['an empty value', 'foo='],
    ['an = in a value', 'foo=1=2'],
    ['a space before =', 'foo =1'],
    ['a key in upper case', 'FOO=1'],
    ['a key that starts with _', '_foo=1'],
    ['a key that starts with @', '@foo=1'],
    ['a key with a dot', 'foo.bar=1'],
    ['a key of 257 characters', `${'t'.repeat(257)}=1`],
    ['a value of 257 characters', `a=${'v'.repeat(257)}`],
    ['a tab in a value', 'foo=1\t2'],
    ['a delete in a value', 'foo=1\x7f'],
    ['a value of spaces', 'foo=  '],
    ['a key that starts with -', '-foo=1'],
    ['a key that starts with *', '*foo=1'],
    ['a key with a space', 'fo o=1'],
    ['a key with an upper-case letter', 'foO=1'],
    ['a line break before a member', '\nfoo=1'],
    ['a no-break space around a member', '\u00a0foo=1'],
    ['33 members, one of them twice', [...members(32), 'k0=v'].join(',')],
    ['a line break in a value', 'foo=1\n2'],
    ['a character beyond ASCII', 'foo=ü'],
    ['33 members', members(33).join(',')],
    ['one bad member among good ones', 'foo=1,BAD=2,bar=3'],
  ])('is none with %s', (_title, header) => {
    expect(parseTracestate(header)).toBeUndefined();
  });

  it('looks a key up', () => {
    const state = parseTracestate('foo=1,bar=2');
    expect(state?.get('bar')).toBe('2');
    expect(state?.get('baz')).toBeUndefined();
  });

  it('puts what is set in front, and leaves the one before as it was', () => {
    const state = parseTracestate('foo=1,bar=2');
    expect(state?.set('bar', '3').serialize()).toBe('bar=3,foo=1');
    expect(state?.set('new', '4').serialize()).toBe('new=4,foo=1,bar=2');
    expect(state?.serialize()).toBe('foo=1,bar=2');
  });

  it.each([
    ['Key', '1'],
    ['', '1'],
    ['key', ''],
    ['key', 'a,b'],
    ['key', 'a '],
    ['key', 'a\r\nx-evil: 1'],
  ])('does not set %j to %j', (key, value) => {
    expect(parseTracestate('foo=1')?.set(key, value).serialize()).toBe('foo=1');
  });

  it('unsets, and leaves the one before as it was', () => {
    const state = parseTracestate('foo=1,bar=2');
    expect(state?.unset('foo').serialize()).toBe('bar=2');
    expect(state?.unset('foo').unset('bar').serialize()).toBe('');
    expect(state?.serialize()).toBe('foo=1,bar=2');
  });

  it('drops the oldest when a 33rd is set', () => {
    const state = parseTracestate(members(32).join(','))?.set('new', '1');
    expect(state?.serialize().split(',')).toEqual(['new=1', ...members(31)]);
  });

  describe('longer than 512 characters', () => {
    const long = (key: string) => `${key}=${'v'.repeat(200)}`;

    it('is sent whole at 512', () => {
      const text = `a=${'v'.repeat(126)},b=${'v'.repeat(126)},c=${'v'.repeat(126)},d=${'v'.repeat(123)}`;
      expect(text.length).toBe(512);
      expect(read(text)).toBe(text);
    });

    it('loses members past 128 characters first, the last of them before the others', () => {
      expect(read(`${long('a')},b=1,${long('c')},${long('d')},e=2`)).toBe(`${long('a')},b=1,${long('c')},e=2`);
    });

    it('loses members from the end when none is long', () => {
      const text = members(32, 'key-of-some-length-');
      const kept = read(text.join(','));
      expect(kept?.length).toBeLessThanOrEqual(512);
      expect(kept).toBe(text.slice(0, kept?.split(',').length).join(','));
      expect(`${kept},${text[kept?.split(',').length ?? 0]}`.length).toBeGreaterThan(512);
    });
  });
});
