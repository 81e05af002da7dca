import { randomUUID } from 'node:crypto';
import type { EncodedBatch } from '@agentops/shared';
import type { SpanContext } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import type { DiskBudget } from './budget.js';
import { FRAME_HEADER_BYTES, readFrames, type Frame, type FrameKind } from './frame.js';
import { SegmentLog, type Segment } from './segment-log.js';
import { decodeResource, decodeSpan, encodeResource, encodeSpan } from './span-record.js';

export interface JournalParts {
  readonly folder: string;
  readonly budget: DiskBudget;
  /** Spans that an earlier process has left. */
  readonly found: (spans: number) => void;
  /** Some of those that were only here are gone. */
  readonly lost: (cause: 'disk-full' | 'disk-corrupt', spans: number) => void;
}

/** A batch that is only here. */
export interface Found {
  readonly id: string;
  readonly spans: ReadableSpan[];
}

interface Group {
  numbers: readonly number[];
  /** Nobody has it in memory. */
  isWaiting: boolean;
}

/** Spans that start are noted up to this number; more of them at once would not arrive as interrupted. */
const MAX_OPEN_SPANS = 50_000;

/** A long span keeps its segment, which holds many more that have settled: so it moves on, with as many others at most. */
const MAX_CARRIED_SPANS = 256;

/** Of spans that no batch was made of before their process ended. */
const RECOVERED_BATCH_SIZE = 512;

const MAX_NUMBER = 0xffff_ffff;

/** The life of the spans of one process on their way to one backend, in one folder. */
export class Journal {
  readonly #found: JournalParts['found'];
  readonly #lost: JournalParts['lost'];
  readonly #log: SegmentLog;
  /** By the span context as an object: the span may be a copy of the one that started. */
  readonly #numbers = new WeakMap<SpanContext, number>();
  readonly #open = new Map<number, Segment>();
  readonly #ended = new Map<number, Segment>();
  readonly #groups = new Map<string, Group>();
  #lastNumber = 0;
  #resource: { of?: Resource; json: string; writtenTo?: Segment } | undefined;
  #isCarrying = false;
  #interruptedMs = 0;

  constructor({ folder, budget, found, lost }: JournalParts) {
    this.#found = found;
    this.#lost = lost;
    this.#log = new SegmentLog(folder, budget, segment => this.#evicted(segment));
  }

  /** Whether everything in it has settled. */
  get isEmpty(): boolean {
    return !this.#groups.size && !this.#open.size && !this.#ended.size;
  }

