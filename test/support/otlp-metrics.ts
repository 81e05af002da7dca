// Reads OTLP metrics off the wire, knowing nothing of what wrote them: opentelemetry/proto/metrics/v1/metrics.proto.
import { PbfReader } from 'pbf';

export interface WirePoint {
  readonly attributes: Record<string, unknown>;
  /** Of a sum or a gauge. */
  readonly value?: number;
  /** Of a histogram. */
  readonly count?: number;
  readonly sum?: number;
  readonly bounds?: readonly number[];
  readonly buckets?: readonly number[];
  /** Of an exponential histogram: the higher, the finer its buckets. */
  readonly scale?: number;
}

export interface WireMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly type: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram';
  readonly temporality: 'unspecified' | 'delta' | 'cumulative';
  readonly monotonic: boolean;
  readonly points: WirePoint[];
  readonly scope: string;
  readonly resource: Record<string, unknown>;
}

const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;
const TYPES = { 5: 'gauge', 7: 'sum', 9: 'histogram', 10: 'exponentialHistogram' } as const;

/** Decodes an `ExportMetricsServiceRequest`. @throws when it is none */
export function decodeMetrics(contentType: string | undefined, body: Uint8Array): WireMetric[] {
  return contentType === 'application/json'
    ? fromJson(JSON.parse(new TextDecoder().decode(body)) as JsonRequest)
    : fromProtobuf(body);
}

interface JsonRequest {
  resourceMetrics: {
    resource: { attributes: JsonAttribute[] };
    scopeMetrics: { scope: { name: string }; metrics: JsonMetric[] }[];
  }[];
}
type JsonAttribute = { key: string; value: Record<string, unknown> };
type JsonPoint = {
  attributes: JsonAttribute[];
  asDouble?: number;
  asInt?: number | string;
  count?: number | string;
  sum?: number;
  explicitBounds?: number[];
  bucketCounts?: (number | string)[];
  scale?: number;
  positive?: { bucketCounts: (number | string)[] };
};
type JsonData = { dataPoints: JsonPoint[]; aggregationTemporality?: 0 | 1 | 2; isMonotonic?: boolean };
type JsonMetric = { name: string; unit: string; description: string } & Partial<Record<WireMetric['type'], JsonData>>;

function fromJson({ resourceMetrics }: JsonRequest): WireMetric[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map(metric => {
        const type = Object.values(TYPES).find(each => metric[each]) ?? 'gauge';
        const { dataPoints, aggregationTemporality = 0, isMonotonic = false } = metric[type] as JsonData;
        return {
          name: metric.name,
          unit: metric.unit,
          description: metric.description,
          type,
          temporality: TEMPORALITIES[aggregationTemporality],
          monotonic: isMonotonic,
          points: dataPoints.map(jsonPoint),
          scope: scope.name,
          resource: jsonAttributes(resource.attributes),
        };
      }),
    ),
  );
}

function jsonPoint(point: JsonPoint): WirePoint {
  const { attributes, asDouble, asInt, count, sum, explicitBounds, positive, scale } = point;
  const { bucketCounts = positive?.bucketCounts } = point;
  const value = asDouble ?? asInt;
  return {
    attributes: jsonAttributes(attributes),
    ...(value !== undefined && { value: Number(value) }),
    ...(count !== undefined && { count: Number(count) }),
    ...(sum !== undefined && { sum }),
    ...(explicitBounds && { bounds: explicitBounds }),
    ...(bucketCounts && { buckets: bucketCounts.map(Number) }),
    ...(scale !== undefined && { scale }),
  };
}

function jsonAttributes(attributes: JsonAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [[type, inner] = ['', undefined]] = Object.entries(value);
      return [key, type === 'intValue' ? Number(inner) : inner];
    }),
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function fromProtobuf(body: Uint8Array): WireMetric[] {
  const metrics: WireMetric[] = [];
  each(new PbfReader(body), {
    1: resourceMetrics => {
      let resource: Record<string, unknown> = {};
      each(resourceMetrics, {
        1: message => {
          resource = attributesIn(message, 1);
        },
        2: scopeMetrics => {
          let scope = '';
          each(scopeMetrics, {
            1: message => each(message, { 1: (_, pbf) => void (scope = pbf.readString()) }, [1]),
            2: message => void metrics.push(metricOf(message, scope, resource)),
          });
        },
      });
    },
  });
  return metrics;
}

