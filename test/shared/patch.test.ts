import { describe, it, expect } from '#runner';
import { patch } from '@agentops/shared';

class Base {
  read(suffix = ''): string {
    return `base${suffix}`;
  }
}
class Derived extends Base {}

const exclaiming = (original: (suffix?: string) => string) =>
  function (this: Base, suffix?: string) {
    return `${original.call(this, suffix)}!`;
  };

describe('a patched method', () => {
  it('is what it was after undo', () => {
    const original = Base.prototype.read;
    const undo = patch(Base.prototype, 'read', exclaiming);
    expect(new Base().read()).toBe('base!');
    undo();
    expect(Base.prototype.read).toBe(original);
  });

  it('that was inherited is inherited after undo', () => {
    const undo = patch(Derived.prototype, 'read', exclaiming);
    expect([new Derived().read(), new Base().read()]).toEqual(['base!', 'base']);
    undo();
    expect(Object.hasOwn(Derived.prototype, 'read')).toBe(false);
  });

  it('keeps name, length, this and arguments', () => {
    const target = { read: Base.prototype.read };
    patch(target, 'read', exclaiming);
    expect([target.read.name, target.read.length]).toEqual(['read', 0]);
    expect(target.read('?')).toBe('base?!');
  });

  it('is patched once, however often it is asked for', () => {
    const target = { read: Base.prototype.read };
    patch(target, 'read', exclaiming);
    const undoSecond = patch(target, 'read', exclaiming);
    expect(target.read()).toBe('base!');
    undoSecond();
    expect(target.read()).toBe('base!');
  });

  it('wrapped by somebody else passes everything through after undo, and can be patched again', () => {
    const target = { read: Base.prototype.read };
    const undo = patch(target, 'read', exclaiming);
    const ours = target.read;
    target.read = () => `(${ours.call(target)})`;
    undo();
    expect(target.read()).toBe('(base)');
    const undoAgain = patch(target, 'read', exclaiming);
    expect(target.read()).toBe('(base)!');
    undoAgain();
    expect(target.read()).toBe('(base)');
  });

  it('stays as somebody else has put it when undone twice', () => {
    const target = { read: Base.prototype.read };
    const undo = patch(target, 'read', exclaiming);
    undo();
    patch(target, 'read', exclaiming);
    undo();
    expect(target.read()).toBe('base!');
  });
});