  started(span: ReadableSpan): void {
    if (!this.#log.isWritable || this.#open.size >= MAX_OPEN_SPANS) return;
    const number = this.#number(span);
    this.#place(this.#open, number, this.#appendSpan('started', number, span));
  }

  ended(span: ReadableSpan): void {
    if (!this.#log.isWritable) return;
    const number = this.#numbers.get(span.spanContext()) ?? this.#number(span);
    const segment = this.#appendSpan('ended', number, span);
    this.#forget(number);
    this.#place(this.#ended, number, segment);
  }

  /** @param batches that the spans make up, in order; none where the spans are given up */
  packed(batches: readonly EncodedBatch[], spans: readonly ReadableSpan[]): void {
    if (!this.#log.isWritable) return;
    const numbers = spans.map(span => this.#numbers.get(span.spanContext()) ?? 0);
    if (!batches.length) return this.#giveUp(numbers);
    let at = 0;
    for (const { id, count } of batches) this.#group(id, numbers.slice(at, (at += count)), false);
  }

  /** The batch leaves memory; returns whether it is safe here. */
  keep(id: string): boolean {
    this.#log.flush();
    const group = this.#groups.get(id);
    if (!group || !this.#log.isWritable) return false;
    group.isWaiting = group.numbers.every(number => this.#segmentOf(number));
    return group.isWaiting;
  }

  settled(id: string): void {
    const group = this.#groups.get(id);
    if (!group) return;
    this.#groups.delete(id);
    this.#append('settled', 0, JSON.stringify(id));
    for (const number of group.numbers) this.#forget(number);
    this.#trim();
  }

  /** The next batch that only is here. */
  async take(): Promise<Found | undefined> {
    for (const [id, group] of this.#groups) {
      if (!group.isWaiting) continue;
      group.isWaiting = false;
      const found = await this.#read(new Set(group.numbers));
      const missing = group.numbers.filter(number => !found.has(number));
      // The limit may have been reached while the files were read.
      const damaged = missing.filter(number => this.#segmentOf(number)).length;
      if (damaged) this.#lost('disk-corrupt', damaged);
      if (missing.length > damaged) this.#lost('disk-full', missing.length - damaged);
      if (found.size) return { id, spans: [...found.values()] };
      this.settled(id);
    }
    return undefined;
  }

  /**
   * Takes over what an ended process has written.
   * @param aliveMs when the process was last seen, since the Unix epoch
   */
  async recover(aliveMs: number): Promise<void> {
    const { damaged, writtenMs } = await this.#log.recover((frame, segment) => this.#replay(frame, segment));
    this.#interruptedMs ||= Math.max(aliveMs, writtenMs);
    this.#append('interrupted', 0, String(this.#interruptedMs));
    const grouped = new Set<number>();
    for (const [id, group] of this.#groups) {
      group.numbers = group.numbers.filter(number => this.#segmentOf(number));
      if (!group.numbers.length) this.#groups.delete(id);
      for (const number of group.numbers) grouped.add(number);
    }
    const loose = [...this.#ended.keys(), ...this.#open.keys()].filter(number => !grouped.has(number));
    while (loose.length) this.#group(randomUUID(), loose.splice(0, RECOVERED_BATCH_SIZE), true);
    // How many spans a damaged place held is not known: one at least.
    this.#found(this.#ended.size + this.#open.size + damaged);
    if (damaged) this.#lost('disk-corrupt', damaged);
    this.#log.admit();
  }

  /** Closes for good; `release` hands the folder on and returns where it is then. */
  leave(release: () => string): void {
    this.#log.close();
    this.#log.leaveAt(release());
  }

  /** Removes the folder. */
  destroy(): void {
    this.#log.destroy();
  }

  #number(span: ReadableSpan): number {
    this.#lastNumber = (this.#lastNumber % MAX_NUMBER) + 1;
    this.#numbers.set(span.spanContext(), this.#lastNumber);
    return this.#lastNumber;
  }

  #segmentOf(number: number): Segment | undefined {
    return this.#ended.get(number) ?? this.#open.get(number);
  }

  #place(places: Map<number, Segment>, number: number, segment: Segment | undefined): void {
    if (!segment) return;
    places.set(number, segment);
    segment.live++;
  }

  #forget(number: number): void {
    const segment = this.#segmentOf(number);
    if (segment) segment.live--;
    this.#ended.delete(number);
    this.#open.delete(number);
  }

  #group(id: string, numbers: readonly number[], isWaiting: boolean): void {
    this.#append('batch', 0, JSON.stringify([id, numbers]));
    this.#groups.set(id, { numbers, isWaiting });
  }

  #giveUp(numbers: readonly number[]): void {
    const id = randomUUID();
    this.#group(id, numbers, false);
    this.settled(id);
  }

  #appendSpan(kind: FrameKind, number: number, span: ReadableSpan): Segment | undefined {
    if (this.#resource?.of !== span.resource)
      this.#resource = { of: span.resource, json: encodeResource(span.resource) };
    return this.#append(kind, number, encodeSpan(span));
  }

  #append(kind: FrameKind, number: number, json: string): Segment | undefined {
    const resource = this.#resource;
    const before = this.#log.current;
    const segment = this.#log.segmentFor(2 * FRAME_HEADER_BYTES + json.length + (resource?.json.length ?? 0));
    if (!segment) return undefined;
    if (resource && resource.writtenTo !== segment) {
      resource.writtenTo = segment;
      this.#log.append({ kind: 'resource', number: 0, json: resource.json });
    }
    this.#log.append({ kind, number, json });
    if (segment !== before) this.#carryOldest();
    return segment;
  }

  /** Segments go in the order they came, so that what a segment says about spans of earlier ones stays as long as those. */
  #trim(): void {
    const { segments, current } = this.#log;
    while (segments[0] && segments[0] !== current && !segments[0].live) this.#log.remove(segments[0]);
  }

  /** Once for each new segment: whatever it writes, it is not the reason for the next one. */
  #carryOldest(): void {
    const [oldest] = this.#log.segments;
    if (this.#isCarrying || !oldest?.live || oldest === this.#log.current || oldest.live > MAX_CARRIED_SPANS) return;
    if ([...this.#ended.values()].includes(oldest)) return;
    this.#isCarrying = true;
    readFrames(this.#log.readSync(oldest), ({ kind, number, json }) => {
      if (kind === 'resource') this.#resource = { json };
      if (kind !== 'started' || this.#open.get(number) !== oldest) return;
      const segment = this.#append(kind, number, json);
      this.#forget(number);
      this.#place(this.#open, number, segment);
    });
    this.#isCarrying = false;
    this.#trim();
  }

  #evicted(segment: Segment): void {
    const gone = new Set<number>();
    for (const places of [this.#open, this.#ended])
      for (const [number, place] of places)
        if (place === segment) {
          places.delete(number);
          gone.add(number);
        }
    for (const [id, group] of this.#groups) {
      if (!group.isWaiting) continue;
      const left = group.numbers.filter(number => !gone.has(number));
      if (left.length < group.numbers.length) this.#lost('disk-full', group.numbers.length - left.length);
      group.numbers = left;
      if (!left.length) this.#groups.delete(id);
    }
  }

  async #read(numbers: ReadonlySet<number>): Promise<Map<number, ReadableSpan>> {
    const spans = new Map<number, ReadableSpan>();
    for (const segment of new Set([...numbers].map(number => this.#segmentOf(number)))) {
      const data = segment && (await this.#log.read(segment).catch(() => undefined));
      if (!data) continue;
      let resource: Resource | undefined;
      readFrames(data, frame => {
        if (frame.kind === 'resource') resource = decodeResource(frame.json);
        if (!numbers.has(frame.number) || !resource || this.#places(frame)?.get(frame.number) !== segment) return;
        spans.set(frame.number, decodeSpan(frame.json, resource, this.#interruptedMs));
      });
    }
    return spans;
  }

  /** Where the spans are that a frame of this kind is the last word about. */
  #places({ kind }: Frame): Map<number, Segment> | undefined {
    if (kind === 'ended') return this.#ended;
    return kind === 'started' ? this.#open : undefined;
  }

  #replay(frame: Frame, segment: Segment): void {
    const { kind, number } = frame;
    const places = this.#places(frame);
    if (places) {
      this.#forget(number);
      this.#place(places, number, segment);
    } else if (kind === 'batch') {
      const [id, numbers] = JSON.parse(frame.json) as [string, number[]];
      this.#groups.set(id, { numbers, isWaiting: true });
    } else if (kind === 'settled') {
      const id = JSON.parse(frame.json) as string;
      for (const settled of this.#groups.get(id)?.numbers ?? []) this.#forget(settled);
      this.#groups.delete(id);
    } else if (kind === 'interrupted') this.#interruptedMs = Number(frame.json);
  }
}
