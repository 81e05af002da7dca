import { toPlainInteger, toPlainNumber } from './plain-number.js';
import {
  base64,
  double,
  type Field,
  type Fields,
  int64,
  message,
  nested,
  readMessage,
  text,
  varint,
} from './protobuf-message.js';
import type { Attributes } from '../span.js';

interface ValueBox {
  value: unknown;
}

interface KeyValue extends ValueBox {
  key: string;
}

type Entries = [key: string, value: unknown][];

const keyValue: Fields<KeyValue> = {
  1: text((target, key) => (target.key = key)),
  2: anyValue((target, content) => (target.value = content)),
};

const list: Fields<unknown[]> = { 1: anyValue((target, content) => target.push(content)) };

const keyValueList: Fields<Entries> = {
  1: message(keyValue, createKeyValue, (target, { key, value }) => target.push([key, value])),
};

/** AnyValue: one entry for each arm. */
const anyValueArms: Fields<ValueBox> = {
  1: text((box, content) => (box.value = content)),
  2: varint((box, content) => (box.value = content !== 0)),
  3: int64((box, content) => (box.value = toPlainInteger(content))),
  4: double((box, content) => (box.value = toPlainNumber(content))),
  5: message(list, createArray, (box, content) => (box.value = content)),
  6: message(keyValueList, createArray<Entries[number]>, (box, content) => (box.value = Object.fromEntries(content))),
  7: base64((box, content) => (box.value = content)),
};

/** One attribute of a span, event, link or resource. */
export function attribute<Target extends { attributes: Attributes }>(): Field<Target> {
  return message(keyValue, createKeyValue, ({ attributes }, { key, value }) => {
    // Not an assignment: `__proto__` must become an ordinary key.
    Object.defineProperty(attributes, key, { value, enumerable: true, writable: true, configurable: true });
  });
}

/** The arms are looked up when a value is read, not before: they refer to this function themselves. */
function anyValue<Target>(put: (target: Target, value: unknown) => void): Field<Target> {
  return nested((cursor, target) => put(target, readMessage(cursor, anyValueArms, { value: null }).value));
}

function createKeyValue(): KeyValue {
  return { key: '', value: null };
}

function createArray<Item = unknown>(): Item[] {
  return [];
}