function metricOf(message: PbfReader, scope: string, resource: Record<string, unknown>): WireMetric {
  const metric: Mutable<WireMetric> = {
    name: '',
    unit: '',
    description: '',
    type: 'gauge',
    temporality: 'unspecified',
    monotonic: false,
    points: [],
    scope,
    resource,
  };
  const data = (type: WireMetric['type']) => (inner: PbfReader) => {
    metric.type = type;
    each(
      inner,
      {
        1: point =>
          void metric.points.push(type === 'exponentialHistogram' ? exponentialPoint(point) : pointOf(point, type)),
        2: (_, pbf) => void (metric.temporality = TEMPORALITIES[pbf.readVarint() as 0 | 1 | 2]),
        3: (_, pbf) => void (metric.monotonic = pbf.readBoolean()),
      },
      [2, 3],
    );
  };
  each(
    message,
    {
      1: (_, pbf) => void (metric.name = pbf.readString()),
      2: (_, pbf) => void (metric.description = pbf.readString()),
      3: (_, pbf) => void (metric.unit = pbf.readString()),
      5: data('gauge'),
      7: data('sum'),
      9: data('histogram'),
      10: data('exponentialHistogram'),
    },
    [1, 2, 3],
  );
  return metric;
}

function pointOf(message: PbfReader, type: WireMetric['type']): WirePoint {
  const point: Mutable<WirePoint> = { attributes: {} };
  const start = message.pos;
  point.attributes = attributesIn(message, type === 'histogram' ? 9 : 7);
  message.pos = start;
  const isHistogram = type === 'histogram';
  each(
    message,
    {
      4: (_, pbf) => {
        if (isHistogram) point.count = pbf.readFixed64();
        else point.value = pbf.readDouble();
      },
      5: (_, pbf) => void (point.sum = pbf.readDouble()),
      6: (_, pbf) => {
        if (isHistogram) point.buckets = pbf.readPackedFixed64();
        else point.value = pbf.readSFixed64();
      },
      7: (_, pbf) => void (isHistogram ? (point.bounds = pbf.readPackedDouble()) : pbf.skip(2)),
    },
    [4, 5, 6, 7],
  );
  return point;
}

function exponentialPoint(message: PbfReader): WirePoint {
  const attributes = attributesIn(message, 1);
  const point: Mutable<WirePoint> = { attributes };
  message.pos = 0;
  each(
    message,
    {
      4: (_, pbf) => void (point.count = pbf.readFixed64()),
      5: (_, pbf) => void (point.sum = pbf.readDouble()),
      6: (_, pbf) => void (point.scale = pbf.readSVarint()),
      8: positive => each(positive, { 2: (_, pbf) => void (point.buckets = pbf.readPackedVarint()) }, [2]),
    },
    [4, 5, 6],
  );
  return point;
}

function attributesIn(message: PbfReader, field: number): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  each(message, {
    [field]: pair => {
      let key = '';
      let value: unknown;
      each(
        pair,
        {
          1: (_, pbf) => void (key = pbf.readString()),
          2: (_, pbf) => {
            const end = pbf.readVarint() + pbf.pos;
            value = anyValue(new PbfReader(pbf.buf.subarray(pbf.pos, end)));
            pbf.pos = end;
          },
        },
        [1, 2],
      );
      found[key] = value;
    },
  });
  return found;
}

function anyValue(message: PbfReader): unknown {
  let value: unknown;
  each(
    message,
    {
      1: (_, pbf) => void (value = pbf.readString()),
      2: (_, pbf) => void (value = pbf.readBoolean()),
      3: (_, pbf) => void (value = pbf.readVarint(true)),
      4: (_, pbf) => void (value = pbf.readDouble()),
    },
    [1, 2, 3, 4],
  );
  return value;
}

type ReadField = (inner: PbfReader, pbf: PbfReader) => void;

/** Calls the reader of each field: of a message with what is in it, of those in `plain` with the place where its value stands. */
function each(pbf: PbfReader, readers: Readonly<Record<number, ReadField>>, plain: readonly number[] = []): void {
  while (pbf.pos < pbf.length) {
    const tag = pbf.readVarint();
    // By this pbf tells packed numbers from single ones.
    pbf.type = tag & 7;
    const read = readers[tag >> 3];
    if (!read) pbf.skip(tag);
    else if (plain.includes(tag >> 3)) read(pbf, pbf);
    else {
      const end = pbf.readVarint() + pbf.pos;
      read(new PbfReader(pbf.buf.subarray(pbf.pos, end)), pbf);
      pbf.pos = end;
    }
  }
}
